/** VAT identification numbers by their form. The form proves nothing: only the register knows whether a number stands for a business. */

/** After the prefix. Source: the structure of numbers that VIES publishes; GB as HMRC describes it. */
const forms: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^\d{9}$/,
  DK: /^\d{8}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^([A-Z]\d{7}[A-Z0-9]|\d{8}[A-Z])$/,
  FI: /^\d{8}$/,
  FR: /^[A-HJ-NP-Z0-9]{2}\d{9}$/,
  GB: /^(\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])$/,
  IT: /^\d{11}$/,
  LT: /^(\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^[A-Z0-9+*]{9}B[A-Z0-9+*]{2}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^\d{2,10}$/,
  SE: /^\d{10}01$/,
  SI: /^\d{8}$/,
  SK: /^\d{10}$/,
  XI: /^(\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2})$/,
}

const digits = (text: string): number[] => [...text].map(Number)

/** ISO 7064, MOD 11,10: the last digit of a German or Croatian number. */
function mod11by10(text: string): boolean {
  const all = digits(text)
  const last = all.pop() ?? 0
  const product = all.reduce((before, digit) => {
    const sum = (digit + before) % 10 || 10
    return (2 * sum) % 11
  }, 10)
  return (11 - product) % 10 === last
}

function luhn(text: string): boolean {
  const sum = digits(text)
    .reverse()
    .reduce((total, digit, index) => {
      const twice = digit * 2
      return total + (index % 2 === 0 ? digit : twice > 9 ? twice - 9 : twice)
    }, 0)
  return sum % 10 === 0
}

const weighted = (text: string, weights: readonly number[], modulus: number): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0) % modulus

/** Where the rule of the check digits is public and simple; a typing error is then told before anything is asked of a register. */
const checks: Readonly<Record<string, (rest: string) => boolean>> = {
  BE: (rest) => 97 - (Number(rest.slice(0, 8)) % 97) === Number(rest.slice(8)),
  DE: mod11by10,
  DK: (rest) => weighted(rest, [2, 7, 6, 5, 4, 3, 2, 1], 11) === 0,
  HR: mod11by10,
  IT: luhn,
  LU: (rest) => Number(rest.slice(0, 6)) % 89 === Number(rest.slice(6)),
  PL: (rest) => weighted(rest, [6, 5, 7, 2, 3, 4, 5, 6, 7], 11) === Number(rest[9]),
  PT: (rest) => ((11 - weighted(rest, [9, 8, 7, 6, 5, 4, 3, 2], 11)) % 11) % 10 === Number(rest[8]),
  SI: (rest) => {
    const check = 11 - weighted(rest, [8, 7, 6, 5, 4, 3, 2], 11)
    return check !== 11 && check % 10 === Number(rest[7])
  },
}

export type VatId = {
  /** `DE136695976`: prefix and number, without spaces, dots and dashes. */
  readonly full: string
  /** `EL`, `XI` or the country's two letters, as the register wants it. */
  readonly prefix: string
  readonly number: string
  /** ISO 3166-1: Greece is `GR`, Northern Ireland is `GB`, since for services it is no part of the union. */
  readonly country: string
}

const countryOf = (prefix: string): string => (prefix === 'EL' ? 'GR' : prefix === 'XI' ? 'GB' : prefix)

/** Null: it is no number of the EU or the United Kingdom by its form or check digits. */
export function parseVatId(typed: string): VatId | null {
  const full = typed
    .toUpperCase()
    .replace(/[\s.\-/]/g, '')
    .replace(/^GR/, 'EL')
  const [prefix, number] = [full.slice(0, 2), full.slice(2)]
  if (forms[prefix]?.test(number) !== true || checks[prefix]?.(number) === false) return null
  return { full, prefix, number, country: countryOf(prefix) }
}
