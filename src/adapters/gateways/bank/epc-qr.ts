/**
 * What a banking app reads from a square to fill in a transfer (EPC069-12, "GiroCode"): lines of text, at most 331 bytes, for euros only.
 * Drawn with error correction M.
 */
import { type Money, toDecimal } from '#platform/money.ts'

export type Transfer = { bic: string | null; name: string; iban: string; amount: Money; reference: string }

const mostBytes = 331
const mostMinor = 99_999_999_999n

/** Null when it cannot be told in this form: another currency, a sum beyond its limits, a name that is too long. */
export function epcPayload({ bic, name, iban, amount, reference }: Transfer): string | null {
  if (amount.currency !== 'EUR' || amount.minor < 1n || amount.minor > mostMinor) return null
  if ([...name].length > 70 || reference.length > 35) return null
  // Purpose is left empty; the structured reference is the last line, since nothing empty may follow it.
  const lines = ['BCD', '002', '1', 'SCT', bic ?? '', oneLine(name), iban, `EUR${toDecimal(amount)}`, '', reference]
  const payload = lines.join('\n')
  return Buffer.byteLength(payload) > mostBytes ? null : payload
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
