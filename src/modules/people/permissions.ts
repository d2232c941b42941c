/**
 * What staff may do: roles are sets of `area:action`. Pure values, so that server, pages and tests read one table. The server
 * checks each action; a page hides what is not allowed. Actions: `see`; `change`; `money` moves or gives away money, credits or
 * paid time; `delete` ends or removes; `secrets` reads or writes credentials.
 */

export const areas = [
  'customers',
  'lines',
  'orders',
  'invoices',
  'payments',
  'refunds',
  'wallets',
  'credits',
  'plans',
  'panels',
  'gateways',
  'messages',
  'settings',
  'staff',
  'keys',
  'audit',
  'reports',
  'acting',
] as const
export const actions = ['see', 'change', 'money', 'delete', 'secrets'] as const
export const roles = ['owner', 'admin', 'billing', 'support', 'read_only'] as const

export type Area = (typeof areas)[number]
export type Action = (typeof actions)[number]
export type Permission = `${Area}:${Action}`
export type Role = (typeof roles)[number]
export type Rights = ReadonlySet<Permission>

const every = (given: readonly Area[], what: readonly Action[]): Permission[] =>
  given.flatMap((area) => what.map((action): Permission => `${area}:${action}`))

const without = (given: Permission[], taken: Permission[]): Permission[] =>
  given.filter((each) => !taken.includes(each))

/**
 * All that a read-only person sees: everything but who works here, what programs may do, the audit, and consoles of others. Credits are seen
 * with the wallets; their own area is for giving them out of nothing.
 */
const visible = areas.filter((area) => !['staff', 'keys', 'audit', 'acting', 'credits'].includes(area))

const ofRole: Record<Role, Rights> = {
  owner: new Set(every(areas, actions)),
  // Runs the shop, but neither reads nor writes the credentials of panels and gateways, and does not decide who works here.
  admin: new Set([
    ...without(
      every(
        areas.filter((area) => !['staff', 'keys', 'audit'].includes(area)),
        actions,
      ),
      ['panels:secrets', 'gateways:secrets', 'settings:secrets', 'gateways:delete', 'panels:delete'],
    ),
    ...every(['staff', 'keys', 'audit'], ['see']),
  ]),
  billing: new Set([
    ...every(visible, ['see']),
    ...every(['invoices', 'payments', 'refunds', 'wallets'], ['change', 'money']),
    'invoices:delete',
    'customers:change',
    'orders:change',
  ]),
  // Helps viewers: resets and shows a TV login (audited), never ends a line for good and moves no money.
  support: new Set([
    ...every(visible, ['see']),
    'customers:change',
    'lines:change',
    'lines:secrets',
    'orders:change',
    'messages:change',
  ]),
  read_only: new Set(every(visible, ['see'])),
}

export const rightsOf = (role: Role): Rights => ofRole[role]

export const may = (rights: Rights, permission: Permission): boolean => rights.has(permission)

export const everyPermission: readonly Permission[] = every(areas, actions)

/** What the form of a role offers: the permissions that open something today. */
export const offered: Readonly<Record<Area, readonly Action[]>> = {
  customers: ['see', 'change'],
  lines: ['see', 'change', 'money', 'delete', 'secrets'],
  orders: ['see', 'change'],
  invoices: ['see', 'change', 'money', 'delete'],
  payments: ['see', 'change', 'money'],
  refunds: ['see', 'money'],
  wallets: ['see', 'money'],
  credits: ['money'],
  plans: ['see', 'change'],
  panels: ['see', 'change', 'secrets'],
  gateways: ['see', 'change', 'secrets'],
  messages: ['see', 'change'],
  settings: ['see', 'change', 'secrets'],
  staff: ['see', 'change'],
  keys: ['see', 'change'],
  audit: ['see', 'change'],
  reports: ['see', 'change'],
  acting: ['change'],
}

const known: ReadonlySet<string> = new Set(everyPermission)
export const isPermission = (text: string): text is Permission => known.has(text)

/** What a holder gives away at most: money back per day in minor units of the shop's currency, free days per subscription in 30 days. Null: no limit. */
export type Limits = { refundMinor: bigint | null; freeDays: number | null }
export const noLimits: Limits = { refundMinor: null, freeDays: null }

/** What a role gives: what one may, and how much of it. */
export type Standing = { rights: Rights; limits: Limits }

/** Nobody grants more than he holds: whether all of `given` lies within `held`. A limit counts where there is a right that it bounds. */
export function lies(given: Standing, held: Standing): boolean {
  for (const each of given.rights) if (!held.rights.has(each)) return false
  return (
    (!given.rights.has('refunds:money') || narrower(given.limits.refundMinor, held.limits.refundMinor)) &&
    (!given.rights.has('lines:money') || narrower(given.limits.freeDays, held.limits.freeDays))
  )
}

const narrower = <T extends bigint | number>(given: T | null, held: T | null): boolean =>
  held === null || (given !== null && given <= held)
