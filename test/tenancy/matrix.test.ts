/**
 * Nobody learns or changes anything of another: every route of the API and every page, generated from their tables, asked by everybody who might
 * try with ids of another business. A new route or page is asked the day it is made; one whose ids are not known here fails.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { signLink } from '#modules/people/links.ts'
import { everyPermission, type Rights, rightsOf, roles } from '#modules/people/permissions.ts'
import { createRole } from '#modules/people/roles.ts'
import { saveSecuritySettings } from '#modules/people/security-settings.ts'
import type { Route } from '../../src/api/route.ts'
import { routes } from '../../src/api/routes.ts'
import { samples } from '../../src/api/samples.test-support.ts'
import { adminRoutes } from '../../src/web/admin/routes.ts'
import { asksFor, type Rule, ruleOf, rules } from '../../src/web/admin/rules.server.ts'
import { portalRoutes } from '../../src/web/portal/routes.ts'
import { storefrontRoutes } from '../../src/web/storefront/routes.ts'
import { present } from '../support/stories.ts'
import {
  aboutReseller,
  actsOf,
  createMatrix,
  type Matrix,
  notOfTrade,
  ofPersons,
  secretsOf,
  takenByLent,
  toldOf,
} from './matrix-world.ts'

let matrix: Matrix
/** Ids of each business, by prefix: one of a kind. */
const ids = new Map<string, Record<string, string>>()
const tables = new Map<string, Map<string, string[]>>()
beforeAll(async () => {
  matrix = await createMatrix()
  for (const shop of Object.values(matrix.shops)) {
    const found = await matrix.idsOf(shop.businessId)
    tables.set(shop.businessId, found)
    const each = [...found.values()].flat().map((id) => [id.split('_')[0] ?? '', id] as const)
    ids.set(shop.businessId, {
      ...Object.fromEntries(each),
      biz: shop.businessId,
      reseller: shop.businessId,
      sibling: matrix.shops.north.businessId,
    })
  }
}, 120_000)
afterAll(() => matrix.close())

type Name = keyof Matrix['shops']
/** Who asks about whom. A parent may see lines, wallets and totals of a child, and act on its place; never its persons. */
const pairs: [asker: Name, whose: Name][] = [
  ['stranger', 'root'],
  ['south', 'root'],
  ['stranger', 'south'],
  ['north', 'south'],
  ['deep', 'south'],
  ['root', 'south'],
]
const isAbove = (asker: Name) => asker === 'root'
const isBelow = (asker: Name, whose: Name) =>
  `${asker} ${whose}` === 'south root' || `${asker} ${whose}` === 'deep south'
const secrets = async (asker: Name, whose: Name): Promise<Set<string>> => {
  const counts = isAbove(asker) ? ofPersons : isBelow(asker, whose) ? notOfTrade : () => true
  const all = await secretsOf(matrix, matrix.shops[whose], matrix.shops[asker], counts)
  return isAbove(asker) ? all.difference(new Set(await takenByLent(matrix, matrix.shops[whose]))) : all
}
const ownOf = async (mine: Shop): Promise<Set<string>> =>
  new Set([...(tables.get(mine.businessId)?.values() ?? [])].flat().concat(await aboutReseller(matrix, mine)))

/** What whoever is above may do to a child. */
const ofParents = /^\/(resellers|businesses\/current\/clock|travels)|^\/admin\/(resellers|travel)/

/** What a reseller wishes for his wallet: it stands in his parent's books, and of those changes nothing else (below). */
const ofWallets = /^\/wallet\//

const pathOf = (route: Route, of: Record<string, string>): string | null => {
  if (!route.path.includes('{')) return route.path
  const fitting = Object.values(of).find(
    (id) => route.params.safeParse({ id, key: 'test_message' }).success || route.params.safeParse({ id }).success,
  )
  const path = route.path.replace('{key}', 'test_message')
  return !path.includes('{id}') ? path : fitting === undefined ? null : path.replace('{id}', fitting)
}

describe.each(pairs)('API: %s about %s', (asker, whose) => {
  test('learns and changes nothing', async () => {
    const { [asker]: mine, [whose]: other } = matrix.shops
    const { key } = await matrix.keyOf(mine)
    const hidden = await secrets(asker, whose)
    const own = await ownOf(mine)
    const before = await matrix.digestOf(other.businessId)
    const of = ids.get(other.businessId) ?? {}
    const bodies = samples(of)
    const wrong: unknown[] = []
    let known = 0
    // What he said himself is told again in his own history.
    let said = ''
    for (const route of routes) {
      const path = pathOf(route, of)
      if (path !== null && route.path.includes('{id}')) known++
      const between = isAbove(asker) ? ofParents.test(route.path) : isBelow(asker, whose) && ofWallets.test(route.path)
      if (path === null || (between && route.method !== 'get')) continue
      const body = route.body === null ? undefined : (bodies[`${route.method} ${route.path}`] ?? {})
      const { status, text } = await matrix.ask(key, route.method, path, body)
      said += path + JSON.stringify(body ?? '')
      const told = toldOf(hidden, text, said).filter((id) => !(toldByPanels.test(route.path) && id.startsWith('line_')))
      const shared = own.has(path.split('/')[2] ?? '') || (isAbove(asker) && ofParents.test(route.path))
      const sensible = route.body === null || route.body.safeParse(body).success
      const found = route.path.includes('{id}') && status !== 404 && !(status === 422 && !sensible) && !shared
      if (told.length > 0 || found || status >= 500)
        wrong.push([route.method, path, status, told.slice(0, 3), text.slice(0, 120)])
    }
    expect(wrong).toEqual([])
    expect(await matrix.digestOf(other.businessId)).toEqual(before)
    // Most kinds of things are there; the others' routes are asked with real ids by the table of the API (`api/table.test.ts`).
    if (whose === 'root') expect(known).toBeGreaterThan(150)
  })
})

/** Two operators on one account of a panel see each other's lines there, and the marks on them, whatever we do. */
const toldByPanels = /^(\/admin)?\/(differences|adoption)/

type Entry = { path?: string | undefined; index?: boolean | undefined; file: string; children?: Entry[] | undefined }
const consolePages = (adminRoutes as Entry[])
  .flatMap((each) => each.children ?? [])
  .map(({ path = '', file }) => ({ path: `/admin/${path}`, file }))

/** Whose ids stand in the address of a page, where its name does not say so. */
const tableOf: Record<string, string> = {
  'add-ons': 'add_ons',
  vouchers: 'voucher_batches',
  prices: 'price_campaigns',
  gateways: 'gateway_accounts',
  resellers: 'businesses',
  runs: 'parked_runs',
  bank: 'bank_entries',
  'credit-notes': 'credit_notes',
  'staff/roles': 'roles',
  'books/differences': 'money_differences',
  'books/payouts': 'payouts',
  collected: 'reseller_statements',
}

function addressOf(path: string, whose: Shop): string | null {
  const plain = path.replace('/:tab?', '').replace(':format', 'pdf')
  if (!plain.includes(':id')) return plain
  const name = plain.replace(/^\/(admin|account)\//, '').split('/:id')[0] ?? ''
  const table = tableOf[name] ?? name
  const id = table === 'businesses' ? whose.businessId : tables.get(whose.businessId)?.get(table)?.[0]
  return id === undefined ? null : plain.replace(':id', id)
}

/** Ids of another business in every field that a form of ours has: forged by whoever sends it. */
function forged(whose: Shop): Record<string, string> {
  const of = ids.get(whose.businessId) ?? {}
  const fields = {
    customer: 'cus',
    line: 'line',
    subscription: 'sub',
    order: 'ord',
    invoice: 'inv',
    payment: 'pay',
    method: 'pm',
    panel: 'pan',
    panel_id: 'pan',
    gateway: 'gwa',
    product: 'prod',
    product_id: 'prod',
    plan_id: 'plan',
    pack: 'pck',
    role: 'rol',
    key: 'key',
    member: 'mem',
    message: 'msg',
    override: 'ovr',
    note: 'note',
    hold: 'hold',
    session: 'ses',
  }
  const named = Object.entries(fields).map(([field, prefix]) => [field, of[prefix] ?? 'x'])
  return {
    ...Object.fromEntries(named),
    form_key: 'a-key-of-a-form-that-was-open',
    currency: 'EUR',
    reason: 'forged',
    amount: '1.00',
    days: '3',
    body: 'forged',
    parent_id: of.biz ?? '',
  }
}

const pagePairs: [asker: Name, whose: Name][] = [
  ['stranger', 'root'],
  ['south', 'root'],
  ['north', 'south'],
  ['root', 'south'],
]

describe.each(pagePairs)('console: %s about %s', (asker, whose) => {
  test('learns and changes nothing, whatever a form says', async () => {
    const { [asker]: mine, [whose]: other } = matrix.shops
    const person = await matrix.person(mine)
    const hidden = await secrets(asker, whose)
    const own = await ownOf(mine)
    const before = await matrix.digestOf(other.businessId)
    const wrong: unknown[] = []
    const unknown: string[] = []
    for (const { path, file } of consolePages) {
      const address = addressOf(path, other)
      if (address === null) unknown.push(path)
      if (address === null) continue
      const above = isAbove(asker) && ofParents.test(path)
      const id = address.split('/')[3] ?? ''
      const look = async (response: Response, question: string) => {
        const text = await response.text()
        const told = toldOf(hidden, text, question).filter((id) => !(toldByPanels.test(path) && id.startsWith('line_')))
        const found = path.includes(':id') && response.status < 300 && !own.has(id) && !above
        if (told.length > 0 || found || response.status >= 500)
          wrong.push([question.slice(0, 80), response.status, told.slice(0, 3)])
      }
      await look(await person.get(address), address)
      if (above || (isBelow(asker, whose) && path === '/admin/wallet')) continue
      for (const act of actsOf(file)) {
        if (leaves.includes(act)) continue
        const fields = {
          ...forged(other),
          act,
          id: tables.get(other.businessId)?.get(subjectOf[path] ?? '')?.[0] ?? id,
        }
        await look(await person.post(address, fields), `${address} ${JSON.stringify(fields)}`)
      }
    }
    expect(wrong).toEqual([])
    expect(await matrix.digestOf(other.businessId)).toEqual(before)
    if (whose === 'root') expect(unknown).toEqual(noSuchPage)
  })
})

/** Acts upon oneself that would end the walk. */
const leaves = ['end_others', 'password']
/** What the `id` in the form of a list is of. */
const subjectOf: Record<string, string> = {
  '/admin/staff': 'memberships',
  '/admin/api-keys': 'api_keys',
  '/admin/attention': 'attention',
  '/admin/resellers': 'credit_packs',
  '/admin/tax': 'tax_rates',
  '/admin/bank': 'bank_entries',
  '/admin/notices': 'notices',
}
const noSuchPage: string[] = []

describe('customers', () => {
  let hidden: Set<string>
  let before: Record<string, string>
  let ana: Map<string, string[]>
  beforeAll(async () => {
    ana = await matrix.idsOf(matrix.businessId, matrix.ids.anaCustomer)
    hidden = new Set([...ana.values()].flat().concat(matrix.ids.anaCustomer, 'ana@example.net'))
    before = await matrix.digestOf(matrix.businessId, matrix.ids.anaCustomer)
  })

  const pages = (portalRoutes as Entry[]).filter(({ path = '' }) => path.startsWith('account'))
  const addressesOf = (path: string): string[] => {
    const name = path.split('/')[1] ?? ''
    const kinds = name === 'lines' ? ['lines', 'subscriptions'] : [tableOf[name] ?? name]
    if (!path.includes(':id')) return [`/${path}`]
    return kinds
      .flatMap((table) => (ana.get(table) ?? []).slice(0, 1))
      .map((id) => `/${path.replace(':id', id).replace(':format', 'pdf')}`)
  }

  test.each([
    ['of the same shop', 'ben@example.net', 'root'],
    ['of a reseller', 'lea@example.net', 'south'],
    ['of nobody, not signed in', null, 'root'],
  ] as const)('one %s learns and changes nothing of another', async (_who, email, of) => {
    const shop = matrix.shops[of]
    const tab = email === null ? { ...matrix.browser(), base: '' } : await matrix.customer(email, shop)
    const wrong: unknown[] = []
    for (const { path = '', file } of pages)
      for (const address of addressesOf(path)) {
        const answers = [await tab.get(tab.base + address)]
        for (const act of actsOf(file).concat('no_such_act')) {
          if (act === 'end_others' || act === 'password') continue
          answers.push(
            await tab.post(tab.base + address, {
              ...forged(matrix.shop),
              act,
              id: ana.get('payment_methods')?.[0] ?? 'x',
            }),
          )
        }
        for (const answer of answers) {
          const told = toldOf(hidden, await answer.text(), address)
          const found = path.includes(':id') && answer.status < 300
          if (told.length > 0 || found || answer.status >= 500) wrong.push([address, answer.status, told])
        }
      }
    expect(wrong).toEqual([])
    expect(await matrix.digestOf(matrix.businessId, matrix.ids.anaCustomer)).toEqual(before)
  })

  const kinds = ['order', 'pay', 'renew', 'invoice', 'unsubscribe', 'mail_test', 'quote', 'reseller'] as const
  const linked = [...(storefrontRoutes as Entry[]), ...(portalRoutes as Entry[]), ...(adminRoutes as Entry[])].flatMap(
    ({ path }) => (path?.includes(':token') && !path.includes('sign-in') ? [path] : []),
  )

  test('a signed link opens what it was signed for, at no other page, and cannot be bent', async () => {
    const { app, clock, businessId } = matrix
    const later = clock.now().add({ hours: 24 })
    const ben = present((await matrix.idsOf(businessId)).get('orders')?.find((id) => id !== matrix.ids.anaOrder))
    const own = kinds.map((kind) => signLink(app, { kind, businessId, id: ben }, later))
    const other = kinds.map((kind) =>
      signLink(app, { kind, businessId, id: kind === 'order' ? matrix.ids.anaOrder : matrix.ids.anaInvoice }, later),
    )
    // The name of hers on the signature of his; hers, signed for another business; hers, over.
    const bent = other.flatMap((token, place) => [
      token.slice(0, -22) + present(own[place]).slice(-22),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
    ])
    const elsewhere = kinds.map((kind) =>
      signLink(app, { kind, businessId: matrix.shops.stranger.businessId, id: matrix.ids.anaOrder }, later),
    )
    const over = kinds.map((kind) =>
      signLink(app, { kind, businessId, id: matrix.ids.anaOrder }, clock.now().subtract({ hours: 1 })),
    )
    const tab = matrix.browser()
    const wrong: unknown[] = []
    for (const path of linked)
      for (const token of [...own, ...bent, ...elsewhere, ...over]) {
        const address = `/${path.replace(':token', token)}`
        for (const answer of [
          await tab.get(address),
          await tab.post(address, { act: 'pay', ...forged(matrix.shop) }),
        ]) {
          const told = toldOf(hidden, await answer.text(), address)
          if (told.length > 0 || answer.status >= 500 || (!own.includes(token) && answer.status < 300))
            wrong.push([path, answer.status, told])
        }
      }
    expect(wrong).toEqual([])
    expect(await matrix.digestOf(matrix.businessId, matrix.ids.anaCustomer)).toEqual(before)
  })
})

describe('the database, asked as the application asks it', () => {
  /** As the application's own role, for a business or for none; undone afterwards. */
  async function asApp<T>(
    businessId: string | null,
    work: (ask: (text: string, values?: unknown[]) => Promise<{ rows: T[]; rowCount: number | null }>) => Promise<void>,
  ) {
    const client = await matrix.db.pool.connect()
    try {
      await client.query('begin')
      await client.query(`select set_config('role', 'linekeeper_app', true), set_config('app.business', $1, true)`, [
        businessId ?? '',
      ])
      await work(async (text, values = []) => client.query(text, values) as never)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const codeOf = async (work: () => Promise<unknown>): Promise<string> =>
    work().then(
      () => 'done',
      (error: { code?: string }) => error.code ?? 'other',
    )

  test('no table shows, changes, loses or takes a row of another, with the business unset or wrong', async () => {
    const whose = matrix.businessId
    const before = await matrix.digestOf(whose)
    const wrong: unknown[] = []
    // A reseller reads what is about him in a lender's tables, and nothing else there.
    const told = await matrix.owner<{ tablename: string }>(
      `select tablename from pg_policies where policyname = 'reseller' and cmd = 'SELECT' and qual = '(reseller_id = current_business())'`,
    )
    const aboutHim = new Set(told.map(({ tablename }) => tablename))
    expect(aboutHim.size).toBe(5)
    for (const business of [null, '', 'biz_nobody', matrix.shops.stranger.businessId, matrix.shops.south.businessId])
      for (const table of [...(await matrix.tenantTables()), 'businesses']) {
        const column = table === 'businesses' ? 'id' : 'business_id'
        await asApp<{ n: number }>(business, async (ask) => {
          const others = aboutHim.has(table) ? 'and reseller_id is distinct from current_business()' : ''
          const seen = (await ask(`select count(*)::int as n from ${table} where ${column} = $1 ${others}`, [whose]))
            .rows[0]?.n
          if (seen !== 0) wrong.push([table, business, 'seen', seen])
          for (const text of [
            `update ${table} set ${column} = ${column} where ${column} = $1`,
            `delete from ${table} where ${column} = $1`,
            `insert into ${table} (${column}) values ($1)`,
          ]) {
            await ask('savepoint s')
            const answered = await codeOf(async () => {
              const { rowCount } = await ask(text, [whose])
              if (rowCount !== 0) wrong.push([table, business, text, rowCount])
            })
            await ask('rollback to s')
            // Refused by its policy, for want of the privilege, or by a guard of its own; or there was nothing to change.
            const fine = text.startsWith('insert') ? ['42501', 'P0001'] : ['done', '42501']
            if (!fine.includes(answered)) wrong.push([table, business, text, answered])
          }
        })
      }
    expect(wrong).toEqual([])
    expect(await matrix.digestOf(whose)).toEqual(before)
  })

  test('functions that see across businesses tell and change nothing of another, whatever ids they are given', async () => {
    const { stranger, root } = matrix.shops
    const hidden = await secretsOf(matrix, root, stranger, () => true)
    const before = await matrix.digestOf(root.businessId)
    const functions = await matrix.owner<{ name: string; kinds: string[] }>(`
      select p.proname as name, array(select format_type(t, null) from unnest(p.proargtypes) with ordinality as u (t, place) order by place) as kinds
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.prosecdef and p.prorettype <> 'trigger'::regtype and has_function_privilege('linekeeper_app', p.oid, 'execute') order by 1`)
    expect(functions.length).toBeGreaterThan(20)
    const of = ids.get(root.businessId) ?? {}
    const given = ['biz', 'plan', 'pan', 'line', 'sub', 'per', 'cus', 'hold'].map(
      (prefix) => of[prefix] ?? root.businessId,
    )
    const wrong: unknown[] = []
    for (const { name, kinds } of functions)
      await asApp<object>(stranger.businessId, async (ask) => {
        const text = `select * from ${name}(${kinds.map((kind, place) => `$${place + 1}::${kind}`).join(', ')})`
        for (const first of given)
          for (const second of [root.businessId, first]) {
            const texts = [first, second]
            const values = kinds.map((kind) => givenFor(kind, texts))
            await ask('savepoint s')
            const told = await ask(text, values).then(
              ({ rows }) => JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
              async (error: Error) => ask('rollback to s').then(() => error.message),
            )
            const leaked = toldOf(hidden, told, JSON.stringify(values))
            if (leaked.length > 0) wrong.push([name, values, leaked.slice(0, 3)])
          }
        await ask('reset role')
        const after = await matrix.digestOf(
          root.businessId,
          null,
          async (query, values) => (await ask(query, values)).rows as never,
        )
        for (const table of Object.keys(after)) if (after[table] !== before[table]) wrong.push([name, 'changed', table])
      })
    expect(wrong).toEqual([])
  }, 60_000)

  /** Something of that type; texts are taken from the list. */
  function givenFor(kind: string, texts: string[]): unknown {
    if (kind === 'text') return texts.shift() ?? matrix.businessId
    if (kind === 'text[]') return [matrix.businessId]
    if (kind.startsWith('timestamp')) return matrix.clock.now().toString()
    if (kind.startsWith('json')) return '{}'
    if (kind === 'interval') return '1 hour'
    if (kind === 'boolean') return true
    return kind === 'bytea' ? Buffer.alloc(32) : 1
  }
})

/** Of a page and an act: all of these; where its page only says which of several open it, one of those. */
const rightsFor = (rule: Rule, act: string): ((rights: Rights) => boolean) => {
  const all = asksFor(rule, act)
  if (all.length > 0) return (rights) => all.every((each) => rights.has(each))
  return (rights) => rule.act === 'staff' || rule.act.some((each) => rights.has(each))
}
/** Every act of every page that can be acted on: those that the table names, those that its source knows, and a form without a name where there is one. */
const everyAct = consolePages.flatMap(({ path, file }) => {
  const rule = ruleOf(path.replaceAll(/:\w+\??/g, 'x'))
  if (rule === null || (rule.act !== 'staff' && rule.act.length === 0)) return []
  const acts = new Set([...Object.keys(rule.acts ?? {}), ...actsOf(file), ''])
  if (rule.acts !== undefined && rule.act !== 'staff' && rule.act.length > 1 && !('' in rule.acts)) acts.delete('')
  return [...acts].map((act) => ({ path, act, rule }))
})

describe('acts of the console, by role', () => {
  /** What ends or moves the walk itself: signing out, another business, another password. */
  const ends = ['/admin/twin live', '/admin/twin test', '/admin/security end', '/admin/security password']
  const form_key = 'a-key-of-a-form-that-was-open'
  const closed = (act: { path: string; act: string }) => `${act.path} ${act.act}`

  // The API above was asked to change everything of its own, and to ask everybody for a second factor, too: that page would come first.
  beforeAll(() =>
    transaction(matrix.shops.root, 'test', (tx) =>
      saveSecuritySettings(tx, matrix.shops.root, { require_second_factor: false }),
    ),
  )

  test('where acts of a page ask for different things, each has its own line in the table', () => {
    const several = everyAct.filter(({ rule }) => rule.act !== 'staff' && rule.act.length > 1)
    expect(several.length).toBeGreaterThan(50)
    const unnamed = several.filter(({ rule, act }) => act !== '' && asksFor(rule, act).length === 0)
    expect(unnamed.map(closed)).toEqual([])
    // And what is named there is an act of the page: a misspelled one would open it for whoever the page lets in.
    const misspelled = Object.entries(rules).flatMap(([path, { acts = {} }]) => {
      const page = consolePages.find((each) => each.path === `/admin/${path}`)
      const known = page === undefined ? [] : actsOf(page.file)
      return Object.keys(acts)
        .filter((act) => act !== '' && !known.includes(act))
        .map((act) => `${path} ${act}`)
    })
    expect(misspelled).toEqual([])
  })

  test.each(roles)('%s does what his role includes, and changes nothing else', async (role) => {
    const { root } = matrix.shops
    const rights = rightsOf(role)
    const person = await matrix.person(root, role)
    const before = await matrix.digestOf(root.businessId)
    const wrong: unknown[] = []
    const refused = everyAct.filter(({ rule, act }) => !rightsFor(rule, act)(rights))
    for (const each of refused) {
      const address = addressOf(each.path, root)
      if (address === null) continue
      const { status } = await person.post(address, { ...forged(root), form_key, act: each.act })
      if (status !== 403) wrong.push([closed(each), status])
    }
    expect(await matrix.digestOf(root.businessId)).toEqual(before)
    // Of things that are not there, so that nothing comes of what is allowed.
    for (const each of everyAct.filter((one) => !refused.includes(one) && !ends.includes(closed(one)))) {
      if (each.rule.see !== 'staff' && !each.rule.see.some((one) => rights.has(one))) continue
      const address = each.path.replace('/:tab?', '').replaceAll(/:\w+/g, 'nothing_here')
      const { status } = await person.post(address, { form_key, act: each.act })
      if (status === 403 || status >= 500) wrong.push(['allowed', closed(each), status])
    }
    expect(wrong).toEqual([])
    expect(refused.length > 0).toBe(role !== 'owner')
  })

  test('each right by itself: who has all others is refused what asks for it', async () => {
    const { root } = matrix.shops
    const asked = new Set(
      everyAct.flatMap(({ rule, act }) => {
        const all = asksFor(rule, act)
        return all.length > 0 ? all : rule.act === 'staff' || rule.act.length > 1 ? [] : rule.act
      }),
    )
    expect(asked.size).toBeGreaterThan(15)
    const limits = { refundMinor: null, freeDays: null }
    const wrong: unknown[] = []
    for (const right of asked) {
      const permissions = everyPermission.filter((each) => each !== right)
      const role = await transaction(root, 'test', (tx) =>
        createRole(tx, root, 'system', { name: `All but ${right}`, permissions, limits }),
      )
      const person = await matrix.person(root, role)
      const before = await matrix.digestOf(root.businessId)
      const rights = new Set(permissions)
      for (const each of everyAct.filter(({ rule, act }) => !rightsFor(rule, act)(rights))) {
        const address = addressOf(each.path, root)
        if (address === null) continue
        const { status } = await person.post(address, { ...forged(root), form_key, act: each.act })
        if (status !== 403) wrong.push([right, closed(each), status])
      }
      expect(await matrix.digestOf(root.businessId)).toEqual(before)
    }
    expect(wrong).toEqual([])
  })
})

// Last, since it leaves rows that are about both.
describe.each([
  ['south', 'root', 'stranger'],
  ['deep', 'south', 'root'],
] as const)('wallet: %s in the books of %s', (asker, whose, other) => {
  const writes = routes.filter(({ path, method }) => ofWallets.test(path) && method !== 'get')
  const bodiesOf = (of: Record<string, string>) => ({
    ...samples(of),
    'put /wallet/top_up': { under_milli: 1_000, pack_id: of.pck, per_day: 1 },
  })

  const forms: Record<string, Record<string, string>> = {
    buy: { quantity: '2' },
    resume_order: { resumes: 'most_valuable' },
    top_up: { under: '1', per_day: '1' },
  }

  test('changes what is about itself, and nothing else', async () => {
    const { [asker]: mine, [whose]: parent } = matrix.shops
    const { key } = await matrix.keyOf(mine)
    const hidden = await secrets(asker, whose)
    const bodies: Record<string, object> = bodiesOf(ids.get(parent.businessId) ?? {})
    const before = await matrix.rowsOf(parent.businessId)
    const wrong: unknown[] = []
    const done: string[] = []
    for (const route of writes) {
      const name = `${route.method} ${route.path}`
      const { status, text } = await matrix.ask(key, route.method, route.path, bodies[name])
      if (status >= 300 || toldOf(hidden, text, '').length > 0) wrong.push([name, status, text.slice(0, 120)])
      done.push(name)
    }
    // The same by the forms of his console.
    const person = await matrix.person(mine)
    for (const act of actsOf('admin/wallet.tsx')) {
      const fields = { ...forged(parent), ...forms[act], act }
      const told = toldOf(hidden, await (await person.post('/admin/wallet', fields)).text(), JSON.stringify(fields))
      if (told.length > 0) wrong.push([act, told])
    }
    expect(wrong).toEqual([])
    expect(done.sort()).toEqual([
      'post /wallet/purchases',
      'put /wallet/alarm',
      'put /wallet/resume_order',
      'put /wallet/top_up',
    ])
    // He himself, as the one whose wallet it is, and as a customer of his parent's.
    const about = await matrix.owner<{ id: string }>(
      `select unnest(array[o.id, o.invoice_id, i.customer_id]) as id from credit_orders o join invoices i on i.business_id = o.business_id and i.id = o.invoice_id
       where o.business_id = $1 and o.reseller_id = $2`,
      [parent.businessId, mine.businessId],
    )
    const words = [mine.businessId, ...about.map(({ id }) => id)]
    const after = await matrix.rowsOf(parent.businessId)
    const changed = [...after.difference(before), ...before.difference(after)]
    const numbers = /^invoice_series /
    expect(changed.filter((row) => !numbers.test(row) && !words.some((word) => row.includes(word)))).toEqual([])
    expect(changed.some((row) => row.startsWith('credit_orders'))).toBe(true)
  })

  test('packs of anybody else are not there, and a wish for one changes nothing', async () => {
    const { [asker]: mine, [whose]: parent, [other]: stranger } = matrix.shops
    const { key } = await matrix.keyOf(mine)
    const of = ids.get(stranger.businessId) ?? {}
    expect(of.pck).toBeDefined()
    const digests = async () => Promise.all([parent, stranger].map(({ businessId }) => matrix.digestOf(businessId)))
    const before = await digests()
    for (const [method, path] of [
      ['post', '/wallet/purchases'],
      ['put', '/wallet/top_up'],
    ] as const) {
      const answerFor = async (pck: string | undefined) => {
        const bodies: Record<string, object> = bodiesOf({ ...of, pck: pck ?? '' })
        const { status, text } = await matrix.ask(key, method, path, bodies[`${method} ${path}`])
        return { status, ...JSON.parse(text), request_id: '', requestId: '', instance: '' }
      }
      const answered = await answerFor(of.pck)
      expect([path, answered.status]).toEqual([path, path.endsWith('top_up') ? 422 : 404])
      expect(answered).toEqual(await answerFor('pck_00000000000000000000054321'))
    }
    expect(await digests()).toEqual(before)
  })
})
