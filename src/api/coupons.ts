/** Coupons: codes that take something off a plan's price, who used them, and what a plan costs with one. */
import type { Shop } from '#app.ts'
import { type Coupon, type CouponFacts, findCoupon, listCoupons, saveCoupon } from '#modules/catalog/coupons.ts'
import { readOffer } from '#modules/checkout/offers.ts'
import { type CouponUse, discountOf, usesOfCoupon, weighCoupon } from '#modules/subscriptions/coupons.ts'
import { discountOn } from '#modules/subscriptions/rules/discount.ts'
import type { Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { toJson } from '#platform/money.ts'
import { ConvertedOut, convertedOut } from './converted.ts'
import { type Call, route } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  currency,
  given,
  id,
  instantIn,
  list,
  listQuery,
  minor,
  money,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const SumIn = z.strictObject({
  currency,
  amount: amount
    .min(1)
    .nullable()
    .default(null)
    .openapi({ description: 'What it takes off, in minor units; null where it is a percentage.' }),
  minimum: amount.default(0).openapi({ description: 'The least that plan and add-ons must cost together.' }),
})

export const percent = z
  .number()
  .min(0.01)
  .max(100)
  .refine((value) => Number.isInteger(Math.round(value * 1e6) / 1e4), 'At most two digits after the point.')
  .nullable()
  .openapi({ description: 'With at most two digits after the point; null: it takes off an amount.' })
export const periods = z
  .int()
  .min(1)
  .max(120)
  .nullable()
  .openapi({ description: 'For so many periods, the first one included; null: for as long as it renews.' })
const stock = z.int().min(0).max(10_000_000).nullable().openapi({ description: 'How often it can be used; null: any.' })

const shape = {
  code: words(60).openapi({ description: 'Letters, digits and hyphens; upper and lower case are the same.' }),
  note: text(200).openapi({ description: 'For staff.' }),
  percent,
  periods,
  plan_ids: z.array(id('plan')).max(500).openapi({ description: 'The plans it is for; none: every plan.' }),
  amounts: z.array(SumIn).max(50),
  once_per_customer: z.boolean(),
  new_customers: z.boolean().openapi({ description: 'Only for who has paid nothing yet.' }),
  stock,
  starts_at: instantIn.nullable(),
  ends_at: instantIn.nullable(),
  active: z.boolean(),
}

const New = z.strictObject({
  ...shape,
  note: shape.note.default(''),
  percent: percent.default(null),
  periods: periods.default(1),
  plan_ids: shape.plan_ids.default([]),
  amounts: shape.amounts.default([]),
  once_per_customer: shape.once_per_customer.default(true),
  new_customers: shape.new_customers.default(false),
  stock: stock.default(null),
  starts_at: instantIn.nullable().default(null),
  ends_at: instantIn.nullable().default(null),
  active: shape.active.default(true),
})

const CouponOut = resource('Coupon', {
  id: z.string(),
  code: z.string(),
  note: z.string(),
  percent: z.number().nullable(),
  periods: z.int().nullable(),
  plan_ids: z.array(z.string()),
  amounts: z.array(z.strictObject({ currency: z.string(), amount: z.int().nullable(), minimum: z.int() })),
  once_per_customer: z.boolean(),
  new_customers: z.boolean(),
  stock: z.int().nullable(),
  taken: z.int().openapi({ description: 'Uses that were not given up.' }),
  starts_at: time.nullable(),
  ends_at: time.nullable(),
  active: z.boolean(),
  created_at: time,
})

const couponOf = (shop: Shop, coupon: Coupon): z.input<typeof CouponOut> => ({
  id: coupon.id,
  code: coupon.code,
  note: coupon.note,
  percent: coupon.percent === null ? null : coupon.percent / 100,
  periods: coupon.periods,
  plan_ids: coupon.planIds,
  amounts: coupon.sums.map((each) => ({
    currency: each.currency,
    amount: each.amountMinor === null ? null : Number(each.amountMinor),
    minimum: Number(each.minimumMinor),
  })),
  once_per_customer: coupon.oncePerCustomer,
  new_customers: coupon.newCustomers,
  stock: coupon.stock,
  taken: coupon.taken,
  starts_at: atOr(coupon.startsAt),
  ends_at: atOr(coupon.endsAt),
  active: coupon.active,
  created_at: at(coupon.createdAt),
  livemode: shop.livemode,
})

const factsOf = (body: z.output<typeof New>): CouponFacts => ({
  code: body.code,
  note: body.note,
  percent: body.percent === null ? null : Math.round(body.percent * 100),
  periods: body.periods,
  planIds: body.plan_ids,
  sums: body.amounts.map((each) => ({
    currency: each.currency,
    amountMinor: each.amount === null ? null : BigInt(each.amount),
    minimumMinor: BigInt(each.minimum),
  })),
  oncePerCustomer: body.once_per_customer,
  newCustomers: body.new_customers,
  stock: body.stock,
  startsAt: body.starts_at,
  endsAt: body.ends_at,
  active: body.active,
})

const found = (coupon: Coupon | null): Coupon => {
  if (coupon === null) throw new Refusal('not_found', 'There is no such coupon.')
  return coupon
}

const read = async (call: Call, couponId: string): Promise<z.input<typeof CouponOut>> =>
  couponOf(call.shop, found(await call.read((tx) => findCoupon(tx, couponId))))

const UseOut = resource('CouponUse', {
  id: z.string(),
  customer_id: z.string(),
  subscription_id: z.string().nullable(),
  status: z
    .enum(['waiting', 'used', 'freed'])
    .openapi({ description: '`waiting`: its order is not paid. `freed`: the order was given up.' }),
  periods_given: z.int().openapi({ description: 'Periods that were paid with it.' }),
  taken_off: money.nullable().openapi({ description: 'What it took off so far.' }),
  created_at: time,
})

const useOf = (shop: Shop, use: CouponUse): z.input<typeof UseOut> => ({
  id: use.id,
  customer_id: use.customerId,
  subscription_id: use.subscriptionId,
  status: use.status,
  periods_given: use.given,
  taken_off: use.currency === null ? null : minor(use.takenMinor, use.currency),
  created_at: at(use.createdAt),
  livemode: shop.livemode,
})

export const DiscountOut = z
  .strictObject({
    code: z.string(),
    amount: money.openapi({ description: 'What it takes off the next period.' }),
    periods: z.int().nullable().openapi({ description: 'For how many periods in all; null: for all of them.' }),
    periods_given: z.int(),
  })
  .openapi('Discount')

/** The coupon by which a subscription renews, while it runs. */
export async function discountOut(tx: Tx, subscription: Subscription): Promise<z.input<typeof DiscountOut> | null> {
  const discount = await discountOf(tx, subscription)
  const { planId, currency: code, priceMinor, addOnsMinor } = subscription
  const taken = discount && discountOn(discount, { planId, currency: code, baseMinor: priceMinor + addOnsMinor })
  if (discount === null || taken === null) return null
  const { periods: all, given: periods_given } = discount
  return { code: discount.code, amount: minor(taken.minor, code), periods: all, periods_given }
}

export const coupons = [
  route({
    method: 'get',
    path: '/coupons',
    scope: 'coupons:read',
    summary: 'Lists coupons, newest first.',
    query: listQuery({}),
    answer: list(CouponOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listCoupons(tx, call.page)),
        (each) => couponOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/coupons',
    scope: 'coupons:write',
    summary: 'Makes a coupon: percent, or an amount per currency, for one period, some, or all.',
    status: 201,
    body: New,
    answer: CouponOut,
    handle: async (call) =>
      read(call, await call.write('save-coupon', (tx) => saveCoupon(tx, call.shop, factsOf(call.body)))),
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/coupons/{id}',
    scope: 'coupons:read',
    summary: 'Reads a coupon.',
    params: byId('cpn'),
    answer: CouponOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/coupons/{id}',
    scope: 'coupons:write',
    summary: 'Changes a coupon. Who used it keeps what was agreed; `active: false` ends it for new orders.',
    params: byId('cpn'),
    body: z.strictObject(shape).partial(),
    answer: CouponOut,
    handle: async (call) => {
      await call.write('save-coupon', async (tx) => {
        const before = found(await findCoupon(tx, call.params.id))
        const { livemode: _, id: __, taken: ___, created_at: ____, ...as } = couponOf(call.shop, before)
        const kept = { ...as, starts_at: before.startsAt, ends_at: before.endsAt }
        await saveCoupon(tx, call.shop, factsOf({ ...kept, ...given(call.body) }), before.id)
      })
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/coupons/{id}/uses',
    scope: 'coupons:read',
    summary: 'Lists who used a coupon, newest first, and what it took off.',
    params: byId('cpn'),
    query: listQuery({}),
    answer: list(UseOut),
    handle: async (call) => {
      await read(call, call.params.id)
      return call.list(
        await call.read((tx) => usesOfCoupon(tx, call.params.id, call.page)),
        (each) => useOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/plans/{id}/price',
    scope: 'plans:read',
    summary: 'Tells what an order of a plan costs today and at each renewal, with a coupon or without.',
    params: byId('plan'),
    query: z.strictObject({ currency: currency.optional(), coupon: words(60).optional() }),
    answer: resource('PlanPrice', {
      plan_id: z.string(),
      price: money,
      setup: money,
      converted: ConvertedOut,
      discount: z
        .strictObject({
          code: z.string(),
          amount: money.openapi({ description: 'Taken off the first period.' }),
          periods: z.int().nullable(),
        })
        .nullable(),
      due: money.openapi({ description: 'What the order asks for.' }),
    }),
    refuses: ['not_sellable', 'invalid_input'],
    handle: (call) =>
      call.read(async (tx) => {
        const { plan, price, setup, converted } = await readOffer(
          tx,
          call.shop,
          call.params.id,
          call.query.currency ?? null,
        )
        const code = price.currency
        if (call.query.currency !== undefined && call.query.currency !== code)
          throw new Refusal('not_sellable', `This plan has no price in ${call.query.currency}.`)
        const wish = { code: call.query.coupon ?? '', plan, currency: code, baseMinor: price.minor }
        const weighed = call.query.coupon === undefined ? null : await weighCoupon(tx, wish, call.now)
        const due = price.minor + setup.minor - (weighed?.taken.minor ?? 0n)
        return {
          plan_id: plan.id,
          price: toJson(price),
          setup: toJson(setup),
          converted: convertedOut(converted.price),
          discount: weighed && {
            code: weighed.coupon.code,
            amount: minor(weighed.taken.minor, code),
            periods: weighed.coupon.periods,
          },
          due: minor(due, code),
          livemode: call.shop.livemode,
        }
      }),
  }),
]
