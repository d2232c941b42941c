/** What the pictures need to be there: found in the demo's past, or made now by the product's own doors. */
import { sandbox } from '#adapters/gateways/sandbox.ts'
import type { Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { beginAdoption } from '#modules/adoption/begin-adoption.ts'
import { listAdoptions, readAdoption } from '#modules/adoption/queries.ts'
import { joinProgramme } from '#modules/affiliates/join-programme.ts'
import { lookAtAffiliate } from '#modules/affiliates/look-at-affiliate.ts'
import { Programme, saveProgramme } from '#modules/affiliates/programme.ts'
import { listEntries } from '#modules/billing/bank/entries.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { listDisputes } from '#modules/billing/disputes/queries.ts'
import { listGateways, saveGateway } from '#modules/billing/gateways.ts'
import { joinHousehold } from '#modules/billing/household.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { listPayouts } from '#modules/billing/payouts/payouts.ts'
import { askToReadBalance } from '#modules/billing/payouts/read-balance.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { addOnsFor } from '#modules/catalog/add-ons.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { makeQuote } from '#modules/checkout/make-quote.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { quoteUrl, readQuote } from '#modules/checkout/quotes.ts'
import { orderToken } from '#modules/checkout/tell.ts'
import { declareIncident } from '#modules/dunning/incidents.ts'
import { compareNow } from '#modules/lines/check-panel.ts'
import { evacuatePanel, standardWaves } from '#modules/lines/evacuate-panel.ts'
import { listIncidents, standardRule } from '#modules/lines/incidents.ts'
import { listEvacuations, readEvacuation } from '#modules/lines/moves.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { openShop } from '#modules/people/business.ts'
import { saveHostName } from '#modules/people/host-name.ts'
import { type LinkKind, signLink } from '#modules/people/links.ts'
import { openSecrets } from '#modules/people/settings.ts'
import { lendGateway } from '#modules/reselling/collecting/loans.ts'
import { standardLoan } from '#modules/reselling/collecting/rules.ts'
import { closeStatement, listStatements } from '#modules/reselling/collecting/statements.ts'
import { inviteReseller } from '#modules/reselling/invite-reseller.ts'
import { listBranch } from '#modules/reselling/queries.ts'
import {
  type CampaignFacts,
  listCampaigns,
  readCampaign,
  saveCampaign,
  startCampaign,
} from '#modules/subscriptions/price-campaigns.ts'
import { maybe, run, sql } from '#platform/db.ts'
import type { House } from '../../src/house.ts'
import { until } from './until.ts'

export type Facts = Record<string, string>

/** The customer of the portal's pictures: with a line that runs, one that ended, and an invoice to pay. */
export async function demoFacts(shop: Shop): Promise<Facts & { email: string }> {
  const one = async (query: ReturnType<typeof sql<{ id: string }>>) =>
    (await transaction(shop, 'read-fact', (tx) => maybe<{ id: string }>(tx, query)))?.id ?? ''
  const link = (kind: LinkKind, id: string) =>
    signLink(shop.app, { kind, businessId: shop.businessId, id }, shop.now().add({ hours: 48 }))
  const order = (status: string) =>
    one(sql`select id from orders where status = ${status} order by created_at desc limit 1`)

  const customer = await one(sql`
    select customer_id as id from subscriptions s
    where exists (select from invoices i where i.customer_id = s.customer_id and i.status = 'open' and i.number is not null)
    group by customer_id order by bool_or(status in ('active', 'grace')) desc, bool_or(status = 'terminated') desc, count(*) desc, min(created_at) limit 1`)
  const email = await one(sql`select email as id from customers where id = ${customer}`)
  const line = await one(sql`
    select l.id from lines l join subscriptions s on s.id = l.subscription_id
    where s.customer_id = ${customer} order by (s.status = 'active') desc, s.created_at limit 1`)
  const endedLine = await one(sql`
    select l.id from lines l join subscriptions s on s.id = l.subscription_id
    where s.customer_id = ${customer} order by (s.status in ('terminated', 'suspended')) desc, s.created_at limit 1`)
  const invoice = (status: string, of: string) =>
    one(sql`select id from invoices where status = ${status} and number is not null
      and (${of} = '' or customer_id = ${of}) order by created_at desc limit 1`)
  const [openInvoice, paidInvoice] = [await invoice('open', customer), await invoice('paid', customer)]
  const [readyOrder, reviewOrder, canceled] = [
    await order('ready'),
    await order('needs_review'),
    await order('canceled'),
  ]
  const subscription = await one(sql`select id from subscriptions where status = 'active' order by created_at limit 1`)
  const found: Facts = {
    ...(await priceChanges(shop)),
    customer,
    line,
    endedLine,
    openInvoice,
    paidInvoice,
    readyOrder,
    reviewOrder,
    subscription,
    ready: orderToken(shop, readyOrder),
    review: orderToken(shop, reviewOrder),
    canceled: orderToken(shop, canceled),
    renewal: link('renew', subscription),
    open: link('pay', openInvoice),
    paid: link('pay', paidInvoice),
    paidLink: link('invoice', paidInvoice),
    leaving: link('unsubscribe', customer),
    suspended: await one(sql`select id from subscriptions where status = 'suspended' limit 1`),
    panel: await one(sql`select id from panels order by created_at limit 1`),
    product: await one(sql`select id from products order by created_at limit 1`),
    plan: await one(sql`select id from plans where active and not trial order by best_value desc limit 1`),
    otherPlan: await one(sql`select id from plans where active and not trial order by position desc limit 1`),
    addOn: await one(sql`select id from add_ons order by created_at limit 1`),
    ...(await aQuote(
      shop,
      await one(sql`select id from plans where active and not trial order by created_at limit 1`),
    )),
    vouchers: await one(sql`select id from voucher_batches order by created_at limit 1`),
    coupon: await one(sql`select id from coupons order by created_at limit 1`),
    trial: await one(sql`select p.id from plans p where p.trial limit 1`),
    gateway: await one(sql`select id from gateway_accounts order by created_at limit 1`),
    refundedInvoice: await one(sql`
      select p.invoice_id as id from refunds r join payments p on p.id = r.payment_id limit 1`),
    payment: await one(sql`select id from payments where status = 'succeeded' order by created_at desc limit 1`),
    failedPayment: await one(sql`select id from payments where status = 'failed' limit 1`),
    message: await one(sql`select id from messages where status = 'sent' order by created_at desc limit 1`),
    failedMessage: await one(sql`select id from messages where status = 'failed' limit 1`),
  }
  Object.assign(found, { bankEntry: await bankEntry(shop), moneyDifference: await moneyDifference(shop) })
  Object.assign(found, { payout: await payout(shop) })
  Object.assign(found, await family(shop, email, found.plan ?? ''))
  await anotherInvoice(shop, customer)
  Object.assign(found, await incidents(shop, found.panel ?? '', found.product ?? ''))
  Object.assign(found, await differences(shop))
  Object.assign(found, await adoption(shop, found.panel ?? '', found.plan ?? ''))
  Object.assign(found, await evacuation(shop, found.panel ?? ''))
  Object.assign(found, await resellers(shop, found.plan ?? ''))
  Object.assign(found, { dispute: await dispute(shop), affiliate: await affiliate(shop, customer) })
  const missing = Object.keys(found).filter((name) => found[name] === '')
  if (missing.length > 0) throw new Error(`The demo has no ${missing.join(', ')}.`)
  return { ...found, email }
}

/** The customer of the pictures has brought three others, long ago. */
async function affiliate(shop: Shop, customerId: string): Promise<string> {
  const now = shop.now()
  const id = await transaction(shop, 'an-affiliate', async (tx) => {
    await saveProgramme(tx, shop, Programme.parse({ on: true, rule: { kind: 'percent', value: 1_000, payments: 3 } }))
    const made = await joinProgramme(tx, shop, customerId, { himself: false }, now)
    await run(
      tx,
      sql`insert into referrals (business_id, id, affiliate_id, customer_id, created_at)
        select current_business(), 'rfl_shot' || row_number() over (order by c.created_at), ${made}, c.id, c.created_at from customers c
        where c.business_id = current_business() and c.id <> ${customerId} order by c.created_at limit 3 on conflict do nothing`,
    )
    await run(
      tx,
      sql`update affiliates set next_look_at = ${now} where business_id = current_business() and id = ${made}`,
    )
    return made
  })
  await lookAtAffiliate(shop, id)
  return id
}

/** The one that its bank has not decided. */
const dispute = async (shop: Shop): Promise<string> => {
  const open = await transaction(shop, 'read-disputes', (tx) => listDisputes(tx, { open: true }, { limit: 1 }))
  return open[0]?.id ?? ''
}

/** The demo's own, and the page that asks the next one. */
async function resellers(shop: Shop, plan: string): Promise<Facts> {
  const [reseller] = await transaction(shop, 'read-resellers', (tx) => listBranch(tx))
  const invited = await inviteReseller(shop, {
    email: 'north@example.net',
    name: '',
    planIds: [plan],
    creditsMilli: 20_000n,
  })
  await saveHostName(await openShop(shop.app, reseller?.id ?? '', 'system'), 'tv.south.example')
  const link = { kind: 'reseller', businessId: shop.businessId, id: invited.id } as const
  const invitation = signLink(shop.app, link, shop.app.clock.now().add({ hours: 48 }))
  return { reseller: reseller?.id ?? '', invitation, statement: await collected(shop, reseller?.id ?? '') }
}

/** He is lent the sandbox, one of his customers pays there, and the first statement is closed. */
async function collected(shop: Shop, resellerId: string): Promise<string> {
  const known = () => transaction(shop, 'read', (tx) => listStatements(tx, { resellerId }, { limit: 1 }))
  const [before] = await known()
  if (before !== undefined) return before.id
  const reseller = await openShop(shop.app, resellerId, 'system')
  const { accountId, post } = await theSandbox(shop)
  const terms = { ...standardLoan, keptBps: 200 }
  await lendGateway(shop, { resellerId, gatewayAccountId: accountId, terms })
  const lent = (await transaction(reseller, 'read', listGateways)).find((each) => each.lent !== null)
  if (lent === undefined) return ''
  const facts = { name: 'Card', kind: lent.kind, settings: {}, active: true, position: 1 }
  await transaction(reseller, 'switch-on', (tx) => saveGateway(tx, reseller, facts, lent.id))
  const [plan] = await transaction(reseller, 'read', (tx) => listPlans(tx, { forSale: true }))
  const order = await placeOrder(reseller, {
    cartKey: 'cart/collected',
    planId: plan?.id ?? '',
    email: 'rosa@example.net',
    source: 'storefront',
  })
  const { paymentId, redirectUrl } = await startPayment(reseller, {
    invoiceId: order.invoiceId ?? '',
    gatewayAccountId: lent.id,
    returnUrl: 'http://shop.example/done',
    cancelUrl: 'http://shop.example/back',
    description: plan?.name ?? '',
  })
  await post('/__pay', { id: new URL(redirectUrl ?? '').pathname.split('/').at(-1), how: 'pay' })
  await until('the payment is known', async () => (await refreshPayment(reseller, paymentId)) === 'succeeded')
  return closeStatement(shop, { resellerId, currency: reseller.currency })
}

/** Money that nobody can tell surely, beside some that was booked. */
async function bankEntry(shop: Shop): Promise<string> {
  const bank = (await transaction(shop, 'read', listGateways)).find(({ kind }) => kind === 'bank_transfer')
  const named = await transaction(shop, 'read', (tx) =>
    maybe<{ reference: string }>(
      tx,
      sql`select reference from payments where reference like 'RF%' and status = 'succeeded' limit 1`,
    ),
  )
  await importStatement(shop, {
    gatewayAccountId: bank?.id ?? '',
    fileName: 'statement-of-march.csv',
    content: [
      'Date,Name,IBAN,Reference,Amount',
      '2026-03-02,Anna Alt,DE02120300000000202051,thank you for the football,12.99',
      `2026-03-02,Ben Berg,DE02500105170137075030,${named?.reference ?? 'RF18539007547034'},12.99`,
      '2026-03-02,Bank,,Fee,-3.00',
    ].join('\n'),
  })
  const waiting = () =>
    transaction(shop, 'read', async (tx) => (await listEntries(tx, { status: 'waiting' }, { limit: 10 })).at(-1))
  await until('the statement is looked through', async () => (await waiting()) !== undefined)
  return (await waiting())?.id ?? ''
}

/** The shop's account at the sandbox, and a way to ask that. */
async function theSandbox(shop: Shop) {
  const account = (await transaction(shop, 'read', listGateways)).find(({ kind }) => kind === 'sandbox')
  const { api_base: base, api_key: key } = openSecrets(
    shop,
    `gateway/${account?.id}`,
    sandbox.settings,
    account?.settings ?? {},
  ) as Record<string, string>
  const post = (path: string, json: unknown) =>
    shop.app.http.request({
      provider: 'sandbox',
      method: 'POST',
      url: `${base}${path}`,
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': `telephone${path}` },
      json,
      writes: true,
    })
  return { accountId: account?.id ?? '', key, post }
}

/** Somebody took money by the shop's account at the sandbox, and nobody here knows of it. A house that was kept has it from its first run. */
async function moneyDifference(shop: Shop): Promise<string> {
  const open = () =>
    transaction(shop, 'read', async (tx) => (await listMoneyDifferences(tx, { state: 'open' }, { limit: 1 }))[0])
  const known = await open()
  if (known !== undefined) return known.id
  const { accountId, key, post } = await theSandbox(shop)
  const made = await post('/v1/payments', {
    reference: 'by telephone',
    amount: 2499,
    currency: shop.currency,
    return_url: 'http://shop.example/done',
    cancel_url: 'http://shop.example/back',
    expires_at: shop.app.clock.now().add({ hours: 1 }).toString(),
  })
  await post('/__pay', { id: (JSON.parse(made.text) as { id: string }).id, how: 'pay' })
  await transaction(shop, 'compare-gateway', (tx) => compareBooks(tx, shop, accountId, {}))
  await until('the gateway is compared', async () => (await open()) !== undefined)
  await post('/__payout', { account: key, currency: shop.currency })
  return (await open())?.id ?? ''
}

/** What the sandbox sent to the bank a moment before, as it tells. */
async function payout(shop: Shop): Promise<string> {
  const known = () => transaction(shop, 'read', async (tx) => (await listPayouts(tx, {}, { limit: 1 }))[0])
  const account = (await transaction(shop, 'read', listGateways)).find(({ kind }) => kind === 'sandbox')
  await transaction(shop, 'read-balance', (tx) => askToReadBalance(tx, shop, account?.id ?? ''))
  await until('the payout is told', async () => (await known())?.partsReadAt != null)
  return (await known())?.id ?? ''
}

/** A draft of a price change, and one that was announced to everybody and asks for an answer. */
async function priceChanges(shop: Shop): Promise<Facts> {
  const facts: CampaignFacts = {
    name: 'Spring prices',
    condition: { fact: 'tenure_days', op: 'gte', value: 60 },
    change: { by: 'percent', percent: 8, round_to: 10 },
    effectiveAt: shop.now().add({ hours: 24 * 30 }),
    noticeDays: 30,
    consent: 'ask',
    silence: 'keep',
    note: 'Our suppliers have become dearer. We kept the price for two years.',
  }
  const save = (more: Partial<CampaignFacts>) =>
    transaction(shop, 'save', (tx) => saveCampaign(tx, shop, { ...facts, ...more }, shop.now()))
  // A house that was kept has them from its first run.
  const known = await transaction(shop, 'read', (tx) => listCampaigns(tx, { limit: 50 }))
  const [before, drafted] = ['Everybody', 'Spring prices'].map((name) => known.find((each) => each.name === name))
  if (before !== undefined && drafted !== undefined) return { priceDraft: drafted.id, priceCampaign: before.id }
  const told = await save({ name: 'Everybody', condition: null })
  const draft = await save({ change: { by: 'percent', percent: 12.5, round_to: 50 } })
  await startCampaign(shop, told.id, told.version)
  await until('the new price is announced', async () => {
    const { announcedAt } = await transaction(shop, 'read', (tx) => readCampaign(tx, told.id))
    return announcedAt !== null
  })
  return { priceDraft: draft.id, priceCampaign: told.id }
}

/** One on the panel that is over and not decided, one of the product that lasts. */
async function incidents(shop: Shop, panelId: string, productId: string): Promise<Facts> {
  const hoursAgo = (hours: number) => shop.now().subtract({ minutes: hours * 60 })
  const known = await transaction(shop, 'read', (tx) => listIncidents(tx, {}, { limit: 50 }))
  // A house that was kept has them from its first run; two of one panel cannot cover the same time.
  const declared = async (facts: Parameters<typeof declareIncident>[1]) =>
    known.find(({ name }) => name === facts.name) ?? (await declareIncident(shop, facts))
  const [over, lasting] = [
    await declared({
      panelId,
      productId: null,
      name: 'Storage of Frankfurt A',
      sentence: 'Some channels did not play for a part of the evening.',
      starts: hoursAgo(30),
      ends: hoursAgo(24.7),
      rule: standardRule,
    }),
    await declared({
      panelId: null,
      productId,
      name: 'Catch-up recorder',
      sentence: 'Recordings of yesterday cannot be played. Live TV works.',
      starts: hoursAgo(2),
      ends: null,
      rule: standardRule,
    }),
  ]
  return { incident: over.id, running: lasting.id }
}

/** Where the demo's panels differ from the books: found by comparing them now. */
async function differences(shop: Shop): Promise<Facts> {
  const listed = () => transaction(shop, 'read', (tx) => listDifferences(tx, { state: 'open' }, { limit: 200 }))
  const panels = await transaction(shop, 'read', (tx) => listPanels(tx))
  for (const { id } of panels) await transaction(shop, 'compare', (tx) => compareNow(tx, shop, id, {}, shop.now()))
  await until('the panels are compared', async () => (await listed()).length > 0)
  const found = await listed()
  return { difference: (found.find(({ kind }) => kind !== 'orphan') ?? found[0])?.id ?? '' }
}

/** What the panel has besides was looked at, and waits for a person. A house that was kept has it from its first run. */
async function adoption(shop: Shop, panelId: string, planId: string): Promise<Facts> {
  const [known] = await transaction(shop, 'read', (tx) => listAdoptions(tx, panelId, { limit: 1 }))
  if (known !== undefined) return { adoption: known.id }
  const id = await transaction(shop, 'adopt', (tx) =>
    beginAdoption(tx, shop, { panelId, planId, filed: null }, shop.now()),
  )
  await until('its lines are read', async () => {
    const { state } = await transaction(shop, 'read', (tx) => readAdoption(tx, id))
    return state !== 'looking'
  })
  return { adoption: id }
}

/** The first lines of the panel were moved, and a person is asked to look. A house that was kept has it from its first run. */
async function evacuation(shop: Shop, panelId: string): Promise<Facts> {
  const [known] = await transaction(shop, 'read', (tx) => listEvacuations(tx, panelId, { limit: 1 }))
  if (known !== undefined) return { evacuation: known.id }
  const wish = { panelId, toPanelId: null, tells: false, reason: 'The machine is given up at the end of the month.' }
  const id = await transaction(shop, 'evacuate', (tx) => evacuatePanel(tx, shop, { ...standardWaves, ...wish }))
  await until('the first lines are moved', async () => {
    const { state } = await transaction(shop, 'read', (tx) => readEvacuation(tx, id))
    return state !== 'running'
  })
  return { evacuation: id }
}

/** Two more lines of the portal's customer, paid by hand and renewed together. */
/** A second one that is open, so that both can be paid at once. */
async function anotherInvoice(shop: Shop, customerId: string): Promise<void> {
  await transaction(shop, 'another-invoice', async (tx) => {
    const other = await maybe<{ id: string }>(
      tx,
      sql`select s.id from subscriptions s where s.business_id = current_business() and s.customer_id = ${customerId} and s.status in ('active', 'grace')
        and not exists (select from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
          where i.business_id = s.business_id and i.subscription_id = s.id and v.status = 'open')
        order by s.household_id is null desc, s.created_at desc limit 1`,
    )
    if (other !== null) await renewalInvoice(tx, shop, other.id, shop.now())
  })
}

async function family(shop: Shop, email: string, planId: string): Promise<Facts> {
  const lines: { subscriptionId: string; id: string }[] = []
  for (const username of ['living-room', 'bedroom']) {
    // The key of the cart makes it the same order in a house that was kept.
    const order = await placeOrder(shop, { cartKey: `shots/${username}`, planId, email, username, source: 'console' })
    const { invoiceId, subscriptionId } = order
    if (invoiceId === null || subscriptionId === null) throw new Error('An order asks for money for a line.')
    if ((await statusOf(shop, order.id)) !== 'ready') {
      const invoice = await transaction(shop, 'read', (tx) => findInvoice(tx, invoiceId))
      if (invoice === null) throw new Error('An order has an invoice.')
      const amount = { minor: invoice.totalMinor, currency: invoice.currency }
      await markReceived(shop, { invoiceId, amount, reference: username })
      await becomes(shop, order.id, 'ready')
    }
    const line = await transaction(shop, 'read', (tx) => lineOfSubscription(tx, subscriptionId))
    lines.push({ subscriptionId, id: line?.id ?? '' })
  }
  const [first, second] = lines
  if (first === undefined || second === undefined) throw new Error('A family has two lines.')
  await joinHousehold(shop, second.subscriptionId, first.subscriptionId)
  return { familyLine: second.id, familySubscription: second.subscriptionId }
}

/** An order that waits for its buyer, made now. */
export async function newOrder(shop: Shop, planId: string, name: string): Promise<{ id: string; token: string }> {
  const { id } = await placeOrder(shop, {
    cartKey: crypto.randomUUID(),
    planId,
    email: `${name}@example.net`,
    name: 'Maximiliane Oberhuber',
    source: 'storefront',
  })
  return { id, token: orderToken(shop, id) }
}

export const statusOf = async (shop: Shop, id: string): Promise<string | undefined> =>
  (
    await transaction(shop, 'read-status', (tx) =>
      maybe<{ status: string }>(tx, sql`select status from orders where id = ${id}`),
    )
  )?.status

/** Every panel answers as one that is overloaded, or well again. */
export async function panelTrouble({ demo }: House, on: boolean): Promise<void> {
  for (const url of demo?.panelUrls ?? []) {
    const answer = on
      ? await fetch(`${url}/__faults`, { method: 'POST', body: JSON.stringify({ fault: 'http_503' }) })
      : await fetch(`${url}/__faults`, { method: 'DELETE' })
    if (!answer.ok) throw new Error(`The panel ${url} refused: ${answer.status}`)
  }
}

export const becomes = (shop: Shop, id: string, status: string): Promise<void> =>
  until(`an order that is ${status}`, async () => (await statusOf(shop, id)) === status)

/** One that waits for its buyer. */
async function aQuote(shop: Shop, planId: string): Promise<Facts> {
  const now = shop.now()
  const [addOn] = await transaction(shop, 'beside', (tx) => addOnsFor(tx, shop, planId, shop.currency, now))
  const quote = await transaction(shop, 'a-quote', (tx) =>
    makeQuote(
      tx,
      shop,
      {
        email: 'hotel@example.net',
        name: 'Hotel Sonne',
        planId,
        currency: shop.currency,
        priceMinor: 900n,
        setupMinor: 2_500n,
        addOns: addOn === undefined ? [] : [{ addOnId: addOn.addOn.id, quantity: 2, priceMinor: null }],
        discount: { percent: 2_000, amountMinor: null, periods: 3 },
        note: 'As agreed on the phone: two televisions in the lobby.',
        validUntil: now.add({ hours: 24 * 14 }),
      },
      now,
    ),
  )
  const stored = await transaction(shop, 'read-quote', (tx) => readQuote(tx, quote))
  return { quote, quoteLink: quoteUrl(shop, stored).split('/').at(-1) ?? '' }
}
