/**
 * PHP panels write the same field as number, text, boolean, null or nothing, depending on build, database driver and cache. It is
 * made one thing here, at the edge, and nowhere else. `undefined` always means "cannot be read", never a value.
 */

/** Only what says so plainly is success: `null`, numbers other than 1 and unknown words are not. */
export function isSuccess(value: unknown): boolean {
  if (value === true || value === 1) return true
  if (typeof value !== 'string') return false
  const word = value.trim().toLowerCase()
  return ['1', 'true', 'on', 'yes', 'ok', 'success'].includes(word) || /^status_success(_[a-z]+)?$/.test(word)
}

/** An absent flag is unknown, not off. */
export function toFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value !== 0 : undefined
  if (typeof value === 'string') return !['', '0', 'false', 'off', 'no', 'null'].includes(value.trim().toLowerCase())
  return undefined
}

/** Ids and counters: 12, "12", " 12 ", "12.0". */
export function toInt(value: unknown): number | undefined {
  const written = typeof value === 'string' && /^\s*-?\d+(\.0+)?\s*$/.test(value)
  const number = typeof value === 'number' ? value : written ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/** Credits as exact decimal text. Commas are thousands separators only where they stand as such; "1.194,44" is not guessed. */
export function toDecimalString(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && !/e/i.test(String(value)) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.replace(/\s/g, '')
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replaceAll(',', '')
  return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined
}

/** Credits with four decimals, as the newest panels keep them: then equal amounts are equal texts. */
export function toCredits(value: unknown): string | undefined {
  const text = toDecimalString(value)
  const [, whole, decimals = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(text ?? '') ?? []
  if (whole === undefined || !/^\d{0,4}0*$/.test(decimals)) return undefined
  return `${BigInt(whole)}.${decimals.slice(0, 4).padEnd(4, '0')}`
}

/** Credits as people read them: without zeros behind. */
export const plainCredits = (credits: string): string => credits.replace(/\.?0+$/, '')

/** Text of a column: numbers as written, null and absent as null. */
export function toText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : null
}

/**
 * `null` is "never". Dates without a zone are read in `zone`, the panel's own; a day without a time begins at midnight, as the
 * panel understands it.
 */
export function toExpiry(value: unknown, zone: string): Temporal.Instant | null | undefined {
  if (value === null || value === false) return null
  if (typeof value === 'number') return fromUnix(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (neverWords.includes(text.toLowerCase()) || text.startsWith('0000-00-00')) return null
  if (/^\d+$/.test(text)) return fromUnix(Number(text))
  return fromDate(text, zone)
}

const neverWords = ['', '0', 'null', 'unlimited', 'never']

/** Thirteen digits are milliseconds: as seconds they would lie 30,000 years ahead. */
function fromUnix(number: number): Temporal.Instant | null | undefined {
  if (!Number.isSafeInteger(number) || number < 0) return undefined
  if (number === 0) return null
  const seconds = number >= 1e12 ? Math.floor(number / 1000) : number
  return seconds < 1e11 ? Temporal.Instant.fromEpochMilliseconds(seconds * 1000) : undefined
}

function fromDate(text: string, zone: string): Temporal.Instant | undefined {
  const dayFirst = /^(\d{2})-(\d{2})-(\d{4})(.*)$/.exec(text)
  const iso = dayFirst ? `${dayFirst[3]}-${dayFirst[2]}-${dayFirst[1]}${dayFirst[4]}` : text
  try {
    if (/(Z|[+-]\d{2}:?\d{2})$/.test(iso) && /[T ]\d{2}:/.test(iso)) return Temporal.Instant.from(iso.replace(' ', 'T'))
    return Temporal.PlainDateTime.from(iso.replace(' ', 'T')).toZonedDateTime(zone).toInstant()
  } catch {
    return undefined
  }
}

/**
 * The items of a list that may come as array, JSON text, comma list, or as an object (what PHP makes of an array with holes).
 * Null and empty texts are an empty list.
 */
export function toTexts(value: unknown): string[] | undefined {
  if (value === null || value === '') return []
  if (Array.isArray(value)) return value.every(isScalar) ? value.map((each) => String(each).trim()) : undefined
  if (typeof value === 'object') return toTexts(Object.values(value))
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^[[{]/.test(text) || text === 'null') return parsed(text)
  return text.split(',').map((each) => each.trim())
}

/** The same as a set of integers, ascending. */
export function toInts(value: unknown): number[] | undefined {
  const numbers = toTexts(value)?.map(toInt)
  if (numbers === undefined || numbers.includes(undefined)) return undefined
  return [...new Set(numbers as number[])].sort((a, b) => a - b)
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number'

function parsed(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? undefined : toTexts(value)
  } catch {
    return undefined
  }
}
