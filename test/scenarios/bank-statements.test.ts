/** Money that shows on a bank statement: what is surely whose is booked once, everything else waits for a person. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { bookEntry, putAside, takeBack } from '#modules/billing/bank/book-entry.ts'
import { type BankEntry, findImport, listEntries, listImports, suggestionsFor } from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { referencesOf } from '#modules/billing/bank/match-entries.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findPayment } from '#modules/billing/queries.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { listAttention } from '#modules/people/attention.ts'
import { camtText, type TestPart, type TestStatement } from '../../src/adapters/statements/statements.test-support.ts'
import { dyingAt } from '../support/dying.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const iban = 'DE89370400440532013000'

const openBank = (shop: Shop, name = 'Our bank', own = iban) =>
  transaction(shop, 'save-gateway', (tx) =>
    saveGateway(tx, shop, {
      name,
      kind: 'bank_transfer',
      settings: { account_holder: 'Example TV Ltd', iban: own },
      active: true,
      position: 5,
    }),
  )

/** Orders by transfer; what the buyer is told to write. */
async function orders(
  world: World,
  name: string,
  bank: string,
): Promise<{ purchase: Purchase; reference: string; paymentId: string }> {
  const purchase = await world.customer(name).orders()
  const { paymentId } = await startPayment(world.shop, {
    invoiceId: purchase.invoiceId,
    gatewayAccountId: bank,
    description: 'TV',
    returnUrl: 'https://shop.example/back',
    cancelUrl: 'https://shop.example/no',
  })
  const payment = present(await read(world.shop, (tx) => findPayment(tx, paymentId)))
  return { purchase, paymentId, reference: present(payment.reference) }
}

async function imports(
  world: World,
  bank: string,
  statement: TestStatement,
  fileName = 'statement.xml',
): Promise<string> {
  const id = await importStatement(world.shop, { gatewayAccountId: bank, fileName, content: camtText(statement) })
  await world.settle()
  return id
}

const paid = (...parts: TestPart[]): TestStatement => ({
  entries: parts.map((part, index) => ({ acctRef: `REF-${index}-${part.text ?? part.ref}`, parts: [part] })),
})

const entriesOf = (world: World): Promise<BankEntry[]> =>
  read(world.shop, async (tx) => (await listEntries(tx, {}, { limit: 100 })).reverse())
const states = async (world: World) => (await entriesOf(world)).map(({ status, why }) => [status, why])
const waits = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx))).filter(({ kind }) => kind === 'bank_entries_wait')
const balanceOf = async (world: World) => {
  const { rows } = await world.db.pool.query(
    `select coalesce(sum(balance), 0)::int as kept from accounts where kind = 'customer'`,
  )
  return rows[0].kept
}

scenario('a transfer with its reference is booked, and the same money in other files counts once', async (world) => {
  const bank = await openBank(world.shop)
  const { purchase, reference, paymentId } = await orders(world, 'ana', bank)
  const part = { amount: '12.99', ref: reference.replaceAll(' ', ''), name: 'Ana', iban: 'DE02120300000000202051' }
  const first = {
    id: 'S1',
    sequence: 1,
    opening: '0.00',
    closing: '12.99',
    entries: [{ acctRef: 'A1', parts: [part] }],
  }
  const id = await imports(world, bank, first)
  expect(await purchase.order()).toMatchObject({ status: 'ready' })
  expect(await read(world.shop, (tx) => findPayment(tx, paymentId))).toMatchObject({
    status: 'succeeded',
    method: { kind: 'bank_transfer', last4: '2051' },
  })
  expect(await read(world.shop, (tx) => findImport(tx, id))).toMatchObject({
    entries: 1,
    known: 0,
    booked: 1,
    waiting: 0,
    nextMatchAt: null,
  })

  // The same file, the same entry in a notice, and in a file that does not tell the bank's name of it.
  expect(await imports(world, bank, first)).toBe(id)
  await imports(world, bank, { ...first, notice: true, id: 'N1' }, 'notice.xml')
  const unnamed = { ...first, entries: [{ parts: [part] }] }
  await imports(world, bank, { ...unnamed, notice: true, id: 'N1b' }, 'other.xml')
  expect(await states(world)).toEqual([
    ['booked', null],
    ['aside', 'twin'],
  ])
  expect(await purchase.periods()).toHaveLength(1)
  expect(await balanceOf(world)).toBe(0)
  expect(await waits(world)).toEqual([])
  expect(await read(world.shop, (tx) => listImports(tx, { limit: 10 }))).toHaveLength(3)
  // In the same kind of file it may be a second payment that says the same: a person looks.
  await imports(world, bank, { ...unnamed, id: 'S2' }, 'again.xml')
  expect((await states(world)).at(-1)).toEqual(['waiting', 'twin'])
  expect(await waits(world)).toHaveLength(1)
  expect(await purchase.periods()).toHaveLength(1)
})

scenario(
  'what is written in the text, in any case and spacing, and the number of an invoice are enough',
  async (world) => {
    const bank = await openBank(world.shop)
    const ana = await orders(world, 'ana', bank)
    const ben = await orders(world, 'ben', bank)
    await imports(
      world,
      bank,
      paid(
        {
          amount: '12.99',
          text: `tv order ${ana.reference.toLowerCase().slice(0, 11)} ${ana.reference.slice(11)} thanks`,
        },
        { amount: '12.99', text: 'first', endToEnd: ben.reference.replaceAll(' ', '') },
      ),
    )
    expect(await states(world)).toEqual([
      ['booked', null],
      ['booked', null],
    ])
    await world.until('2026-02-27')
    const [open] = (await world.customer('ana').invoices()).filter(({ status }) => status === 'open')
    const number = `${present(open).series}-${String(present(open).number).padStart(5, '0')}`
    await imports(
      world,
      bank,
      paid({ amount: '12.99', text: `Rechnung ${number.replaceAll('-', ' ').toLowerCase()}.` }),
      'later.xml',
    )
    expect((await states(world)).at(-1)).toEqual(['booked', null])
    expect(await ana.purchase.periods()).toHaveLength(2)
  },
)

scenario('less leaves the invoice open, more and late money becomes the balance', async (world) => {
  const bank = await openBank(world.shop)
  const [less, more, late] = [
    await orders(world, 'ana', bank),
    await orders(world, 'ben', bank),
    await orders(world, 'cem', bank),
  ]
  await cancelOrder(world.shop, late.purchase.orderId)
  await world.settle()
  await imports(
    world,
    bank,
    paid(
      { amount: '10.00', ref: less.reference },
      { amount: '15.00', ref: more.reference },
      { amount: '12.99', ref: late.reference },
    ),
  )
  expect(await states(world)).toEqual([
    ['booked', null],
    ['booked', null],
    ['booked', null],
  ])
  expect(await less.purchase.order()).toMatchObject({ status: 'awaiting_payment' })
  expect(await more.purchase.order()).toMatchObject({ status: 'ready' })
  expect(await late.purchase.order()).toMatchObject({ status: 'canceled' })
  expect(await balanceOf(world)).toBe(201 + 1299)
  // The rest comes under the same reference: it may be the money that somebody marked by hand, so a person looks.
  await imports(world, bank, paid({ amount: '2.99', ref: less.reference }), 'rest.xml')
  const rest = present((await entriesOf(world)).at(-1))
  expect(rest).toMatchObject({ status: 'waiting', why: 'paid_already' })
  await bookEntry(world.shop, rest.id, { invoiceId: less.purchase.invoiceId })
  await world.settle()
  expect(await less.purchase.order()).toMatchObject({ status: 'ready' })
})

scenario('everything else waits, is suggested, and is booked or put aside by one act', async (world) => {
  const bank = await openBank(world.shop)
  const [ana, ben] = [await orders(world, 'ana', bank), await orders(world, 'ben', bank)]
  const marked = await orders(world, 'cem', bank)
  await markReceived(world.shop, {
    invoiceId: marked.purchase.invoiceId,
    amount: { minor: 1299n, currency: 'EUR' },
    reference: 'seen on the phone',
  })
  await imports(world, bank, {
    entries: [
      { acctRef: '1', parts: [{ amount: '12.99', text: 'thank you', iban: 'DE02120300000000202051' }] },
      { acctRef: '2', parts: [{ amount: '12.99', text: `${ana.reference} ${ben.reference}` }] },
      { acctRef: '3', currency: 'USD', parts: [{ amount: '12.99', ref: ana.reference }] },
      { acctRef: '4', parts: [{ amount: '12.99', ref: marked.reference }] },
      { acctRef: '5', parts: [{ amount: '12.99', ref: 'RF18539007547034' }] },
      { acctRef: '6', kind: 'DBIT', parts: [{ amount: '3.00', text: 'fee' }] },
      { acctRef: '7', kind: 'DBIT', parts: [{ amount: '12.99', text: `return ${ana.reference}` }] },
      { acctRef: '8', reversal: true, parts: [{ amount: '1.00' }] },
      { acctRef: '9', parts: [{ amount: '5.00', text: 'INV-2026-00001' }] },
    ],
  })
  expect(await states(world)).toEqual([
    ['waiting', 'no_reference'],
    ['waiting', 'several_references'],
    ['waiting', 'other_currency'],
    ['waiting', 'paid_already'],
    ['waiting', 'unknown_reference'],
    ['noted', null],
    ['waiting', 'came_back'],
    ['waiting', 'came_back'],
    ['waiting', 'invoice_closed'],
  ])
  expect(await waits(world)).toMatchObject([{ title: '8 entries on the bank account wait for you' }])
  const [unnamed, both, dollars, , , , back] = await entriesOf(world)
  const suggested = await read(world.shop, (tx) => suggestionsFor(tx, present(both), referencesOf(present(both))))
  expect(suggested.map(({ invoiceId, because }) => [invoiceId, because]).sort()).toEqual(
    [
      [ana.purchase.invoiceId, 'reference'],
      [ben.purchase.invoiceId, 'reference'],
    ].sort(),
  )

  await bookEntry(world.shop, present(unnamed).id, { customerId: await world.customer('ana').id() })
  await world.settle()
  expect(await ana.purchase.order()).toMatchObject({ status: 'ready' })
  // Whoever paid before is known by his account.
  await world.until('2026-02-27')
  await imports(world, bank, paid({ amount: '1.00', text: 'again', iban: 'DE02120300000000202051' }), 'again.xml')
  const again = present((await entriesOf(world)).at(-1))
  expect(await read(world.shop, (tx) => suggestionsFor(tx, again, []))).toMatchObject([{ because: 'payer' }])

  await expect(bookEntry(world.shop, present(unnamed).id, { invoiceId: ben.purchase.invoiceId })).rejects.toThrow(
    'booked already',
  )
  await expect(bookEntry(world.shop, present(dollars).id, { invoiceId: ben.purchase.invoiceId })).rejects.toThrow(
    'currency',
  )
  await expect(bookEntry(world.shop, present(back).id, { invoiceId: ben.purchase.invoiceId })).rejects.toThrow(
    'left the account',
  )
  await expect(putAside(world.shop, present(unnamed).id, 'x')).rejects.toThrow('booked already')
  await putAside(world.shop, present(dollars).id, 'sent back')
  await putAside(world.shop, present(dollars).id, 'sent back')
  expect((await entriesOf(world))[2]).toMatchObject({ status: 'aside', reason: 'sent back', decidedBy: 'system' })
  await expect(bookEntry(world.shop, present(dollars).id, { invoiceId: ben.purchase.invoiceId })).rejects.toThrow(
    'does not wait',
  )
  await takeBack(world.shop, present(dollars).id)
  expect((await entriesOf(world))[2]).toMatchObject({ status: 'waiting', reason: null })
  for (const { id, status } of await entriesOf(world)) if (status === 'waiting') await putAside(world.shop, id, 'done')
  expect(await waits(world)).toEqual([])
})

scenario(
  'a file of another account, or one that does not add up, changes nothing; a missing statement is told',
  async (world) => {
    const bank = await openBank(world.shop)
    const entries = [{ parts: [{ amount: '1.00', text: 'x' }] }]
    for (const statement of [
      { iban: 'DE02120300000000202051', entries },
      { opening: '0.00', closing: '2.00', entries },
    ])
      await expect(
        importStatement(world.shop, { gatewayAccountId: bank, fileName: 'x', content: camtText(statement) }),
      ).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(
      importStatement(world.shop, { gatewayAccountId: world.gatewayId, fileName: 'x', content: camtText({ entries }) }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await entriesOf(world)).toEqual([])
    await imports(world, bank, { id: 'S1', sequence: 1, entries }, '1.xml')
    const third = await imports(world, bank, { id: 'S3', sequence: 3, entries }, '3.xml')
    expect(await read(world.shop, (tx) => findImport(tx, third))).toMatchObject({ missingStatements: true })
  },
)

scenario('money for one account that came to the other is booked where it is', async (world) => {
  const bank = await openBank(world.shop)
  const second = await openBank(world.shop, 'Other bank', 'DE02120300000000202051')
  const { purchase, reference } = await orders(world, 'ana', bank)
  await imports(world, second, {
    iban: 'DE02120300000000202051',
    entries: [{ parts: [{ amount: '12.99', ref: reference }] }],
  })
  expect((await purchase.payments()).map(({ gatewayAccountId, status }) => [gatewayAccountId, status])).toContainEqual([
    second,
    'succeeded',
  ])
  expect(await purchase.order()).toMatchObject({ status: 'ready' })
})

scenario('killed at any of its points, an import goes on to the same end', async (world) => {
  const bank = await openBank(world.shop)
  /** Imports a file of two entries and dies at the nth point; 0: lives, and tells the points that it came by. */
  async function walk(deadly: number): Promise<string[]> {
    const { purchase, reference } = await orders(world, `ana${deadly}`, bank)
    await world.settle()
    const content = camtText({
      id: `S${deadly}`,
      entries: [
        { acctRef: `A${deadly}`, parts: [{ amount: '12.99', ref: reference }] },
        { acctRef: `B${deadly}`, parts: [{ amount: '1.00', text: 'who' }] },
      ],
    })
    const upload = { gatewayAccountId: bank, fileName: 'x.xml', content }
    const { points, dead } = await dyingAt(deadly, async () => {
      await importStatement(world.shop, upload)
      await world.settle()
    })
    expect(dead).toBe(deadly > 0)
    if (dead) world.failures.length = 0
    // Whoever asked does not know, and hands it in again; the sweep finds what the dead one left.
    world.clock.advance({ minutes: 1 })
    await importStatement(world.shop, upload)
    await world.settle()
    const where = `died at ${points[deadly - 1]}`
    expect(await purchase.order(), where).toMatchObject({ status: 'ready' })
    const mine = (await entriesOf(world)).slice(-2)
    expect(mine.map(({ status }) => status).sort(), where).toEqual(['booked', 'waiting'])
    return points
  }
  const all = await walk(0)
  const own = all.findLastIndex((point) => point.startsWith('entries-matched')) + 1
  expect(own).toBeGreaterThan(8)
  for (let deadly = 1; deadly <= own; deadly++) await walk(deadly)
  expect(await balanceOf(world)).toBe(0)
})
