/** Voucher codes and states. Values only. */
import { randomCharacters } from '#platform/ids.ts'

/** Crockford's base 32, as the alphabet of our ids: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 75 bits of chance and a check character. `K3M9-…`: in groups of four, for people. */
export function newCode(): string {
  const chance = randomCharacters(15).toUpperCase()
  return grouped(chance + checkCharacter(chance))
}

export const grouped = (code: string): string => code.match(/.{1,4}/g)?.join('-') ?? code

/** What was typed, as it is kept; letters that look like digits are read as these. Null: no code of ours, or one with a slip. */
export function readCode(typed: string): string | null {
  const code = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  if (code.length !== 16 || [...code].some((each) => !alphabet.includes(each))) return null
  return checkCharacter(code.slice(0, 15)) === code.at(15) ? code : null
}

/** Luhn's sum to the base 32: one wrong character never passes, and two that changed places hardly ever. */
export function checkCharacter(code: string): string {
  const sum = [...code].reverse().reduce((total, each, at) => {
    const value = alphabet.indexOf(each) * (at % 2 === 0 ? 2 : 1)
    return total + Math.floor(value / 32) + (value % 32)
  }, 0)
  return alphabet.charAt((32 - (sum % 32)) % 32)
}

export type VoucherState = 'unused' | 'redeemed' | 'void' | 'expired'

/** What is stored, or that its last day is over. */
export const stateOf = (
  status: 'unused' | 'redeemed' | 'void',
  lastUseAt: Temporal.Instant | null,
  now: Temporal.Instant,
): VoucherState =>
  status === 'unused' && lastUseAt !== null && Temporal.Instant.compare(lastUseAt, now) <= 0 ? 'expired' : status
