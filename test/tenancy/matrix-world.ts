/**
 * One world for the matrix of who may see what: an operator whose business has a bit of everything, a reseller below him with customers of his own, a
 * sibling, a grandchild, and a stranger; the whole server over them, and what must never be told of each.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { openShop } from '#modules/people/business.ts'
import { addMember } from '#modules/people/memberships.ts'
import { createRateLimits, standardLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { run, sql } from '#platform/db.ts'
import { createServer } from '../../src/server.ts'
import { browserOf } from '../../src/web/browser.test-support.ts'
import { createWebHandler, ensureBuilt } from '../../src/web/handler.ts'
import { furnish } from '../invariants/plants.ts'
import { joins } from '../support/resellers.ts'
import { createWorld } from '../support/world.ts'

const origin = 'https://shop.example'
const password = 'tall green gate'

export type Matrix = Awaited<ReturnType<typeof createMatrix>>

export async function createMatrix() {
  await ensureBuilt(() => {})
  const world = await createWorld()
  const { app } = world
  const ids = await furnish(world)
  const north = await joins(world, { slug: 'north' })
  const south = await openShop(app, ids.south, 'system')
  const deep = await joins(world, { slug: 'deep', under: south, planIds: [] })
  const shops = { root: world.shop, south, north, deep, stranger: await openShop(app, ids.other, 'system') }
  for (const shop of [shops.root, south, shops.stranger]) await sellsPacks(shop)
  const open = Object.fromEntries(Object.keys(standardLimits).map((name) => [name, {}])) as typeof standardLimits
  const limits = createRateLimits(app, open)
  const mailed: string[] = []
  const signIn = createSignIn(app, { limits, sendMagicLink: async ({ url }) => void mailed.push(url) })
  const server = createServer(app, { web: createWebHandler(), limits, signIn })
  const answer = async (request: Request): Promise<Response> => server.fetch(request)
  const browser = () => browserOf(origin, answer)

  let people = 0
  async function person(shop: Shop, role = 'owner') {
    const email = `${role}${++people}@${shop.slug}.example`
    const { userId } = await signIn.createUser({ email, password, emailVerified: true })
    await transaction(shop, 'test', (tx) => addMember(tx, shop, 'system', { userId, email, role }))
    const tab = browser()
    expect((await tab.post('/admin/sign-in', { email, password, act: 'password' })).status).toBe(303)
    return tab
  }

  /** A customer who came in by the link of a mail. */
  async function customer(email: string, shop: Shop) {
    const tab = browser()
    const base = new URL(shop.baseUrl).pathname.replace(/\/$/, '')
    await tab.post(`${base}/sign-in`, { email, act: 'link' })
    expect((await tab.post(new URL(mailed.at(-1) ?? '').pathname)).status).toBe(303)
    return { ...tab, base }
  }

  const keyOf = (shop: Shop, scopes: readonly string[] = ['all']) =>
    transaction(shop, 'test', (tx) => createApiKey(tx, shop, { name: 'test', scopes }, app.clock.now()))

  let count = 0
  async function ask(
    key: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> {
    const headers = new Headers({ authorization: `Bearer ${key}`, 'idempotency-key': `test-${++count}` })
    if (body !== undefined) headers.set('content-type', 'application/json')
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await answer(
      new Request(`${origin}/api/v1${path}`, { method: method.toUpperCase(), headers, ...sent }),
    )
    return { status: response.status, text: await response.text() }
  }

  await furnishMore(world, ids, async (path, body) => {
    const { key } = await keyOf(world.shop)
    const { status, text } = await ask(key, 'post', path, body)
    expect(status, `${path} ${text}`).toBe(201)
    return String(JSON.parse(text).id)
  })

  return { ...world, shops, ids, server, answer, browser, person, customer, keyOf, ask, ...reader(world.db.pool) }
}

const sellsPacks = (shop: Shop) =>
  transaction(shop, 'test', (tx) =>
    savePack(tx, shop, { name: 'Ten', creditsMilli: 10_000n, currency: 'EUR', priceMinor: 5_000n, active: true }),
  )

/** Kinds of things that the story of the invariants has none of. */
async function furnishMore(
  { shop, clock }: World,
  { panel, business, anaInvoice }: Awaited<ReturnType<typeof furnish>>,
  made: (path: string, body: object) => Promise<string>,
): Promise<void> {
  await made('/incidents', { panel_id: panel, name: 'Storage', sentence: 'Some channels do not play.' })
  await made('/adoptions', { panel_id: panel, csv: 'username\nsomebody_else\n' })
  await made('/credit_lots', { panel_id: panel, credits_milli: 1000, cost: { amount: 1, currency: 'EUR' } })
  await made('/roles', { name: 'Night desk', permissions: ['lines:see'] })
  const empty = { url: 'http://empty.example/abc/', api_key: '0123456789', viewer_host: 'tv.example' }
  const spare = await made('/panels', { name: 'Empty', kind: 'xui', settings: empty })
  await made('/evacuations', { panel_id: spare, reason: 'sold' })
  await made('/price_campaigns', {
    ...{ name: 'Spring', change: { by: 'amount', amount: 1499, currency: 'EUR' } },
    ...{ effective_at: '2026-06-01T00:00:00Z', notice_days: 30, consent: 'notice' },
  })
  const now = clock.now()
  await transaction(shop, 'test', async (tx) => {
    await run(
      tx,
      sql`insert into parked_runs (business_id, id, kind, most, opened_at)
        values (${business}, 'run_00000000000000000000054321', 'suspend', 10, ${now})`,
    )
    await run(
      tx,
      sql`insert into account_differences (business_id, id, panel_id, from_at, at, expected, found, bought)
        values (${business}, 'acd_00000000000000000000054321', ${panel}, ${now}, ${now}, 10, 20, 5)`,
    )
    await run(
      tx,
      sql`insert into account_purchases (business_id, id, panel_id, credits, created_at, created_by, difference_id)
        values (${business}, 'acp_00000000000000000000054321', ${panel}, 5, ${now}, 'system', 'acd_00000000000000000000054321')`,
    )
    await run(
      tx,
      sql`insert into credit_notes (business_id, id, invoice_id, refund_id, series, number, currency, total_minor, reason, by, issued_at)
        select business_id, 'cn_00000000000000000000054321', ${anaInvoice}::text, id, 'CN-2026', 1, 'EUR', 1, 'test', 'system', ${now}::timestamptz
        from refunds where business_id = ${business} order by id limit 1`,
    )
  })
}

type World = Awaited<ReturnType<typeof createWorld>>
type Pool = Awaited<ReturnType<typeof createWorld>>['db']['pool']

/** What the database's owner sees: for the tests to know what nobody else may learn or change. */
function reader(pool: Pool) {
  const ask = async <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    (await pool.query(text, values)).rows as Row[]
  const tablesWith = async (column: string): Promise<string[]> =>
    (
      await ask<{ name: string }>(
        `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and not a.attisdropped
          where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
        [column],
      )
    ).map(({ name }) => name)
  const tenantTables = async (): Promise<string[]> => tablesWith('business_id')

  /** Ids of a business's rows, by table, newest first; of one customer's only, where it says so. */
  async function idsOf(businessId: string, customerId: string | null = null): Promise<Map<string, string[]>> {
    const withId = new Set(await tablesWith('id'))
    const tables = (await (customerId === null ? tenantTables() : tablesWith('customer_id'))).filter((each) =>
      withId.has(each),
    )
    const found = new Map<string, string[]>()
    for (const table of tables) {
      const rows = await ask<{ id: string }>(
        `select id::text from ${table} where business_id = $1 ${customerId === null ? '' : 'and customer_id = $2'} order by id desc`,
        customerId === null ? [businessId] : [businessId, customerId],
      )
      if (rows.length > 0)
        found.set(
          table,
          rows.map(({ id }) => id),
        )
    }
    return found
  }

  /** Everything of a business, or of one customer, as a number per table: the same before and after, when nothing was changed. */
  async function digestOf(
    businessId: string,
    customerId: string | null = null,
    through: typeof ask = ask,
  ): Promise<Record<string, string>> {
    const tables = await (customerId === null ? tenantTables() : tablesWith('customer_id'))
    const each = tables.map(
      (table) =>
        `select '${table}' as name, md5(string_agg(t::text, '|' order by t::text)) as digest from ${table} t where business_id = $1 ${customerId === null ? '' : 'and customer_id = $2'}`,
    )
    const found = await through<{ name: string; digest: string | null }>(
      each.join(' union all '),
      customerId === null ? [businessId] : [businessId, customerId],
    )
    return Object.fromEntries(found.map(({ name, digest }) => [name, digest ?? '']))
  }

  /** Everything of a business, a text for each row. */
  async function rowsOf(businessId: string): Promise<Set<string>> {
    const each = (await tenantTables()).map(
      (table) => `select '${table} ' || t::text as row from ${table} t where business_id = $1`,
    )
    return new Set((await ask<{ row: string }>(each.join(' union all '), [businessId])).map(({ row }) => row))
  }

  return { owner: ask, tenantTables, idsOf, digestOf, rowsOf }
}

const isId = (text: string) => /^[a-z]+_[0-9a-z]{26}$/.test(text)

/** About persons and money: what a parent must not learn of a child either. */
const private_ = [
  'customers',
  'orders',
  'invoices',
  'payments',
  'payment_methods',
  'messages',
  'memberships',
  'api_keys',
  'events',
  'refunds',
  'attention',
  'customer_notes',
]

/** What must never be told of a business: ids of its rows and the addresses of its customers; not what the one who asks has himself. */
export async function secretsOf(
  matrix: Matrix,
  whose: Shop,
  asker: Shop,
  counts: (table: string) => boolean,
): Promise<Set<string>> {
  const listed = async (shop: Shop) => {
    const ids = [...(await matrix.idsOf(shop.businessId))].filter(([table]) => counts(table))
    const mails = await matrix.owner<{ email: string }>(`select email from customers where business_id = $1`, [
      shop.businessId,
    ])
    return [...ids.flatMap(([, each]) => each).filter(isId), ...mails.map(({ email }) => email)]
  }
  const own = new Set(await listed(asker))
  return new Set((await listed(whose)).filter((each) => !own.has(each)))
}

export const ofPersons = (table: string): boolean => private_.includes(table)

/** All but what a parent and a child have in common: his wallet in the parent's books, the panels his lines are on, packs of credits, what is collected for him. */
export const notOfTrade = (table: string): boolean =>
  ![
    ...['transfers', 'holds', 'panels', 'credit_packs', 'credit_moves'],
    ...['gateway_loans', 'collected', 'reseller_statements', 'reseller_payouts'],
  ].includes(table)

/** What a lender's gateway tells him: the payments that it took for a child. */
export const takenByLent = async (matrix: Matrix, { businessId }: Shop): Promise<string[]> =>
  (
    await matrix.owner<{ id: string }>(
      `select p.id from payments p join gateway_accounts g on g.business_id = p.business_id and g.id = p.gateway_account_id where p.business_id = $1 and g.loan_id is not null`,
      [businessId],
    )
  ).map(({ id }) => id)

/** Rows of a lender's that a reseller reads, since they are about him. */
export const aboutReseller = async (matrix: Matrix, { businessId }: Shop): Promise<string[]> =>
  (
    await matrix.owner<{ id: string }>(
      `select id from reseller_statements where reseller_id = $1 union all select id from reseller_payouts where reseller_id = $1`,
      [businessId],
    )
  ).map(({ id }) => id)

/** What an answer told that was not in the question. */
export const toldOf = (secrets: ReadonlySet<string>, answer: string, question: string): string[] =>
  [...secrets].filter((each) => answer.includes(each) && !question.includes(each))

const web = join(import.meta.dirname, '..', '..', 'src', 'web')

/** The acts that a page knows, read off its source and the files beside it that it imports. */
export function actsOf(file: string): string[] {
  const folder = join(web, file, '..')
  const names = new Set(readdirSync(folder))
  const first = readFileSync(join(web, file), 'utf8')
  const beside = [...first.matchAll(/from '\.\/([\w-]+(?:\.server)?\.tsx?)'/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => names.has(name))
  const text = [
    first,
    ...beside
      .filter((name) => !/^(guard|act|form-reader|frame|list-page)\b/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  ].join('\n')
  const found = [
    /case '([a-z_]+)':/g,
    /act(?:'\))? === '([a-z_]+)'/g,
    /\bact="([a-z_]+)"/g,
    /name="act" value="([a-z_]+)"/g,
  ].flatMap((each) => [...text.matchAll(each)].map(([, act]) => act ?? ''))
  return [...new Set(found)]
}
