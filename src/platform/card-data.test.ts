import { expect, test } from 'vitest'
import { withoutCardData } from './card-data.ts'

test.each([
  ['4242424242424242', '[card number]'],
  ['Your card 4242 4242 4242 4242 was declined.', 'Your card [card number] was declined.'],
  ['5555-5555-5555-4444', '[card number]'],
  ['378282246310005 and 2223003122003222', '[card number] and [card number]'],
  ['(6011111111111117)', '([card number])'],
  ['{"number":"4111111111111111"}', '{"number":"[card number]"}'],
  ['{"number":4111111111111111,"a":1}', '{"number":null,"a":1}'],
  ['[4111111111111111]', '[null]'],
  ['{"cvc":"737","cardCode": 1234,"CVV2":"1\\"2"}', '{"cvc":null,"cardCode":null,"CVV2":null}'],
])('%j', (text, clean) => {
  expect(withoutCardData(text)).toBe(clean)
})

test.each([
  ['no check digit', '4242424242424241'],
  ['of no network', '1234567812345670'],
  ['a time in milliseconds', '1769860800000'],
  ['an id with letters', 'pm_4242424242424242 4242424242424242x'],
  ['a decimal of a coin', '0.4242424242424242'],
  ['the whole of one', '4242424242424242.5'],
  ['too short', '424242424242'],
  ['too long', '42424242424242424242424242424242'],
  ['what became of a code', '{"cvc_check":"pass","code":"card_declined"}'],
  ['masked', 'XXXXXXXXXXXX4242 •••• 4242'],
  ['an account number of a bank', 'DE89370400440532013000'],
])('what is %s stays as it is', (_, text) => {
  expect(withoutCardData(text)).toBe(text)
})
