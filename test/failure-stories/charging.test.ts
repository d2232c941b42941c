/** What went wrong elsewhere, told as our own stories: charging a saved method, declines, and collecting twice. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { collectInvoice } from '#modules/billing/collect-invoice.ts'
import { askToCollect, type Collection, findCollection } from '#modules/billing/collections.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { makeDefault, removeMethod } from '#modules/billing/payment-methods.ts'
import { type Invoice, type Payment, paymentsOf } from '#modules/billing/queries.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { rehearse } from '#modules/dunning/rehearse.ts'
import { setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { dyingAt } from '../support/dying.ts'
import { scenario } from '../support/scenario.ts'
import { chooseAtSandbox, consent, type Purchase, parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** A renewal that is open, of a customer whose method is kept. */
async function renewing(world: World, name = 'ana', outcomes: string[] = ['pay']) {
  const customer = world.customer(name)
  const bought = await customer.buys({ saves: true })
  await world.script(await customer.id(), ...outcomes)
  const invoice = await invoiceOf(world.shop, bought)
  const ask = (atOnce = false): Promise<unknown> =>
    transaction(world.shop, 'ask-in-story', async (tx) =>
      askToCollect(
        tx,
        world.shop,
        { invoiceId: invoice.id, customerId: invoice.customerId, by: 'rule:pol_x/charge', atOnce },
        world.shop.now(),
      ),
    )
  return {
    customer,
    bought,
    invoice,
    ask,
    /** As a step of the policy does, and everything that follows at this instant. */
    async charged(): Promise<void> {
      await ask()
      await world.settle()
    },
    payments: (): Promise<Payment[]> => read(world.shop, (tx) => paymentsOf(tx, invoice.id)),
    statuses: async (): Promise<string[]> =>
      (await read(world.shop, (tx) => paymentsOf(tx, invoice.id))).map((each) => each.status),
    plan: async (): Promise<Collection> => present(await read(world.shop, (tx) => findCollection(tx, invoice.id))),
    told: async (): Promise<number> =>
      (await bought.messages()).filter(({ template }) => template === 'payment_failed').length,
  }
}

const invoiceOf = async (shop: Shop, { subscriptionId }: Purchase): Promise<Invoice> =>
  present(await transaction(shop, 'ask-renewal', (tx) => renewalInvoice(tx, shop, subscriptionId, shop.now())))

/** Money that really moved at the gateway, by our reference. */
const taken = (world: World, of: readonly Payment[]): number =>
  world
    .truth()
    .concat(world.gateway.store.facts())
    .filter(({ action, ids }) => action === 'payment.paid' && of.some(({ id }) => id === ids.reference)).length

const pay = (world: World, invoiceId: string, shop: Shop = world.shop) =>
  startPayment(shop, {
    invoiceId,
    gatewayAccountId: world.gatewayId,
    returnUrl: `${shop.baseUrl}/r`,
    cancelUrl: `${shop.baseUrl}/c`,
    description: 'TV',
  })

scenario('a saved method renews by itself: charged once, line extended, nobody is told of a failure', async (world) => {
  const { charged, statuses, bought, plan, customer } = await renewing(world)
  const [method] = await customer.methods()
  expect(method).toMatchObject({ mandate: consent, status: 'active', isDefault: true, last4: '4242' })
  await charged()
  expect(await statuses()).toEqual(['succeeded'])
  expect((await bought.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-03-31')
  expect(await plan()).toMatchObject({ status: 'ended' })
  expect((await bought.messages()).map(({ template }) => template)).not.toContain('payment_failed')
})

scenario(
  'F01: an open payment page is closed before the saved card is charged, and cannot be paid any more',
  async (world) => {
    const { invoice, ask, payments, statuses } = await renewing(world)
    const { redirectUrl } = await pay(world, invoice.id)
    await ask()
    await world.settle()
    expect(await statuses()).toEqual(['requires_action']) // The customer may be paying just now.
    await world.pass({ minutes: 31 })
    expect(await statuses()).toEqual(['canceled', 'succeeded'])
    await chooseAtSandbox(world.app, world.gatewayOrigin, present(redirectUrl).split('/').at(-1) ?? '', 'pay')
    await world.settle()
    expect(taken(world, await payments())).toBe(1)
  },
)

scenario(
  'F01: a page that was paid while it was being closed is the payment, and no card is charged',
  async (world) => {
    const { invoice, ask, payments, statuses, plan } = await renewing(world)
    const { redirectUrl } = await pay(world, invoice.id)
    await ask()
    world.hears(false)
    await chooseAtSandbox(world.app, world.gatewayOrigin, present(redirectUrl).split('/').at(-1) ?? '', 'pay')
    world.clock.advance({ minutes: 40 })
    await collectInvoice(world.shop, invoice.id)
    world.hears(true)
    await world.settle()
    expect(await statuses()).toEqual(['succeeded'])
    expect(await plan()).toMatchObject({ status: 'ended', reason: 'it is paid' })
    expect(taken(world, await payments())).toBe(1)
  },
)

scenario(
  'F01: while a charge is on its way nobody can pay by page, by another charge, or twice at once',
  async (world) => {
    const { invoice, charged, ask, statuses, payments } = await renewing(world, 'ana', ['never'])
    await charged()
    expect(await statuses()).toEqual(['processing'])
    await expect(pay(world, invoice.id)).rejects.toMatchObject({ code: 'in_progress' })
    await expect(chargeInvoice(world.shop, { invoiceId: invoice.id })).rejects.toMatchObject({ code: 'in_progress' })
    await ask(true)
    await Promise.all([collectInvoice(world.shop, invoice.id), collectInvoice(world.shop, invoice.id)])
    expect(await payments()).toHaveLength(1)
    // Not even past every door: the database lets an invoice have one attempt at a time.
    await expect(
      world.tamper(
        `insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, created_at)
       select business_id, 'pay_second', invoice_id, customer_id, gateway_account_id, 9, 'created', currency, amount_minor, created_at from payments where invoice_id = '${invoice.id}'`,
      ),
    ).rejects.toThrow(/payments_one_way/)
  },
)

scenario('F01: two workers that find the same charge due make one', async (world) => {
  const { invoice, ask, payments } = await renewing(world)
  await ask()
  await Promise.all([1, 2, 3, 4].map(() => collectInvoice(world.shop, invoice.id)))
  await world.settle()
  expect(await payments()).toHaveLength(1)
  expect(taken(world, await payments())).toBe(1)
})

scenario('F10: a charge whose answer is lost is found out by asking, and is one charge', async (world) => {
  const { ask, statuses, payments } = await renewing(world)
  await world.strike('gateway', { fault: 'timeout_after', action: 'POST /v1/charges', times: 1 })
  world.hears(false)
  await ask()
  await world.settle()
  expect(await statuses()).toEqual(['indeterminate'])
  await world.pass({ minutes: 2 })
  expect(await statuses()).toEqual(['succeeded'])
  expect(taken(world, await payments())).toBe(1)
  world.hears(true)
})

scenario('F10: a charge that never arrived is asked for again under its own reference', async (world) => {
  const { ask, statuses, payments } = await renewing(world)
  await world.strike('gateway', { fault: 'timeout_before', action: 'POST /v1/charges', times: 1 })
  await ask()
  await world.settle()
  expect(await statuses()).toEqual(['indeterminate'])
  await world.pass({ minutes: 2 })
  expect(await statuses()).toEqual(['succeeded'])
  expect(taken(world, await payments())).toBe(1)
})

scenario(
  'F10: killed at any of its points, a charge takes the money once, and the line goes on',
  { seconds: 120 },
  async (world) => {
    const died = new Set<string>()
    for (let deadly = 1; ; deadly++) {
      const { ask, invoice, payments, statuses, bought } = await renewing(world, `ana${deadly}`)
      // Each has a card of his own: one is not charged as often as there are points.
      await world.tamper('update payment_methods set fingerprint = id')
      await ask(true)
      const { points, dead } = await dyingAt(deadly, () => collectInvoice(world.shop, invoice.id))
      if (dead) died.add(points.at(-1) ?? '')
      await world.pass({ hours: 1 })
      const where = points.at(-1) ?? ''
      expect(await statuses(), where).toEqual(['succeeded'])
      expect(taken(world, await payments()), where).toBe(1)
      expect(await bought.periods(), where).toHaveLength(2)
      if (!dead) break
    }
    for (const point of ['begin-charge:after-commit', 'gateway-chargeSaved:before', 'gateway-chargeSaved:after'])
      expect([...died]).toContain(point)
  },
)

scenario(
  'F20: whether a charge is still wanted is asked again before one that never arrived is repeated',
  async (world) => {
    const { ask, statuses, bought, payments } = await renewing(world)
    await world.strike('gateway', { fault: 'timeout_before', action: 'POST /v1/charges', times: 1 })
    await ask()
    await world.settle()
    await transaction(world.shop, 'cancel-in-story', (tx) =>
      setAutoRenew(tx, world.shop, bought.subscriptionId, false, world.shop.now()),
    )
    await world.pass({ days: 2 })
    expect(await statuses()).toEqual(['expired'])
    expect(taken(world, await payments())).toBe(0)
  },
)

scenario(
  'F72: a declined charge harms nothing: the next try pays, and its late refusal changes nothing',
  async (world) => {
    const { charged, statuses, bought, told } = await renewing(world, 'ana', ['insufficient_funds', 'pay'])
    await charged()
    expect(await statuses()).toEqual(['failed'])
    expect(await told()).toBe(1)
    await world.pass({ hours: 25 })
    expect(await statuses()).toEqual(['failed', 'succeeded'])
    expect(await told()).toBe(1)
    expect((await bought.subscription()).status).toBe('active')
  },
)

scenario('F76: a canceled subscription is charged no more, whatever was planned', async (world) => {
  const { charged, statuses, bought, plan } = await renewing(world, 'ana', ['insufficient_funds', 'pay'])
  await charged()
  await transaction(world.shop, 'cancel-in-story', (tx) =>
    setAutoRenew(tx, world.shop, bought.subscriptionId, false, world.shop.now()),
  )
  await world.pass({ days: 3 })
  expect(await statuses()).toEqual(['failed'])
  expect(await plan()).toMatchObject({ status: 'ended', reason: 'automatic renewal is off' })
})

scenario(
  'F76: a removed method is charged no more from that moment, and the gateway is told until it has forgotten it',
  async (world) => {
    const { customer, ask, payments, plan } = await renewing(world)
    const method = present((await customer.methods())[0])
    await world.strike('gateway', { fault: 'http_503', action: 'POST /v1/methods/*/forget', times: 2 })
    await ask()
    await removeMethod(world.shop, { methodId: method.id })
    await world.settle()
    expect(await payments()).toEqual([])
    expect(await plan()).toMatchObject({ status: 'waiting', waitsFor: 'method' })
    await world.pass({ hours: 1 })
    expect(world.gateway.store.facts().filter(({ action }) => action === 'method.forgotten')).toHaveLength(1)
    expect(await customer.methods()).toEqual([])
  },
)

scenario('F77: what ended is not charged months later', async (world) => {
  const { charged, statuses, bought } = await renewing(world, 'ana', ['insufficient_funds'])
  await charged()
  await world.until('2026-05-01')
  expect((await bought.subscription()).status).toBe('terminated')
  const before = (await statuses()).length
  await charged()
  await world.until('2026-07-01')
  expect(await statuses()).toHaveLength(before)
})

scenario('F86: no side door charges whom the front door would not', async (world) => {
  const { invoice, customer, bought } = await renewing(world)
  const ben = await renewing(world, 'ben')
  const his = present((await ben.customer.methods())[0])
  await expect(chargeInvoice(world.shop, { invoiceId: invoice.id, methodId: his.id })).rejects.toMatchObject({
    code: 'invalid_input',
  })
  await expect(makeDefault(world.shop, { methodId: his.id, customerId: await customer.id() })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(
    chargeInvoice(world.shop, { invoiceId: invoice.id, amount: { minor: 1n, currency: 'EUR' } }),
  ).rejects.toMatchObject({ code: 'conflict' })
  await transaction(world.shop, 'cancel-in-story', (tx) =>
    setAutoRenew(tx, world.shop, bought.subscriptionId, false, world.shop.now()),
  )
  await expect(chargeInvoice(world.shop, { invoiceId: invoice.id })).rejects.toMatchObject({ code: 'conflict' })
})

scenario('F95: a failed charge is tried again by its own schedule, whatever the invoice looks like', async (world) => {
  const { charged, payments, plan } = await renewing(world, 'ana', [
    'processing_error',
    'processing_error',
    'do_not_honor',
  ])
  await charged()
  await world.pass({ hours: 29 })
  expect((await payments()).map(({ failure }) => failure?.class)).toEqual([
    'soft_technical',
    'soft_technical',
    'soft_issuer',
  ])
  expect(await plan()).toMatchObject({ status: 'planned', reason: 'declined (soft_issuer)' })
})

scenario(
  'a bank that wants to see the customer: no second try, a mail with a link, and the link pays',
  async (world) => {
    const { charged, statuses, plan, customer, told, invoice } = await renewing(world, 'ana', [
      'authentication_required',
    ])
    await charged()
    expect(await plan()).toMatchObject({ status: 'waiting', waitsFor: 'customer' })
    const mail = present(
      (await parsedMails(world.mailbox.mails)).find(({ subject }) => /did not go through/.test(subject ?? '')),
    )
    expect(mail.text).toContain('asks you to confirm')
    expect(mail.text).toMatch(/\/renew\//)
    expect(mail.text).toContain('•••• 4242')
    expect(mail.text).not.toContain('authentication_required')
    await charged()
    expect(await statuses()).toEqual(['failed'])
    expect(await told()).toBe(1)
    await customer.paysOpenInvoice()
    expect((await customer.invoices()).find(({ id }) => id === invoice.id)?.status).toBe('paid')
  },
)

scenario(
  'a lost card fails for good; a new one that the customer saves is tried at once on what was declined',
  async (world) => {
    const { charged, statuses, customer, plan } = await renewing(world, 'ana', ['stolen_card'])
    await charged()
    expect((await customer.methods()).map(({ status }) => status)).toEqual(['failed'])
    expect(await plan()).toMatchObject({ status: 'waiting', waitsFor: 'method' })
    expect((await parsedMails(world.mailbox.mails)).map(({ text }) => text).join()).not.toMatch(/stolen/)
    await customer.buys({ saves: true, username: 'second' })
    expect(await statuses()).toEqual(['failed', 'succeeded'])
    expect((await customer.methods()).map(({ status, isDefault }) => [status, isDefault])).toEqual([
      ['active', true],
      ['failed', false],
    ])
  },
)

scenario(
  'a withdrawn permission removes the method; suspicion asks staff and tells the customer nothing',
  async (world) => {
    const gone = await renewing(world, 'ana', ['revocation_of_authorization'])
    await gone.charged()
    expect(await gone.customer.methods()).toEqual([])
    const fraud = await renewing(world, 'ben', ['fraudulent'])
    await fraud.charged()
    expect(await fraud.plan()).toMatchObject({ status: 'waiting', waitsFor: 'staff' })
    expect(await fraud.told()).toBe(0)
  },
)

scenario('no more than twelve charges of a card in thirty days, over all its invoices', async (world) => {
  const { invoice, payments, plan } = await renewing(world, 'ana', ['insufficient_funds'])
  for (let time = 0; time < 15; time += 1) {
    await chargeInvoice(world.shop, { invoiceId: invoice.id })
    await world.settle()
  }
  expect(await payments()).toHaveLength(12)
  expect((await plan()).reason).toContain('card networks')
})

/** The policy does it all: nobody asks for anything. */
scenario('a saved method is announced, charged a day before the end, and the line never blinks', async (world) => {
  const ana = await world.customer('ana').buys({ saves: true })
  await world.until('2026-02-22')
  const foreseen = (await rehearse(world.shop, { days: 10 })).rows
  expect(foreseen.filter(({ action }) => action === 'charge' || action === 'suspend')).toMatchObject([
    {
      action: 'charge',
      outcome: 'done',
      amount: { minor: 1299n, currency: 'EUR' },
      at: Temporal.Instant.from('2026-02-27T12:00:00Z'),
    },
  ])
  const announced = present(
    (await parsedMails(world.mailbox.mails)).find(({ subject }) => /^Invoice/.test(subject ?? '')),
  )
  expect(announced.text).toMatch(/we charge Sandbox •••• 4242 on/i)
  await world.until('2026-02-27T13:00:00Z')
  expect((await ana.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-03-31')
  expect((await ana.messages()).map(({ template }) => template)).not.toContain('suspended')
  await world.until('2026-04-30')
  const paid = (await world.customer('ana').invoices()).filter(({ status }) => status === 'paid')
  expect(paid).toHaveLength(4)
})

scenario(
  'F25: declined at each step of the policy, told once, retried, and suspended only after the last',
  async (world) => {
    const ana = await world.customer('ana').buys({ saves: true })
    await world.script(await world.customer('ana').id(), 'insufficient_funds')
    await world.until('2026-03-03T10:00:00Z')
    const renewal = present((await world.customer('ana').invoices()).find(({ status }) => status === 'open'))
    const tries = await read(world.shop, (tx) => paymentsOf(tx, renewal.id))
    expect(tries.length).toBeGreaterThanOrEqual(4)
    expect(tries.every(({ failure }) => failure?.class === 'soft_funds')).toBe(true)
    expect((await ana.messages()).filter(({ template }) => template === 'payment_failed')).toHaveLength(1)
    expect((await ana.subscription()).status).toBe('grace')
    await world.until('2026-03-03T13:00:00Z')
    expect((await ana.subscription()).status).toBe('suspended')
    // Two days later there is money: the retry brings the line back by itself.
    await world.script(await world.customer('ana').id(), 'pay')
    await world.until('2026-03-06')
    expect((await ana.subscription()).status).toBe('active')
  },
)

scenario(
  'F25: nobody is suspended while a charge is due that nobody has tried yet, or whose answer is missing',
  async (world) => {
    const ana = await world.customer('ana').buys({ saves: true })
    await world.script(await world.customer('ana').id(), 'insufficient_funds', 'insufficient_funds', 'never')
    await world.until('2026-03-03T13:00:00Z')
    expect((await ana.subscription()).status).toBe('grace')
    await world.until('2026-03-04T14:00:00Z')
    expect((await ana.subscription()).status).toBe('suspended') // The bound: 72 hours after the attempt.
  },
)
