/**
 * Selling in a currency that a plan has no price in: which currencies, by whose rates. Off until an operator names one. A plan that has its own
 * price in a currency keeps it.
 */
import { z } from 'zod'
import { ecbAddress } from '#adapters/rates/ecb.ts'
import type { Shop } from '#app.ts'
import { onceIn, rows, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { isCurrency } from '#platform/money.ts'
import { dateOf } from '#platform/time.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetAfter } from '../people/business.ts'
import { defineSetting, readSetting, saveSetting } from '../people/settings.ts'
import { ratesKnownSoon, readRatesSoon } from './jobs.ts'
import { judgeRates } from './judge-rates.ts'
import {
  type DayOfRates,
  marginPattern,
  type Rate,
  type RateLock,
  type RateSource,
  rateBetween,
  rateSources,
  roundings,
  type SoldByRate,
} from './rules/exchange.ts'

const Settings = z.object({
  source: z.enum(rateSources).default('ecb'),
  /** Empty: the shop's own currency. */
  base: z.string().max(3).default(''),
  currencies: z
    .array(
      z.object({
        currency: z.string(),
        margin_percent: z.string().regex(marginPattern).default('0'),
        rounding: z.enum(roundings).default('minor'),
      }),
    )
    .max(30)
    .default([]),
  max_age_days: z.int().min(1).max(60).default(5),
  feed_url: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .default(ecbAddress),
})
export type ExchangeSettings = z.infer<typeof Settings>

export const exchangeSetting = defineSetting('exchange', Settings as z.ZodType<ExchangeSettings>)

/** What can be sold by rate at this moment: a currency whose rate is too old is not in it. */
export type Exchange = {
  base: string
  source: RateSource
  sold: readonly SoldByRate[]
  rates: ReadonlyMap<string, Rate>
  maxAgeDays: number
}

const none: Exchange = { base: '', source: 'staff', sold: [], rates: new Map(), maxAgeDays: 0 }

/** Kept with the shop for a moment: every look at the shop asks for it. */
export async function readExchange(tx: Tx, shop: Shop): Promise<Exchange> {
  const kept = await onceIn(tx, 'exchange', () => shop.keep('exchange', () => loadExchange(tx, shop)))
  if (kept.rates.size === 0) return kept
  const since = firstDay(dateOf(shop.now(), shop.zone), kept.maxAgeDays)
  return { ...kept, rates: new Map([...kept.rates].filter(([, { day }]) => day >= since)) }
}

/** Of which a rate may be today. */
const firstDay = (today: string, maxAgeDays: number): string =>
  Temporal.PlainDate.from(today).subtract({ days: maxAgeDays }).toString()

export async function loadExchange(tx: Tx, shop: Shop): Promise<Exchange> {
  const settings = await readSetting(tx, shop, exchangeSetting)
  const { source, currencies, max_age_days: maxAgeDays } = settings
  if (currencies.length === 0) return none
  const base = baseOf(settings, shop)
  const sold = currencies.map(({ currency, margin_percent: marginPercent, rounding }) => ({
    ...{ currency, marginPercent, rounding },
  }))
  const today = dateOf(shop.now(), shop.zone)
  const since = firstDay(today, maxAgeDays)
  const days = await daysOfRates(tx, { source, since, until: today, base: toldIn(source, base) })
  const rates = new Map(sold.flatMap(({ currency }) => latest(days, base, currency)))
  return { base, source, sold, rates, maxAgeDays }
}

const baseOf = ({ base }: ExchangeSettings, { currency }: Shop): string => base || currency

/** What a source's rates are of: the bank tells those of the euro, whatever prices are in. */
const toldIn = (source: RateSource, base: string): string => (source === 'ecb' ? 'EUR' : base)

function latest(days: readonly DayOfRates[], base: string, currency: string): [string, Rate][] {
  for (const day of days) {
    const rate = rateBetween(day, base, currency)
    if (rate !== null) return [[currency, rate]]
  }
  return []
}

/** Newest first. */
async function daysOfRates(
  tx: Tx,
  { source, base, since, until }: { source: RateSource; base: string; since: string; until: string },
): Promise<DayOfRates[]> {
  const found = await rows(
    tx,
    sql<{
      day: string
      rates: Record<string, string>
    }>`select day::text, jsonb_object_agg(currency, rate) as rates from exchange_rates
      where business_id = current_business() and source = ${source} and base = ${base} and day between ${since}::date and ${until}::date group by day order by day desc`,
  )
  return found.map(({ day, rates }) => ({ base, day, rates }))
}

/** Null: it is not sold by rate, or there is no rate that may be used. */
export function lockOf(exchange: Exchange, currency: string, now: Temporal.Instant): RateLock | null {
  const { base, source, sold, rates } = exchange
  const [rule, rate] = [sold.find((each) => each.currency === currency), rates.get(currency)]
  if (rule === undefined || rate === undefined) return null
  const { marginPercent, rounding } = rule
  return {
    ...{ ...rate, fromCurrency: base, toCurrency: currency, marginPercent, rounding, source },
    quotedAt: now.toString(),
  }
}

/** Nothing that was sold changes by it. Where the bank is asked, it is asked at once. */
export async function saveExchange(tx: Tx, shop: Shop, given: ExchangeSettings): Promise<void> {
  const settings = exchangeSetting.schema.parse(given)
  const base = baseOf(settings, shop)
  const faults = settings.currencies.flatMap(({ currency }, index): FieldError[] => {
    const pointer = `/currencies/${index}/currency`
    if (!isCurrency(currency)) return [{ pointer, code: 'unknown', detail: 'There is no such currency.' }]
    if (currency === base)
      return [{ pointer, code: 'invalid', detail: `${currency} is what prices are converted from.` }]
    const first = settings.currencies.findIndex((each) => each.currency === currency)
    return first < index ? [{ pointer, code: 'duplicate', detail: 'This currency is named twice.' }] : []
  })
  if (!isCurrency(base)) faults.push({ pointer: '/base', code: 'unknown', detail: 'There is no such currency.' })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the currencies.', faults)
  await saveSetting(tx, shop, exchangeSetting, settings)
  forgetAfter(tx, shop)
  await changed(tx, shop, 'exchange')
  if (settings.source === 'ecb' && settings.currencies.length > 0) await readRatesSoon(tx, shop)
  await judgeRates(tx, shop, await loadExchange(tx, shop), shop.now())
}

const changed = (tx: Tx, shop: Shop, setting: string, more: Record<string, unknown> = {}): Promise<void> =>
  record(tx, shop, shop.now(), {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting, ...more },
  })

export type TypedRate = Rate & { currency: string }

/** Staff say what one of the base currency is worth since a day. The same day again replaces it; what was sold by it stays. */
export async function typeRate(tx: Tx, shop: Shop, { currency, rate, day }: TypedRate): Promise<void> {
  const base = baseOf(await readSetting(tx, shop, exchangeSetting), shop)
  const faults: FieldError[] = []
  const wrong = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail })
  if (!isCurrency(currency)) wrong('/currency', 'unknown', 'There is no such currency.')
  else if (currency === base) wrong('/currency', 'invalid', `One ${base} is one ${base}.`)
  if (!/^\d{1,9}(\.\d{1,10})?$/.test(rate) || !/[1-9]/.test(rate))
    wrong('/rate', 'invalid', 'Please enter a rate above zero, like 1.0871.')
  if (day > dateOf(shop.now(), shop.zone)) wrong('/day', 'out_of_range', 'This day has not come yet.')
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the rate.', faults)
  const before = await daysOfRates(tx, { source: 'staff', base, since: day, until: day })
  await keepRates(tx, shop, 'staff', { base, day, rates: { [currency]: rate } })
  const changes = changesOf({ rate: before[0]?.rates[currency] }, { rate })
  await changed(tx, shop, 'exchange_rates', { currency, day, ...changes })
  await ratesKnownSoon(tx, shop)
  await judgeRates(tx, shop, await loadExchange(tx, shop), shop.now())
}

/** Safe to repeat: a day's rates are those that were told last. */
export async function keepRates(
  tx: Tx,
  shop: Shop,
  source: RateSource,
  { base, day, rates }: DayOfRates,
): Promise<void> {
  await run(
    tx,
    sql`insert into exchange_rates (business_id, source, base, currency, day, rate, read_at, by)
      select ${shop.businessId}, ${source}, ${base}, r.currency, ${day}::date, r.rate, ${shop.now()}, ${shop.actor}
      from unnest(${Object.keys(rates)}::text[], ${Object.values(rates)}::text[]) r (currency, rate)
      on conflict (business_id, source, base, currency, day) do update set rate = excluded.rate, read_at = excluded.read_at, by = excluded.by
      where exchange_rates.rate <> excluded.rate`,
  )
  forgetAfter(tx, shop)
}

/**
 * How old a rate may be that something is stated at: the bank tells one each day on which it works, and no holiday is longer; what is typed may be
 * that of a month, as tax offices publish them.
 */
const statedDays: Readonly<Record<RateSource, number>> = { ecb: 7, staff: 31 }

/** The rate of a day, for what is stated and not sold: the newest of the chosen source that is not later; else one that staff typed. */
export async function rateOfDay(
  tx: Tx,
  shop: Shop,
  { from, to, day: until }: { from: string; to: string; day: string },
): Promise<(Rate & { source: RateSource }) | null> {
  const settings = await readSetting(tx, shop, exchangeSetting)
  for (const source of new Set([settings.source, 'staff'] as const)) {
    const since = firstDay(until, statedDays[source])
    const days = await daysOfRates(tx, { source, base: toldIn(source, baseOf(settings, shop)), since, until })
    for (const day of days) {
      const rate = rateBetween(day, from, to)
      if (rate !== null) return { ...rate, source }
    }
  }
  return null
}

/** Rates are read from now on although nothing is sold by rate; who goes on to want them says so once a day. */
export async function wantRates(tx: Tx, shop: Shop, now: Temporal.Instant): Promise<void> {
  const wanted = await run(
    tx,
    sql`insert into exchange_readings (business_id, wanted_at) values (${shop.businessId}, ${now})
      on conflict (business_id) do update set wanted_at = excluded.wanted_at
      where exchange_readings.wanted_at is null or exchange_readings.wanted_at < ${now}::timestamptz - interval '1 day'`,
  )
  if (wanted > 0) await readRatesSoon(tx, shop)
}

export type KnownRate = TypedRate & { source: RateSource; base: string; readAt: Temporal.Instant; by: string }

/** Of the present source, what each currency that is sold by rate was worth of late; newest first. */
export async function listRates(tx: Tx, shop: Shop, most = 60): Promise<KnownRate[]> {
  const settings = await readSetting(tx, shop, exchangeSetting)
  const { source, currencies } = settings
  const from = baseOf(settings, shop)
  const wanted = source === 'ecb' ? [from, ...currencies.map(({ currency }) => currency)] : null
  return rows(
    tx,
    sql<KnownRate>`select source, base, currency, day::text, rate, read_at as "readAt", by from exchange_rates
      where business_id = current_business() and source = ${source} and base = ${toldIn(source, from)} and (${wanted}::text[] is null or currency = any(${wanted}::text[]))
      order by day desc, currency limit ${most}`,
  )
}
