import { expect, test } from 'vitest'
import { movesOf } from './balance.ts'

const eur = (value: string) => ({ currency: 'EUR', value })
const row = (over: Partial<Parameters<typeof movesOf>[0]>) => ({
  id: 'baltr_1',
  type: 'payment',
  createdAt: '2026-03-01T12:00:00+00:00',
  initialAmount: eur('10.99'),
  resultAmount: eur('10.50'),
  deductions: eur('-0.49'),
  context: { paymentId: 'tr_1' },
  ...over,
})
const told = (over: Partial<Parameters<typeof movesOf>[0]>) =>
  movesOf(row(over)).map(({ ref, kind, amount, fee, captureId, disputeRef }) => [
    ...[ref, kind, Number(amount.minor), Number(fee.minor), captureId, disputeRef],
  ])

test('a payment with its fee, named in either shape of its context', () => {
  expect(told({})).toEqual([['baltr_1', 'payment', 1099, 49, 'tr_1', null]])
  expect(told({ context: { payment: { paymentId: 'tr_1', paymentDescription: 'TV' } } })).toEqual(told({}))
  expect(told({ deductions: null })).toEqual([['baltr_1', 'payment', 1099, 0, 'tr_1', null]])
})

test('what is set aside or goes into a loan is no fee', () => {
  const deductionDetails = { fees: eur('-0.29'), commissions: eur('-0.10') }
  expect(told({ deductionDetails })).toEqual([
    ['baltr_1', 'payment', 1099, 39, 'tr_1', null],
    ['baltr_1/held', 'other', -10, 0, null, null],
  ])
})

test('what a chargeback costs is a fee of its own, since the dispute tells none', () => {
  const context = { paymentId: 'tr_1', chargebackId: 'chb_1' }
  const back = {
    type: 'chargeback',
    initialAmount: eur('-10.99'),
    resultAmount: eur('-17.99'),
    deductions: eur('-7.00'),
  }
  expect(told({ ...back, context })).toEqual([
    ['baltr_1', 'dispute', -1099, 0, 'tr_1', 'tr_1/chb_1'],
    ['baltr_1/fee', 'fee', 0, 700, 'tr_1', null],
  ])
})

test.each([
  ['invoice-compensation', '-0.03', 'fee', 0, 3],
  ['invoice-rounding-compensation', '0.02', 'fee', 0, -2],
  ['balance-reserve', '-5.00', 'other', -500, 0],
  ['a-word-of-tomorrow', '5.00', 'other', 500, 0],
])('%s of %s is %s', (type, value, kind, amount, fee) => {
  const moved = { initialAmount: eur(value), resultAmount: eur(value), deductions: null, context: null }
  expect(told({ type, ...moved })).toEqual([['baltr_1', kind, amount, fee, null, null]])
})

test('what went to the bank is told by its settlement', () => {
  expect(told({ type: 'outgoing-transfer', deductions: null, context: { settlementId: 'stl_1' } })).toEqual([])
})
