import fc from 'fast-check'
import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import {
  creditorReference,
  findOurReferences,
  groupedReference,
  readCreditorReference,
  referenceOfPayment,
} from './bank/creditor-reference.ts'
import { epcPayload } from './bank/epc-qr.ts'
import { bankTransfer } from './bank-transfer.ts'

const now = () => Temporal.Instant.from('2026-03-01T12:00:00Z')
const account = { account_holder: 'Example TV Ltd', iban: 'de89 3704 0044 0532 0130 00', bic: 'cobadeffxxx' }
const context = { http: inProcessHttpOut({}, { log: silentLog }), log: silentLog, now, livemode: true }
const open = (over: object = {}) => bankTransfer.open(bankTransfer.settings.parse({ ...account, ...over }), context)
const ourRef = 'pay_01k9zq3v5d8m2n4p6r7s8t9vwx'
const request = {
  ourRef,
  attempt: 1,
  amount: money(1299, 'EUR'),
  description: 'TV',
  customerEmail: 'zoe@example.org',
  returnUrl: 'http://shop.example/done',
  cancelUrl: 'http://shop.example/checkout',
  expiresAt: now().add({ hours: 48 }),
}

test('references keep ISO 11649: the published ones are read, in any case and spacing', () => {
  expect(creditorReference('539007547034')).toBe('RF18539007547034')
  expect(creditorReference('INV2026000123')).toBe('RF98INV2026000123')
  for (const said of ['RF18539007547034', 'rf18 5390 0754 7034', ' RF18 5390-0754-7034 '])
    expect(readCreditorReference(said), said).toBe('RF18539007547034')
  expect(groupedReference('RF18539007547034')).toBe('RF18 5390 0754 7034')
  expect(groupedReference('RF98INV2026000123')).toBe('RF98 INV2 0260 0012 3')
  for (const wrong of ['RF19539007547034', 'RF18539007547043', 'RF18', '', 'XX18539007547034'])
    expect(readCreditorReference(wrong), wrong).toBeNull()
  expect(() => creditorReference('a/b')).toThrow(RangeError)
  expect(() => creditorReference('1'.repeat(22))).toThrow(RangeError)
})

test('another digit, another letter and swapped neighbors in a reference are noticed', () => {
  const reference = referenceOfPayment(ourRef)
  const alike = (a: string, b: string) => /\d/.test(a) === /\d/.test(b)
  for (let index = 2; index < reference.length; index += 1) {
    const [a = '', b = ''] = [reference[index], reference[index + 1]]
    for (const other of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
      if (other === a || !alike(other, a)) continue
      expect(readCreditorReference(reference.slice(0, index) + other + reference.slice(index + 1))).toBeNull()
    }
    if (b === '' || a === b || !alike(a, b)) continue
    expect(readCreditorReference(reference.slice(0, index) + b + a + reference.slice(index + 2))).toBeNull()
  }
})

test('our references are found however a bank breaks what the buyer wrote', () => {
  const reference = referenceOfPayment(ourRef)
  expect(reference).toHaveLength(16)
  expect(findOurReferences(`Invoice ${groupedReference(reference)} thank you`)).toEqual([reference])
  expect(findOurReferences(`SVWZ+TV ${reference.slice(0, 9).toLowerCase()}\n${reference.slice(9)}`)).toEqual([
    reference,
  ])
  expect(findOurReferences(`${reference} ${reference}`)).toEqual([reference])
  expect(findOurReferences('RF18 and thanks, RF00')).toEqual([])
  const wrong = reference.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  expect(findOurReferences(wrong)).toEqual([])
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (noise) => {
      for (const found of findOurReferences(noise)) expect(readCreditorReference(found)).toBe(found)
    }),
  )
})

test('the square holds the exact lines of EPC069-12, with nothing empty at the end', () => {
  const facts = {
    bic: 'BPOTBEB1',
    name: 'Red Cross of Belgium',
    iban: 'BE72000000001616',
    amount: money(100, 'EUR'),
    reference: 'RF18539007547034',
  }
  const payload = epcPayload(facts)
  expect(payload?.split('\n')).toEqual([
    'BCD',
    '002',
    '1',
    'SCT',
    'BPOTBEB1',
    'Red Cross of Belgium',
    'BE72000000001616',
    'EUR1.00',
    '',
    'RF18539007547034',
  ])
  expect(epcPayload({ ...facts, bic: null })?.split('\n')[4]).toBe('')
  const square = encode(payload ?? '', { ecc: 'M' })
  expect(square.version).toBeLessThanOrEqual(13)

  for (const over of [
    { amount: money(100, 'USD') },
    { amount: money(0, 'EUR') },
    { amount: money(100_000_000_000n, 'EUR') },
    { name: 'x'.repeat(71) },
    { name: '𝄞'.repeat(70), reference: 'RF18539007547034000000000' },
  ])
    expect(epcPayload({ ...facts, ...over })).toBeNull()
  expect(epcPayload({ ...facts, amount: money(99_999_999_999n, 'EUR') })).toContain('\nEUR999999999.99\n')
  const longest = epcPayload({ ...facts, name: 'ß'.repeat(70) }) ?? ''
  expect(encode(longest, { ecc: 'M' }).version).toBeLessThanOrEqual(13)
})

test('the buyer is told account, sum and reference, in words and for drawing', async () => {
  const checkout = await open({ bank: 'Commerzbank', note: 'We look every morning.' }).createCheckout(request)
  const reference = groupedReference(referenceOfPayment(ourRef))
  expect(checkout).toEqual({
    kind: 'instructions',
    remoteRef: `${ourRef}:1299:EUR`,
    text: [
      'Please transfer 12.99 EUR.',
      '',
      'Account holder: Example TV Ltd',
      'IBAN: DE89 3704 0044 0532 0130 00',
      'BIC: COBADEFFXXX',
      'Bank: Commerzbank',
      `Reference: ${reference}`,
      '',
      'We look every morning.',
    ].join('\n'),
    reference,
    transfer: {
      holder: 'Example TV Ltd',
      iban: 'DE89 3704 0044 0532 0130 00',
      bic: 'COBADEFFXXX',
      bank: 'Commerzbank',
      note: 'We look every morning.',
      qr: `BCD\n002\n1\nSCT\nCOBADEFFXXX\nExample TV Ltd\nDE89370400440532013000\nEUR12.99\n\n${reference.replaceAll(' ', '')}`,
    },
  })
  expect(await open({ bic: '' }).createCheckout({ ...request, amount: money(1299, 'USD') })).toMatchObject({
    transfer: { bic: null, bank: null, note: null, qr: null },
  })
})

test('nobody can be asked: a payment waits for a statement, and can be closed', async () => {
  const gateway = open()
  const { remoteRef } = await gateway.createCheckout(request)
  const waiting = await gateway.fetchPayment(remoteRef)
  expect(waiting).toMatchObject({ ourRef, status: 'requires_action', requested: request.amount, livemode: true })
  expect(await gateway.cancel?.(remoteRef)).toEqual({ ...waiting, status: 'canceled' })
  expect(await gateway.findByReference(ourRef)).toEqual([])
  await expect(gateway.fetchPayment('cs_test_1')).rejects.toMatchObject({ kind: 'rejected', code: 'not_found' })
  expect(await gateway.checkConnection()).toMatchObject({ livemode: null })
})

test.each([
  ['account_holder', ' '],
  ['account_holder', 'x'.repeat(71)],
  ['account_holder', 'Example\nTV'],
  ['iban', 'DE89 3704 0044 0532 0130 01'],
  ['iban', ''],
  ['bic', 'COBA'],
  ['bank', 'x'.repeat(71)],
  ['note', 'x'.repeat(1_001)],
])('a wrong %s is refused: %s', (field, value) => {
  const parsed = bankTransfer.settings.safeParse({ ...account, [field]: value })
  expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([field])
})
