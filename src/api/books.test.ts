/** The books by the API: revenue beside cash and by tenure, what is at risk, and the journal as one long table. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherPlan } from '../../test/support/plans.ts'
import { type ApiWorld, apiWorld, type Json } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld({ start: '2026-01-16T00:00:00Z', zone: 'UTC' })
  await anotherPlan(api.world, {
    name: '=2+5, "cheap"',
    amount: 900n,
    prices: [{ currency: 'EUR', amountMinor: 900n, setupMinor: 100n }],
  })
  await api.world.customer('ana').buys()
  await api.world.customer('ben').buys({ plan: '=2+5, "cheap"' })
})
afterAll(() => api.close())

const table = (text: string) => text.trimEnd().split('\r\n')

test('revenue tells what was earned beside the cash that came, and both come as tables', async () => {
  await api.world.until('2026-03-01')
  const { data } = await api.done('GET', '/reports/revenue?from=2026-01&to=2026-02')
  const [january, february] = data as Json[]
  expect(january).toMatchObject({ month: '2026-01', received: { amount: 2299 }, returned: { amount: 0 } })
  expect(february).toMatchObject({ month: '2026-02', received: { amount: 0 }, deferred: { amount: 0 } })
  const csv = await api.ask('GET', '/reports/revenue/csv?from=2026-01&to=2026-02')
  expect(table(csv.text)[1]).toMatch(/^2026-01,EUR,\d+\.\d\d,0\.00,0\.00,0\.00,22\.99,0\.00,\d+\.\d\d$/)
  const aged = (await api.done('GET', '/reports/tenure?from=2026-01&to=2026-02')).data as (Json & {
    earned: { amount: number }
  })[]
  expect(aged.map((each) => [each.month, each.months_from, each.months_to, each.customers])).toEqual([
    ['2026-01', 0, 0, 2],
    ['2026-02', 1, 2, 2],
  ])
  expect(aged.map(({ earned }) => earned.amount)).toEqual(
    (data as { earned: { amount: number } }[]).map(({ earned }) => earned.amount),
  )
  expect(table((await api.ask('GET', '/reports/tenure/csv?from=2026-01&to=2026-02')).text)).toHaveLength(3)
  expect((await api.ask('GET', '/reports/tenure?from=2026-03&to=2026-01')).status).toBe(422)
})

test('the journal holds every transfer once, oldest first, for keys that may read transfers', async () => {
  const { data } = await api.done('GET', '/ledger/transfers?limit=200')
  const all = (data as Json[]).toReversed()
  const whole = table((await api.ask('GET', '/ledger/journal/csv')).text)
  expect(whole[0]).toBe('time,debit,credit,amount,unit,purpose,source,cause,transfer')
  expect(whole.slice(1).map((row) => row.split(',').at(-1))).toEqual(all.map(({ id }) => id))
  const sold = all.filter(({ credit_account }) => credit_account === 'deferred/EUR')
  expect(table((await api.ask('GET', '/ledger/journal/csv?account=deferred/EUR')).text)).toHaveLength(sold.length + 1)
  expect(table((await api.ask('GET', '/ledger/journal/csv?from=2026-02-15T00:00:00Z')).text)).toHaveLength(1)
  const other = await api.keyFor(api.world.businessId, ['orders:read'])
  expect((await api.ask('GET', '/ledger/journal/csv', { key: other })).status).toBe(403)
  expect((await api.ask('GET', '/ledger/journal/csv?from=yesterday')).status).toBe(422)
  const stranger = await api.keyFor(await api.business('stranger'))
  expect(table((await api.ask('GET', '/ledger/journal/csv', { key: stranger })).text)).toHaveLength(1)
})

test('what failed charges put at risk is told by currency', async () => {
  expect((await api.done('GET', '/renewals/at_risk')).data).toEqual([])
  const cem = api.world.customer('cem')
  await cem.buys()
  await api.world.until('2026-03-30')
  await cem.paysOpenInvoice('decline')
  expect((await api.done('GET', '/renewals/at_risk')).data).toEqual([
    { amount: { amount: 1299, currency: 'EUR' }, invoices: 1, livemode: api.world.shop.livemode },
  ])
  expect((await api.done('GET', '/renewals?queue=failed')).data).toMatchObject([{ asked: { amount: 1299 } }])
})
