/** Each way in which money goes astray is booked, seen, and one form away from its right place. The same by programs: `api/strayed-money.test.ts`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { listEntries } from '#modules/billing/bank/entries.ts'
import { paysInDollars, straysOf } from '../../../test/support/foreign.ts'
import { present } from '../../../test/support/stories.ts'
import { type Strayed, strayMoney } from '../../../test/support/strayed.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
let strayed: Strayed
beforeAll(async () => {
  console = await createConsole()
  strayed = await strayMoney(console)
  owner = await console.person('owner')
}, 90_000)
afterAll(() => console.close())

const paymentOf = async (of: 'late' | 'half') =>
  present((await strayed[of].payments()).find(({ receivedMinor }) => receivedMinor > 0n))
const balance = async (of: 'late' | 'half'): Promise<number> => {
  const { rows } = await console.db.pool.query(
    `select coalesce(sum(a.balance), 0)::int as kept from accounts a join orders o on a.id = 'customer/EUR/' || o.customer_id where o.id = $1`,
    [strayed[of].orderId],
  )
  return rows[0].kept
}
const entry = async (id: string) =>
  present(
    (await transaction(console.shop, 'read', (tx) => listEntries(tx, {}, { limit: 10 }))).find(
      (each) => each.id === id,
    ),
  )

test('late money for an order that is over lies on the balance, is shown, and goes back by one form', async () => {
  expect(await strayed.late.order()).toMatchObject({ status: 'canceled' })
  expect(await balance('late')).toBe(1299)
  const { id } = await paymentOf('late')
  const attention = await (await owner.get('/admin/attention')).text()
  expect(attention).toContain('12.99 EUR more than was owed')
  expect(attention).toContain(`/admin/payments/${id}`)
  const path = `/admin/payments/${id}/refund`
  expect(
    (await owner.post(path, { amount: '13.00', reason: 'too late', form_key: 'form-of-money-late-1' })).status,
  ).not.toBe(303)
  expect((await owner.post(path, { amount: '', reason: 'too late', form_key: 'form-of-money-late-2' })).status).toBe(
    422,
  )
  expect(await balance('late')).toBe(1299)
  expect(
    (await owner.post(path, { amount: '12.99', reason: 'too late', form_key: 'form-of-money-late-3' })).status,
  ).toBe(303)
  // Who sent coins says where they shall go; until then they are kept for him.
  expect(await owner.text(`/admin/payments/${id}`)).toContain('too late')
})

test('half in coins pays its part, is shown, and what is missing is entered by one form', async () => {
  const attention = await (await owner.get('/admin/attention')).text()
  expect(attention).toMatch(/6\.50 EUR less than was owed/)
  expect(attention).toContain(`/admin/invoices/${strayed.half.invoiceId}`)
  const { status, receivedMinor } = await paymentOf('half')
  expect([status, receivedMinor]).toEqual(['succeeded', 649n])
  const path = `/admin/invoices/${strayed.half.invoiceId}`
  expect(
    (
      await owner.post(path, {
        act: 'mark_received',
        amount: 'six',
        reference: 'in cash',
        form_key: 'form-of-money-half-1',
      })
    ).status,
  ).toBe(422)
  expect(
    (
      await owner.post(path, {
        act: 'mark_received',
        amount: '6.50',
        reference: 'in cash',
        form_key: 'form-of-money-half-2',
      })
    ).status,
  ).toBe(303)
  await console.settle()
  expect(await strayed.half.order()).toMatchObject({ status: 'ready' })
  expect(await owner.text('/admin/attention')).not.toContain('less than was owed')
})

test('a transfer without a reference waits, and is booked where somebody says', async () => {
  const { id } = strayed.unnamed
  expect(await owner.text('/admin/attention')).toContain('2 entries on the bank account wait for you')
  expect(await owner.text('/admin/bank')).toContain('for the television')
  const path = `/admin/bank/${id}`
  expect((await owner.post(path, { act: 'book', invoice_id: 'inv_nobody' })).status).toBe(422)
  expect((await entry(id)).status).toBe('waiting')
  expect((await owner.post(path, { act: 'book', invoice_id: strayed.unnamedOf.invoiceId })).status).toBe(303)
  await console.settle()
  expect(await strayed.unnamedOf.order()).toMatchObject({ status: 'ready' })
})

const strayOf = async (which: 'counted' | 'kept' | 'returned') =>
  present((await straysOf(console, strayed.abroad[which].paymentId))[0])

test('a payment in another currency is booked, shown, and has its place by one form', async () => {
  const { counted, kept, returned } = strayed.abroad
  const path = ({ paymentId }: { paymentId: string }) => `/admin/payments/${paymentId}`
  const attention = await (await owner.get('/admin/attention')).text()
  expect(attention).toContain('14.00 USD came for an invoice in EUR')
  for (const each of [counted, kept, returned]) expect(attention).toContain(path(each))
  const page = await owner.text(path(counted))
  for (const words of ['14.00 USD wait for their place', 'Count it for its invoice', 'Keep as balance', 'Give it back'])
    expect(page).toContain(words)
  const sends = (of: typeof counted, act: string, more: Record<string, string>, who: Person = owner) =>
    who.post(path(of), { act, stray_money: of.strayId, ...more })

  const reason = 'his bank changed it'
  expect((await sends(counted, 'count_stray', { worth: 'twelve', reason })).status).toBe(422)
  expect((await sends(counted, 'count_stray', { worth: '12.99', reason: '' })).status).toBe(422)
  expect((await sends({ ...counted, strayId: kept.strayId }, 'count_stray', { worth: '12.99', reason })).status).toBe(
    404,
  )
  expect((await sends(counted, 'sell_stray', { reason })).status).toBe(400)
  expect(await strayOf('counted')).toMatchObject({ state: 'open' })
  expect((await sends(counted, 'count_stray', { worth: '12.99', reason })).status).toBe(303)
  await console.settle()
  expect(await counted.order()).toMatchObject({ status: 'ready' })
  expect(await owner.text(path(counted))).toContain('14.00 USD counted as 12.99 EUR')
  // Sent twice, it finds nothing any more.
  expect((await sends(counted, 'count_stray', { worth: '12.99', reason })).status).toBe(409)
  expect((await counted.payments())[0]).toMatchObject({ receivedMinor: 1_299n })

  expect((await sends(kept, 'keep_stray', { reason: 'next month' })).status).toBe(303)
  expect(await owner.text(path(kept))).toContain('14.00 USD kept as the customer’s balance')
  expect((await sends(returned, 'return_stray', { reason: 'we sell in euros' })).status).toBe(303)
  await console.settle()
  expect(await strayOf('returned')).toMatchObject({ state: 'returned' })
  expect(await owner.text(path(returned))).toContain('14.00 USD went back at the gateway')
  expect(await owner.text('/admin/attention')).not.toContain('came for an invoice in EUR')
})

test('who may see payments only, or only take money in, decides no more than that', async () => {
  const bought = await console.customer('limited').orders()
  const { paymentId } = await paysInDollars(console, bought)
  const [stray] = await straysOf(console, paymentId)
  const path = `/admin/payments/${paymentId}`
  const form = (act: string) => ({ act, stray_money: present(stray).id, worth: '12.99', reason: 'x' })
  const desk = await console.person('support')
  for (const act of ['count_stray', 'keep_stray', 'return_stray'])
    expect((await desk.post(path, form(act))).status, act).toBe(403)
  expect((await straysOf(console, paymentId))[0]).toMatchObject({ state: 'open' })
  // Money goes out only to somebody who signed in a moment ago.
  await console.pass({ hours: 2 })
  const asked = await owner.post(path, form('return_stray'))
  expect([asked.status, asked.headers.get('location')]).toEqual([302, `/admin/confirm?to=${encodeURIComponent(path)}`])
  expect((await straysOf(console, paymentId))[0]).toMatchObject({ state: 'open', returnedMinor: 0n })
  expect((await owner.post(path, form('keep_stray'))).status).toBe(303)
})

test('money in another currency pays nothing by itself: it waits, and is put aside with what became of it', async () => {
  const { id } = strayed.foreign
  const other = await console.customer('other').orders()
  const path = `/admin/bank/${id}`
  expect(await owner.text(path)).toContain('from abroad')
  const refused = await owner.post(path, { act: 'book', invoice_id: other.invoiceId })
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('This invoice is in EUR')])
  expect((await entry(id)).status).toBe('waiting')
  expect((await owner.post(path, { act: 'put_aside', reason: 'sent back on Monday' })).status).toBe(303)
  expect(await entry(id)).toMatchObject({ status: 'aside', reason: 'sent back on Monday' })
  expect(await owner.text('/admin/attention')).not.toContain('on the bank account')
  expect((await console.proof()).broken).toEqual([])
})
