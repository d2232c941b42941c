/**
 * A buyer, his bank or his wallet takes money back: the books, the line and every way to buy follow what the gateway says, in whatever
 * order it is told and however often (M7, B-13).
 */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { previewCancel } from '#modules/billing/cancel-subscription.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import {
  decideDispute,
  enterDispute,
  type NewDispute,
  releaseCustomer,
} from '#modules/billing/disputes/dispute-by-hand.ts'
import { evidenceOf, sendEvidence } from '#modules/billing/disputes/evidence.ts'
import { disputesOf } from '#modules/billing/disputes/queries.ts'
import { refreshDispute } from '#modules/billing/disputes/refresh-dispute.ts'
import { renderEvidencePdf } from '#modules/billing/disputes/render-evidence.ts'
import type { Dispute } from '#modules/billing/disputes/rules.ts'
import { disputeSetting } from '#modules/billing/disputes/settings.ts'
import type { Payment } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { sumOf } from '#modules/ledger/holds.ts'
import { clearing, disputedMoney, fees, writeOff } from '#modules/ledger/rules.ts'
import { listAttention } from '#modules/people/attention.ts'
import { addMember } from '#modules/people/memberships.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { restoreByHand } from '#modules/subscriptions/move-end.ts'
import { rows, sql } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import { paypal } from '../../src/imitations/gateways/paypal.ts'
import { stripe } from '../../src/imitations/gateways/stripe.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, parsedMails, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

const secret = 'whsec_imitated'

async function withStripe(world: World) {
  const gateway = await world.addGateway(stripe, (api_base) => ({
    api_base,
    api_key: 'sk_test_disputes',
    notice_secret: secret,
  }))
  let events = 0
  /** As Stripe would: signed, about an object by its id. */
  async function tells(type: string, object: Record<string, unknown>): Promise<void> {
    events += 1
    const seconds = Math.floor(world.clock.now().epochMilliseconds / 1000)
    const event = { id: `evt_${events}`, object: 'event', type, created: seconds, livemode: false, data: { object } }
    const body = JSON.stringify(event)
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
    expect(await gateway.hears(body, { 'stripe-signature': `t=${seconds},v1=${signature}` })).toBe('stored')
    await world.settle()
  }
  return {
    id: gateway.id,
    tells,
    does: async (path: string, body: unknown) => (await gateway.does(path, body)) as Record<string, string>,
    /** Bought and paid on the page. */
    async buys(name: string) {
      const bought = await world.customer(name).orders()
      const { redirectUrl, paymentId } = await startPayment(world.shop, paying(bought, gateway.id))
      const session = present((await bought.payments())[0]?.remoteRef)
      expect(redirectUrl).toContain(session)
      const paid = (await gateway.does('/__pay', { session, how: 'card' })) as Record<string, string>
      await tells('checkout.session.completed', { id: session, client_reference_id: paymentId })
      return { bought, paymentId, intent: present(paid.payment_intent) }
    },
  }
}

const paying = ({ invoiceId }: Pick<Purchase, 'invoiceId'>, gatewayAccountId: string) => ({
  invoiceId,
  gatewayAccountId,
  returnUrl: 'http://shop.example/r',
  cancelUrl: 'http://shop.example/c',
  description: 'Family monthly',
})

const paypalKeys = { client_id: paypal.defaults.client_id, client_secret: paypal.defaults.client_secret }

const captureOf = async (world: World, paymentId: string): Promise<string | undefined> =>
  (
    await read(world.shop, (tx) =>
      rows(
        tx,
        sql<{
          id: string
        }>`select fact_id as id from money_facts where business_id = current_business() and payment_id = ${paymentId} and kind = 'capture'`,
      ),
    )
  )[0]?.id

/** As after a notice of PayPal's, whose signature has tests of its own. */
async function refreshFrom(world: World, gateway: string, disputeRef: string): Promise<void> {
  await refreshDispute(world.shop, gateway, disputeRef, null, async () => {})
  await world.settle()
}

const byHand = ({ id, receivedMinor, currency }: Payment): NewDispute => ({
  paymentId: id,
  amount: { minor: receivedMinor, currency },
  fee: null,
  reason: 'a letter of the acquirer',
  kind: 'card',
  withdrawn: true,
  evidenceDueAt: null,
})

const disputes = (world: World, paymentId: string): Promise<Dispute[]> =>
  read(world.shop, (tx) => disputesOf(tx, paymentId))

const books = (world: World, gateway: string) =>
  read(world.shop, async (tx) => ({
    clearing: await sumOf(tx, clearing('EUR', gateway)),
    disputed: await sumOf(tx, disputedMoney('EUR', gateway)),
    fees: await sumOf(tx, fees('EUR', gateway)),
    lost: await sumOf(tx, writeOff('EUR')),
  }))

const attention = async (world: World) =>
  (await read(world.shop, (tx) => listAttention(tx)))
    .filter(({ kind }) => kind === 'payment_disputed')
    .map(({ subjectType, title }) => [subjectType, title])

scenario(
  'opened: money and fee leave the books, the line goes off, and no way to buy or to charge is left; won: all comes back',
  async (world) => {
    const bank = await withStripe(world)
    for (const role of ['owner', 'support'] as const)
      await transaction(world.shop, 'staff', (tx) =>
        addMember(tx, world.shop, 'system', { userId: `usr_${role}`, email: `${role}@shop.example`, role }),
      )
    const { bought, paymentId, intent } = await bank.buys('ana')
    const paid = present((await bought.payments())[0]).receivedMinor
    const told = await bank.does('/__dispute', { payment_intent: intent })
    for (let time = 0; time < 3; time += 1)
      await bank.tells('charge.dispute.created', { id: told.id, payment_intent: intent })

    const [dispute] = await disputes(world, paymentId)
    expect(dispute).toMatchObject({
      status: 'open',
      kind: 'card',
      amountMinor: paid,
      withdrawnMinor: paid,
      feeMinor: 2000n,
    })
    expect(dispute?.evidenceDueAt?.toString()).toBe('2026-02-09T12:00:00Z')
    expect(await books(world, bank.id)).toEqual({ clearing: 2000n, disputed: -paid, fees: -2000n, lost: 0n })
    expect(await bought.subscription()).toMatchObject({ status: 'suspended' })
    expect(await (await bought.line()).onPanel()).toMatchObject({ enabled: false })
    expect(await attention(world)).toEqual([['dispute', `A payment of 12.99 EUR is disputed`]])
    const alerts = (await parsedMails(world.mailbox.mails)).filter(({ subject }) => subject?.includes('is disputed'))
    expect(alerts.map(({ to }) => [to].flat().map((each) => each?.text))).toEqual([['owner@shop.example']])
    expect(alerts[0]?.text).toContain(`/admin/disputes/${dispute?.id}`)

    // No order, no payment, no refund of what is gone, nothing worth giving back.
    await expect(world.customer('ana').orders({ username: 'ana2' })).rejects.toMatchObject({ code: 'customer_frozen' })
    await expect(refundPayment(world.shop, paymentId, { minor: 1n, currency: 'EUR' }, 'please')).rejects.toMatchObject({
      code: 'invalid_input',
    })
    const { refund } = await read(world.shop, (tx) =>
      previewCancel(tx, world.shop, bought.subscriptionId, world.shop.now()),
    )
    expect(refund.minor).toBe(0n)

    await bank.does('/__settle', { dispute: told.id, outcome: 'won' })
    await bank.tells('charge.dispute.funds_reinstated', { id: told.id, payment_intent: intent })
    await bank.tells('charge.dispute.closed', { id: told.id, payment_intent: intent })
    expect(await disputes(world, paymentId)).toMatchObject([{ status: 'won', withdrawnMinor: 0n, feeMinor: 2000n }])
    // The fee is not given back, won or lost.
    expect(await books(world, bank.id)).toEqual({ clearing: 2000n - paid, disputed: 0n, fees: -2000n, lost: 0n })
    expect(await bought.subscription()).toMatchObject({ status: 'active' })
    expect(await (await bought.line()).onPanel()).toMatchObject({ enabled: true })
    expect(await attention(world)).toEqual([])
    await world.customer('ana').buys({ username: 'ana2' })
  },
)

scenario(
  'lost: booked as a loss, the line ends and its unused time is taken back; he stays frozen until staff let him buy',
  async (world) => {
    const bank = await withStripe(world)
    const { bought, paymentId, intent } = await bank.buys('ben')
    const paid = present((await bought.payments())[0]).receivedMinor
    const told = await bank.does('/__dispute', { payment_intent: intent })
    await bank.does('/__settle', { dispute: told.id, outcome: 'lost' })
    // Both notices at once, the later one first.
    await bank.tells('charge.dispute.closed', { id: told.id, payment_intent: intent })
    await bank.tells('charge.dispute.created', { id: told.id, payment_intent: intent })
    const [dispute] = await disputes(world, paymentId)
    expect(dispute).toMatchObject({ status: 'lost', lostMinor: paid, releasedAt: null })
    expect(await books(world, bank.id)).toEqual({ clearing: 2000n, disputed: 0n, fees: -2000n, lost: -paid })
    const subscription = await bought.subscription()
    expect(subscription).toMatchObject({ status: 'terminated', terminatedBecause: 'refunded' })
    expect(subscription.paidThrough?.toString()).toBe(world.shop.now().toString())
    await expect(world.customer('ben').orders({ username: 'ben2' })).rejects.toMatchObject({ code: 'customer_frozen' })
    await releaseCustomer(world.shop, present(dispute).id, 'he paid by transfer')
    await releaseCustomer(world.shop, present(dispute).id, 'again')
    await world.customer('ben').buys({ username: 'ben2' })
  },
)

scenario('a notice that was lost is made up for: an open dispute is asked about every day', async (world) => {
  const bank = await withStripe(world)
  const { paymentId, intent } = await bank.buys('cem')
  const told = await bank.does('/__dispute', { payment_intent: intent })
  await bank.tells('charge.dispute.created', { id: told.id, payment_intent: intent })
  await bank.does('/__settle', { dispute: told.id, outcome: 'won' })
  await world.until('2026-02-02')
  expect(await disputes(world, paymentId)).toMatchObject([{ status: 'won', withdrawnMinor: 0n }])
})

scenario(
  'PayPal decides first and takes later, or takes first and decides later: the books end the same',
  async (world) => {
    const gateway = await world.addGateway(paypal, (api_base) => ({ api_base, ...paypalKeys }))
    const does = async (path: string, body: unknown) => (await gateway.does(path, body)) as Record<string, string>
    for (const [name, early] of [
      ['dora', true],
      ['emil', false],
    ] as const) {
      const bought = await world.customer(name).orders()
      const { paymentId } = await startPayment(world.shop, paying(bought, gateway.id))
      const order = present((await bought.payments())[0]?.remoteRef)
      await does('/__pay', { order })
      await refreshPayment(world.shop, paymentId)
      await world.settle()
      const [payment] = await bought.payments()
      const capture = present(await captureOf(world, paymentId))
      const opened = await does('/__dispute', { capture })
      const id = present(opened.id)
      if (early) await does('/__dispute', { dispute: id, taken: true })
      await refreshFrom(world, gateway.id, id)
      expect(await disputes(world, paymentId)).toMatchObject([
        { status: 'open', kind: 'wallet', withdrawnMinor: early ? payment?.receivedMinor : 0n },
      ])
      await does('/__dispute', { dispute: id, outcome: 'RESOLVED_BUYER_FAVOUR' })
      await refreshFrom(world, gateway.id, id)
      expect(await disputes(world, paymentId)).toMatchObject([
        { status: 'lost', lostMinor: payment?.receivedMinor, feeMinor: 800n },
      ])
    }
  },
)

scenario('news of a dispute outlive a night in which its gateway cannot be reached', async (world) => {
  const ana = await world.customer('ana').buys()
  const [payment] = await ana.payments()
  await world.strike('gateway', { fault: 'down' })
  await world.takesBack(present(payment?.remoteRef))
  await world.pass({ hours: 20 })
  expect(await disputes(world, present(payment).id)).toEqual([])
  const open = await read(world.shop, (tx) => listAttention(tx))
  expect(open.map(({ kind }) => kind)).not.toContain('notice_failed')
  world.heal('gateway')
  await world.pass({ hours: 7 })
  expect(await disputes(world, present(payment).id)).toMatchObject([
    { status: 'open', amountMinor: payment?.receivedMinor },
  ])
})

scenario('a renewal of a frozen customer is neither asked for nor charged; when he is free it is', async (world) => {
  const ana = await world.customer('ana').buys({ saves: true })
  const [payment] = await ana.payments()
  await transaction(world.shop, 'keep', (tx) =>
    saveSetting(tx, world.shop, disputeSetting, { when_opened: 'keep', when_lost: 'keep' }),
  )
  await world.until('2026-02-10')
  const id = await enterDispute(world.shop, byHand(present(payment)))
  expect(await ana.subscription()).toMatchObject({ status: 'active' })
  await world.until('2026-02-27T18:00:00Z')
  expect(await world.customer('ana').invoices()).toHaveLength(1)
  expect((await ana.messages()).map(({ template }) => template)).not.toContain('renewal_invoice')
  await decideDispute(world.shop, id, 'won')
  await world.until('2026-03-02')
  // Asked for after all, and charged to the saved card as its policy says.
  expect((await world.customer('ana').invoices()).map(({ status }) => status)).toEqual(['paid', 'paid'])
})

scenario('two letters about one payment never take more than it brought', async (world) => {
  const ana = await world.customer('ana').buys({ saves: true })
  const payment = present((await ana.payments())[0])
  const first = await enterDispute(world.shop, { ...byHand(payment), withdrawn: false })
  // Nothing is taken yet, but the bank may take all of it.
  await expect(enterDispute(world.shop, byHand(payment))).rejects.toMatchObject({ code: 'invalid_input' })
  await decideDispute(world.shop, first, 'won')
  const part = { ...byHand(payment), amount: money(payment.receivedMinor - 1n, payment.currency) }
  await enterDispute(world.shop, part)
  await expect(enterDispute(world.shop, { ...part, amount: money(2n, payment.currency) })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await enterDispute(world.shop, { ...part, amount: money(1n, payment.currency) })
  expect((await ana.payments())[0]).toMatchObject({ disputedMinor: payment.receivedMinor })
})

scenario('a charge that was planned before the dispute is not made', async (world) => {
  const ana = await world.customer('ana').buys({ saves: true })
  await world.until('2026-02-22')
  const open = present((await world.customer('ana').invoices())[0])
  expect(open.status).toBe('open')
  await enterDispute(world.shop, byHand(present((await ana.payments())[0])))
  await expect(chargeInvoice(world.shop, { invoiceId: open.id })).rejects.toMatchObject({ code: 'conflict' })
  await expect(
    startPayment(world.shop, paying({ invoiceId: open.id }, (await ana.payments())[0]?.gatewayAccountId ?? '')),
  ).rejects.toMatchObject({
    code: 'customer_frozen',
  })
  await world.until('2026-03-05')
  expect((await world.customer('ana').invoices())[0]?.status).toBe('open')
  expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
})

for (const outcome of ['won', 'lost'] as const)
  scenario(
    `${outcome} before the line was ever up: the order says so, and does not go on waiting for its money`,
    async (world) => {
      const bank = await withStripe(world)
      await world.strike('panel', { fault: 'down' })
      const { bought, paymentId, intent } = await bank.buys('fay')
      const told = await bank.does('/__dispute', { payment_intent: intent })
      await bank.tells('charge.dispute.created', { id: told.id, payment_intent: intent })
      expect(await bought.subscription()).toMatchObject({ status: 'suspended' })
      await world.until('2026-02-01T12:00:00Z', { hours: 1 })
      expect(await bought.order()).toMatchObject({ status: 'delayed', reason: 'Its subscription is suspended.' })
      expect((await bought.messages()).map(({ template }) => template)).not.toContain('setup_delayed')

      world.heal('panel')
      await bank.does('/__settle', { dispute: told.id, outcome })
      await bank.tells('charge.dispute.closed', { id: told.id, payment_intent: intent })
      await world.until('2026-02-01T14:00:00Z', { minutes: 10 })
      expect(await disputes(world, paymentId)).toMatchObject([{ status: outcome }])
      if (outcome === 'won') {
        expect(await bought.order()).toMatchObject({ status: 'ready', reason: '' })
        expect(await (await bought.line()).onPanel()).toMatchObject({ enabled: true })
      } else {
        expect(await bought.order()).toMatchObject({ status: 'canceled', reason: 'ended before its line was up' })
        expect(await world.linesOnPanel()).toEqual([])
      }
    },
  )

scenario(
  'ended before the line was ever up, and brought back: the order goes on, and is ready with its line',
  async (world) => {
    await world.strike('panel', { fault: 'down' })
    const gus = await world.customer('gus').buys()
    await terminateByHand(world.shop, gus.subscriptionId, 'the wrong customer')
    await world.settle()
    expect(await gus.order()).toMatchObject({ status: 'canceled', reason: 'ended before its line was up' })
    world.heal('panel')
    await restoreByHand(world.shop, gus.subscriptionId, 'it was the right one')
    await world.pass({ hours: 1 })
    expect(await gus.order()).toMatchObject({ status: 'ready', reason: '' })
    expect(await (await gus.line()).onPanel()).toMatchObject({ enabled: true })
  },
)

test('however a dispute is told, in parts, twice or backwards, the books end at its last word, and money is conserved', async () => {
  const world = await createWorld()
  try {
    const bank = await withStripe(world)
    let name = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('told', 'settled', 'day', 'refund'), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('won', 'lost'),
        async (steps, outcome) => {
          name += 1
          const { paymentId, intent } = await bank.buys(`buyer${name}`)
          const told = await bank.does('/__dispute', { payment_intent: intent })
          let settled = false
          for (const step of steps) {
            if (step === 'told') await bank.tells('charge.dispute.updated', { id: told.id, payment_intent: intent })
            if (step === 'day') await world.pass({ hours: 25 })
            if (step === 'refund')
              await refundPayment(world.shop, paymentId, { minor: 1n, currency: 'EUR' }, 'x').catch(() => null)
            if (step === 'settled' && !settled) {
              settled = true
              await bank.does('/__settle', { dispute: told.id, outcome })
            }
          }
          if (!settled) await bank.does('/__settle', { dispute: told.id, outcome })
          await bank.tells('charge.dispute.closed', { id: told.id, payment_intent: intent })
          const [dispute] = await disputes(world, paymentId)
          expect(dispute?.status).toBe(outcome)
          expect((await world.proof()).broken).toEqual([])
        },
      ),
      { numRuns: 6 },
    )
  } finally {
    await world.close()
  }
}, 120_000)

scenario('the evidence tells what is on record, as a PDF and to the bank, once', async (world) => {
  const bank = await withStripe(world)
  const { paymentId, intent } = await bank.buys('fay')
  const told = await bank.does('/__dispute', { payment_intent: intent })
  await bank.tells('charge.dispute.created', { id: told.id, payment_intent: intent })
  const [dispute] = await disputes(world, paymentId)
  const id = present(dispute).id
  const file = await read(world.shop, (tx) => evidenceOf(tx, world.shop, id))
  expect(file.sections.map(({ title }) => title)).toEqual([
    'The dispute',
    'The payment',
    'The customer',
    'What was bought',
    'The line fay',
  ])
  expect(file.log.map(([, what]) => what)).toContainEqual(expect.stringMatching(/^Mail “credentials” accepted/))
  expect(
    Buffer.from(await renderEvidencePdf(file))
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-')
  await sendEvidence(world.shop, id)
  expect(await disputes(world, paymentId)).toMatchObject([{ status: 'under_review', evidenceSentBy: world.shop.actor }])
  await expect(sendEvidence(world.shop, id)).rejects.toMatchObject({ code: 'conflict' })
  await bank.does('/__settle', { dispute: told.id, outcome: 'won' })
  await bank.tells('charge.dispute.closed', { id: told.id, payment_intent: intent })
  expect(await disputes(world, paymentId)).toMatchObject([{ status: 'won' }])
})
