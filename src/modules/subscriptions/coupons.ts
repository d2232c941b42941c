/**
 * Coupons in use: an order takes one at the terms of its day, an order that is given up frees it, and renewals go by it for as many
 * periods as were promised. It is never part of the agreed price.
 */
import type { Shop } from '#app.ts'
import { asked, type Batch, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { format, money } from '#platform/money.ts'
import { isBefore } from '#platform/time.ts'
import { type Coupon, findCouponByCode, lockCoupon } from '../catalog/coupons.ts'
import { type Discount, type DiscountTerms, discountOn, type Taken } from './rules/discount.ts'

/** What a coupon is wanted for. `baseMinor`: the plan with its add-ons, without what is paid once. */
export type CouponWish = { code: string; plan: { id: string; trial: boolean }; currency: string; baseMinor: bigint }

export type WeighedCoupon = { coupon: Coupon; discount: Discount; taken: Taken }

const refused = (code: string, detail: string): Refusal =>
  new Refusal('invalid_input', 'Please check the coupon code.', [{ pointer: '/coupon', code, detail }])

/** What the code would take off, whoever orders. Throws `invalid_input` at `/coupon`, in words for the buyer. */
export async function weighCoupon(tx: Tx, wish: CouponWish, now: Temporal.Instant): Promise<WeighedCoupon> {
  const coupon = await findCouponByCode(tx, wish.code)
  if (coupon === null) throw refused('unknown', 'We do not know this coupon code. Please check how it is written.')
  return weigh(coupon, wish, now)
}

function weigh(coupon: Coupon, { plan, currency, baseMinor }: CouponWish, now: Temporal.Instant): WeighedCoupon {
  const { startsAt, endsAt, stock, taken: uses, planIds, percent, periods, sums } = coupon
  if (!coupon.active || (endsAt !== null && !isBefore(now, endsAt)))
    throw refused('expired', 'This coupon is not valid any more.')
  if (startsAt !== null && isBefore(now, startsAt)) throw refused('not_started', 'This coupon is not valid yet.')
  if (stock !== null && uses >= stock) throw refused('sold_out', 'This coupon was used up.')
  if (plan.trial || (planIds.length > 0 && !planIds.includes(plan.id)))
    throw refused('not_for_plan', 'This coupon is not for this plan.')
  const sum = sums.find((each) => each.currency === currency)
  const amountMinor = percent === null ? (sum?.amountMinor ?? null) : null
  if (percent === null && amountMinor === null) throw refused('currency', `This coupon has no amount in ${currency}.`)
  const least = sum?.minimumMinor ?? 0n
  if (baseMinor < least)
    throw refused('minimum', `This coupon is for orders of at least ${format(money(least, currency))}.`)
  const discount: Discount = {
    useId: '',
    code: coupon.code,
    percent,
    amountMinor,
    periods,
    planIds: planIds.length === 0 ? null : planIds,
    given: 0,
  }
  const taken = discountOn(discount, { planId: plan.id, baseMinor, currency })
  if (taken === null) throw refused('nothing', 'There is nothing that this coupon could take off.')
  return { coupon, discount, taken }
}

/**
 * Takes one for an order. The coupon's row is locked until the commit: two orders at once never take the same last one, and one customer
 * never takes it twice (F58).
 */
export async function takeCoupon(
  tx: Tx,
  shop: Shop,
  wish: CouponWish,
  customerId: string,
  now: Temporal.Instant,
): Promise<Taken> {
  const known = await weighCoupon(tx, wish, now)
  const coupon = await lockCoupon(tx, known.coupon.id)
  assert(coupon !== null, 'coupons are not deleted')
  const { discount, taken } = weigh(coupon, wish, now)
  if (coupon.oncePerCustomer && (await hasUsed(tx, coupon.id, customerId)))
    throw refused('used', 'You have used this coupon before.')
  if (coupon.newCustomers && (await hasBought(tx, customerId)))
    throw refused('not_new', 'This coupon is for new customers.')
  const id = newId('cpu', shop.app.clock)
  await run(
    tx,
    sql`insert into coupon_uses (business_id, id, coupon_id, customer_id, code, percent, amount_minor, periods, plan_ids, once, created_at)
      values (${shop.businessId}, ${id}, ${coupon.id}, ${customerId}, ${coupon.code}, ${discount.percent}, ${discount.amountMinor}, ${discount.periods},
        ${discount.planIds}::text[], ${coupon.oncePerCustomer}, ${now})`,
  )
  await run(tx, sql`update coupons set taken = taken + 1 where business_id = current_business() and id = ${coupon.id}`)
  return { ...taken, useId: id }
}

/** What a quote promised, taken by its order: no coupon, so no stock and no condition. */
export async function takePromised(
  tx: Tx,
  shop: Shop,
  { quoteId, terms, ...wish }: { quoteId: string; terms: DiscountTerms } & Omit<CouponWish, 'code'>,
  customerId: string,
  now: Temporal.Instant,
): Promise<Taken | null> {
  const id = newId('cpu', shop.app.clock)
  const discount = { ...terms, useId: id, code: '', planIds: null, given: 0 }
  const taken = discountOn(discount, { planId: wish.plan.id, baseMinor: wish.baseMinor, currency: wish.currency })
  if (taken === null) return null
  await run(
    tx,
    sql`insert into coupon_uses (business_id, id, quote_id, customer_id, code, percent, amount_minor, periods, once, created_at)
      values (${shop.businessId}, ${id}, ${quoteId}, ${customerId}, '', ${terms.percent}, ${terms.amountMinor}, ${terms.periods}, false, ${now})`,
  )
  return taken
}

const hasUsed = async (tx: Tx, couponId: string, customerId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from coupon_uses where business_id = current_business() and coupon_id = ${couponId} and customer_id = ${customerId} and freed_at is null limit 1`,
  )) !== null

/** A trial is none: whoever only tried is new. */
const hasBought = async (tx: Tx, customerId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from invoices where business_id = current_business() and customer_id = ${customerId} and status = 'paid' and total_minor > 0 limit 1`,
  )) !== null

/** The order of this invoice was given up: whoever comes next may have its coupon. A second call changes nothing. */
export const freeCoupon = (tx: Tx, invoiceId: string, now: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`with freed as (
        update coupon_uses u set freed_at = ${now} from invoices v join invoice_items i on i.business_id = v.business_id and i.invoice_id = v.id
        where v.business_id = current_business() and v.id = ${invoiceId} and v.purpose = 'order' and v.status = 'void'
          and u.business_id = current_business() and u.id = i.coupon_use_id and u.freed_at is null
        returning u.coupon_id)
      update coupons c set taken = c.taken - 1 from freed where c.business_id = current_business() and c.id = freed.coupon_id`,
  )

/** The order of this invoice goes on after all, with the discount that it was given. False: its coupon is used up by now, or he has used it elsewhere. */
export async function retakeCoupon(tx: Tx, invoiceId: string): Promise<boolean> {
  const freed = await maybe(
    tx,
    sql<{
      id: string
      couponId: string | null
      customerId: string
      once: boolean
    }>`select u.id, u.coupon_id as "couponId", u.customer_id as "customerId", u.once
      from coupon_uses u where u.business_id = current_business() and u.freed_at is not null
        and u.id in (select i.coupon_use_id from invoice_items i where i.business_id = current_business() and i.invoice_id = ${invoiceId}) limit 1`,
  )
  if (freed === null) return true
  const coupon = freed.couponId === null ? null : await lockCoupon(tx, freed.couponId)
  if (coupon !== null && coupon.stock !== null && coupon.taken >= coupon.stock) return false
  if (coupon !== null && freed.once && (await hasUsed(tx, coupon.id, freed.customerId))) return false
  await run(tx, sql`update coupon_uses set freed_at = null where business_id = current_business() and id = ${freed.id}`)
  if (coupon !== null)
    await run(
      tx,
      sql`update coupons set taken = taken + 1 where business_id = current_business() and id = ${coupon.id}`,
    )
  return true
}

type DiscountRow = Discount & { id: string }

/** Counted are the periods that were paid: an invoice that was taken back used up nothing. */
const discounts: Batch<string, DiscountRow> = {
  keyOf: (id) => id,
  keyOfRow: ({ id }) => id,
  many: (ids) =>
    sql`select u.id, u.id as "useId", u.code, u.percent, u.amount_minor as "amountMinor", u.periods, u.plan_ids as "planIds", (select count(*)::int from invoice_items i
        where i.business_id = current_business() and i.coupon_use_id = u.id and i.fulfilled_at is not null) as given
      from coupon_uses u where u.business_id = current_business() and u.id = any(${ids}::text[]) and u.freed_at is null`,
}

/** What a subscription's coupon is, whether it still runs or not. Null: it has none. */
export async function discountOf(tx: Tx, { couponUseId }: { couponUseId: string | null }): Promise<Discount | null> {
  if (couponUseId === null) return null
  const [found] = await asked(tx, discounts, couponUseId)
  return found ?? null
}

/** As `discountOf`, of many at once: by the id of the use. */
export async function discountsOf(tx: Tx, couponUseIds: readonly string[]): Promise<Map<string, Discount>> {
  if (couponUseIds.length === 0) return new Map()
  return new Map((await rows(tx, discounts.many(couponUseIds))).map((each) => [each.id, each]))
}

export type CouponUse = {
  id: string
  customerId: string
  customer: string
  subscriptionId: string | null
  /** `waiting`: its order is not paid; `freed`: the order was given up. */
  status: 'waiting' | 'used' | 'freed'
  /** Periods that were paid with it. */
  given: number
  currency: string | null
  /** What it took off so far. */
  takenMinor: bigint
  createdAt: Temporal.Instant
}

/** Who used it, newest first. */
export const usesOfCoupon = (tx: Tx, couponId: string, page: Page): Promise<CouponUse[]> =>
  rowsOfPage(
    tx,
    sql<CouponUse>`select * from (select u.id, u.customer_id as "customerId", coalesce(nullif(c.name, ''), c.email) as customer, s.id as "subscriptionId",
        case when u.freed_at is not null then 'freed' when coalesce(t.given, 0) > 0 then 'used' else 'waiting' end as status,
        coalesce(t.given, 0) as given, s.currency, coalesce(t.minor, 0)::bigint as "takenMinor", u.created_at as "createdAt", u.created_at
      from coupon_uses u
      join customers c on c.business_id = u.business_id and c.id = u.customer_id
      left join subscriptions s on s.business_id = u.business_id and s.coupon_use_id = u.id
      left join lateral (select count(*)::int as given, -sum(i.total_minor) as minor from invoice_items i
        where i.business_id = u.business_id and i.coupon_use_id = u.id and i.fulfilled_at is not null) t on true
      where u.business_id = current_business() and u.coupon_id = ${couponId}) q where true`,
    page,
  )
