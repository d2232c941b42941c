/** Payouts in the console: asked for, looked at, tied to the bank's entry, accepted with a reason, taken back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listEntries } from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { listPayouts } from '#modules/billing/payouts/payouts.ts'
import { atProvider } from '../../../test/support/strange-money.ts'
import { camtText } from '../../adapters/statements/statements.test-support.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

const read = <T>(work: Parameters<typeof transaction<T>>[2]) => transaction(console.shop, 'read', work)

test('what the gateway kept and paid out is asked for, tied to the bank, accepted and taken back', async () => {
  const paymentId = await (await console.customer('ana').orders()).pays()
  await console.settle()
  await atProvider(console, '/__payout', { account: 'sandbox_key_northwind' }, 'p1')
  const asked = await owner.post('/admin/books/payouts', { act: 'ask' })
  expect(asked.status).toBe(303)
  await console.settle()
  const [payout] = await read((tx) => listPayouts(tx, {}, { limit: 5 }))
  const page = `/admin/books/payouts/${payout?.id}`
  expect(await owner.text('/admin/books/payouts')).toContain('Arrived')
  expect(await owner.text(page)).toContain('It was found on no statement yet.')
  const payment = await owner.text(`/admin/payments/${paymentId}`)
  expect(payment).toContain('Kept by the gateway')
  expect(payment).toContain('Left of it')
  const bank = await transaction(console.shop, 'save-gateway', (tx) =>
    saveGateway(tx, console.shop, {
      name: 'Our bank',
      kind: 'bank_transfer',
      settings: { account_holder: 'Northwind', iban: 'DE89370400440532013000' },
      active: true,
      position: 5,
    }),
  )
  const day = console.clock.now().toZonedDateTimeISO('UTC').toPlainDate().toString()
  const content = camtText({
    entries: [{ day, acctRef: 'x', parts: [{ amount: '12.00', name: 'ACQUIRER', text: 'a' }] }],
  })
  await importStatement(console.shop, { gatewayAccountId: bank, fileName: 'a.xml', content })
  await console.settle()
  const [entry] = await read((tx) => listEntries(tx, { status: 'waiting' }, { limit: 5 }))
  expect(await owner.text(page)).toContain('This is it')
  await owner.post(page, { act: 'match', entry: entry?.id ?? '' })
  expect(await owner.text(page)).toContain('Another sum arrived at the bank')
  expect((await owner.post(page, { act: 'settle', reason: '' })).status).toBe(422)
  await owner.post(page, { act: 'settle', reason: 'kept on the way' })
  const settled = await owner.text(page)
  expect(settled).toContain('Accepted: kept on the way')
  expect(settled).not.toContain('Another sum arrived at the bank')
  expect((await owner.post(page, { act: 'undo' })).status).toBe(303)
  expect(await owner.text(page)).toContain('Taken back')
})
