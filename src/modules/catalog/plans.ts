/** Products, plans and prices. */
import type { Shop } from '#app.ts'
import { maybe, onceIn, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Money, toDecimal } from '#platform/money.ts'
import type { Term } from '#platform/time.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'

export type LineKind = 'line' | 'mag' | 'enigma'
export type BoxKind = Exclude<LineKind, 'line'>

/** Whether its buyer names a box by its MAC address. */
export const isForBox = ({ lineKind, box }: Pick<Product, 'lineKind' | 'box'>): boolean =>
  lineKind !== 'line' || box !== null

export type Product = {
  id: string
  name: string
  description: string
  lineKind: LineKind
  /** The kind of box that is sold beside the login, as one with it. */
  box: BoxKind | null
  connections: number
  outputs: ('hls' | 'ts' | 'rtmp')[]
  usernameStrategy: 'generated' | 'chosen' | 'hybrid'
  passwordStrategy: 'generated' | 'chosen'
  active: boolean
  position: number
  version: number
}

export type Price = { currency: string; amountMinor: bigint; setupMinor: bigint }

export type Plan = {
  id: string
  productId: string
  name: string
  description: string
  termUnit: Term['unit']
  termCount: number
  creditCostMilli: bigint
  trial: boolean
  renewable: boolean
  bestValue: boolean
  active: boolean
  position: number
  version: number
  prices: Price[]
}

export const termOf = (plan: Pick<Plan, 'termUnit' | 'termCount'>): Term => ({
  unit: plan.termUnit,
  count: plan.termCount,
})

/** Its own price in a currency, or null: a missing price is never zero (F62). What it is sold for where it has none: `sold-price.ts`. */
export function priceIn(plan: Pick<Plan, 'prices'>, currency: string): { price: Money; setup: Money } | null {
  const found = plan.prices.find((each) => each.currency === currency)
  if (found === undefined) return null
  return { price: { minor: found.amountMinor, currency }, setup: { minor: found.setupMinor, currency } }
}

const productColumns = sql`id, name, description, line_kind as "lineKind", box, connections, outputs, username_strategy as "usernameStrategy",
  password_strategy as "passwordStrategy", active, position, version`

const planColumns = sql`p.id, p.product_id as "productId", p.name, p.description, p.term_unit as "termUnit", p.term_count as "termCount",
  p.credit_cost_milli as "creditCostMilli", p.trial, p.renewable, p.best_value as "bestValue", p.active, p.position, p.version`

export const findProduct = (tx: Tx, id: string): Promise<Product | null> =>
  maybe(tx, sql<Product>`select ${productColumns} from products where business_id = current_business() and id = ${id}`)

export const listProducts = (tx: Tx): Promise<Product[]> =>
  rows(
    tx,
    sql<Product>`select ${productColumns} from products where business_id = current_business() order by position, created_at`,
  )

export async function findPlan(tx: Tx, id: string): Promise<Plan | null> {
  const [plans, prices] = await Promise.all([
    rows(
      tx,
      sql<
        Omit<Plan, 'prices'>
      >`select ${planColumns} from plans p where p.business_id = current_business() and p.id = ${id}`,
    ),
    rows(
      tx,
      sql<PriceRow>`select plan_id as "planId", currency, amount_minor as "amountMinor", setup_minor as "setupMinor" from plan_prices
      where business_id = current_business() and plan_id = ${id} order by currency`,
    ),
  ])
  return withPrices(plans, prices)[0] ?? null
}

/** As `findPlan`, for readers that may be a second behind. */
export const keptPlan = (tx: Tx, shop: Shop, id: string): Promise<Plan | null> =>
  onceIn(tx, `plan/${id}`, () => shop.keep(`plan/${id}`, () => findPlan(tx, id)))

/** In the order in which the shop shows them. `forSale` leaves out what is switched off. */
export async function listPlans(tx: Tx, filter: { forSale?: boolean } = {}): Promise<Plan[]> {
  const [plans, prices] = await Promise.all([
    rows(
      tx,
      sql<
        Omit<Plan, 'prices'>
      >`select ${planColumns} from plans p join products d on d.business_id = p.business_id and d.id = p.product_id
        where p.business_id = current_business() and (not ${filter.forSale ?? false}::boolean or (p.active and d.active))
        order by p.position, p.created_at, p.id`,
    ),
    rows(
      tx,
      sql<PriceRow>`select plan_id as "planId", currency, amount_minor as "amountMinor", setup_minor as "setupMinor" from plan_prices
      where business_id = current_business()`,
    ),
  ])
  return withPrices(plans, prices)
}

type PriceRow = Price & { planId: string }

function withPrices(plans: Omit<Plan, 'prices'>[], prices: PriceRow[]): Plan[] {
  const byPlan = Map.groupBy(prices, ({ planId }) => planId)
  return plans.map((plan) => ({
    ...plan,
    prices: (byPlan.get(plan.id) ?? []).map(({ currency, amountMinor, setupMinor }) => ({
      currency,
      amountMinor,
      setupMinor,
    })),
  }))
}

export type ProductFacts = Omit<Product, 'id' | 'version' | 'box'> & { box?: BoxKind | null }

/** Makes a product, or changes the one named. */
export async function saveProduct(tx: Tx, shop: Shop, facts: ProductFacts, id?: string): Promise<string> {
  const productId = id ?? newId('prod', shop.app.clock)
  const before = id === undefined ? null : await findProduct(tx, id)
  if (id !== undefined && before === null) throw new Refusal('not_found', 'There is no such product.')
  if (id !== undefined && shop.parentId !== null) await keepShared(tx, facts, id)
  if (facts.lineKind !== 'line' && facts.connections !== 1)
    throw new Refusal('invalid_input', 'Please check the product.', [
      { pointer: '/connections', code: 'out_of_range', detail: 'A box is one connection, always.' },
    ])
  const { box = null } = facts
  if (facts.lineKind !== 'line' && box !== null)
    throw new Refusal('invalid_input', 'Please check the product.', [
      { pointer: '/box', code: 'invalid', detail: 'A box comes beside a login, not beside another box.' },
    ])
  await run(
    tx,
    sql`insert into products (business_id, id, name, description, line_kind, box, connections, outputs, username_strategy, password_strategy, active, position, created_at)
      values (${shop.businessId}, ${productId}, ${facts.name}, ${facts.description}, ${facts.lineKind}, ${box}, ${facts.connections}, ${facts.outputs}::text[],
        ${facts.usernameStrategy}, ${facts.passwordStrategy}, ${facts.active}, ${facts.position}, ${shop.now()})
      on conflict (business_id, id) do update set name = excluded.name, description = excluded.description, line_kind = excluded.line_kind, box = excluded.box,
        connections = excluded.connections, outputs = excluded.outputs, username_strategy = excluded.username_strategy,
        password_strategy = excluded.password_strategy, active = excluded.active, position = excluded.position, version = products.version + 1`,
  )
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: id === undefined ? 'product.created' : 'product.changed',
    subjectType: 'product',
    subjectId: productId,
    data: changesOf(before, { ...facts, box }),
  })
  return productId
}

/** What the parent shared stays what it is; how it is called and shown is the reseller's. */
async function keepShared(tx: Tx, facts: ProductFacts, id: string): Promise<void> {
  const before = await findProduct(tx, id)
  if (before === null || !(await isFromParent(tx, id))) return
  const same =
    before.lineKind === facts.lineKind &&
    before.box === (facts.box ?? null) &&
    before.connections === facts.connections &&
    before.outputs.join() === facts.outputs.join()
  if (!same)
    throw new Refusal(
      'conflict',
      'This product was shared with you: its connections and outputs are as your supplier set them.',
    )
}

/** Whether a product is a copy of what the parent shared. */
export const isFromParent = async (tx: Tx, productId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from products where business_id = current_business() and id = ${productId} and from_parent`,
  )) !== null

/** A shared product is sold by the plans that were shared, for their term; the price is the reseller's, within what was agreed. */
async function withinTerms(tx: Tx, shop: Shop, facts: PlanFacts, before: Plan | null): Promise<void> {
  if (!(await isFromParent(tx, before?.productId ?? facts.productId))) {
    if (before !== null && (await isFromParent(tx, facts.productId))) throw ownPlansOnly()
    return
  }
  if (before === null) throw ownPlansOnly()
  const same =
    before.productId === facts.productId &&
    before.termUnit === facts.termUnit &&
    before.termCount === facts.termCount &&
    before.trial === facts.trial
  if (!same)
    throw new Refusal('conflict', 'This plan was shared with you: its product and term are as your supplier set them.')
  const bounds = await maybe(
    tx,
    sql<{
      least: bigint | null
      most: bigint | null
      ended: boolean
    }>`select least_minor as least, most_minor as most, ended from terms_of_plan(${before.id})`,
  )
  if (bounds?.ended && facts.active)
    throw new Refusal('conflict', 'Your supplier does not share this plan any more: it cannot be sold again.')
  const price = facts.prices.find(({ currency }) => currency === shop.currency)
  const [least, most] = [bounds?.least ?? null, bounds?.most ?? null]
  if (
    price === undefined ||
    ((least === null || price.amountMinor >= least) && (most === null || price.amountMinor <= most))
  )
    return
  const words = [
    ...(least === null ? [] : [`at least ${toDecimal({ minor: least, currency: shop.currency })}`]),
    ...(most === null ? [] : [`at most ${toDecimal({ minor: most, currency: shop.currency })}`]),
  ]
  throw new Refusal('invalid_input', 'Please check the price.', [
    {
      pointer: '/prices/0',
      code: 'out_of_range',
      detail: `Your supplier lets you ask ${words.join(' and ')} ${shop.currency}.`,
    },
  ])
}

const ownPlansOnly = () =>
  new Refusal('conflict', 'A product that was shared with you is sold by the plans that were shared with it.')

export type PlanFacts = Omit<Plan, 'id' | 'version'>

/** Makes a plan, or changes the one named, prices included. Sold periods and agreed prices stay as they are (F63, F68). */
export async function savePlan(tx: Tx, shop: Shop, facts: PlanFacts, id?: string): Promise<string> {
  const planId = id ?? newId('plan', shop.app.clock)
  if ((await findProduct(tx, facts.productId)) === null)
    throw new Refusal('invalid_input', 'Please choose a product.', [
      { pointer: '/product_id', code: 'unknown', detail: 'There is no such product.' },
    ])
  const before = id === undefined ? null : await findPlan(tx, id)
  if (id !== undefined && before === null) throw new Refusal('not_found', 'There is no such plan.')
  if (shop.parentId !== null) await withinTerms(tx, shop, facts, before)
  await run(
    tx,
    sql`insert into plans (business_id, id, product_id, name, description, term_unit, term_count, credit_cost_milli, trial, renewable, best_value, active, position, created_at)
      values (${shop.businessId}, ${planId}, ${facts.productId}, ${facts.name}, ${facts.description}, ${facts.termUnit}, ${facts.termCount}, ${facts.creditCostMilli},
        ${facts.trial}, ${facts.renewable}, ${facts.bestValue}, ${facts.active}, ${facts.position}, ${shop.now()})
      on conflict (business_id, id) do update set product_id = excluded.product_id, name = excluded.name, description = excluded.description,
        term_unit = excluded.term_unit, term_count = excluded.term_count, credit_cost_milli = excluded.credit_cost_milli, trial = excluded.trial,
        renewable = excluded.renewable, best_value = excluded.best_value, active = excluded.active, position = excluded.position, version = plans.version + 1`,
  )
  await run(tx, sql`delete from plan_prices where business_id = current_business() and plan_id = ${planId}`)
  for (const price of facts.prices)
    await run(
      tx,
      sql`insert into plan_prices (business_id, plan_id, currency, amount_minor, setup_minor)
        values (${shop.businessId}, ${planId}, ${price.currency}, ${price.amountMinor}, ${price.setupMinor})`,
    )
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: id === undefined ? 'plan.created' : 'plan.changed',
    subjectType: 'plan',
    subjectId: planId,
    data: changesOf(before, (await findPlan(tx, planId)) ?? {}),
  })
  return planId
}
