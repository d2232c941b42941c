/** Coupons: codes that take something off a plan's price. What an order uses of one is in `subscriptions/coupons.ts`. */
import type { Shop } from '#app.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { listPlans } from './plans.ts'

/** In one currency. `amountMinor` is null where the coupon is a percentage. */
export type CouponSum = { currency: string; amountMinor: bigint | null; minimumMinor: bigint }

export type Coupon = {
  id: string
  /** Upper case; buyers type it as they like. */
  code: string
  /** For staff. */
  note: string
  /** Hundredths of a percent; null: an amount in each currency. */
  percent: number | null
  /** For so many periods; null: as long as the subscription renews. */
  periods: number | null
  /** None: every plan. */
  planIds: string[]
  sums: CouponSum[]
  oncePerCustomer: boolean
  newCustomers: boolean
  stock: number | null
  /** Uses that were not given up. */
  taken: number
  startsAt: Temporal.Instant | null
  endsAt: Temporal.Instant | null
  active: boolean
  createdAt: Temporal.Instant
  version: number
}

/** As it is kept: ` spring 20` is `SPRING20`. */
export const couponCode = (typed: string): string => typed.replace(/\s+/g, '').toUpperCase()

export const isCouponCode = (code: string): boolean => /^[A-Z0-9][A-Z0-9-]{1,39}$/.test(code)

type Row = Omit<Coupon, 'sums'> & { sums: { currency: string; amount: string | null; minimum: string }[] }

const columns = sql`c.id, c.code, c.note, c.percent, c.periods, c.once_per_customer as "oncePerCustomer", c.new_customers as "newCustomers", c.stock, c.taken,
  c.starts_at as "startsAt", c.ends_at as "endsAt", c.active, c.created_at as "createdAt", c.version,
  array(select p.plan_id from coupon_plans p where p.business_id = c.business_id and p.coupon_id = c.id order by 1) as "planIds",
  coalesce((select jsonb_agg(jsonb_build_object('currency', s.currency, 'amount', s.amount_minor::text, 'minimum', s.minimum_minor::text) order by s.currency)
    from coupon_sums s where s.business_id = c.business_id and s.coupon_id = c.id), '[]') as sums`

const couponOf = ({ sums, ...row }: Row): Coupon => ({
  ...row,
  sums: sums.map(({ currency, amount, minimum }) => ({
    currency,
    amountMinor: amount === null ? null : BigInt(amount),
    minimumMinor: BigInt(minimum),
  })),
})

const one = (found: Row | null): Coupon | null => (found === null ? null : couponOf(found))

export const findCoupon = async (tx: Tx, id: string): Promise<Coupon | null> =>
  one(
    await maybe(
      tx,
      sql<Row>`select ${columns} from coupons c where c.business_id = current_business() and c.id = ${id}`,
    ),
  )

/** By the code as it was typed. */
export const findCouponByCode = async (tx: Tx, typed: string): Promise<Coupon | null> =>
  one(
    await maybe(
      tx,
      sql<Row>`select ${columns} from coupons c where c.business_id = current_business() and c.code = ${couponCode(typed)}`,
    ),
  )

/** Held until the commit: whoever takes the last of a stock, the next one sees that it is gone. */
export const lockCoupon = async (tx: Tx, id: string): Promise<Coupon | null> =>
  one(
    await maybe(
      tx,
      sql<Row>`select ${columns} from coupons c where c.business_id = current_business() and c.id = ${id} for update of c`,
    ),
  )

/** Newest first. */
export const listCoupons = async (tx: Tx, page: Page): Promise<Coupon[]> =>
  (
    await rowsOfPage(
      tx,
      sql<Row>`select * from (select ${columns}, c.created_at from coupons c where c.business_id = current_business()) q where true`,
      page,
    )
  ).map(couponOf)

export type CouponFacts = Omit<Coupon, 'id' | 'version' | 'taken' | 'createdAt'>

/** Makes a coupon, or changes the one named. Who used it before keeps what was agreed. */
export async function saveCoupon(tx: Tx, shop: Shop, facts: CouponFacts, id?: string): Promise<string> {
  const couponId = id ?? newId('cpn', shop.app.clock)
  const before = id === undefined ? null : await lockCoupon(tx, id)
  if (id !== undefined && before === null) throw new Refusal('not_found', 'There is no such coupon.')
  const code = couponCode(facts.code)
  await refuseWrong(tx, { ...facts, code }, before)
  const { note, percent, periods, oncePerCustomer, newCustomers, stock, startsAt, endsAt, active } = facts
  try {
    await run(
      tx,
      sql`insert into coupons (business_id, id, code, note, percent, periods, once_per_customer, new_customers, stock, starts_at, ends_at, active, created_at)
        values (${shop.businessId}, ${couponId}, ${code}, ${note}, ${percent}, ${periods}, ${oncePerCustomer}, ${newCustomers}, ${stock}, ${startsAt}, ${endsAt}, ${active}, ${shop.now()})
        on conflict (business_id, id) do update set code = excluded.code, note = excluded.note, percent = excluded.percent, periods = excluded.periods,
          once_per_customer = excluded.once_per_customer, new_customers = excluded.new_customers, stock = excluded.stock, starts_at = excluded.starts_at,
          ends_at = excluded.ends_at, active = excluded.active, version = coupons.version + 1`,
    )
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw new Refusal('invalid_input', 'Please check the coupon.', [codeTaken])
  }
  await run(tx, sql`delete from coupon_plans where business_id = current_business() and coupon_id = ${couponId}`)
  await run(tx, sql`delete from coupon_sums where business_id = current_business() and coupon_id = ${couponId}`)
  for (const planId of facts.planIds)
    await run(
      tx,
      sql`insert into coupon_plans (business_id, coupon_id, plan_id) values (${shop.businessId}, ${couponId}, ${planId})`,
    )
  for (const { currency, amountMinor, minimumMinor } of facts.sums)
    await run(
      tx,
      sql`insert into coupon_sums (business_id, coupon_id, currency, amount_minor, minimum_minor)
        values (${shop.businessId}, ${couponId}, ${currency}, ${amountMinor}, ${minimumMinor})`,
    )
  await record(tx, shop, shop.now(), {
    type: id === undefined ? 'coupon.created' : 'coupon.changed',
    subjectType: 'coupon',
    subjectId: couponId,
    data: { code, ...changesOf(before, (await findCoupon(tx, couponId)) ?? {}) },
  })
  return couponId
}

const codeTaken = { pointer: '/code', code: 'duplicate', detail: 'There is another coupon with this code.' }

async function refuseWrong(tx: Tx, facts: CouponFacts, before: Coupon | null): Promise<void> {
  const faults: FieldError[] = []
  const wrong = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail })
  if (!isCouponCode(facts.code))
    wrong('/code', 'invalid', 'A code has 2 to 40 letters and digits; hyphens may stand between them.')
  const same = await findCouponByCode(tx, facts.code)
  if (same !== null && same.id !== before?.id) faults.push(codeTaken)
  if (facts.percent === null && facts.sums.every(({ amountMinor }) => amountMinor === null))
    wrong('/percent', 'required', 'Please say what it takes off: percent, or an amount.')
  for (const [at, { currency, amountMinor }] of facts.sums.entries()) {
    if (facts.percent !== null && amountMinor !== null)
      wrong(`/amounts/${at}/amount`, 'conflict', 'It takes off percent or an amount, not both.')
    if (facts.sums.findIndex((each) => each.currency === currency) < at)
      wrong(`/amounts/${at}/currency`, 'duplicate', 'There is another amount in this currency.')
  }
  const known = new Map((await listPlans(tx)).map((plan) => [plan.id, plan]))
  for (const [at, planId] of facts.planIds.entries()) {
    if (!known.has(planId)) wrong(`/plan_ids/${at}`, 'unknown', 'There is no such plan.')
    else if (known.get(planId)?.trial) wrong(`/plan_ids/${at}`, 'trial', 'A trial takes no coupon.')
    if (facts.planIds.indexOf(planId) < at) wrong(`/plan_ids/${at}`, 'duplicate', 'This plan is named twice.')
  }
  const { startsAt, endsAt } = facts
  if (startsAt !== null && endsAt !== null && Temporal.Instant.compare(endsAt, startsAt) <= 0)
    wrong('/ends_at', 'out_of_range', 'It must end after it begins.')
  if (facts.stock !== null && facts.stock < (before?.taken ?? 0))
    wrong('/stock', 'out_of_range', `It was used ${before?.taken} times already.`)
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the coupon.', faults)
}

/** By the name of its plans; none: every plan. */
export const planNamesOf = async (tx: Tx, coupon: Pick<Coupon, 'planIds'>): Promise<string[]> =>
  coupon.planIds.length === 0
    ? []
    : (
        await rows(
          tx,
          sql<{
            name: string
          }>`select name from plans where business_id = current_business() and id = any(${coupon.planIds}::text[]) order by position, name`,
        )
      ).map(({ name }) => name)
