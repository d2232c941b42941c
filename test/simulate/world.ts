/** A simulated world: one shop on a database of its own, the other companies' machines, and a clock that jumps to what is due. */
import type { Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { saveTaxSettings, taxSetting } from '#modules/billing/tax/settings.ts'
import { differenceSetting, saveDifferenceSettings } from '#modules/lines/difference-settings.ts'
import { openShop } from '#modules/people/business.ts'
import { listPolicies } from '#modules/subscriptions/queries.ts'
import type { Step } from '#modules/subscriptions/rules/step.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { stoppedClock } from '#platform/clock.ts'
import { inTransaction, type Query, rows, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import type { Chance } from '../../src/demo/chance.ts'
import { aCoupon } from '../support/coupons.ts'
import { type OpenShop, openBusiness } from '../support/shop.ts'
import { aBatch } from '../support/vouchers.ts'
import { openProgramme } from './affiliates.ts'
import { openEngine, textOf } from './engine.ts'
import type { House } from './house.ts'
import { openLog } from './log.ts'
import { Died, type Machine, openMachine } from './machine.ts'
import { type Outside, openOutside, origins } from './outside.ts'
import { addPlans, assortmentOf } from './plans.ts'
import { openReseller } from './resellers.ts'
import { openWatch } from './watch.ts'

export type World = Awaited<ReturnType<typeof openWorld>>

/** A notice as the gateway posted it, kept to be posted again much later. */
export type Posted = { accountId: string; body: string; headers: Record<string, string> }

export type WorldOptions = { house: House; zone: string; start: string; chance: Chance; shortWay: boolean }

export async function openWorld({ house, zone, start, chance, shortWay }: WorldOptions) {
  const clock = stoppedClock(start)
  const log = openLog(() => clock.now())
  /** What was acknowledged is kept, whatever happens next: by its body. */
  const acknowledged: Posted[] = []
  const posted: Posted[] = []
  const broken: string[] = []
  /** The house is down, and nobody noticed. */
  let silent = false
  let machine: Machine

  async function receive(notice: Posted): Promise<number> {
    if (silent) return 503
    const { accountId, headers } = notice
    const raw = { body: Buffer.from(notice.body), headers, receivedAt: clock.now() }
    const receipt = await receiveNotice(machine.app(), accountId, raw)
    if (receipt === 'stored') acknowledged.push(notice)
    return receipt === 'stored' ? 200 : 400
  }

  const outside: Outside = await openOutside(
    () => clock.now(),
    chance,
    log,
    async ({ url: at, body, headers }) => {
      const notice = { accountId: at.slice(at.lastIndexOf('/') + 1), body, headers }
      posted.push(notice)
      return receive(notice)
    },
  )
  const watch = openWatch(outside, () => clock.now())
  const masterKey = Buffer.alloc(32, 7)
  machine = openMachine({ house, clock, chance, masterKey, outside: () => outside, log, shortWay })
  const opened = await openBusiness(machine.app(), origins, { slug: 'northwind', zone })
  await leaveOutComparing(opened)
  await addPlans(opened)
  const assortment = assortmentOf(chance)
  await addCoupons(opened)
  await chooseTax(opened, chance)
  await choosePolicy(opened, chance)
  await openProgramme(opened, chance)
  const resellerId = await openReseller(opened, chance)
  const { codes: vouchers } = await aBatch(opened, {
    count: 12,
    price: { minor: 900n, currency: opened.shop.currency },
  })
  const { eyes } = house
  const lookAll = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    machine.unseen(() => inTransaction(eyes, { role: 'report' }, 'simulate-look', work))
  const engine = openEngine({ db: house.engine, touched: house.touched, clock, machine, log, broken })

  return {
    ...opened,
    businessId: opened.shop.businessId,
    resellerId,
    clock,
    log,
    outside,
    watch,
    machine,
    zone,
    chance,
    assortment,
    /** Of a kiosk, for the plan by the month; some are tried twice. */
    vouchers,
    broken,
    acknowledged: acknowledged as readonly Posted[],
    posted: posted as readonly Posted[],
    receive,
    /** Does all that waits and is due, and tells when something becomes due next. */
    async settle(): Promise<Temporal.Instant | null> {
      const next = await engine.settle()
      watch.look()
      return next
    },
    leftOver: engine.leftOver,
    /** What autovacuum does for a real house, at moments of its own choice: here the seed's days say when. */
    async tidyUp(): Promise<void> {
      const { rows: found } = await eyes.pool.query<{ name: string }>(filledText, [filled])
      if (found.length > 0) await eyes.pool.query(`vacuum (analyze) ${found.map(({ name }) => name).join(', ')}`)
    },
    isSilent: () => silent,
    silence(on: boolean): void {
      silent = on
    },
    /** The shop as somebody sees it who has just come in. */
    shopFor: (actor: string): Promise<Shop> => openShop(machine.app(), opened.shop.businessId, actor),
    look: <Row>(query: Query<Row>): Promise<Row[]> => lookAll(async (tx) => rows(tx, query)),
    lookAll,
    /**
     * Lets somebody do something: a refusal is an answer, a death is one too; anything else is a bug of ours.
     */
    async attempt(name: string, act: () => Promise<unknown>): Promise<boolean> {
      let outcome = 'done'
      try {
        await act()
      } catch (error) {
        if (error instanceof Refusal) {
          outcome = `refused ${error.code}`
          log.did(outcome)
        } else if (error instanceof ProviderError) outcome = `provider ${error.kind}`
        else if (error instanceof Died || machine.isDead()) outcome = 'died'
        else {
          outcome = 'failed'
          broken.push(`act ${name} failed: ${textOf(error)}`)
        }
      }
      log.note(`${name}: ${outcome}`)
      await machine.revive()
      return outcome === 'done'
    },
    async close(): Promise<void> {
      await machine.close()
      await outside.close()
    },
  }
}

/** See the README: a life has its own model of what a panel should have. */
const leaveOutComparing = ({ shop }: OpenShop) =>
  transaction(shop, 'set-up', (tx) =>
    saveDifferenceSettings(tx, shop, { ...differenceSetting.schema.parse({}), every_hours: 0 }),
  )

/** One for a first period, one for three, and one of which few are left. */
async function addCoupons(opened: OpenShop): Promise<void> {
  await aCoupon(opened, { oncePerCustomer: false })
  const { currency } = opened.shop
  const sums = [{ currency, amountMinor: 150n, minimumMinor: 0n }]
  await aCoupon(opened, { code: 'FIVE', percent: null, periods: 3, sums, oncePerCustomer: false })
  await aCoupon(opened, { code: 'GONE', percent: 10_000, periods: 2, stock: 3 })
}

/** A third of the shops take tax, in their prices or on top. */
async function chooseTax({ shop }: OpenShop, chance: Chance): Promise<void> {
  const prices = chance.weighted([
    [null, 4],
    ['inclusive', 1],
    ['exclusive', 1],
  ] as const)
  if (prices === null) return
  const registrations = [{ country: 'DE', number: 'DE123456788' }]
  await transaction(shop, 'set-up', (tx) =>
    saveTaxSettings(tx, shop, taxSetting.schema.parse({ prices, registrations })),
  )
}

/** The standard policy, one of few words as small shops like it, or one that is quick and strict. */
async function choosePolicy({ shop }: OpenShop, chance: Chance): Promise<void> {
  const steps = chance.weighted([
    [null, 2],
    [ofFewWords, 3],
    [strict, 1],
  ] as const)
  if (steps === null) return
  await transaction(shop, 'set-up', async (tx) => {
    const [policy] = await listPolicies(tx)
    await savePolicy(tx, shop, { id: policy?.id ?? '', name: 'Standard', steps }, shop.now())
  })
}

const ofFewWords: readonly Step[] = [
  { key: 'invoice', action: 'issue_invoice', offset_days: -5 },
  { key: 'charge_0d', action: 'charge', offset_days: 0 },
  { key: 'suspend', action: 'suspend', offset_hours: 48 },
  { key: 'terminate', action: 'terminate', offset_days: 10 },
]

const strict: readonly Step[] = [
  { key: 'invoice', action: 'issue_invoice', offset_days: 0 },
  { key: 'remind_1d', action: 'remind', offset_days: 1 },
  { key: 'suspend', action: 'suspend', offset_days: 3 },
  { key: 'terminate', action: 'terminate', offset_days: 7 },
]

/** The tables that a life fills: all would take ten times as long. */
const filled = [
  ...['subscriptions', 'periods', 'steps_done', 'pauses', 'plan_changes', 'add_on_changes', 'subscription_add_ons'],
  ...['price_campaigns', 'price_changes', 'incidents', 'compensations', 'orders', 'customers', 'lines', 'panel_calls'],
  ...['invoices', 'invoice_items', 'payments', 'refunds', 'payment_methods', 'collections', 'allocations', 'transfers'],
  ...[
    'disputes',
    'coupon_uses',
    'vouchers',
    'households',
    'payment_invoices',
    'affiliates',
    'referrals',
    'commissions',
  ],
  ...['affiliate_payouts', 'gateway_comparisons', 'money_differences', 'period_credits', 'credit_orders', 'holds'],
  ...['money_facts', 'notices', 'notice_keys', 'messages', 'message_claims', 'events', 'graphile_worker._private_jobs'],
  ...['adoptions', 'adoption_lines', 'customer_notes'],
]
/** What is empty still stays uncounted: a plan for a table that was counted and found empty reads all of it when it has grown. */
const filledText = `select name from unnest($1::text[]) name
  where pg_relation_size(name::regclass) + coalesce((select sum(pg_relation_size(relid)) from pg_partition_tree(name::regclass)), 0) > 0`
