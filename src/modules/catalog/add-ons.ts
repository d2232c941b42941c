/** Add-ons: sold beside a plan by the piece, each with the plans it goes with and its price for one term of each. */
import type { Shop } from '#app.ts'
import { json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import { type Exchange, lockOf, readExchange } from './exchange.ts'
import { listPlans } from './plans.ts'
import { type VolumeConverted, volumeAt } from './rules/exchange.ts'
import { breaksFrom, breaksInRow, faultOfBreaks, type PriceBreak, type StoredBreak, type VolumePrice } from './rules.ts'

/** `connection`: one more screen at the same time. */
export const addOnKinds = ['connection'] as const
export type AddOnKind = (typeof addOnKinds)[number]

/** `breaks`: what each costs where there are more of it. */
export type AddOnPrice = { currency: string; amountMinor: bigint; breaks: readonly PriceBreak[] }

/** The plan that it is sold with: what one piece costs for one term of it. */
export type AddOnPlan = {
  planId: string
  /** Thousandths of a credit. */
  creditCostMilli: bigint
  prices: AddOnPrice[]
}

export type AddOn = {
  id: string
  kind: AddOnKind
  name: string
  /** Of one subscription. */
  maxQuantity: number
  active: boolean
  position: number
  version: number
  plans: AddOnPlan[]
}

type PlanRow = {
  addOnId: string
  planId: string
  creditCostMilli: bigint
  currency: string | null
  amountMinor: bigint
  breaks: StoredBreak[]
}

/** All of them, or the one named, in the order of the shop. */
async function read(tx: Tx, id: string | null): Promise<AddOn[]> {
  const found = await rows(
    tx,
    sql<
      Omit<AddOn, 'plans'>
    >`select id, kind, name, max_quantity as "maxQuantity", active, position, version from add_ons
      where business_id = current_business() and (${id}::text is null or id = ${id}) order by position, created_at, id`,
  )
  if (found.length === 0) return []
  const priced = await rows(
    tx,
    sql<PlanRow>`select a.add_on_id as "addOnId", a.plan_id as "planId", a.credit_cost_milli as "creditCostMilli", p.currency, p.amount_minor as "amountMinor", p.breaks
      from add_on_plans a
      left join add_on_prices p on p.business_id = a.business_id and p.add_on_id = a.add_on_id and p.plan_id = a.plan_id
      where a.business_id = current_business() and (${id}::text is null or a.add_on_id = ${id}) order by a.plan_id, p.currency`,
  )
  const byAddOn = Map.groupBy(priced, ({ addOnId }) => addOnId)
  return found.map((each) => ({ ...each, plans: plansOf(byAddOn.get(each.id) ?? []) }))
}

const plansOf = (priced: readonly PlanRow[]): AddOnPlan[] =>
  [...Map.groupBy(priced, ({ planId }) => planId)].map(([planId, each]) => ({
    planId,
    creditCostMilli: each[0]?.creditCostMilli ?? 0n,
    prices: each.flatMap(({ currency, amountMinor, breaks }) =>
      currency === null ? [] : [{ currency, amountMinor, breaks: breaksFrom(breaks) }],
    ),
  }))

export const listAddOns = (tx: Tx): Promise<AddOn[]> => read(tx, null)

export const findAddOn = async (tx: Tx, id: string): Promise<AddOn | null> => (await read(tx, id))[0] ?? null

/** What pieces cost beside a plan, by its own price or by rate. Null: it is not sold with it, or not in that currency, or not any more. */
export function addOnPrice(
  addOn: AddOn,
  planId: string,
  currency: string,
  exchange: Exchange,
  now: Temporal.Instant,
): OfferedPrice | null {
  const sold = addOn.plans.find((each) => each.planId === planId)
  if (!addOn.active || sold === undefined) return null
  const { creditCostMilli } = sold
  const own = volumeIn(sold, currency)
  if (own !== null) return { ...own, creditCostMilli, converted: null }
  const [from, lock] = [volumeIn(sold, exchange.base), lockOf(exchange, currency, now)]
  return from === null || lock === null ? null : { ...volumeAt(lock, from), creditCostMilli, converted: { lock, from } }
}

function volumeIn({ prices }: AddOnPlan, currency: string): VolumePrice | null {
  const price = prices.find((each) => each.currency === currency)
  return price === undefined ? null : { priceMinor: price.amountMinor, breaks: price.breaks }
}

type OfferedPrice = VolumePrice & {
  creditCostMilli: bigint
  /** What its price was made of; null: it is its own. */
  converted: VolumeConverted | null
}

/** An add-on as it is offered beside one plan. */
export type OfferedAddOn = OfferedPrice & { addOn: AddOn }

/** What is sold beside a plan in a currency. */
export async function addOnsFor(
  tx: Tx,
  shop: Shop,
  planId: string,
  currency: string,
  now: Temporal.Instant,
): Promise<OfferedAddOn[]> {
  const addOns = await listAddOns(tx)
  if (addOns.length === 0) return []
  const exchange = await readExchange(tx, shop)
  return addOns.flatMap((addOn) => {
    const price = addOnPrice(addOn, planId, currency, exchange, now)
    return price === null ? [] : [{ addOn, ...price }]
  })
}

/** Whether anything is: the question behind every link to add-ons. */
export async function sellsAddOns(tx: Tx, shop: Shop, planId: string, currency: string): Promise<boolean> {
  const { base, rates } = await readExchange(tx, shop)
  const currencies = rates.has(currency) ? [currency, base] : [currency]
  const found = await maybe(
    tx,
    sql`select from add_on_prices p join add_ons a on a.business_id = p.business_id and a.id = p.add_on_id and a.active
      where p.business_id = current_business() and p.plan_id = ${planId} and p.currency = any(${currencies}::text[]) limit 1`,
  )
  return found !== null
}

export type AddOnFacts = Omit<AddOn, 'id' | 'version'>

/** Makes an add-on, or changes the one named, plans and prices included. What was agreed with subscriptions stays. */
export async function saveAddOn(tx: Tx, shop: Shop, facts: AddOnFacts, id?: string): Promise<string> {
  const addOnId = id ?? newId('addon', shop.app.clock)
  const before = id === undefined ? null : await findAddOn(tx, id)
  if (id !== undefined && before === null) throw new Refusal('not_found', 'There is no such add-on.')
  await refuseWrongPlans(tx, facts.plans)
  await run(
    tx,
    sql`insert into add_ons (business_id, id, kind, name, max_quantity, active, position, created_at)
      values (${shop.businessId}, ${addOnId}, ${facts.kind}, ${facts.name}, ${facts.maxQuantity}, ${facts.active}, ${facts.position}, ${shop.now()})
      on conflict (business_id, id) do update set kind = excluded.kind, name = excluded.name, max_quantity = excluded.max_quantity,
        active = excluded.active, position = excluded.position, version = add_ons.version + 1`,
  )
  await run(tx, sql`delete from add_on_plans where business_id = current_business() and add_on_id = ${addOnId}`)
  for (const { planId, creditCostMilli, prices } of facts.plans) {
    await run(
      tx,
      sql`insert into add_on_plans (business_id, add_on_id, plan_id, credit_cost_milli)
        values (${shop.businessId}, ${addOnId}, ${planId}, ${creditCostMilli})`,
    )
    for (const { currency, amountMinor, breaks } of prices)
      await run(
        tx,
        sql`insert into add_on_prices (business_id, add_on_id, plan_id, currency, amount_minor, breaks)
          values (${shop.businessId}, ${addOnId}, ${planId}, ${currency}, ${amountMinor}, ${json(breaksInRow(breaks))})`,
      )
  }
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: id === undefined ? 'add_on.created' : 'add_on.changed',
    subjectType: 'add_on',
    subjectId: addOnId,
    data: changesOf(before, (await findAddOn(tx, addOnId)) ?? {}),
  })
  return addOnId
}

/** Only beside plans that renew: who only tries has nothing that an add-on could be added to. */
async function refuseWrongPlans(tx: Tx, wanted: readonly AddOnPlan[]): Promise<void> {
  const known = new Map((await listPlans(tx)).map((plan) => [plan.id, plan]))
  const faults: FieldError[] = wanted.flatMap(({ planId, prices }, index) => {
    const plan = known.get(planId)
    const pointer = `/plans/${index}/plan_id`
    if (plan === undefined) return [{ pointer, code: 'unknown', detail: 'There is no such plan.' }]
    if (plan.trial) return [{ pointer, code: 'trial', detail: 'A trial has no add-ons.' }]
    if (wanted.findIndex((each) => each.planId === planId) < index)
      return [{ pointer, code: 'duplicate', detail: 'This plan is named twice.' }]
    const wrong = prices.flatMap(({ breaks }, at) => {
      const detail = faultOfBreaks(breaks)
      return detail === null ? [] : [{ pointer: `/plans/${index}/prices/${at}/breaks`, code: 'invalid', detail }]
    })
    if (wrong.length > 0) return wrong
    const twice = prices.findIndex(({ currency }, at) => prices.findIndex((each) => each.currency === currency) < at)
    return twice < 0
      ? []
      : [
          {
            pointer: `/plans/${index}/prices/${twice}/currency`,
            code: 'duplicate',
            detail: 'There is another price in this currency.',
          },
        ]
  })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the plans that it is sold with.', faults)
}
