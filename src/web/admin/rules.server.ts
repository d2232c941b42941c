/**
 * Who may open what in the console: one rule for each page, asked by `staffOf` before a loader or action does anything. An address without
 * a rule opens for nobody, and `rules.test.ts` names it. What a page does beyond that (one act of several, a secret among fields) it asks for itself.
 */
import type { Permission } from '#modules/people/permissions.ts'

/** `staff`: everybody who works here; else one of these permissions. An empty list: nobody, since there is nothing. */
type Who = 'staff' | readonly Permission[]
/** `acts`: what a single act of a page asks for, all of it, by its name; a form without one is `''`. What is not there asks for what the page does. */
export type Rule = { see: Who; act: Who; acts?: Readonly<Record<string, Permission | readonly Permission[]>> }

const rule = (see: Permission | 'staff', ...act: Permission[]): Rule => ({ see: see === 'staff' ? see : [see], act })
const both = (permission: Permission): Rule => rule(permission, permission)
/** A page whose acts ask for different things: acts by what they ask for. */
const acting = (see: Permission, byRight: Partial<Record<Permission, string>>): Rule => {
  const each = Object.entries(byRight) as [Permission, string][]
  const acts = each.flatMap(([right, names]) => names.split(' ').map((name) => [name, right] as const))
  return { see: [see], act: each.map(([right]) => right), acts: Object.fromEntries(acts) }
}
/** Some acts of a page ask for more than the page. */
const more = (of: Rule, acts: NonNullable<Rule['acts']>): Rule => ({ ...of, acts: { ...of.acts, ...acts } })

/** By the path below `/admin`, as the table of routes has it. */
export const rules: Readonly<Record<string, Rule>> = {
  '': rule('staff'),
  confirm: { see: 'staff', act: 'staff' },
  security: { see: 'staff', act: 'staff' },
  'security/passkey': { see: [], act: 'staff' },
  attention: rule('staff', 'orders:change'),
  search: rule('staff'),
  orders: rule('orders:see'),
  'orders/:id': acting('orders:see', {
    'orders:change': 'retry choose_panel resend_login cancel',
    'payments:money': 'mark_received',
  }),
  'orders/:id/refund': both('refunds:money'),
  customers: rule('customers:see'),
  'customers/:id/statement': rule('invoices:see', 'payments:money'),
  'customers/:id/statement.pdf': rule('invoices:see'),
  'customers/:id/:tab?': more(rule('customers:see', 'customers:change'), {
    method_default: ['customers:change', 'payments:money'],
    method_remove: ['customers:change', 'payments:money'],
  }),
  renewals: rule('lines:see', 'lines:change'),
  'renewals/act': acting('lines:see', {
    'messages:change': 'message',
    'lines:change': 'hold',
    'lines:money': 'free_days',
  }),
  subscriptions: rule('lines:see'),
  'subscriptions/:id': acting('lines:see', {
    'lines:change':
      'hold policy undo_plan undo_add_on pause restore cancel undo_cancel end_pause auto_renew suspend resume accept_price decline_price wake',
    'lines:money': 'move_end free_days price_exception undo_price_exception undo_override',
    'lines:delete': 'terminate',
  }),
  'subscriptions/:id/plan': both('lines:change'),
  'subscriptions/:id/add-ons': both('lines:change'),
  'subscriptions/:id/cancel': both('refunds:money'),
  'subscriptions/:id/together': rule('lines:see', 'lines:change'),
  lines: rule('lines:see'),
  'lines/:id': rule('lines:see', 'lines:change'),
  'lines/:id/login': both('lines:secrets'),
  panels: rule('panels:see'),
  'panels/new': both('panels:secrets'),
  'panels/routing': rule('panels:see'),
  'panels/:id': more(
    acting('panels:see', {
      'panels:change': 'test bouquets save plan_work end_work note_purchase undo_purchase explain',
      'lines:change': 'compare trust',
    }),
    {
      trust_certificate: ['panels:change', 'panels:secrets'],
      distrust_certificate: ['panels:change', 'panels:secrets'],
    },
  ),
  'panels/:id/adopt': more(both('panels:change'), { '': ['panels:change', 'lines:change'] }),
  'panels/:id/evacuate': both('panels:change'),
  'adoptions/:id': rule('lines:see', 'lines:change'),
  'evacuations/:id': rule('panels:see', 'panels:change'),
  differences: rule('lines:see', 'lines:change'),
  'differences/settings': rule('settings:see', 'settings:change'),
  'differences/:id': more(rule('lines:see', 'lines:change'), { take_over: ['lines:change', 'panels:change'] }),
  incidents: rule('panels:see'),
  'incidents/new': both('panels:change'),
  'incidents/:id': rule('panels:see', 'panels:change'),
  activity: rule('audit:see'),
  'activity.csv': rule('audit:see'),
  plans: rule('plans:see', 'plans:change'),
  'plans/:id': rule('plans:see', 'plans:change'),
  'add-ons/:id': rule('plans:see', 'plans:change'),
  'products/:id': rule('plans:see', 'plans:change'),
  trials: acting('orders:see', { 'orders:change': 'allow', 'settings:change': '' }),
  coupons: rule('plans:see'),
  'coupons/:id': rule('plans:see', 'plans:change'),
  host: rule('settings:see', 'settings:change'),
  vouchers: rule('plans:see'),
  'vouchers/new': both('wallets:money'),
  'vouchers/:id': rule('plans:see', 'wallets:money'),
  'vouchers/:id/codes': { see: [], act: ['wallets:money'] },
  affiliates: rule('customers:see', 'customers:change'),
  'affiliates/programme': rule('settings:see', 'settings:change'),
  'affiliates/:id': acting('customers:see', { 'customers:change': 'save', 'wallets:money': 'pay take_back' }),
  quotes: rule('orders:see'),
  'quotes/new': both('orders:change'),
  'quotes/:id': rule('orders:see', 'orders:change'),
  prices: rule('plans:see'),
  'prices/:id': rule('plans:see', 'plans:change'),
  invoices: rule('invoices:see'),
  'invoices/:id': acting('invoices:see', {
    'payments:money': 'mark_received charge use_balance',
    'invoices:delete': 'void',
  }),
  'invoices/:id/pdf': rule('invoices:see'),
  'invoices/:id/:format': rule('invoices:see'),
  'credit-notes/:id/:format': rule('invoices:see'),
  books: rule('reports:see'),
  'books/account': rule('reports:see'),
  'books/revenue': rule('reports:see'),
  'books/revenue.csv': rule('reports:see'),
  'books/margin': rule('reports:see'),
  'books/margin.csv': rule('reports:see'),
  'books/credits': rule('reports:see', 'payments:money'),
  'books/payouts': rule('payments:see', 'payments:money'),
  'books/payouts/:id': rule('payments:see', 'payments:money'),
  'books/differences': rule('payments:see', 'payments:money'),
  'books/differences/:id': rule('payments:see', 'payments:money'),
  'books/journal.csv': rule('reports:see'),
  'tax/report': rule('invoices:see'),
  'tax/report.csv': rule('invoices:see'),
  bank: rule('payments:see', 'payments:money'),
  'bank/:id': rule('payments:see', 'payments:money'),
  payments: rule('payments:see'),
  'payments/:id': acting('payments:see', {
    'payments:change': 'ask',
    'payments:money': 'count_stray keep_stray',
    'refunds:money': 'return_stray',
  }),
  'payments/:id/refund': both('refunds:money'),
  'payments/:id/dispute': both('payments:change'),
  notices: rule('payments:see', 'payments:change'),
  disputes: rule('payments:see', 'settings:change'),
  'disputes/:id': rule('payments:see', 'payments:change'),
  'disputes/:id/evidence.pdf': rule('payments:see'),
  messages: rule('messages:see'),
  'messages/templates': rule('messages:see'),
  'messages/templates/:key': rule('messages:see', 'messages:change'),
  'messages/:id': rule('messages:see', 'messages:change'),
  settings: rule('settings:see', 'settings:change'),
  mail: more(rule('settings:see', 'settings:change'), {
    save: ['settings:change', 'settings:secrets'],
    remove: ['settings:change', 'settings:secrets'],
  }),
  gateways: rule('gateways:see', 'gateways:change'),
  'gateways/:id': rule('gateways:see', 'gateways:change'),
  life: rule('settings:see', 'settings:change'),
  tax: rule('settings:see', 'settings:change'),
  logins: rule('settings:see', 'settings:change'),
  exchange: rule('settings:see', 'settings:change'),
  'odd-money': rule('settings:see', 'settings:change'),
  policy: rule('settings:see', 'settings:change'),
  rehearsal: rule('reports:see'),
  travel: rule('reports:see', 'settings:change'),
  'runs/:id': rule('lines:see', 'lines:change'),
  'catch-up': rule('lines:see', 'settings:change'),
  resellers: more(rule('wallets:see', 'settings:change'), {
    pack: ['settings:change', 'wallets:money'],
    pack_off: ['settings:change', 'wallets:money'],
  }),
  'resellers/:id/move-credits': both('credits:money'),
  'resellers/:id/collecting': acting('payments:see', {
    'gateways:change': 'lend take_back',
    'payments:money': 'close pay',
  }),
  collected: rule('payments:see'),
  'collected/:id': rule('payments:see'),
  'collected/:id/pdf': rule('payments:see'),
  'collected/:id/csv': rule('payments:see'),
  'resellers/:id': acting('wallets:see', {
    'wallets:money': 'terms alarm',
    'credits:money': 'give take',
    'settings:change': 'limits suspend lift move wind_down stay close',
    'plans:change': 'share stop',
    'acting:change': 'act_as',
  }),
  wallet: rule('wallets:see', 'wallets:money'),
  'wallet/movements': rule('wallets:see'),
  'wallet/csv': rule('wallets:see'),
  staff: rule('staff:see', 'staff:change'),
  'staff/roles': rule('staff:see'),
  'staff/roles/:id': rule('staff:see', 'staff:change'),
  'api-keys': rule('keys:see', 'keys:change'),
  // Everybody who works here may change to test mode and back; what else is done there asks for more.
  twin: { see: 'staff', act: 'staff', acts: { sync: 'settings:change', keep: 'settings:change' } },
  setup: both('settings:change'),
}

const patterns = Object.keys(rules)
  .map((path) => ({ path, pieces: path.split('/') }))
  // What is said is nearer than what may be anything: `panels/new` before `panels/:id`.
  .sort((a, b) => wild(a.pieces) - wild(b.pieces))

function wild(pieces: readonly string[]): number {
  return pieces.filter((piece) => piece.startsWith(':')).length
}

/** The rule of an address of the console; null where there is none. */
export function ruleOf(pathname: string): Rule | null {
  const asked = pathname
    .replace(/^\/admin\/?/, '')
    .replace(/\/$/, '')
    .split('/')
  const found = patterns.find(({ pieces }) => {
    const least = pieces.filter((piece) => !piece.endsWith('?')).length
    return (
      asked.length >= least &&
      asked.length <= pieces.length &&
      asked.every((piece, place) => pieces[place]?.startsWith(':') || pieces[place] === piece)
    )
  })
  return found === undefined ? null : (rules[found.path] ?? null)
}

/** What an act of a page asks for, all of it; of the page's own list, one is enough. */
export function asksFor({ acts = {} }: Rule, act: string): readonly Permission[] {
  const asked = Object.hasOwn(acts, act) ? acts[act] : undefined
  return asked === undefined ? [] : [asked].flat()
}
