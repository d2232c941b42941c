import { expect, test } from 'vitest'
import { translator } from '#web/i18n/translate.ts'
import { eventTypes } from './event-types.ts'
import { actorOf, eventTone, reasonOf, sentenceOf, subjectHref } from './sentence-of.ts'

const t = translator('en')
const write = {
  money: (minor: bigint, currency: string) => `${minor} ${currency}`,
  date: (iso: string) => iso.slice(0, 10),
}
const told = (type: string, data: Record<string, unknown> = {}) =>
  sentenceOf(
    t,
    { id: 'evt_1', at: '2026-01-01T00:00:00Z', type, actor: 'system', subjectType: 'line', subjectId: 'line_1', data },
    write,
  )

test.each([
  ['subscription.renewed', {}, 'Renewed'],
  ['subscription.renewed', { paid_through: '2026-02-28T12:00:00Z' }, 'Renewed through 2026-02-28'],
  ['refund.requested', { amount: '1299', currency: 'EUR' }, 'Refund of 1299 EUR asked for'],
  ['payment.succeeded', { amount: 1299, currency: 'EUR' }, 'Payment of 1299 EUR received'],
  ['payment.succeeded', { amount: 'many', currency: 'EUR' }, 'Payment received'],
  // An end that does not belong into the sentence is left out of it.
  ['subscription.suspended', { paid_through: '2026-02-28T12:00:00Z' }, 'Suspended'],
  ['message.sent', { template: 'renewal_invoice' }, 'Message sent: renewal invoice'],
  ['quota.used_up', {}, 'Quota: used up'],
])('%s with %o is told as "%s"', (type, data, sentence) => {
  expect(told(type, data)).toBe(sentence)
})

test('every type that activity filters by has its sentence', () => {
  expect(eventTypes.length).toBeGreaterThan(50)
  for (const type of eventTypes) expect(told(type), type).not.toContain(':')
})

test('who acted is told by name or in words, never by id', () => {
  expect(actorOf(t, 'staff:mem_1', { mem_1: 'Sam' })).toBe('Sam')
  expect(actorOf(t, 'staff:mem_2', { mem_1: 'Sam' })).toBe('former staff')
  expect(actorOf(t, 'customer:cus_1', {})).toBe('customer')
  expect(actorOf(t, 'rule:pol_default/suspend', {})).toBe('rule')
})

test('reasons, tones and links', () => {
  expect(reasonOf({ reason: '', because: 'Panel A: most room' })).toBe('Panel A: most room')
  expect(reasonOf({ reason: 'product_not_received' })).toBe('product not received')
  expect(reasonOf({ reason: 3 })).toBe(null)
  expect(reasonOf({ reason: 'invoice inv_01m2n1d3g012kkwz3m604gjg2h' })).toBe(null)
  expect(eventTone('subscription.suspended')).toBe('bad')
  expect(eventTone('order.ready')).toBe('good')
  expect(eventTone('customer.changed')).toBe('none')
  expect(subjectHref('line', 'line_1')).toBe('/admin/lines/line_1')
  expect(subjectHref('reseller', 'biz_1')).toBe('/admin/resellers/biz_1')
  expect(subjectHref('wallet', 'biz_1')).toBe('/admin/wallet')
  expect(subjectHref('policy', 'pol_1')).toBe(null)
})
