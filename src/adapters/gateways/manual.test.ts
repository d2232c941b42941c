import { expect, test } from 'vitest'
import { inProcessHttpOut } from '#platform/http-out.ts'
import { silentLog } from '#platform/log.ts'
import { money } from '#platform/money.ts'
import { manual, readReference, referenceOf } from './manual.ts'

const now = () => Temporal.Instant.from('2026-03-01T12:00:00Z')
const instructions = 'Send **{amount}** to DE00 1234, reference `{reference}`.'
const gateway = manual.open(
  { instructions },
  { http: inProcessHttpOut({}, { log: silentLog }), log: silentLog, now, livemode: true },
)
const ourRef = 'pay_01k9zq3v5d8m2n4p6r7s8t9vwx'
const request = {
  ourRef,
  attempt: 1,
  amount: money(1099, 'EUR'),
  description: 'TV',
  customerEmail: 'zoe@example.org',
  returnUrl: 'http://shop.example/done',
  cancelUrl: 'http://shop.example/checkout',
  expiresAt: now().add({ hours: 48 }),
}

test('the buyer is told what to do, with amount and reference filled in', async () => {
  const reference = referenceOf(ourRef)
  expect(reference).toBe('7S8T-9VWX-04')
  expect(await gateway.createCheckout(request)).toEqual({
    kind: 'instructions',
    remoteRef: `${ourRef}:1099:EUR`,
    text: `Send **10.99 EUR** to DE00 1234, reference \`${reference}\`.`,
    reference,
  })
})

test('nobody can be asked: a payment waits until staff say otherwise, and can be closed', async () => {
  const { remoteRef } = await gateway.createCheckout(request)
  const waiting = await gateway.fetchPayment(remoteRef)
  expect(waiting).toMatchObject({
    ourRef,
    status: 'requires_action',
    requested: request.amount,
    received: money(0, 'EUR'),
    livemode: true,
  })
  expect(await gateway.cancel?.(remoteRef)).toEqual({ ...waiting, status: 'canceled' })
  expect(await gateway.findByReference(ourRef)).toEqual([])
  await expect(gateway.fetchPayment('cs_test_1')).rejects.toMatchObject({ kind: 'rejected', code: 'not_found' })
  expect(await gateway.checkConnection()).toMatchObject({ livemode: null })
  expect(gateway.refund ?? gateway.verifyNotice).toBeUndefined()
})

test('a reference is found however the bank writes it, and every single slip is noticed', () => {
  const reference = referenceOf(ourRef)
  const plain = reference.replaceAll('-', '')
  for (const said of [reference, plain, reference.toLowerCase(), `SVWZ+ORDER ${reference.replaceAll('-', ' ')} THANKS`])
    expect(readReference(said), said).toBe(reference)
  expect(readReference('thank you')).toBeNull()
  expect(readReference(`X${plain}`)).toBeNull()

  for (let index = 0; index < plain.length; index += 1) {
    for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
      if (other === plain[index]) continue
      expect(readReference(plain.slice(0, index) + other + plain.slice(index + 1))).not.toBe(reference)
      expect(readReference(plain.slice(0, index) + other + plain.slice(index + 1))).toBeNull()
    }
  }
})

test('instructions are needed', () => {
  expect(manual.settings.safeParse({ instructions: '  ' }).success).toBe(false)
})
