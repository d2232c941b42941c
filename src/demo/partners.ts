/** Whom else the demo's past knows: a reseller with a shop of his own, who ran short of credits today, and buyers who took their money back. */
import { type Shop, transaction } from '#app.ts'
import { sendEvidence } from '#modules/billing/disputes/evidence.ts'
import { listDisputes } from '#modules/billing/disputes/queries.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { findInvoice, paymentsOf, renewalInvoiceOf } from '#modules/billing/queries.ts'
import { placeOrder } from '#modules/checkout/place-order.ts'
import { saveSupportAccess } from '#modules/people/acting.ts'
import { openShop } from '#modules/people/business.ts'
import { signLink } from '#modules/people/links.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { acceptInvitation } from '#modules/reselling/accept-invitation.ts'
import { buyCredits, packsForSale } from '#modules/reselling/buy-credits.ts'
import { inviteReseller } from '#modules/reselling/invite-reseller.ts'
import { savePack } from '#modules/reselling/packs.ts'
import { sharePlan, standardTerms } from '#modules/reselling/share-plans.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { assert } from '#platform/errors.ts'
import type { PlanKey } from './catalog.ts'
import { buy, daysBefore, post, press, type Stage, staffShop, start } from './make-past.ts'
import { guest } from './mishaps.ts'

export const resellerEmail = 'lena@southwind.example'

export function partners(stage: Stage, now: Temporal.Instant): void {
  const at = daysBefore(now)
  let south: Shop | null = null
  const shop = () => {
    assert(south !== null, 'the reseller has joined')
    return south
  }

  stage.plan(at(58), async () => {
    south = await joins(stage)
  })
  for (const [index, name] of customers.entries())
    stage.plan(at(55 - 6 * index), () => sells(stage, shop(), name, index % 3 === 2 ? 'solo' : 'family'))
  for (const days of [50, 27]) stage.plan(at(days), () => buysPack(stage, shop()))
  // By now his credits are gone: who pays him today waits for more.
  for (const [index, name] of waiting.entries())
    stage.plan(at(0.3 - 0.1 * index), () => sells(stage, shop(), name, 'family'))

  disputed(stage, {
    name: 'Carl Back',
    plan: 'family',
    reason: 'fraudulent',
    bought: at(48),
    opened: at(44),
    lost: at(24),
  })
  disputed(stage, { name: 'Dina Doubt', plan: 'solo', reason: 'product_not_received', bought: at(17), opened: at(3) })
}

const customers = [
  'Pia Sommer',
  'Levi Stern',
  'Ada Blum',
  'Otto Kern',
  'Mila Voss',
  'Finn Arndt',
  'Ella Roth',
  'Noah Graf',
]
const waiting = ['Iris Lange', 'Theo Winter']

async function joins(stage: Stage): Promise<Shop> {
  const { app, catalog } = stage
  const parent = await staffShop(stage)
  for (const [name, credits, priceMinor] of [
    ['Ten credits', 10n, 4_000n],
    ['Fifty credits', 50n, 18_000n],
  ] as const)
    await transaction(parent, 'save-pack', (tx) =>
      savePack(tx, parent, {
        name,
        creditsMilli: credits * 1_000n,
        currency: parent.currency,
        priceMinor,
        active: true,
      }),
    )
  const planIds = [catalog.plans.solo, catalog.plans.family]
  const { id } = await inviteReseller(parent, { email: resellerEmail, name: 'Lena', planIds, creditsMilli: 3_000n })
  const token = signLink(
    app,
    { kind: 'reseller', businessId: parent.businessId, id },
    stage.clock.now().add({ hours: 48 }),
  )
  const signIn = createSignIn(app, { sendMagicLink: async () => {}, limits: createRateLimits(app) })
  const { zone, currency, country, language } = parent
  const wanted = {
    name: 'Southwind TV',
    slug: 'southwind',
    zone,
    currency,
    country,
    language,
    attests: true,
    password: null,
  }
  const { businessId } = await acceptInvitation(app, signIn, token, wanted)
  for (const [planId, credits] of [
    [catalog.plans.solo, 1n],
    [catalog.plans.family, 2n],
  ] as const) {
    const terms = { ...standardTerms, costMilli: credits * 1_000n }
    await transaction(parent, 'share-plan', (tx) => sharePlan(tx, parent, { resellerId: businessId, planId, ...terms }))
  }
  await stage.engine.settle()
  const shop = await openShop(app, businessId, `staff:${resellerEmail}`)
  await transaction(shop, 'save-support-access', (tx) => saveSupportAccess(tx, shop, true))
  return shop
}

/** By hand, as somebody does who meets his customers: an order, and cash for it; a day before its end cash for the next month. */
async function sells(stage: Stage, shop: Shop, name: string, plan: 'solo' | 'family'): Promise<void> {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.org`
  const planId = stage.catalog.plans[plan]
  const order = await placeOrder(shop, { cartKey: `demo/${email}`, planId, email, name, source: 'console' })
  await takesCash(stage, shop, order.invoiceId ?? '')
  stage.plan(stage.clock.now().add({ hours: 24 * 29 }), async () => {
    const next = await transaction(shop, 'read-renewal', async (tx) => {
      const { id, paidThrough } = await readSubscription(tx, order.subscriptionId ?? '')
      return paidThrough === null ? null : renewalInvoiceOf(tx, id, paidThrough)
    })
    if (next !== null) await takesCash(stage, shop, next.id)
  })
}

async function takesCash(stage: Stage, shop: Shop, invoiceId: string): Promise<void> {
  const invoice = await transaction(shop, 'read-invoice', (tx) => findInvoice(tx, invoiceId))
  assert(invoice !== null, 'what is sold has its invoice')
  const amount = { minor: invoice.totalMinor - invoice.paidMinor, currency: invoice.currency }
  await markReceived(shop, { invoiceId, amount, reference: 'cash' })
  await stage.engine.settle()
}

async function buysPack(stage: Stage, shop: Shop): Promise<void> {
  const [pack] = await packsForSale(shop)
  const { invoiceId } = await buyCredits(shop, pack?.id ?? '')
  const invoice = await transaction(await staffShop(stage), 'read-invoice', (tx) => findInvoice(tx, invoiceId))
  await press(stage, await start(stage, invoice?.customerId ?? '', invoiceId, stage.catalog.sandboxId), 'pay')
}

type Disputed = {
  name: string
  plan: PlanKey
  reason: string
  bought: Temporal.Instant
  opened: Temporal.Instant
  /** Left out: it is still open. */
  lost?: Temporal.Instant
}

/** Somebody goes to his bank; where it was decided, the shop had answered before. */
function disputed(stage: Stage, { name, plan, reason, bought, opened, lost }: Disputed): void {
  stage.plan(bought, async () => {
    const { invoiceId } = await buy(stage, guest(name, ''), plan)
    stage.plan(opened, async () => {
      const shop = await staffShop(stage)
      const payments = await transaction(shop, 'read-payments', (tx) => paymentsOf(tx, invoiceId ?? ''))
      await post(stage, '/__dispute', { id: payments.find(({ status }) => status === 'succeeded')?.remoteRef, reason })
      await stage.engine.settle()
      if (lost !== undefined) await answers(stage, lost)
    })
  })
}

async function answers(stage: Stage, lost: Temporal.Instant): Promise<void> {
  const shop = await staffShop(stage)
  const [dispute] = await transaction(shop, 'read-disputes', (tx) => listDisputes(tx, {}, { limit: 1 }))
  assert(dispute !== undefined, 'a notice told of the dispute')
  await sendEvidence(shop, dispute.id)
  stage.plan(lost, async () => {
    await post(stage, '/__verdict', { dispute: dispute.remoteRef, to: 'lost' })
    await stage.engine.settle()
  })
}
