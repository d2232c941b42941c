/** Wishes for another plan, as they are stored: at most one is open for a subscription. */
import type { Shop } from '#app.ts'
import { asked, type Batch, json, maybe, run, sql, type Tx, together } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import type { Term } from '#platform/time.ts'
import { type Converted, convertedFrom, convertedInRow, type StoredConverted } from '../catalog/rules/exchange.ts'
import { breaksFrom, breaksInRow, type StoredBreak } from '../catalog/rules.ts'
import { heldOf } from './add-ons.ts'
import { discountOf } from './coupons.ts'
import { leadOf } from './households.ts'
import { comingPriceOf } from './price-changes.ts'
import { type HeldAddOn, type Pieces, piecesOf, sumOfPieces } from './rules/add-on.ts'
import { type Discount, discountOn, type Taken } from './rules/discount.ts'
import { type Lead, priceOfSpan, spanToMeet } from './rules/household.ts'
import { askedFor, type ComingPrice } from './rules/price-change.ts'
import type { Span, Subscription } from './rules/subscription.ts'

export type StoredChange = {
  id: string
  subscriptionId: string
  fromPlanId: string
  toPlanId: string
  takesEffect: 'now' | 'at_end'
  status: 'awaiting_payment' | 'scheduled' | 'paid' | 'applied' | 'canceled'
  priceMinor: bigint
  term: Term
  creditCostMilli: bigint
  chargeMinor: bigint
  creditMinor: bigint
  restarts: boolean
  invoiceId: string | null
  dueAt: Temporal.Instant | null
  by: string
  /** What it has of add-ons from then on; what the new plan is not sold with has ended. */
  addOns: ChangedAddOn[]
  /** What the new plan's price was made of, where it is sold by rate. */
  converted: Converted | null
  createdAt: Temporal.Instant
}

/** An add-on after a change of plan, at the price agreed for it. */
export type ChangedAddOn = Omit<HeldAddOn, 'fromPeriodId'>

type Row = Omit<StoredChange, 'term' | 'addOns' | 'converted'> & {
  converted: StoredConverted | null
  termUnit: Term['unit']
  termCount: number
  addOns: (Omit<ChangedAddOn, 'priceMinor' | 'breaks' | 'creditCostMilli'> & {
    priceMinor: string
    /** Absent in changes of before there were any. */
    breaks?: StoredBreak[]
    creditCostMilli: string
  })[]
}

const columns = sql`id, subscription_id as "subscriptionId", from_plan_id as "fromPlanId", to_plan_id as "toPlanId", takes_effect as "takesEffect", status,
  price_minor as "priceMinor", term_unit as "termUnit", term_count as "termCount", credit_cost_milli as "creditCostMilli", charge_minor as "chargeMinor",
  credit_minor as "creditMinor", restarts, invoice_id as "invoiceId", due_at as "dueAt", add_ons as "addOns", converted, by, created_at as "createdAt"`

const fromRow = (row: Row | null | undefined): StoredChange | null => {
  if (row === null || row === undefined) return null
  const { termUnit, termCount, addOns, converted, ...rest } = row
  return {
    ...rest,
    term: { unit: termUnit, count: termCount },
    converted: convertedFrom(converted),
    addOns: addOns.map(({ priceMinor, breaks, creditCostMilli, ...each }) => ({
      ...each,
      priceMinor: BigInt(priceMinor),
      breaks: breaksFrom(breaks ?? []),
      creditCostMilli: BigInt(creditCostMilli),
    })),
  }
}

const openChanges: Batch<string, Row> = {
  keyOf: (subscriptionId) => subscriptionId,
  keyOfRow: ({ subscriptionId }) => subscriptionId,
  many: (
    subscriptionIds,
  ) => sql`select ${columns} from plan_changes where business_id = current_business() and subscription_id = any(${subscriptionIds}::text[])
    and status in ('awaiting_payment', 'scheduled', 'paid')`,
}

export const openChangeOf = async (tx: Tx, subscriptionId: string): Promise<StoredChange | null> =>
  fromRow((await asked(tx, openChanges, subscriptionId))[0])

export const findChange = async (tx: Tx, id: string): Promise<StoredChange | null> =>
  fromRow(
    await maybe(
      tx,
      sql<Row>`select ${columns} from plan_changes where business_id = current_business() and id = ${id}`,
    ),
  )

/** Also one that was canceled: its money may come all the same. */
export const changeOfInvoice = async (tx: Tx, invoiceId: string): Promise<StoredChange | null> =>
  fromRow(
    await maybe(
      tx,
      sql<Row>`select ${columns} from plan_changes where business_id = current_business() and invoice_id = ${invoiceId}`,
    ),
  )

export type NextTerms = Pick<StoredChange, 'priceMinor' | 'term'> & {
  planId: string
  /** What it is sold with beside the plan. */
  addOns: Pieces[]
  /** The coupon that it was bought with; it may have run out. */
  coupon: Discount | null
  /** What the coupon takes off them, while it runs. */
  discount: Taken | null
  /** Plan and add-ons together, less the discount. */
  totalMinor: bigint
  /** The campaign's change of price that it is sold under. */
  priceChangeId: string | null
  /** A new price is announced for that period, and nobody agreed to it: it is not sold, and the subscription ends. */
  unanswered: boolean
  /** Agreement was asked for and none was given: the change ends with this renewal, at the old price. */
  lapsedChangeId: string | null
  /** What the plan's price was made of, where it was sold by rate with the wish for it. */
  converted: Converted | null
  /** Not a whole term: until the day of its household, for which all prices here are. */
  span: Span | null
}

/**
 * What the period that begins with the end of paid time is sold as: the plan wished for, at the price agreed then, or the present one, at
 * the price that was agreed or announced in time; each with its add-ons. In a household it ends when the others are renewed.
 */
export async function termsOfNext(tx: Tx, subscription: Subscription): Promise<NextTerms> {
  const whole = await wholeTerm(tx, subscription)
  return spanned(subscription, whole, await leadOf(tx, subscription))
}

/** As `termsOfNext`, of a lead that is known: each row of it costs its own part. */
export function spanned(subscription: Subscription, whole: Omit<NextTerms, 'span'>, lead: Lead | null): NextTerms {
  const { paidThrough, anchorDay, zone, status } = subscription
  if (lead === null || paidThrough === null || anchorDay === null || status === 'terminated')
    return { ...whole, span: null }
  const member = { paidThrough, anchorDay, zone, term: whole.term }
  const span = spanToMeet(member, lead)
  if (span === null) return { ...whole, span }
  const part = (price: bigint) => priceOfSpan(price, span, member)
  const priceMinor = part(whole.priceMinor)
  const addOns = whole.addOns.map((each) => ({ ...each, priceMinor: part(each.priceMinor) }))
  const baseMinor = priceMinor + sumOfPieces(addOns)
  const { planId, coupon } = whole
  const discount = coupon && discountOn(coupon, { planId, baseMinor, currency: subscription.currency }, part)
  return { ...whole, span, priceMinor, addOns, discount, totalMinor: baseMinor - (discount?.minor ?? 0n) }
}

/** What a whole term costs, whether it is in a household or not. */
export async function wholeTerm(tx: Tx, subscription: Subscription): Promise<Omit<NextTerms, 'span'>> {
  const [change, coming] = await together([
    openChangeOf(tx, subscription.id),
    subscription.paidThrough === null ? null : comingPriceOf(tx, subscription.id),
  ])
  const another = change?.takesEffect === 'at_end' ? change : null
  const held = another?.addOns ?? (subscription.addOns === 0 ? [] : await heldOf(tx, subscription.id))
  const addOns = piecesOf(held, 'renewsQuantity')
  const plan =
    another === null ? planOfNext(subscription, coming) : { ...another, ...asAgreed, planId: another.toPlanId }
  const { planId, priceMinor, term, priceChangeId, unanswered, lapsedChangeId } = plan
  const converted = another?.converted ?? null
  const baseMinor = priceMinor + sumOfPieces(addOns)
  const coupon = await discountOf(tx, subscription)
  const discount = coupon && discountOn(coupon, { planId, baseMinor, currency: subscription.currency })
  const totalMinor = baseMinor - (discount?.minor ?? 0n)
  return {
    ...{ planId, priceMinor, term, addOns, coupon, discount, totalMinor },
    ...{ priceChangeId, unanswered, lapsedChangeId, converted },
  }
}

const asAgreed = { priceChangeId: null, unanswered: false, lapsedChangeId: null }

/** The present plan, at the price that was agreed or announced in time. */
function planOfNext(
  { planId, priceMinor, term, paidThrough, status }: Subscription,
  coming: ComingPrice | null,
): Omit<NextTerms, 'addOns' | 'coupon' | 'discount' | 'totalMinor' | 'span' | 'converted'> {
  if (coming === null || paidThrough === null) return { planId, priceMinor, term, ...asAgreed }
  switch (askedFor(coming, paidThrough, status)) {
    case 'new':
      return { planId, priceMinor: coming.newMinor, term, ...asAgreed, priceChangeId: coming.id }
    case 'end':
      return { planId, priceMinor: coming.newMinor, term, ...asAgreed, unanswered: true }
    case 'lapsed':
      return { planId, priceMinor, term, ...asAgreed, lapsedChangeId: coming.id }
    case 'old':
      return { planId, priceMinor, term, ...asAgreed }
  }
}

/** Sums are texts in the row: they outgrow the numbers of JSON. */
const inRow = (addOns: readonly ChangedAddOn[]) =>
  addOns.map(({ priceMinor, breaks, creditCostMilli, ...each }) => ({
    ...each,
    priceMinor: String(priceMinor),
    breaks: breaksInRow(breaks),
    creditCostMilli: String(creditCostMilli),
  }))

export async function insertChange(
  tx: Tx,
  shop: Shop,
  facts: Omit<StoredChange, 'id' | 'by' | 'createdAt'> & { reason: string },
  now: Temporal.Instant,
): Promise<string> {
  const id = newId('chg', shop.app.clock)
  await run(
    tx,
    sql`insert into plan_changes (business_id, id, subscription_id, from_plan_id, to_plan_id, takes_effect, status, price_minor, term_unit, term_count, credit_cost_milli,
        charge_minor, credit_minor, restarts, invoice_id, due_at, add_ons, converted, reason, by, created_at)
      values (${shop.businessId}, ${id}, ${facts.subscriptionId}, ${facts.fromPlanId}, ${facts.toPlanId}, ${facts.takesEffect}, ${facts.status}, ${facts.priceMinor},
        ${facts.term.unit}, ${facts.term.count}, ${facts.creditCostMilli}, ${facts.chargeMinor}, ${facts.creditMinor}, ${facts.restarts}, ${facts.invoiceId},
        ${facts.dueAt}, ${json(inRow(facts.addOns))}, ${facts.converted === null ? null : json(convertedInRow(facts.converted))}, ${facts.reason}, ${shop.actor}, ${now})`,
  )
  return id
}

export const setChange = (
  tx: Tx,
  id: string,
  status: StoredChange['status'],
  dueAt: Temporal.Instant | null,
): Promise<number> =>
  run(
    tx,
    sql`update plan_changes set status = ${status}, due_at = ${dueAt} where business_id = current_business() and id = ${id}`,
  )

/** `coversUntil`: what was paid for the change is for the time until then. */
export const changeApplied = (
  tx: Tx,
  id: string,
  at: Temporal.Instant,
  coversUntil: Temporal.Instant | null,
): Promise<number> =>
  run(
    tx,
    sql`update plan_changes set status = 'applied', applied_at = ${at}, covers_until = ${coversUntil}, due_at = null
      where business_id = current_business() and id = ${id}`,
  )
