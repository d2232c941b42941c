/** What the form of a coupon sent, as the catalog wants it: days become instants in the shop's zone, the last day included. */
import type { Shop } from '#app.ts'
import type { Coupon, CouponFacts, CouponSum } from '#modules/catalog/coupons.ts'
import { isCurrency } from '#platform/money.ts'
import { type FormReader, formReader } from './form-reader.server.ts'

export const lasts = ['once', 'some', 'always'] as const
export const kinds = ['percent', 'amount'] as const

export function readCouponForm(form: FormData, shop: Shop): { facts: CouponFacts; errors: Record<string, string> } {
  const read = formReader(form)
  const kind = read.choice('kind', kinds)
  const lasting = read.choice('lasts', lasts)
  const currencies = [...new Set([...form.keys()].flatMap((name) => /^minimum\.([A-Z]{3})$/.exec(name)?.[1] ?? []))]
  const sums = currencies.filter(isCurrency).flatMap((currency) => sumOf(read, currency, kind))
  if (kind === 'amount' && sums.every(({ amountMinor }) => amountMinor === null) && !read.failed)
    read.refuse(`amount.${currencies[0] ?? shop.currency}`, 'Please enter what it takes off.')
  const first = dayOf(read, 'starts_on')
  const last = dayOf(read, 'ends_on')
  const facts: CouponFacts = {
    code: read.text('code', { most: 60 }),
    note: read.text('note', { most: 200, least: 0 }),
    percent: kind === 'percent' ? percentOf(read) : null,
    periods: lasting === 'always' ? null : lasting === 'once' ? 1 : read.whole('periods', { from: 2, to: 120 }),
    // A field for each, so that a refused form keeps what was ticked.
    planIds: [...form.keys()].flatMap((name) => /^plan\.(plan_\w+)$/.exec(name)?.[1] ?? []),
    sums,
    oncePerCustomer: read.flag('once_per_customer'),
    newCustomers: read.flag('new_customers'),
    stock: read.raw('stock') === '' ? null : read.whole('stock', { from: 0, to: 10_000_000 }),
    startsAt: first?.toZonedDateTime(shop.zone).toInstant() ?? null,
    endsAt: last?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? null,
    active: read.flag('active'),
  }
  return { facts, errors: read.errors }
}

function sumOf(read: FormReader, currency: string, kind: (typeof kinds)[number]): CouponSum[] {
  const amount = kind === 'amount' ? read.money(`amount.${currency}`, currency, { positive: true }) : null
  const minimum = read.money(`minimum.${currency}`, currency)
  if (amount === null && (minimum === null || minimum.minor === 0n)) return []
  return [{ currency, amountMinor: amount?.minor ?? null, minimumMinor: minimum?.minor ?? 0n }]
}

/** `12.5` is 1250 hundredths of a percent. */
export function percentOf(read: FormReader, name = 'percent'): number {
  const match = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(read.raw(name))
  const value = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : 0
  if (value < 1 || value > 10_000) read.refuse(name, 'Please enter a percentage above 0, at most 100.')
  return value
}

export function dayOf(read: FormReader, name: string): Temporal.PlainDate | null {
  const typed = read.raw(name)
  if (typed === '') return null
  try {
    const day = Temporal.PlainDate.from(typed, { overflow: 'reject' })
    if (day.year >= 2000 && day.year <= 2100) return day
  } catch {}
  read.refuse(name, 'Please choose a day.')
  return null
}

/** The coupon as its form shows it. */
export function couponShown(coupon: CouponFacts, zone: string) {
  const day = (at: Temporal.Instant | null, days: number) =>
    at === null ? '' : at.toZonedDateTimeISO(zone).toPlainDate().add({ days }).toString()
  return {
    ...coupon,
    kind: coupon.percent === null ? ('amount' as const) : ('percent' as const),
    percent: coupon.percent === null ? '' : String(coupon.percent / 100),
    lasts: coupon.periods === null ? ('always' as const) : coupon.periods === 1 ? ('once' as const) : ('some' as const),
    startsOn: day(coupon.startsAt, 0),
    endsOn: day(coupon.endsAt, -1),
  }
}

/** Whether it can be used now, and if not, why. */
export function couponState(coupon: Coupon, now: Temporal.Instant) {
  const { active, startsAt, endsAt, stock, taken } = coupon
  if (!active) return 'off' as const
  if (endsAt !== null && Temporal.Instant.compare(endsAt, now) <= 0) return 'over' as const
  if (startsAt !== null && Temporal.Instant.compare(startsAt, now) > 0) return 'coming' as const
  return stock !== null && taken >= stock ? ('sold_out' as const) : ('on' as const)
}
