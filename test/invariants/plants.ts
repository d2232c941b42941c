/** One bad row for each invariant: the tables whose keys stand in the way, and what is planted. */

import { transaction } from '#app.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { changeAddOn } from '#modules/billing/change-add-ons.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { compareBooks } from '#modules/billing/comparison/comparisons.ts'
import { bookDifference } from '#modules/billing/comparison/decide-difference.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { enterDispute, releaseCustomer } from '#modules/billing/disputes/dispute-by-hand.ts'
import { listGateways, saveGateway } from '#modules/billing/gateways.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { recordPayout } from '#modules/billing/payouts/record-payout.ts'
import { previewAddOn } from '#modules/billing/preview-add-ons.ts'
import { paymentsOf } from '#modules/billing/queries.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { startPayment } from '#modules/billing/start-payment.ts'
import { acceptQuote } from '#modules/checkout/accept-quote.ts'
import { sealHistory } from '#modules/events/seal-history.ts'
import { hold, postHold } from '#modules/ledger/holds.ts'
import { post } from '#modules/ledger/post.ts'
import { creditsIssued, wallet } from '#modules/ledger/rules.ts'
import { createBusiness } from '#modules/people/business.ts'
import { payReseller } from '#modules/reselling/collecting/pay-reseller.ts'
import { closeStatement } from '#modules/reselling/collecting/statements.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { connectionAddOn } from '../support/add-ons.ts'
import { anAffiliate, setProgramme } from '../support/affiliates.ts'
import { lends } from '../support/collecting.ts'
import { aCoupon } from '../support/coupons.ts'
import { paysInDollars } from '../support/foreign.ts'
import { aQuote } from '../support/quotes.ts'
import { joins, sells } from '../support/resellers.ts'
import { payInvoice, present, read } from '../support/stories.ts'
import { strangeMoney } from '../support/strange-money.ts'
import { aBatch } from '../support/vouchers.ts'
import type { World } from '../support/world.ts'

/** A price by a rate of one. */
const madeOf = (from: number, to: number): string =>
  JSON.stringify({
    ...{ fromCurrency: 'USD', fromMinor: String(from), toCurrency: 'EUR', toMinor: String(to), rate: '1' },
    ...{ marginPercent: '0', rounding: 'minor', source: 'staff', day: '2026-02-01', quotedAt: '2026-02-01T12:00:00Z' },
  })

/** Names of what is in the world, by the story's names. */
export type Ids = Awaited<ReturnType<typeof furnish>>
export type Plant = readonly [tables: string, ...texts: string[]]

/** One more period that costs what Mia's did. */
const asMia = (w: Ids, status: string, steps: string): string =>
  `insert into period_credits (business_id, period_id, subscription_id, plan_id, status, starts, ends, share, steps, created_at)
   select business_id, 'per_x', subscription_id, plan_id, '${status}', ends, ends + interval '30 days', 1, ${steps}, '${w.now}' from period_credits where subscription_id = '${w.mia}' limit 1`

/** Ana and Ben renewed, Cem was suspended, Dora got her money back, Emil was declined; Zoe buys at another business; a wallet was used. */
export async function furnish(world: World) {
  const { shop } = world
  const [ana, ben, cem, dora] = [
    await world.customer('ana').buys(),
    await world.customer('ben').buys(),
    await world.customer('cem').buys(),
    await world.customer('dora').buys(),
  ]
  const other = await world.another('zebra')
  await world.customer('zoe', other.shop).buys()
  const empty = await createBusiness(
    world.app,
    { slug: 'empty', name: 'Empty', mode: 'test', zone: 'UTC', currency: 'EUR', country: 'DE' },
    world.clock.now(),
  )
  await world.until('2026-02-27')
  // A reseller sold Lea a line for nothing and Mia one for a credit.
  const south = await joins(world, { slug: 'south', credits: 3_000n })
  const shared = { resellerId: south.businessId, planId: world.planId, ...standardTerms }
  await transaction(shop, 'terms', (tx) => sharePlan(tx, shop, { ...shared, costMilli: 0n }))
  const lea = await sells(world, south, 'lea')
  await transaction(shop, 'terms', (tx) => sharePlan(tx, shop, shared))
  const mia = await sells(world, south, 'mia')
  const renewal = await ana.renews()
  await ben.renews()
  const doraPayment = present((await dora.payments())[0])
  await refundPayment(shop, doraPayment.id, { minor: 500n, currency: 'EUR' }, 'a gift')
  await dora.renews()
  await world.customer('zoe', other.shop).paysOpenInvoice()
  await world.until('2026-03-04')
  await transaction(shop, 'credits', async (tx) => {
    await post(tx, shop, [{ debit: creditsIssued, credit: wallet(empty), amount: 9000n, purpose: 'bought' }], {
      id: 'top-up',
      at: shop.now(),
    })
    const used = present(await hold(tx, shop, wallet(empty), 1000n, { id: 'story_used', at: shop.now() }))
    await postHold(tx, shop, used, wallet(empty), shop.now())
    await hold(tx, shop, wallet(empty), 2000n, { id: 'story_open', at: shop.now() })
  })
  // Fay lets the shop keep her card; one renewal is charged to it, the next is refused for want of funds; an old card was removed.
  const fay = await world.customer('fay').buys({ saves: true })
  const fayCustomer = await world.customer('fay').id()
  const fayRenewal = present(
    await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, fay.subscriptionId, shop.now())),
  )
  await chargeInvoice(shop, { invoiceId: fayRenewal.id })
  await world.settle()
  await world.script(fayCustomer, 'insufficient_funds')
  const fayOpen = present(
    await transaction(shop, 'ask', (tx) => renewalInvoice(tx, shop, fay.subscriptionId, shop.now())),
  )
  await chargeInvoice(shop, { invoiceId: fayOpen.id })
  await world.settle()
  // Gus has one more connection than his plan gives.
  const extra = await connectionAddOn(world, 300n)
  const gus = await world.customer('gus').buys()
  const wish = { addOnId: extra, quantity: 1 }
  const { fingerprint } = await read(shop, (tx) => previewAddOn(tx, shop, gus.subscriptionId, extra, 1, shop.now()))
  await payInvoice(world, (await changeAddOn(shop, gus.subscriptionId, wish, fingerprint)).invoiceId ?? '')
  await world.settle()
  // Ida came with a coupon for three periods.
  const coupon = await aCoupon(world, { code: 'THREE', percent: 2_000, periods: 3, stock: 1 })
  const ida = await world.customer('ida').buys({ coupon: 'three' })
  // Jon redeemed one of two vouchers that a kiosk bought.
  const { batchId: kiosk, codes } = await aBatch(world, { count: 2, price: { minor: 1_000n, currency: 'EUR' } })
  await world.customer('jon').orders({ voucher: present(codes[0]) })
  await world.settle()
  // Olga brought Nora, and was paid for it.
  await setProgramme(world, { hold_days: 0 })
  const affiliate = await anAffiliate(world, 'olga')
  await world.customer('nora').buys({ referral: affiliate.code })
  await world.tamper(`update affiliates set next_look_at = '${world.clock.now()}'`)
  await world.settle()
  // Kim accepted what staff offered her.
  const quote = await aQuote(world)
  await acceptQuote(shop, quote, { source: 'storefront' })
  const bank = await transaction(shop, 'save-gateway', (tx) =>
    saveGateway(tx, shop, {
      name: 'Our bank',
      kind: 'bank_transfer',
      settings: { account_holder: 'Northwind', iban: 'DE89370400440532013000' },
      active: true,
      position: 5,
    }),
  )
  // Hal transfers what he owes, and somebody sends money that nobody can tell.
  const hal = await world.customer('hal').orders()
  const number = await startPayment(shop, {
    invoiceId: hal.invoiceId,
    gatewayAccountId: bank,
    description: 'TV',
    returnUrl: 'https://shop.example/back',
    cancelUrl: 'https://shop.example/no',
  })
  await importStatement(shop, {
    gatewayAccountId: bank,
    fileName: 'first.csv',
    content: `Date,Amount,Reference\n2026-03-04,12.99,${number.reference}\n2026-03-04,1.00,thanks`,
  })
  await world.settle()
  // Half of what Gus paid was taken back by a bank; staff let him go on buying.
  const gusPayment = present((await gus.payments())[0])
  const dispute = await enterDispute(shop, {
    paymentId: gusPayment.id,
    amount: { minor: 600n, currency: 'EUR' },
    fee: { minor: 100n, currency: 'EUR' },
    reason: 'a letter',
    kind: 'card',
    withdrawn: true,
    evidenceDueAt: null,
  })
  await releaseCustomer(shop, dispute, 'he pays by transfer')
  // Somebody paid Kai's order at the gateway without us; it was found there and booked.
  await paysInDollars(world, await world.customer('traveller').orders())
  const strange = await strangeMoney(world, 'by-telephone')
  const kai = await world.customer('kai').orders()
  await transaction(shop, 'compare', (tx) => compareBooks(tx, shop, gusPayment.gatewayAccountId, {}))
  await world.settle()
  const [found] = await read(shop, (tx) => listMoneyDifferences(tx, { state: 'open' }, { limit: 1 }))
  await bookDifference(shop, present(found).id, { invoiceId: kai.invoiceId })
  await world.settle()
  const payout = await recordPayout(shop, {
    gatewayAccountId: gusPayment.gatewayAccountId,
    amount: { minor: 1000n, currency: 'EUR' },
    fee: { minor: 30n, currency: 'EUR' },
    reference: 'po_1',
    arrivedOn: Temporal.PlainDate.from('2026-03-04'),
  })
  const emil = await world.customer('emil').orders()
  const emilPayment = await emil.pays('decline')
  await world.settle()
  // The operator collects for the reseller: Pia paid by the gateway that he lent, some of it is paid out, and a statement is closed.
  const { loanId: loan, accountId: lent } = await lends(world, south, { keptBps: 100, holdDays: 0 })
  await world.customer('pia', south).buys({ gateway: 'sandbox' })
  await world.pass({ minutes: 1 })
  const paidOut = await payReseller(shop, {
    ...{ resellerId: south.businessId, currency: 'EUR', amountMinor: 500n, reference: 'March' },
    paidOn: Temporal.PlainDate.from('2026-03-04'),
  })
  const statement = await closeStatement(shop, { resellerId: south.businessId, currency: 'EUR' })
  const [cemInvoice] = (await world.customer('cem').invoices()).filter(({ status }) => status === 'open')
  const anaItem = present((await ana.items())[0])
  const gateways = await read(shop, listGateways)
  await sealHistory(other.shop)
  return {
    business: shop.businessId,
    fayMethod: present((await world.customer('fay').methods())[0]).id,
    fayCharge: present((await read(shop, (tx) => paymentsOf(tx, fayRenewal.id)))[0]).id,
    fayOpen: fayOpen.id,
    other: other.shop.businessId,
    otherPanel: other.panelId,
    empty,
    south: south.businessId,
    lea: lea.subscriptionId,
    mia: mia.subscriptionId,
    otherProduct: other.productId,
    extra,
    gus: gus.subscriptionId,
    coupon,
    kiosk,
    affiliate: affiliate.id,
    quote,
    ida: ida.subscriptionId,
    gusPayment: gusPayment.id,
    strange,
    dispute,
    payout,
    loan,
    lent,
    paidOut,
    statement,
    panel: world.panelId,
    gateway: present(gateways[0]).id,
    ana: ana.subscriptionId,
    anaLine: (await ana.line()).id,
    anaItem: anaItem.id,
    anaInvoice: ana.invoiceId,
    anaOrder: ana.orderId,
    anaPayment: present((await ana.payments())[0]).id,
    doraPayment: doraPayment.id,
    anaRenewal: renewal.id,
    anaCustomer: renewal.customerId,
    ben: ben.subscriptionId,
    benLine: (await ben.line()).id,
    benPayment: present((await ben.payments())[0]).id,
    cem: cem.subscriptionId,
    cemLine: (await cem.line()).id,
    cemInvoice: present(cemInvoice).id,
    emil: emil.subscriptionId,
    emilInvoice: emil.invoiceId,
    emilOrder: emil.orderId,
    emilPayment,
    zoeCustomer: present((await world.customer('zoe', other.shop).invoices())[0]).customerId,
    now: world.clock.now().toString(),
  }
}

/** One cent from one account of a business to another. */
const transferIn = (business: string, debit: string, credit: string, purpose: string, at: string): string =>
  `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
   values ('${business}', 'trf_planted', '${debit}', '${credit}', 'EUR', 1, '${purpose}', 'nobody', '${at}')`

/** Two hours before and after the world's now. */
const ago = (w: Ids) => `'${w.now}'::timestamptz - interval '2 hours'`
const later = (w: Ids) => `'${w.now}'::timestamptz + interval '2 hours'`

/** A dispute of a payment over nothing that moved, open since an instant. */
const disputed = (payment: string, remoteRef: string, since: string) =>
  `insert into disputes (business_id, id, payment_id, customer_id, gateway_account_id, remote_ref, kind, status, currency, amount_minor, reason, by, opened_at, created_at, asked_at)
    select business_id, 'dsp_x', id, customer_id, gateway_account_id, ${remoteRef}, 'card', 'open', currency, 1, 'x', 'x', ${since}, ${since}, ${since} from payments where id = '${payment}'`

/** A comparison of the panel that expected lines and was shown so many. */
const comparison = (w: Ids, state: 'running' | 'done', listed: number) =>
  `insert into reconciliations (business_id, id, panel_id, trusts_less, state, stage, listed, expected, missing, differing, mended, started_at, finished_at, created_at)
    values ('${w.business}', 'rec_x', '${w.panel}', false, '${state}', '${state === 'done' ? 'over' : 'listing'}', ${listed}, 9, 0, 0, 0, '${w.now}', ${state === 'done' ? `'${w.now}'` : 'null'}, '${w.now}')`

/** A declared one of the panel; `times`: its beginning and end, what was decided and when, and its next look. */
const incident = (w: Ids, times: string) =>
  `insert into incidents (business_id, id, panel_id, kind, name, sentence, round_to, least_minutes, most_hours, most_hours_month, declared_at, declared_by, said_at,
      opened_at, closed_at, decision, decided_at, next_look_at)
    values ('${w.business}', 'inc_x', '${w.panel}', 'declared', 'x', 'x', 'hour', 0, 72, 168, '${w.now}'::timestamptz - interval '20 days', 'x', '${w.now}'::timestamptz - interval '20 days', ${times})`

/** Of Ana's line. */
const move = (w: Ids, panels: string, state: string) =>
  `insert into line_moves (business_id, id, line_id, panel_business_id, from_panel_id, to_panel_id, evacuation_id, round, wave_number, state, next_try_at, ended_at, tells, keep_days, reason, created_at, created_by)
    values ('${w.business}', 'mov_x', '${w.anaLine}', '${w.business}', ${panels}, ${state}, true, 7, 'x', ${ago(w)}, 'x')`

const adoption = (w: Ids, state: string, next: string) =>
  `insert into adoptions (business_id, id, panel_id, source, state, listed, next_look_at, created_at, created_by)
    values ('${w.business}', 'ado_x', '${w.panel}', 'panel', '${state}', true, ${next}, ${ago(w)}, 'x')`

/** It ended two hours ago and was compensated. */
const past = (w: Ids) => `'${w.now}'::timestamptz - interval '4 hours', ${ago(w)}, 'compensate', ${ago(w)}, null`

const compensation = (w: Ids) =>
  `insert into compensations (business_id, incident_id, subscription_id, customer_id, outage, out_seconds, seconds, currency, worth_minor, ends_before, ends_after, created_at)
    select business_id, 'inc_x', id, customer_id, tstzmultirange(tstzrange('${w.now}'::timestamptz - interval '4 hours', ${ago(w)})), 7200, 7200, currency, 1,
      paid_through, paid_through + interval '7200 seconds', '${w.now}' from subscriptions where id = '${w.ana}'`

const transfer = (w: Ids, debit: string, credit: string, unit: string) =>
  `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at) values ('${w.business}', 'trf_x', '${debit}', '${credit}', '${unit}', 5, 'x', 'x', '${w.now}')`

const fakePeriod = (w: Ids, column: string) =>
  `insert into periods (business_id, id, subscription_id, starts, ends, kind, ${column}, created_at) values ('${w.business}', 'per_x', 'sub_x', '${w.now}', ${later(w)}, 'free', 'nobody', '${w.now}')`

const payment = (w: Ids, id: string, invoice: string, status: string) =>
  `insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, next_check_at, created_at)
   select business_id, '${id}', id, customer_id, '${w.gateway}', 99, '${status}', currency, 1299, ${status === 'failed' ? 'null' : later(w)}, '${w.now}'::timestamptz - interval '30 hours' from invoices where id = '${invoice}'`

const event = (w: Ids, type: string, actor: string, subject: string, data: string, at: string) =>
  `insert into events (business_id, id, at, type, actor, subject_type, subject_id, data) values ('${w.business}', 'evt_x', ${at}, '${type}', '${actor}', 'x', '${subject}', '${data}')`

/** Of Fay, beside the method that she saved; `rest`: status, sentence, what was kept, next look, end. */
const setupOf = (w: Ids, rest: string) =>
  `insert into method_setups (business_id, id, customer_id, gateway_account_id, return_url, cancel_url, by, consented_at, expires_at, created_at,
      status, mandate, payment_method_id, next_check_at, ended_at)
    select business_id, 'pms_x', customer_id, gateway_account_id, 'x', 'x', 'x', consented_at, '${w.now}', '${w.now}', ${rest} from payment_methods where id = '${w.fayMethod}'`

const planChange = (w: Ids, status: string, due: string, applied: string) =>
  `insert into plan_changes (business_id, id, subscription_id, from_plan_id, to_plan_id, takes_effect, status, price_minor, term_unit, term_count, charge_minor, invoice_id, due_at, applied_at, by, created_at)
   select business_id, 'chg_x', id, plan_id, plan_id, 'now', '${status}', 1, 'month', 1, 5, '${w.emilInvoice}', ${due}, ${applied}, 'x', '${w.now}' from subscriptions where id = '${w.ana}'`

/** A campaign that announced a new price to Ana and the item of her renewal that asks for it; `told`: a message that reached her says so. */
const newPrice = (
  w: Ids,
  { consent = 'notice', newMinor = 1299, status = 'announced', told = true, names = true, since = ago(w) } = {},
): Plant => [
  'price_campaigns,price_changes,price_exceptions,invoice_items,message_claims',
  `insert into price_campaigns (business_id, id, name, change, effective_at, notice_days, consent, silence, status, created_at, created_by, started_at, started_by, announced_at)
   values ('${w.business}', 'pcm_x', 'x', '{}', '2026-01-01', 0, '${consent}', 'end', 'running', ${ago(w)}, 'x', ${ago(w)}, 'x', ${ago(w)})`,
  `insert into price_changes (business_id, id, campaign_id, subscription_id, customer_id, currency, old_minor, new_minor, status, created_at, ended_at)
   values ('${w.business}', 'pch_x', 'pcm_x', '${w.ana}', '${w.anaCustomer}', 'EUR', 1, ${newMinor}, '${status}', ${since}, ${status === 'applied' ? ago(w) : 'null'})`,
  ...(told
    ? [
        `insert into message_claims (business_id, claim, message_id) select business_id, 'price_change/pch_x/1', message_id from message_claims where claim = 'credentials/${w.anaLine}'`,
      ]
    : []),
  ...(names ? [`update invoice_items set price_change_id = 'pch_x' where invoice_id = '${w.anaRenewal}'`] : []),
]

const longAgo = `'2025-12-01'::timestamptz`
const addOnChange = (w: Ids, status: string, due: string, applied: string) =>
  `insert into add_on_changes (business_id, id, subscription_id, add_on_id, from_quantity, to_quantity, status, price_minor, charge_minor, invoice_id, due_at, applied_at, by, created_at)
   values ('${w.business}', 'aoc_x', '${w.gus}', '${w.extra}', 1, 2, '${status}', 5, 5, '${w.emilInvoice}', ${due}, ${applied}, 'x', '${w.now}')`

const lastPeriod = (subscription: string) =>
  `(select id from periods where subscription_id = '${subscription}' order by starts desc limit 1)`
const oneMessage = (template: string) => `(select id from messages where template = '${template}' order by id limit 1)`

const waitingEntry = `(select id from bank_entries where status = 'waiting' limit 1)`

/** What a gateway told of its balance, with the payout of the story. */
const gatewayMove = (w: Ids, ref: string, state: 'waiting' | 'booked', fee: number): string =>
  `insert into gateway_moves (business_id, id, gateway_account_id, ref, kind, payment_id, payout_id, currency, amount_minor, fee_minor, state, booked_minor, booked_at, moved_at, created_at)
    select business_id, 'gmv_x', gateway_account_id, '${ref}', 'payment', '${w.anaPayment}', id, currency, 1299, ${fee}, '${state}', ${state === 'booked' ? fee : 0}, ${state === 'booked' ? `'${w.now}'` : 'null'}, '${w.now}', '${w.now}'
    from payouts where id = '${w.payout}'`

export const plants: Readonly<Record<string, (w: Ids) => Plant>> = {
  'P6-history-changed': (w) => [
    'events',
    `update events e set request_id = 'req_x' from audit_seals s where s.business_id = '${w.other}' and e.business_id = s.business_id and e.id = s.event_ids[1]`,
  ],
  'P6-history-added': (w) => [
    'events',
    `insert into events (business_id, id, at, type, actor, subject_type, subject_id, written_in) values ('${w.other}', 'evt_x', '${w.now}', 'x.y', 'x', 'x', 'x', 1)`,
  ],
  'P6-chain': (w) => ['audit_seals', `update audit_seals set hash = '\\x00' where business_id = '${w.other}'`],

  'T5-paths': (w) => ['business_paths', `delete from business_paths where business_id = '${w.empty}'`],
  'P6-acting': (w) => [
    'events',
    `insert into events (business_id, id, at, type, actor, subject_type, subject_id) values ('${w.other}', 'evt_x', '${w.now}', 'x.y', 'staff:act_x', 'x', 'x')`,
  ],
  'O-clock': (w) => ['businesses', `update businesses set mode = 'live', clock_offset_ms = 5 where id = '${w.empty}'`],

  // A trigger stands in the way as well.
  'T7-twins': (w) => [
    'panels',
    'alter table panels disable trigger panels_of_twins',
    `update panels set settings = settings || '{"url": "http://panel.biz-x.twin.invalid/a/"}' where id = '${w.panel}'`,
  ],
  'T7-twins (gateway)': (w) => [
    'gateway_accounts',
    'alter table gateway_accounts disable trigger gateway_accounts_of_twins',
    `update gateway_accounts set settings = settings || '{"api_base": "http://sandbox.biz-x.twin.invalid/"}' where business_id = '${w.business}'`,
  ],
  'T7-twins (imitation)': (w) => [
    'imitations',
    'alter table imitations disable trigger imitations_of_twins',
    `insert into imitations (business_id, machine) values ('${w.business}', 'panel')`,
  ],
  'T7-twins (of a sandbox)': (w) => [
    'businesses',
    'alter table businesses disable trigger businesses_keep_twin',
    `update businesses set twin_of = '${w.business}' where id = '${w.empty}'`,
  ],
  'T7-twins (mail)': (w) => [
    'caught_mails',
    'alter table caught_mails disable trigger caught_mails_of_twins',
    `insert into caught_mails (business_id, message_id, body_html, body_text, caught_at)
     select business_id, id, '', '', created_at from messages where business_id = '${w.business}' limit 1`,
  ],

  'R1-line-without-credits': (w) => [
    'period_credits',
    `update period_credits set status = 'ahead', ended_at = null where subscription_id = '${w.lea}'`,
  ],
  'R2-debit-of-a-period': (w) => [
    'period_credits',
    `update period_credits set steps = jsonb_set(steps, '{0,cost}', '5') where subscription_id = '${w.mia}'`,
  ],
  'R3-debit-without-a-line': (w) => [
    'holds',
    `update holds set cause_id = 'per_nobody' where cause_id in (select period_id from period_credits where subscription_id = '${w.mia}')`,
  ],
  'R4-panel-not-shared': (w) => [
    'product_panels',
    `insert into product_panels (business_id, product_id, panel_business_id, panel_id, package) values ('${w.other}', '${w.otherProduct}', '${w.business}', '${w.panel}', '{}')`,
  ],
  'R5-recovered': (w) => [
    'transfers,accounts',
    `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
     values ('${w.business}', 'trf_x', 'credits_used/credit', 'wallet/credit/${w.south}', 'credit', 5, 'credits_recovered', 'nobody', '${w.now}')`,
    `update accounts set balance = balance + 5 where id = 'wallet/credit/${w.south}'`,
  ],
  'R6-credit-lot': (w) => [
    'credit_lots',
    `insert into credit_lots (business_id, id, transfer_id, credits_milli, cost_minor, currency, bought_at, created_at, created_by)
     select '${w.south}', 'clt_x', id, amount + 1, 5, 'EUR', at, at, 'system' from transfers where credit_account = 'wallet/credit/${w.south}' limit 1`,
  ],

  'R7-taken-too-early': (w) => [
    'period_credits',
    asMia(w, 'ahead', `jsonb_set(steps, '{0,deducts}', '"period_start"')`),
  ],
  'R7-taken-too-early (not paid for)': (w) => [
    'period_credits,periods',
    `insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
     select business_id, 'per_x', 'sub_x', starts, ends, 'compensation', created_at from periods where subscription_id = '${w.mia}' limit 1`,
    asMia(w, 'ahead', `jsonb_set(steps, '{0,deducts}', '"payment"')`),
  ],
  'R8-used-unseen': (w) => [
    'period_credits',
    `update period_credits set steps = jsonb_set(steps, '{0,deducts}', '"first_use"') where subscription_id = '${w.mia}'`,
  ],
  'R8-used-unseen (over)': (w) => [
    'period_credits,holds,accounts',
    `insert into holds (business_id, id, account_id, amount, status, cause_id, created_at) values ('${w.business}', 'hold_x', 'wallet/credit/${w.south}', 5, 'open', 'per_x', '${w.now}')`,
    `update accounts set held = held + 5 where id = 'wallet/credit/${w.south}'`,
    asMia(
      w,
      'held',
      `jsonb_build_array(jsonb_build_object('issuer', '${w.business}', 'holder', '${w.south}', 'cost', 5, 'hold', 'hold_x', 'deducts', 'first_use'))`,
    ),
    `update period_credits set awaits_use = true, ends = '${w.now}'::timestamptz - interval '1 day' where period_id = 'per_x'`,
  ],
  'R2-debit-of-a-period (before it began)': (w) => [
    'period_credits',
    asMia(w, 'ahead', `jsonb_set(jsonb_set(steps, '{0,deducts}', '"payment"'), '{0,hold}', '"hold_x"')`),
  ],
  'R2-debit-of-a-period (with the first stream)': (w) => [
    'period_credits',
    `update period_credits set status = 'held', ended_at = null, awaits_use = true, used_at = starts, steps = jsonb_set(steps, '{0,deducts}', '"first_use"') where subscription_id = '${w.mia}'`,
  ],
  'R2-debit-of-a-period (never began)': (w) => [
    'period_credits',
    asMia(w, 'released', `jsonb_set(steps, '{0,deducts}', '"payment"')`),
  ],
  'R5-recovered (in two parts)': (w) => [
    'transfers,accounts',
    `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
     select '${w.business}', 'trf_x' || n, 'credits_used/credit', 'wallet/credit/${w.south}', 'credit', 600, 'credits_recovered', t.cause_id || case n when 1 then '' else '/1' end, '${w.now}'
     from (select cause_id from transfers where business_id = '${w.business}' and purpose = 'credits_used' and debit_account = 'wallet/credit/${w.south}' and amount = 1000 limit 1) t, generate_series(1, 2) n`,
    `update accounts set balance = balance + 1200 where id = 'wallet/credit/${w.south}'`,
  ],

  'M4-transfer': (w) => ['transfers', transfer(w, 'deferred/EUR', 'deferred/EUR', 'EUR')],
  'M4-unit': (w) => ['transfers', transfer(w, 'deferred/EUR', `clearing/EUR/${w.gateway}`, 'USD')],
  'M4-zero': (w) => [
    'transfers,accounts',
    `insert into accounts (business_id, id, kind, unit, prepaid, created_at) values ('${w.business}', 'deferred/USD', 'deferred', 'USD', false, '${w.now}')`,
    transfer(w, 'deferred/EUR', 'deferred/USD', 'EUR'),
  ],
  'M5-balance': (w) => [
    'accounts',
    `update accounts set balance = balance + 5 where id = 'customer/EUR/${w.anaCustomer}'`,
  ],
  'M6-overdrawn': (w) => [
    'transfers,accounts',
    transfer(w, `customer/EUR/${w.anaCustomer}`, 'deferred/EUR', 'EUR'),
    `update accounts set balance = balance - 5 where id = 'customer/EUR/${w.anaCustomer}'`,
  ],
  'M7-held': () => ['accounts', `update accounts set held = held + 1 where kind = 'wallet'`],
  'M7-hold-ends-once': (w) => [
    'accounts,holds',
    `update holds set status = 'posted', ended_at = '${w.now}' where status = 'open'`,
    `update accounts set held = 0 where kind = 'wallet'`,
  ],

  'S3-one-line': (w) => [
    'lines,message_claims',
    `insert into lines (business_id, id, customer_id, subscription_id, panel_business_id, panel_id, kind, username, password, marker, connections, package, wanted, wanted_until, created_at)
     select business_id, 'line_x', customer_id, subscription_id, panel_business_id, panel_id, kind, 'second', password, 'ref:x', connections, package, 'active', wanted_until, created_at from lines where id = '${w.anaLine}'`,
    `update lines set done_revision = revision where id = 'line_x'`,
  ],
  'S3-one-remote': (w) => [
    'lines',
    `update lines set remote_id = (select remote_id from lines where id = '${w.anaLine}') where id = '${w.benLine}'`,
  ],
  'S3-one-name': (w) => [
    'lines',
    `update lines set username = (select upper(username) from lines where id = '${w.anaLine}') where id = '${w.benLine}'`,
  ],
  'S3-one-address': (w) => [
    'lines',
    `update lines set kind = 'mag', mac = '00:1A:79:12:34:56', held_mac = '00:1A:79:12:34:57' where id = '${w.anaLine}'`,
  ],
  'T3-panel': (w) => [
    'lines',
    `update lines set panel_business_id = '${w.other}', panel_id = '${w.otherPanel}', remote_id = '9999' where id = '${w.anaLine}'`,
  ],
  'S1-suspended-is-off': (w) => [
    'lines',
    `update lines set found = jsonb_set(found, '{enabled}', 'true') where id = '${w.cemLine}'`,
  ],
  'S1-access-as-found': (w) => ['lines', `update lines set remote_id = 'acs_gone' where id = '${w.anaLine}'`],
  'S5-activated-is-known': (w) => ['lines', `update lines set remote_id = null where id = '${w.anaLine}'`],
  'L5-charge-known': (w) => [
    'panel_charges',
    `insert into panel_charges (business_id, panel_id, seq, line_business_id, line_id, price, balance, state, asked_at)
     select panel_business_id, panel_id, 1, business_id, id, 2, 500, 'asked', created_at from lines where id = '${w.anaLine}'`,
  ],
  'L5-bought-counted': (w) => [
    'account_differences',
    `insert into account_differences (business_id, id, panel_id, from_at, at, expected, found, bought)
     select business_id, 'acd_x', id, created_at, created_at, 10, 20, 10 from panels where id = '${w.panel}'`,
  ],
  'L5-account-given-back': (w) => [
    'panels',
    `update panels set account_line = '${w.anaLine}', account_until = ${ago(w)} where id = '${w.panel}'`,
  ],
  'J1-comparison-goes-on': (w) => [
    'reconciliations,panel_checks',
    comparison(w, 'running', 0),
    `update panel_checks set next_at = null where panel_id = '${w.panel}'`,
  ],
  'J3-comparison-stuck': (w) => [
    'reconciliations,panel_checks',
    comparison(w, 'running', 0),
    `update panel_checks set next_at = ${ago(w)} where panel_id = '${w.panel}'`,
  ],
  'R1-listing-believed': (w) => ['reconciliations', comparison(w, 'done', 0)],
  'R3-pages-gone': (w) => [
    'reconciliations,reconciliation_pages',
    comparison(w, 'done', 9),
    `insert into reconciliation_pages (business_id, reconciliation_id, page, lines, strays) values ('${w.business}', 'rec_x', 1, '{}', '[]')`,
  ],
  'B18-adopted-is-there': (w) => [
    'adoptions,adoption_lines',
    adoption(w, 'adopted', 'null'),
    `insert into adoption_lines (business_id, id, adoption_id, state, username, line_id, subscription_id, created_at)
     values ('${w.business}', 'adl_x', 'ado_x', 'adopted', 'nobody', 'line_x', 'sub_x', ${ago(w)})`,
  ],
  'B18-asleep-is-adopted': (w) => [
    'subscriptions',
    `update subscriptions set asleep_since = ${ago(w)} where id = (select subscription_id from lines where id = '${w.anaLine}')`,
  ],
  'B18-asleep-is-quiet': (w) => [
    'subscriptions,steps_done,lines',
    `update subscriptions set asleep_since = ${ago(w)} where id = (select subscription_id from lines where id = '${w.anaLine}')`,
    `update lines set adopted_at = ${ago(w)} where id = '${w.anaLine}'`,
    `insert into steps_done (business_id, subscription_id, period_end, step, due_at, at, outcome)
     select business_id, id, paid_through, 'remind-x', ${ago(w)}, '${w.now}', 'done' from subscriptions where asleep_since is not null`,
  ],
  'J3-adoption-stuck': (w) => ['adoptions', adoption(w, 'looking', ago(w))],
  'B11-one-place': (w) => [
    'line_leftovers',
    `insert into line_leftovers (business_id, id, line_id, panel_business_id, panel_id, username, password, marker, kind, state, remove_at, created_at)
     select business_id, 'lef_x', id, panel_business_id, panel_id, username, password, marker, kind, 'gone', ${later(w)}, ${ago(w)} from lines where id = '${w.anaLine}'`,
  ],
  'B11-moved-is-there': (w) => [
    'line_moves',
    move(w, `'${w.panel}', 'pan_x'`, `null, null, null, 'done', null, '${w.now}'`),
  ],
  'B11-left-is-cleared': (w) => [
    'line_moves,panel_calls',
    move(w, `'pan_x', '${w.panel}'`, `null, null, null, 'done', null, '${w.now}'`),
    `insert into panel_calls (business_id, id, panel_id, line_id, operation, outcome, took_ms, at) values ('${w.business}', 'call_x', 'pan_x', '${w.anaLine}', 'createLine', 'ok', 1, ${ago(w)})`,
  ],
  'J3-move-stuck': (w) => [
    'line_moves',
    move(w, `'${w.panel}', 'pan_x'`, `null, null, null, 'waiting', ${ago(w)}, null`),
  ],
  'J3-wave-ends': (w) => [
    'line_moves,evacuations',
    `insert into evacuations (business_id, id, panel_id, canary, wave, most_failures, keep_days, tells, reason, state, started_at, started_by)
     values ('${w.business}', 'eva_x', '${w.panel}', 1, 1, 1, 7, true, 'x', 'stopped', ${ago(w)}, 'x')`,
    move(w, `'${w.panel}', 'pan_x'`, `'eva_x', 1, 1, 'waiting', ${later(w)}, null`),
  ],
  'J1-line-goes-on': (w) => ['lines', `update lines set revision = revision + 1 where id = '${w.anaLine}'`],
  'J3-line-stuck': (w) => ['lines', `update lines set next_try_at = ${ago(w)} where id = '${w.anaLine}'`],
  'J3-line-shown': (w) => [
    'lines',
    `update lines set needs_review = true, trouble = 'rejected' where id = '${w.anaLine}'`,
  ],
  'J1-credentials': (w) => [
    'message_claims',
    `update message_claims set claim = 'x' where claim = 'credentials/${w.anaLine}'`,
  ],

  'M9-no-overlap': (w) => [
    'periods',
    `insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
     select business_id, 'per_x', subscription_id, starts + interval '1 day', ends - interval '1 day', 'free', created_at from periods where id = ${lastPeriod(w.ana)}`,
  ],
  'M9-tiles': (w) => [
    'periods',
    `update periods set starts = starts + interval '30 minutes' where id = ${lastPeriod(w.ana)}`,
  ],
  'S-usage-ours': (w) => [
    'line_usage',
    `insert into line_usage (business_id, line_id, first_seen_at, last_seen_at, at_once) select business_id, id, activated_at - interval '1 minute', activated_at, 1 from lines where id = '${w.anaLine}'`,
  ],
  'M9-dark': (w) => [
    'subscriptions,periods',
    `update subscriptions s set served_since = p.starts + interval '1 second' from periods p where p.id = ${lastPeriod(w.ana)} and s.id = p.subscription_id`,
    `update periods set created_at = starts + interval '2 seconds' where id = ${lastPeriod(w.ana)}`,
  ],
  'M9-span': (w) => [
    'invoice_items',
    `update invoice_items set covers_until = period_start + interval '9 days', anchor_day = 9 where invoice_id = '${w.anaRenewal}' and kind = 'period'`,
  ],
  'M1-converted': (w) => [
    'invoice_items',
    `update invoice_items set converted = '${madeOf(1299, 1300)}' where invoice_id = '${w.anaRenewal}' and kind = 'period'`,
  ],
  'M9-converted': (w) => [
    'invoice_items',
    `update invoice_items set converted = '${madeOf(1300, 1300)}' where invoice_id = '${w.anaInvoice}' and kind = 'period'`,
  ],
  'M9-consolidated': (w) => ['invoices', `update invoices set consolidated = true where id = '${w.anaInvoice}'`],
  'S-household-lead': (w) => [
    'households,subscriptions',
    `insert into households (business_id, id, customer_id, lead_id, created_at) values ('${w.business}', 'hh_x', '${w.anaCustomer}', '${w.ben}', '${w.now}')`,
    `update subscriptions set household_id = 'hh_x' where id = '${w.ana}'`,
  ],
  'M9-own-items': (w) => [
    'invoice_items',
    `insert into invoice_items (business_id, id, invoice_id, subscription_id, kind, description, net_minor, total_minor, fulfilled_at) values ('${w.business}', 'item_x', '${w.anaInvoice}', '${w.ben}', 'custom', 'x', 0, 0, '${w.now}')`,
  ],
  'M9-length': (w) => [
    'periods,subscriptions',
    `update periods set ends = ends - interval '5 days' where id = ${lastPeriod(w.ana)}`,
    `update subscriptions set paid_through = paid_through - interval '5 days', cut_off_at = cut_off_at - interval '5 days' where id = '${w.ana}'`,
  ],
  'M9-served': (w) => [
    'periods',
    `update periods set sold_starts = starts, sold_ends = ends + interval '1 hour' where id = ${lastPeriod(w.ana)}`,
  ],
  'S-paused': (w) => [
    'pauses',
    `insert into pauses (business_id, id, subscription_id, starts, resumes_at, by) values ('${w.business}', 'pau_x', '${w.ana}', '${w.now}', ${later(w)}, 'x')`,
  ],
  'J3-pause-stuck': (w) => [
    'pauses,subscriptions,lines,events',
    `update subscriptions set status = 'paused', paused_at = ${ago(w)}, banked_seconds = floor(extract(epoch from paid_through - (${ago(w)}))) where id = '${w.ana}'`,
    `update lines set wanted = 'suspended', found = jsonb_set(found, '{enabled}', 'false') where id = '${w.anaLine}'`,
    `insert into events (business_id, id, at, type, actor, subject_type, subject_id, data) values ('${w.business}', 'evt_y', '${w.now}', 'subscription.paused', 'x', 'subscription', '${w.ana}', '{"to": "paused"}')`,
    `insert into pauses (business_id, id, subscription_id, starts, resumes_at, by) values ('${w.business}', 'pau_x', '${w.ana}', ${ago(w)}, ${ago(w)}, 'x')`,
  ],
  'M9-paid-through': (w) => [
    'subscriptions',
    `update subscriptions set paid_through = paid_through + interval '1 hour', cut_off_at = cut_off_at + interval '1 hour' where id = '${w.ana}'`,
  ],
  'S-history': (w) => ['subscriptions', `update subscriptions set status = 'grace' where id = '${w.ana}'`],
  'S3-has-line': (w) => ['lines', `delete from lines where subscription_id = '${w.emil}'`],
  'S1-wish': (w) => ['lines', `update lines set wanted = 'active' where id = '${w.cemLine}'`],
  'S1-overdue': (w) => [
    'policies,subscriptions',
    `update policies set rules = '[{}]'`,
    `update subscriptions set cut_off_at = ${ago(w)} where id = '${w.ana}'`,
  ],
  'S2-cut-off': () => [
    'policies',
    `update policies set steps = '[{"key": "suspend", "action": "suspend", "offset_days": 4}]'`,
  ],
  'S8-policy-applied': () => ['policies', 'update policies set version = version + 1'],
  'S2-safety-net': (w) => ['lines', `update lines set wanted_until = '${w.now}' where id = '${w.anaLine}'`],
  'S2-too-early': (w) => [
    'periods,subscriptions',
    `update periods set ends = ends + interval '73 hours' where id = ${lastPeriod(w.cem)}`,
    `update subscriptions set paid_through = paid_through + interval '73 hours' where id = '${w.cem}'`,
  ],
  'J1-engine-looks': (w) => ['subscriptions', `update subscriptions set next_step_at = null where id = '${w.ana}'`],
  'J3-engine-stuck': (w) => [
    'subscriptions',
    `update subscriptions set next_step_at = ${ago(w)} where id = '${w.ana}'`,
  ],

  'M5-invoice-total': (w) => [
    'invoices',
    `update invoices set net_minor = net_minor + 1, total_minor = total_minor + 1 where id = '${w.emilInvoice}'`,
  ],
  'M5-forgiven': (w) => ['payments', `update payments set forgiven_minor = 1 where id = '${w.emilPayment}'`],
  'M5-invoice-paid': (w) => ['invoices', `update invoices set paid_minor = 1 where id = '${w.emilInvoice}'`],
  'M5-settled': (w) => [
    'invoices',
    `update invoices set status = 'paid', paid_at = '${w.now}' where id = '${w.cemInvoice}'`,
  ],
  'M4-allocation': (w) => [
    'transfers',
    `update transfers set purpose = 'x' where purpose = 'sale' and cause_id = (select id from allocations where invoice_id = '${w.anaInvoice}')`,
  ],
  'M9-asked-once': (w) => [
    'invoice_items',
    `update invoice_items set period_start = (select period_start from invoice_items where invoice_id = '${w.anaRenewal}') where id = '${w.anaItem}'`,
  ],
  'M9-paid-once': (w) => [
    'periods',
    `update periods set kind = 'free', invoice_item_id = null where id = ${lastPeriod(w.ana)}`,
  ],
  'M9-paid-period': (w) => [
    'periods',
    `update periods p set invoice_item_id = o.invoice_item_id from periods o
     where (p.id = ${lastPeriod(w.ana)} and o.id = ${lastPeriod(w.ben)}) or (p.id = ${lastPeriod(w.ben)} and o.id = ${lastPeriod(w.ana)})`,
  ],
  'J3-paid-not-given': (w) => [
    'invoice_items',
    `insert into invoice_items (business_id, id, invoice_id, subscription_id, kind, description, net_minor, total_minor) values ('${w.business}', 'item_x', '${w.anaInvoice}', '${w.ana}', 'custom', 'x', 0, 0)`,
  ],
  'M10-number': (w) => [
    'invoice_series',
    `update invoice_series set last_number = last_number + 1 where business_id = '${w.business}'`,
  ],
  'M10-dates': (w) => [
    'invoices',
    `update invoices set issued_at = issued_at + interval '1 day' where business_id = '${w.business}' and number = 1`,
  ],
  'M10-credit-note': (w) => [
    'credit_notes,invoice_series',
    `insert into credit_notes (business_id, id, invoice_id, series, number, currency, total_minor, reason, by, issued_at)
     values ('${w.business}', 'cn_x', '${w.anaInvoice}', 'CN-2026', 1, 'EUR', 1299, 'x', 'x', '${w.now}')`,
    `insert into invoice_series (business_id, series, last_number) values ('${w.business}', 'CN-2026', 1)`,
  ],
  'M10-refund-credited': (w) => [
    'invoices',
    `update invoices v set tax = '{"rate": "0"}' from payments p where p.invoice_id = v.id and p.refunded_minor > 0 and v.business_id = '${w.business}'`,
  ],
  'M5-tax-stated': (w) => [
    'invoices',
    `update invoices set tax_in = '{"currency": "USD", "rate": "1", "netMinor": "0", "taxMinor": "7"}' where id = '${w.anaInvoice}'`,
  ],
  'M10-tax-stated': (w) => [
    'invoices,credit_notes,invoice_series',
    `update invoices v set tax_in = jsonb_build_object('currency', 'USD', 'rate', '1', 'netMinor', v.net_minor::text, 'taxMinor', v.tax_minor::text)
     from payments p where p.invoice_id = v.id and p.refunded_minor > 0 and v.business_id = '${w.business}'`,
    `insert into credit_notes (business_id, id, invoice_id, refund_id, series, number, currency, total_minor, reason, by, issued_at)
     select r.business_id, 'cn_x', p.invoice_id, r.id, 'CN-2026', 1, 'EUR', r.amount_minor, 'x', 'x', '${w.now}'
     from refunds r join payments p on p.business_id = r.business_id and p.id = r.payment_id where r.business_id = '${w.business}' and r.status = 'succeeded' limit 1`,
    `insert into invoice_series (business_id, series, last_number) values ('${w.business}', 'CN-2026', 1)`,
  ],
  'M5-tax-frozen': (w) => [
    'invoice_items',
    `update invoice_items set tax_rate = '5' where invoice_id = '${w.anaInvoice}'`,
  ],
  'M5-tax-rate': (w) => [
    'invoices,invoice_items',
    `update invoice_items set tax_rate = '19' where invoice_id = '${w.anaInvoice}'`,
    `update invoices set tax = '{"rate": "19", "prices": "inclusive"}' where id = '${w.anaInvoice}'`,
  ],
  'M4-tax-owed': (w) => [
    'transfers,accounts',
    `insert into accounts (business_id, id, kind, unit, prepaid, created_at) values ('${w.business}', 'tax/EUR', 'tax', 'EUR', false, '${w.now}')`,
    transfer(w, 'deferred/EUR', 'tax/EUR', 'EUR'),
  ],
  'M9-change-paid': (w) => ['plan_changes', planChange(w, 'applied', 'null', `'${w.now}'`)],
  'M9-price-notice': (w) => newPrice(w, { told: false, since: longAgo }),
  'M9-price-agreed': (w) => newPrice(w, { consent: 'ask', since: longAgo }),
  'M9-price-asked': (w) => newPrice(w, { newMinor: 1399, since: longAgo }),
  'M9-price-sold': (w) => newPrice(w, { since: later(w) }),
  'M9-price-applied': (w) => newPrice(w, { status: 'applied', names: false }),
  'M9-price-exception': (w) => [
    ...newPrice(w, { since: longAgo }),
    `insert into price_exceptions (business_id, id, subscription_id, reason, by, created_at) values ('${w.business}', 'pex_x', '${w.ana}', 'x', 'x', ${ago(w)})`,
  ],
  'M9-price-promise': (w) => [
    'overrides',
    `insert into overrides (business_id, id, subscription_id, kind, before, after, reason, by, at) values ('${w.business}', 'ovr_x', '${w.ana}', 'price_exception', '{}', '{}', 'x', 'x', ${ago(w)})`,
  ],
  'J4-outreach-once': (w) => [
    'outreaches,outreach_recipients',
    `insert into outreaches (business_id, id, subject, body, marketing, created_at, created_by) values ('${w.business}', 'out_x', 'x', 'x', false, '${w.now}', 'x')`,
    `insert into outreach_recipients (business_id, outreach_id, subscription_id, period_end, queued) values ('${w.business}', 'out_x', '${w.ana}', '${w.now}', true)`,
  ],
  'J3-campaign-stuck': (w) => [
    'price_campaigns',
    `insert into price_campaigns (business_id, id, name, change, effective_at, notice_days, consent, silence, status, created_at, created_by, started_at, started_by)
     values ('${w.business}', 'pcm_x', 'x', '{}', '2026-01-01', 0, 'notice', 'keep', 'running', ${ago(w)}, 'x', ${ago(w)}, 'x')`,
  ],
  'M9-add-on-paid': (w) => ['add_on_changes', addOnChange(w, 'applied', 'null', `'${w.now}'`)],
  'J3-add-on-stuck': (w) => ['add_on_changes', addOnChange(w, 'awaiting_payment', ago(w), 'null')],
  'M9-add-on-bought': (w) => [
    'subscription_add_ons,subscriptions,lines',
    `insert into subscription_add_ons (business_id, subscription_id, add_on_id, quantity, renews_quantity, price_minor) values ('${w.business}', '${w.ana}', '${w.extra}', 1, 1, 5)`,
    `update subscriptions set add_ons = 1, add_ons_minor = 5 where id = '${w.ana}'`,
    `update lines set connections = connections + 1, extra_connections = 1 where id = '${w.anaLine}'`,
  ],
  'S-add-ons': (w) => ['subscriptions', `update subscriptions set add_ons_minor = 5 where id = '${w.gus}'`],
  'M9-coupon-stock': (w) => ['coupons', `update coupons set taken = 2 where id = '${w.coupon}'`],
  'M9-coupon-periods': (w) => [
    'coupon_uses,invoice_items',
    `update coupon_uses set periods = 1 where coupon_id = '${w.coupon}'`,
    `insert into invoice_items (business_id, id, invoice_id, subscription_id, kind, description, coupon_use_id, net_minor, total_minor, fulfilled_at)
     select business_id, 'item_x', invoice_id, subscription_id, 'discount', 'x', coupon_use_id, 0, 0, fulfilled_at from invoice_items where kind = 'discount' limit 1`,
  ],
  'M9-coupon-freed': (w) => [
    'coupons,coupon_uses',
    `update coupons set taken = 0 where id = '${w.coupon}'`,
    `update coupon_uses set freed_at = '${w.now}' where coupon_id = '${w.coupon}'`,
  ],
  'M9-coupon-items': (w) => ['subscriptions', `update subscriptions set coupon_use_id = null where id = '${w.ida}'`],
  'M9-voucher-paid': (w) => [
    'voucher_batches,vouchers,transfers',
    `update vouchers set subscription_id = '${w.ana}' where batch_id = '${w.kiosk}' and status = 'redeemed'`,
  ],
  'M9-voucher-money': (w) => [
    'voucher_batches',
    `update voucher_batches set plan_id = null, value_currency = 'EUR', value_minor = 2000, price_minor = 1000, currency = 'EUR' where id = '${w.kiosk}'`,
  ],
  'M5-voucher-owed': (w) => [
    'vouchers',
    `update vouchers set status = 'void', voided_at = '${w.now}' where batch_id = '${w.kiosk}' and status = 'unused'`,
  ],
  'M8-owed-to-reseller': (w) => [
    'transfers',
    transferIn(w.business, `reseller/EUR/${w.south}`, 'collecting/EUR', 'kept', w.now),
  ],
  'M8-collected': (w) => [
    'collected,transfers',
    `insert into collected (business_id, id, loan_id, reseller_id, transfer_id, payment_id, kind, currency, amount_minor, at, free_at, created_at)
     values ('${w.business}', 'clf_x', '${w.loan}', '${w.south}', 'trf_of_nobody', 'pay_x', 'payment', 'EUR', 1, '${w.now}', '${w.now}', '${w.now}')`,
    transferIn(w.business, `clearing/EUR/${w.gateway}`, `reseller/EUR/${w.south}`, 'collected', w.now),
  ],
  'M8-collected-all': (w) => [
    'transfers',
    transferIn(w.south, `clearing/EUR/${w.lent}`, 'deferred/EUR', 'forgotten', '2026-03-01T12:00:00Z'),
  ],
  'M8-settled': (w) => [
    'transfers',
    transferIn(w.south, `fees/EUR/${w.lent}`, `clearing/EUR/${w.lent}`, 'collecting_kept', w.now),
  ],
  'M8-payout-parts': (w) => [
    'reseller_payout_parts',
    `insert into reseller_payout_parts (business_id, payout_id, loan_id, reseller_id, amount_minor) values ('${w.business}', '${w.paidOut}', 'gwl_x', '${w.south}', 1)`,
  ],
  'M8-statement': (w) => [
    'reseller_statements',
    `update reseller_statements set refunds_minor = refunds_minor - 1 where id = '${w.statement}'`,
  ],
  'T3-lent': (w) => [
    'gateway_loans',
    `insert into gateway_loans (business_id, id, gateway_account_id, reseller_id, child_account_id, created_at, created_by)
     values ('${w.business}', 'gwl_y', '${w.gateway}', '${w.other}', 'gwa_of_nobody', '${w.now}', 'system')`,
  ],
  'M5-affiliate-owed': (w) => [
    'commissions',
    `update commissions set kept_minor = kept_minor - 1 where affiliate_id = '${w.affiliate}' and kept_minor > 0`,
  ],
  'M1-commission': (w) => ['referrals', `delete from referrals where affiliate_id = '${w.affiliate}'`],
  'M1-affiliate-payout': (w) => [
    'affiliate_payouts',
    `update affiliate_payouts set way = 'by_hand' where affiliate_id = '${w.affiliate}'`,
  ],
  // Paid by hand and back again, by the sums; nothing says that the one undoes the other.
  'M1-affiliate-payout-back': (w) => [
    'affiliate_payouts,transfers',
    `insert into affiliate_payouts (business_id, id, affiliate_id, currency, amount_minor, way, created_at, created_by, taken_back_at, taken_back_by, taken_back_reason)
     values ('${w.business}', 'apo_x', '${w.affiliate}', 'EUR', 5, 'by_hand', '${w.now}', 'system', '${w.now}', 'system', 'x')`,
    `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
     values ('${w.business}', 'trf_x', 'affiliate/EUR/${w.affiliate}', 'bank/EUR', 'EUR', 5, 'affiliate_payout', 'apo_x', '${w.now}'),
       ('${w.business}', 'trf_y', 'bank/EUR', 'affiliate/EUR/${w.affiliate}', 'EUR', 5, 'affiliate_payout_taken_back', 'apo_x', '${w.now}')`,
  ],
  'M9-quote-kept': (w) => ['quotes', `update quotes set price_minor = price_minor + 1 where id = '${w.quote}'`],
  'M9-voucher-count': (w) => ['voucher_batches', `update voucher_batches set count = 3 where id = '${w.kiosk}'`],
  'S1-restricted': (w) => ['lines', `update lines set restricted_to = 1 where id = '${w.anaLine}'`],
  'S1-connections': (w) => ['lines', `update lines set extra_connections = 0 where subscription_id = '${w.gus}'`],
  'J3-change-stuck': (w) => ['plan_changes', planChange(w, 'awaiting_payment', ago(w), 'null')],
  'M10-frozen': (w) => ['invoices', `update invoices set issued_at = '${w.now}' where id = '${w.emilInvoice}'`],

  'M1-fact': (w) => ['money_facts', `delete from money_facts where payment_id = '${w.anaPayment}'`],
  'M1-receipt': (w) => [
    'transfers',
    `update transfers set purpose = 'x' where purpose = 'receipt' and cause_id = '${w.anaPayment}'`,
  ],
  'M2-once': (w) => [
    'payments',
    `update payments set remote_ref = (select remote_ref from payments where id = '${w.anaPayment}') where id = '${w.benPayment}'`,
  ],
  'M2-entry-once': () => [
    'bank_entries',
    `insert into bank_entries select (jsonb_populate_record(e, '{"id": "ben_x"}')).* from bank_entries e where status = 'waiting'`,
  ],
  'M1-entry-booked': () => [
    'bank_entries',
    `update bank_entries set amount_minor = amount_minor + 1 where status = 'booked'`,
  ],
  'M1-difference-booked': (w) => [
    'money_differences',
    `update money_differences set theirs_minor = theirs_minor + 1 where fact = '${w.strange}'`,
  ],
  'M1-stray-fact': () => [
    'money_facts',
    `update money_facts set amount_minor = amount_minor + 1 where currency is not null`,
  ],
  'M1-stray-booked': () => ['transfers', `update transfers set purpose = 'x' where purpose like 'stray/%'`],
  'M4-suspense': (w) => [
    'transfers',
    `insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
     values ('${w.business}', 'trf_x', 'suspense/USD', 'clearing/USD/${w.gateway}', 'USD', 1, 'x', 'x', '${w.now}')`,
  ],
  'M4-suspense that nobody is told of': () => ['attention', `delete from attention where kind = 'stray_money'`],
  'J1-comparison-pages': (w) => [
    'gateway_comparison_pages',
    `insert into gateway_comparison_pages (business_id, comparison_id, page, payments) select business_id, id, 0, '{}' from gateway_comparisons where business_id = '${w.business}' limit 1`,
  ],
  'J1-entry-seen': () => [
    'bank_entries',
    `update bank_entries set status = 'new', why = null where status = 'waiting'`,
  ],
  'J3-import-stuck': (w) => ['bank_imports', `update bank_imports set next_match_at = ${ago(w)}`],
  'M3-same-invoice': (w) => [
    'payments',
    `update payments set customer_id = '${w.anaCustomer}' where id = '${w.emilPayment}'`,
  ],
  'M3-mode': (w) => ['businesses', `update businesses set mode = 'live' where id = '${w.other}'`],
  'M5-allocated': (w) => [
    'payments,allocations',
    payment(w, 'pay_x', w.anaInvoice, 'failed'),
    `update allocations set payment_id = 'pay_x' where invoice_id = '${w.anaInvoice}'`,
  ],
  'M3-several': (w) => [
    'payment_invoices',
    `insert into payment_invoices (business_id, payment_id, invoice_id, position) values ('${w.business}', '${w.anaPayment}', '${w.emilInvoice}', 1)`,
  ],
  'M7-refund-of-invoice': (w) => ['refunds', `update refunds set invoice_id = '${w.anaInvoice}'`],
  'M7-refunded': (w) => ['payments', `update payments set refunded_minor = 1 where id = '${w.anaPayment}'`],
  // Of a cent more than she paid for, all is asked back as if she had bought something with it.
  'M7-refund-of-sale': (w) => [
    'payments,money_facts,transfers,accounts,refunds',
    `update payments set received_minor = received_minor + 1 where id = '${w.doraPayment}'`,
    `update money_facts set amount_minor = amount_minor + 1 where payment_id = '${w.doraPayment}' and kind = 'capture'`,
    `update transfers set amount = amount + 1 where cause_id = '${w.doraPayment}' and purpose = 'receipt'`,
    `update accounts set balance = balance + 1 where id = (select credit_account from transfers where cause_id = '${w.doraPayment}' and purpose = 'receipt')`,
    `insert into refunds (business_id, id, payment_id, currency, amount_minor, status, reason, by, created_at, next_check_at)
      select business_id, 'ref_' || id, id, currency, received_minor - refunded_minor, 'requested', 'x', 'x', '${w.now}', ${later(w)}
      from payments where customer_id = (select customer_id from payments where id = '${w.doraPayment}') and received_minor > refunded_minor`,
  ],
  'M7-refund-booked': () => ['transfers', `update transfers set purpose = 'x' where purpose = 'refund'`],
  'J1-payment-asked': (w) => [
    'payments',
    `update payments set status = 'processing', next_check_at = null where id = '${w.emilPayment}'`,
  ],
  'J1-refund-asked': (w) => ['refunds', `update refunds set next_check_at = ${later(w)}`],
  'J1-notice-ends': () => ['notices', `update notices set done_at = null where id = (select min(id) from notices)`],
  'M2-one-way': (w) => [
    'payments',
    `update payments set status = 'requires_action', next_check_at = ${later(w)}, superseded_at = null where id = '${w.emilPayment}'`,
    payment(w, 'pay_x', w.emilInvoice, 'requires_action'),
  ],
  'M2-charged-paid': (w) => [
    'payments',
    `update payments set created_at = created_at + interval '1 second' where id = '${w.fayCharge}'`,
  ],
  'M3-consent': (w) => [
    'payment_methods',
    `update payment_methods set consented_at = ${later(w)} where id = '${w.fayMethod}'`,
  ],
  'M3-network-limit': (w) => [
    'payments',
    `insert into payments (business_id, id, invoice_id, customer_id, gateway_account_id, attempt, status, currency, amount_minor, payment_method_id, created_at)
     select business_id, 'pay_' || n, invoice_id, customer_id, gateway_account_id, 100 + n, 'failed', currency, amount_minor, payment_method_id, created_at
     from payments, generate_series(1, 11) n where id = '${w.fayCharge}'`,
  ],
  'J1-collection-goes-on': (w) => [
    'collections',
    `update collections set status = 'charging', next_try_at = null where invoice_id = '${w.fayOpen}'`,
  ],
  'J3-collection-stuck': (w) => [
    'collections',
    `update collections set next_try_at = ${ago(w)} where invoice_id = '${w.fayOpen}'`,
  ],
  'J1-card-watched': (w) => [
    'payment_methods',
    `update payment_methods set warn_at = null where id = '${w.fayMethod}'`,
  ],
  'J3-card-stuck': (w) => [
    'payment_methods',
    `update payment_methods set warn_at = ${ago(w)} where id = '${w.fayMethod}'`,
  ],
  'M3-setup-consent': (w) => [
    'method_setups',
    setupOf(w, `'succeeded', 'Another sentence.', id, null::timestamptz, '${w.now}'`),
  ],
  'J1-setup-goes-on': (w) => [
    'method_setups',
    setupOf(w, `'created', mandate, null, null::timestamptz, null::timestamptz`),
  ],
  'J3-setup-stuck': (w) => ['method_setups', setupOf(w, `'created', mandate, null, ${ago(w)}, null::timestamptz`)],
  'J1-method-forgotten': (w) => [
    'payment_methods',
    `update payment_methods set status = 'removed', removed_at = '${w.now}', is_default = false where id = '${w.fayMethod}'`,
  ],
  'J3-money-stuck': (w) => ['payments', `update payments set next_check_at = ${ago(w)} where id = '${w.emilPayment}'`],

  'S7-full-ladder': (w) => [
    'events',
    event(w, 'subscription.terminated', 'rule:x', 'sub_x', '{"from": "active"}', `'${w.now}'`),
  ],
  'S2-payment-on-its-way': (w) => [
    'payments,events',
    payment(w, 'pay_x', w.cemInvoice, 'processing'),
    event(w, 'payment.processing', 'system', 'pay_x', '{}', `'${w.now}'::timestamptz - interval '30 hours'`),
  ],
  'J4-step-in-time': () => [
    'steps_done',
    `update steps_done set at = due_at - interval '1 second' where step = 'grace'`,
  ],

  'M4-gateway-fee': (w) => ['gateway_moves', gatewayMove(w, 'pay_x_in', 'booked', 44)],
  'M4-payout-difference': (w) => [
    'payouts,bank_entries',
    `update payouts set difference_minor = 5, entry_id = ${waitingEntry}, settled_at = '${w.now}', settled_by = 'x', settled_reason = 'x' where id = '${w.payout}'`,
    `update bank_entries set status = 'noted', why = null where id = ${waitingEntry}`,
  ],
  'M4-payout-entry': (w) => ['payouts', `update payouts set entry_id = ${waitingEntry} where id = '${w.payout}'`],
  'M4-payout-fee': (w) => [
    'gateway_moves,payouts',
    `update payouts set remote_ref = 'po_told' where id = '${w.payout}'`,
    gatewayMove(w, 'pay_x_in', 'waiting', 44),
  ],
  'M4-payout': (w) => ['payouts', `update payouts set fee_minor = fee_minor + 1 where id = '${w.payout}'`],
  'M7-dispute-booked': (w) => ['disputes', `update disputes set lost_minor = 1 where id = '${w.dispute}'`],
  'M7-disputed': (w) => [
    'payments',
    `update payments set disputed_minor = disputed_minor + 1 where id = '${w.gusPayment}'`,
  ],
  'M3-frozen': (w) => ['disputes', disputed(w.fayCharge, 'null', `'${w.now}'::timestamptz - interval '90 days'`)],
  'J1-dispute-asked': (w) => ['disputes', disputed(w.anaPayment, `'du_x'`, `'${w.now}'`)],

  'J4-sent-is-accepted': () => [
    'messages',
    `update messages set accepted_at = null where id = ${oneMessage('receipt')}`,
  ],
  'J4-claimed': () => [
    'message_claims',
    `update message_claims set message_id = 'x' where message_id = ${oneMessage('receipt')}`,
  ],
  'J1-message-goes-on': (w) => [
    'messages',
    `update messages set next_try_at = ${later(w)} where id = ${oneMessage('receipt')}`,
  ],
  'J3-message-stuck': (w) => [
    'messages',
    `update messages set status = 'queued', accepted_at = null, next_try_at = ${ago(w)} where id = ${oneMessage('receipt')}`,
  ],
  'S6-never-active': (w) => [
    'messages',
    `update messages set created_at = created_at - interval '1 hour' where template = 'credentials' and about->>'line_id' = '${w.anaLine}'`,
  ],

  'S6-ready-is-up': (w) => [
    'orders',
    `update orders set status = 'ready', ready_at = '${w.now}' where id = '${w.emilOrder}'`,
  ],
  'M3-order-and-invoice': (w) => [
    'orders',
    `update orders set subscription_id = '${w.ana}' where id = '${w.emilOrder}'`,
  ],
  'S6-trial-allowed': (w) => [
    'trial_allowances',
    `insert into trial_allowances (business_id, id, mark, reason, by, created_at, used_at, order_id) values ('${w.business}', 'tra_x', 'x', 'x', 'x', ${ago(w)}, ${ago(w)}, '${w.anaOrder}')`,
  ],
  'J3-order-told': (w) => ['orders', `update orders set status = 'canceled' where id = '${w.anaOrder}'`],
  'J3-order-expires': (w) => ['orders', `update orders set expires_at = null where id = '${w.emilOrder}'`],

  'T3-periods-invoice_item_id': (w) => ['periods', fakePeriod(w, 'invoice_item_id')],
  'T3-periods-hold_id': (w) => ['periods', fakePeriod(w, 'hold_id')],
  'T3-policy_choices-policy_id': (w) => [
    'policy_choices',
    `insert into policy_choices (business_id, id, scope, policy_id, created_at, created_by) values ('${w.business}', 'poc_x', 'business', 'nobody', '${w.now}', 'x')`,
  ],
  'T3-subscriptions-policy_id': (w) => [
    'subscriptions',
    `update subscriptions set policy_id = 'nobody' where id = '${w.emil}'`,
  ],
  'T3-lines-panel_id': (w) => ['lines', `update lines set panel_id = 'nobody' where subscription_id = '${w.emil}'`],
  'T3-money_facts-payment_id': (w) => [
    'money_facts',
    `insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at) values ('${w.business}', '${w.gateway}', 'dispute', 'x', 'nobody', 1, '${w.now}')`,
  ],
  'T3-money_facts-gateway_account_id': (w) => [
    'money_facts',
    `insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at) values ('${w.business}', 'nobody', 'dispute', 'x', '${w.anaPayment}', 1, '${w.now}')`,
  ],
  'J4-parked-waits': (w) => [
    'parked_runs,parked_steps',
    `insert into parked_runs (business_id, id, kind, most, opened_at) values ('${w.business}', 'run_x', 'suspend', 10, '${w.now}')`,
    `insert into parked_steps (business_id, subscription_id, period_end, step, run_id, action, because, currency, amount_minor, parked_at)
      select business_id, subscription_id, period_end, step, 'run_x', 'suspend', 'x', 'EUR', 1, '${w.now}' from steps_done
      where subscription_id = '${w.cem}' and step = 'suspend' and outcome = 'done'`,
  ],
  'S2-incident-waits': (w) => [
    'incidents',
    incident(w, `'${w.now}'::timestamptz - interval '20 days', null, null, null, null`),
  ],
  'S9-compensation-given': (w) => ['compensations,incidents', incident(w, past(w)), compensation(w)],
  'S9-compensation-within': (w) => [
    'compensations,incidents,periods,subscriptions,lines',
    incident(w, past(w)),
    compensation(w).replace('7200, 7200', '7200, 999999').replace("interval '7200", "interval '999999"),
    `insert into periods (business_id, id, subscription_id, starts, ends, kind, created_at)
      select business_id, 'per_x', subscription_id, ends_before, ends_after, 'compensation', created_at from compensations`,
    `update subscriptions set paid_through = paid_through + interval '999999 seconds', cut_off_at = cut_off_at + interval '999999 seconds' where id = '${w.ana}'`,
    `update lines set wanted_until = wanted_until + interval '999999 seconds', found = jsonb_set(found, '{expires_at}', to_jsonb(wanted_until + interval '999999 seconds')) where id = '${w.anaLine}'`,
  ],
  'J3-incident-stuck': (w) => ['incidents', incident(w, `${ago(w)}, ${ago(w)}, null, null, ${ago(w)}`)],
  'T3-notices-gateway_account_id': () => [
    'notices',
    `update notices set gateway_account_id = 'nobody' where id = (select min(id) from notices)`,
  ],
  'T3-invoice_items-plan_id': (w) => [
    'invoice_items',
    `update invoice_items set plan_id = 'nobody' where invoice_id = '${w.emilInvoice}'`,
  ],
  'T3-panel_calls-line_id': () => [
    'panel_calls',
    `update panel_calls set line_id = 'nobody' where id = (select min(id) from panel_calls)`,
  ],
  'T3-messages-customer_id': () => [
    'messages',
    `update messages set customer_id = 'nobody' where id = ${oneMessage('receipt')}`,
  ],
  'T3-transfers-undoes': (w) => [
    'transfers',
    `update transfers set undoes = 'nobody' where id = (select min(id) from transfers where business_id = '${w.business}')`,
  ],
  // The customer of another business: what a plain foreign key would take.
  'T3-customer_notes_business_id_customer_id_fkey': (w) => [
    'customer_notes',
    `insert into customer_notes (business_id, id, customer_id, author, body, at) values ('${w.business}', 'note_x', '${w.zoeCustomer}', 'x', 'x', '${w.now}')`,
    `alter table customer_notes add constraint customer_notes_business_id_customer_id_fkey foreign key (business_id, customer_id) references customers (business_id, id) not valid`,
  ],
}
