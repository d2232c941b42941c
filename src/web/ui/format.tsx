/** How amounts, times and counts are written. Pages use these and nothing else. */
import { format, type Money as MoneyValue, money, toDecimal } from '#platform/money.ts'
import { intlLocale } from '#web/i18n/locale.ts'
import { type Page, usePage } from './page-context.tsx'

/** Money as rooms have it, or as the API writes it. */
export type AnyMoney = MoneyValue | { amount: number; currency: string }

const asMoney = (value: AnyMoney): MoneyValue => ('minor' in value ? value : money(value.amount, value.currency))

/** `10.99 EUR`: always with its currency. */
export function Money({ value, className }: { value: AnyMoney; className?: string }) {
  const { locale } = usePage()
  return (
    <bdi className={className ?? 'whitespace-nowrap'} style={{ fontVariantNumeric: 'tabular-nums' }}>
      {format(asMoney(value), intlLocale(locale))}
    </bdi>
  )
}

export const moneyText = (value: AnyMoney, { locale }: Pick<Page, 'locale'>): string =>
  format(asMoney(value), intlLocale(locale))

/** `1,284`, with the separators of the language. */
export function Count({ value }: { value: number | bigint }) {
  const { locale } = usePage()
  return <span className="tabular-nums">{new Intl.NumberFormat(intlLocale(locale)).format(value)}</span>
}

type TimeLike = string | Temporal.Instant

/**
 * A time as people say it, with the exact one on pointing at it and in the markup. `as`: `relative` ("in 3 days"),
 * `date` ("28 Nov 2026"), `both` ("in 3 days, 28 Nov 2026": for expiry), `exact` (date, time, zone).
 */
export function When({ at, as = 'relative' }: { at: TimeLike; as?: 'relative' | 'date' | 'both' | 'exact' }) {
  const page = usePage()
  const iso = at.toString()
  const written = { relative: relativeTime, date: dateText, exact: exactTime, both }[as](iso, page)
  return (
    <time dateTime={iso} title={exactTime(iso, page)} suppressHydrationWarning className="tabular-nums">
      {written}
    </time>
  )
}

type Where = Pick<Page, 'locale' | 'timeZone' | 'now'>

/** `28 Nov 2026, 14:05 CET`. */
export const exactTime = (iso: string, { locale, timeZone }: Pick<Where, 'locale' | 'timeZone'>): string =>
  formatter(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  }).format(Date.parse(iso))

/** `28 Nov 2026`. */
export const dateText = (iso: string, { locale, timeZone }: Pick<Where, 'locale' | 'timeZone'>): string =>
  formatter(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone }).format(Date.parse(iso))

/** `28 Nov 2026`, of a day like `2026-11-28` that is the same everywhere. */
export const dayText = (day: string, { locale }: Pick<Where, 'locale'>): string =>
  dateText(`${day}T12:00:00Z`, { locale, timeZone: 'UTC' })

const both = (iso: string, where: Where): string => `${relativeTime(iso, where)}, ${dateText(iso, where)}`

const steps = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** `in 3 days`, `2 hours ago`, `now`: from the time the page was asked for. Weeks are told in days, up to two months. */
export function relativeTime(iso: string, { locale, now }: Pick<Where, 'locale' | 'now'>): string {
  const seconds = (Date.parse(iso) - Date.parse(now)) / 1000
  const distance = Math.abs(seconds)
  const [unit, size] = steps.find(([each, length]) => distance >= (each === 'month' ? 2 * length : length)) ?? [
    'second',
    1,
  ]
  return new Intl.RelativeTimeFormat(intlLocale(locale), { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}

// English dates are written day first: 3 Apr, not Apr 3, which half of the world reads as another day when in digits.
const formatter = (locale: Page['locale'], options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(intlLocale(locale) === 'en' ? 'en-GB' : intlLocale(locale), options)

/** `10.99`, for inputs. */
export const moneyDecimal = (value: AnyMoney): string => toDecimal(asMoney(value))

/** A country by its name; kept are its two letters. */
export const countryName = (code: string | null, locale: string): string =>
  code === null ? '' : (new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code)
