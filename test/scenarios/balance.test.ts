/** What a customer has with us pays what he owes: whole by itself, oldest first, never while other money is on its way, never twice (F11, F12, F24). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { spendBalance, spendBalanceFor } from '#modules/billing/spend-balance.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { available } from '#modules/ledger/holds.ts'
import { customerBalance } from '#modules/ledger/rules.ts'
import { readSetting, saveSetting } from '#modules/people/settings.ts'
import { lifeSetting } from '#modules/subscriptions/life-settings.ts'
import { aCoupon } from '../support/coupons.ts'
import { scenario } from '../support/scenario.ts'
import { chooseAtSandbox, type Purchase, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

const balanceOf = async (world: World, name: string): Promise<bigint> => {
  const id = await world.customer(name).id()
  return read(world.shop, (tx) => available(tx, customerBalance('EUR', id)))
}

const receives = (world: World, { invoiceId }: Pick<Purchase, 'invoiceId'>, minor: bigint, reference: string) =>
  markReceived(world.shop, { invoiceId, amount: { minor, currency: 'EUR' }, reference })

const invoiceOf = async (world: World, id: string) => present(await read(world.shop, (tx) => findInvoice(tx, id)))

scenario('F24: a surplus that covers the renewal pays it when it is invoiced, and the line goes on', async (world) => {
  const ana = await world.customer('ana').orders()
  await receives(world, ana, 3000n, 'too much')
  await world.settle()
  expect(await balanceOf(world, 'ana')).toBe(1701n)
  await world.until('2026-03-05')
  expect((await world.customer('ana').invoices()).map(({ status }) => status)).toEqual(['paid', 'paid'])
  expect(await balanceOf(world, 'ana')).toBe(402n)
  expect(await ana.subscription()).toMatchObject({ status: 'active' })
  // Too little for the next one: it is asked for as ever, and staff may use the rest for a part.
  await world.until('2026-03-25')
  const open = present((await world.customer('ana').invoices())[0])
  expect(open).toMatchObject({ status: 'open', paidMinor: 0n })
  expect((await spendBalanceFor(world.shop, open.id)).minor).toBe(402n)
  expect(await invoiceOf(world, open.id)).toMatchObject({ status: 'open', paidMinor: 402n })
  await expect(spendBalanceFor(world.shop, open.id)).rejects.toMatchObject({ code: 'conflict' })
})

scenario('where the business says so, it waits until somebody uses it', async (world) => {
  await transaction(world.shop, 'life', async (tx) =>
    saveSetting(tx, world.shop, lifeSetting, {
      ...(await readSetting(tx, world.shop, lifeSetting)),
      balance: 'when_asked',
    }),
  )
  const ben = await world.customer('ben').orders()
  await receives(world, ben, 3000n, 'too much')
  await world.until('2026-02-25')
  const open = present((await world.customer('ben').invoices())[0])
  expect(open.status).toBe('open')
  await spendBalanceFor(world.shop, open.id)
  await world.settle()
  expect((await invoiceOf(world, open.id)).status).toBe('paid')
})

scenario('F11: while a payment is on its way the balance keeps off its invoice', async (world) => {
  const cem = await world.customer('cem').orders()
  await receives(world, cem, 3000n, 'too much')
  await world.settle()
  const second = await world.customer('cem').orders({ username: 'cem2' })
  await second.pays('later')
  await world.settle()
  await expect(spendBalanceFor(world.shop, second.invoiceId)).rejects.toMatchObject({ code: 'in_progress' })
  // Nor by itself, as what comes in and what is invoiced would have it.
  await spendBalance(world.shop, await world.customer('cem').id())
  expect(await invoiceOf(world, second.invoiceId)).toMatchObject({ status: 'draft', paidMinor: 0n })
  expect(await balanceOf(world, 'cem')).toBe(1701n)
  await world.gateway.app.fetch(
    new Request(`${world.gatewayOrigin}/__settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  )
  await world.settle()
  expect(await invoiceOf(world, second.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1299n })
  expect(await balanceOf(world, 'cem')).toBe(1701n)
})

scenario('F11: what the balance pays closes its open page, which takes no money any more', async (world) => {
  const cem = await world.customer('cem').orders()
  await receives(world, cem, 3000n, 'too much')
  await world.settle()
  const second = await world.customer('cem').orders({ username: 'cem2' })
  const { redirectUrl } = await startPayment(world.shop, {
    invoiceId: second.invoiceId,
    gatewayAccountId: world.gatewayId,
    returnUrl: 'http://shop.example/r',
    cancelUrl: 'http://shop.example/c',
    description: 'TV',
  })
  const customerId = await world.customer('cem').id()
  await Promise.allSettled([spendBalanceFor(world.shop, second.invoiceId), spendBalance(world.shop, customerId)])
  await chooseAtSandbox(world.app, world.gatewayOrigin, redirectUrl?.split('/').at(-1) ?? '', 'pay')
  await world.pass({ hours: 30 })
  expect(await second.payments()).toMatchObject([{ status: 'canceled', receivedMinor: 0n }])
  expect(await invoiceOf(world, second.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1299n })
  expect(await balanceOf(world, 'cem')).toBe(402n)
})

scenario('F56: an order with a discount takes from the balance what it asks for, and no more', async (world) => {
  await aCoupon(world)
  await receives(world, await world.customer('eve').orders(), 3000n, 'too much')
  await world.settle()
  const half = await world.customer('eve').orders({ username: 'eve2', coupon: 'HALF' })
  const { totalMinor } = await invoiceOf(world, half.invoiceId)
  expect(totalMinor).toBe(649n)
  expect((await spendBalanceFor(world.shop, half.invoiceId)).minor).toBe(649n)
  await world.settle()
  expect(await balanceOf(world, 'eve')).toBe(1701n - 649n)
  expect(await half.order()).toMatchObject({ status: 'ready' })
})

scenario('F12: declined, paid from the balance, and then paid after all: what is too much is his', async (world) => {
  const dan = await world.customer('dan').orders()
  await dan.pays('decline')
  await world.settle()
  // Too much for another order lies on his balance, and pays the one that was declined.
  await receives(world, await world.customer('dan').orders({ username: 'dan2' }), 3000n, 'too much')
  await world.settle()
  await spendBalanceFor(world.shop, dan.invoiceId)
  await world.settle()
  expect(await invoiceOf(world, dan.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1299n })
  const before = await balanceOf(world, 'dan')
  // The page was open still, and the gateway takes it after all: the invoice is not paid by both.
  await chooseAtSandbox(world.app, world.gatewayOrigin, present((await dan.payments())[0]?.remoteRef), 'pay')
  await world.pass({ hours: 30 })
  const brought = (await dan.payments()).reduce((sum, { receivedMinor }) => sum + receivedMinor, 0n)
  expect(await invoiceOf(world, dan.invoiceId)).toMatchObject({ status: 'paid', paidMinor: 1299n })
  expect(brought).toBe(1299n)
  expect(await balanceOf(world, 'dan')).toBe(before + brought)
})

test('F60: in whatever order money, balance and refunds meet, no invoice is paid twice and no cent is made or lost', async () => {
  const world = await createWorld()
  try {
    let number = 0
    const act = fc.record({
      kind: fc.constantFrom('receive', 'use', 'sweep', 'refund', 'keep'),
      minor: fc.integer({ min: 1, max: 2600 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), async (acts) => {
        number += 1
        const name = `who${number}`
        const orders = [
          await world.customer(name).orders(),
          await world.customer(name).orders({ username: `${name}b` }),
        ]
        const payments: string[] = []
        let received = 0n
        let kept = 0n
        for (const [index, { kind, minor }] of acts.entries()) {
          const order = present(orders[index % 2])
          const amount = { minor: BigInt(minor), currency: 'EUR' }
          const done = <T>(work: Promise<T>) =>
            work.catch((error: { code?: string }) => {
              expect(['conflict', 'already_settled', 'invalid_input', 'in_progress']).toContain(error.code)
              return null
            })
          if (kind === 'receive') {
            const id = await done(receives(world, order, amount.minor, `R${index}`))
            if (id !== null) {
              payments.push(id)
              received += amount.minor
            }
          }
          if (kind === 'use') await done(spendBalanceFor(world.shop, order.invoiceId))
          if (kind === 'sweep') await spendBalance(world.shop, await world.customer(name).id())
          const paid = payments[index % Math.max(1, payments.length)]
          if ((kind === 'refund' || kind === 'keep') && paid !== undefined)
            if (
              (await done(refundPayment(world.shop, paid, amount, 'x', kind === 'keep' ? 'balance' : 'source'))) !==
                null &&
              kind === 'keep'
            )
              kept += amount.minor
        }
        await world.settle()
        let allocated = 0n
        for (const { invoiceId } of orders) {
          const invoice = await invoiceOf(world, invoiceId)
          expect(invoice.paidMinor <= invoice.totalMinor).toBe(true)
          allocated += invoice.paidMinor
        }
        expect((await balanceOf(world, name)) >= 0n).toBe(true)
        // What was given back to the balance may pay once more; nothing else pays twice.
        expect(allocated <= received + kept).toBe(true)
        expect((await world.proof()).broken).toEqual([])
      }),
      { numRuns: 8 },
    )
  } finally {
    await world.close()
  }
}, 120_000)
