/**
 * Card data is none of ours: buyers type it at their provider. Where others put a number or its code into their words all the same, it goes
 * before anything of them is written down. What counts as a number: 13 to 19 digits that stand by themselves, alone or in groups, begin as a card of one of
 * the networks does, and have its check digit. A decimal, an id with letters or a time in milliseconds is none. A code
 * is known by its name only.
 */

const digits = /(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g

/** Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro. */
const networks =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|3(?:0[0-5]|[689]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(?:50|5[6-9]|6[37])\d{11,17})$/

const codes = /"(cvc2?|cvv2?|cav2|card_?code|card_?security_?code|security_?code)"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\d+)/gi

/** `text` without the card numbers and codes in it; a bare number of JSON becomes `null`, so that it stays JSON. */
export function withoutCardData(text: string): string {
  const coded = text.replace(codes, '"$1":null')
  return coded.replace(digits, (found, at: number) => {
    const number = found.replace(/[ -]/g, '')
    if (!isCardNumber(number)) return found
    const bare = /[:,[]\s*$/.test(coded.slice(Math.max(0, at - 20), at))
    const ends = /^\s*[,\]}]/.test(coded.slice(at + found.length, at + found.length + 20))
    return bare && ends ? 'null' : '[card number]'
  })
}

export const isCardNumber = (number: string): boolean => networks.test(number) && hasCheckDigit(number)

function hasCheckDigit(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
