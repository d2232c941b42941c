/**
 * The structured creditor reference of ISO 11649: `RF`, two check digits, up to 21 letters and digits. Banks carry it in a field of its
 * own, and one wrong character is noticed.
 */
import { checkDigits, remainder97 } from '../check-digits.ts'

/** A body is letters and digits, at most 21. */
export function creditorReference(body: string): string {
  const upper = body.toUpperCase()
  if (!/^[0-9A-Z]{1,21}$/.test(upper)) throw new RangeError(`no body of a creditor reference: ${body}`)
  return `RF${checkDigits(`${upper}RF`)}${upper}`
}

/** Of one of our payments: the last twelve characters of its id, which are chance. Four groups of four. */
export const referenceOfPayment = (paymentId: string): string => creditorReference(paymentId.slice(-12))

/** In any case and spacing; null when it is none or its check digits say that a finger slipped. */
export function readCreditorReference(text: string): string | null {
  const plain = text.toUpperCase().replace(/[\s-]/g, '')
  if (!/^RF\d\d[0-9A-Z]{1,21}$/.test(plain)) return null
  return remainder97(plain.slice(4) + plain.slice(0, 4)) === 1 ? plain : null
}

/** As it is printed: groups of four. */
export const groupedReference = (reference: string): string => reference.replace(/(.{4})(?=.)/g, '$1 ')

const ourLength = 16

/**
 * References as ours are, wherever they stand in what a buyer wrote. Banks break lines in the midst of words, so spaces do not count; a
 * match whose check digits fail is no reference.
 */
export function findOurReferences(text: string): string[] {
  const plain = text.toUpperCase().replace(/[^0-9A-Z]/g, '')
  const starts = [...plain.matchAll(/RF(?=\d\d)/g)].map(({ index }) => plain.slice(index, index + ourLength))
  return [...new Set(starts.filter((each) => each.length === ourLength && readCreditorReference(each) !== null))]
}
