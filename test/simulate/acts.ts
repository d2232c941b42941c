import { transaction } from '#app.ts'
import { cancelNow, previewCancel } from '#modules/billing/cancel-subscription.ts'
import { changeAddOn } from '#modules/billing/change-add-ons.ts'
import { changePlan, undoPlanChange } from '#modules/billing/change-plan.ts'
import { chargeInvoice } from '#modules/billing/charge-invoice.ts'
import { joinHousehold, leaveHousehold } from '#modules/billing/household.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { removeMethod } from '#modules/billing/payment-methods.ts'
import { previewAddOn } from '#modules/billing/preview-add-ons.ts'
import { previewPlanChange } from '#modules/billing/preview-plan-change.ts'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { listAddOns } from '#modules/catalog/add-ons.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { changeTvLogin, reconcileNow } from '#modules/lines/want-line.ts'
import { heldOf } from '#modules/subscriptions/add-ons.ts'
import { answerPrice } from '#modules/subscriptions/answer-price.ts'
import { giveFreeDays, resumeByHand, suspendByHand, terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { holdSuspension, setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { moveEnd, restoreByHand } from '#modules/subscriptions/move-end.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { redeemOnto } from '#modules/vouchers/redeem-onto.ts'
import { sql } from '#platform/db.ts'
import { actsOfAffiliates } from './affiliates.ts'
import { pays } from './paying.ts'
import type { Standing, Temper } from './people.ts'
import { actsTogether } from './together.ts'
import type { World } from './world.ts'

/** How likely somebody does it today: `of` sees him as he stood this morning. */
export type Act = {
  name: string
  likely(of: Standing, temper: Temper, now: Temporal.Instant): number
  do(world: World, of: Standing, temper: Temper): Promise<unknown>
}

const hoursTo = (at: Temporal.Instant | null, now: Temporal.Instant): number =>
  at === null ? Number.POSITIVE_INFINITY : (at.epochMilliseconds - now.epochMilliseconds) / 3_600_000

const runs = ({ status }: Standing) => status === 'active' || status === 'grace' || status === 'trial'

export const acts: readonly Act[] = [
  ...actsTogether,
  ...actsOfAffiliates,
  {
    name: 'pays what is asked',
    likely(of, temper, now) {
      if (of.openInvoiceId === null || !of.renewable) return 0
      const left = hoursTo(of.paidThrough, now)
      if (of.status === 'terminated') return temper === 'late' ? 0.1 : 0.01
      if (of.status === 'suspended') return temper === 'late' ? 0.5 : temper === 'never' ? 0.02 : 0.3
      if (of.status === 'grace')
        return temper === 'in grace' || temper === 'by debit'
          ? 0.7
          : temper === 'late' || temper === 'never'
            ? 0.02
            : 0.5
      return temper === 'never' || temper === 'late' || temper === 'in grace' || temper === 'by debit'
        ? 0.03
        : left < 48
          ? 0.7
          : 0.2
    },
    // Late payers like the ways that take days.
    do: (world, of, temper) => pays(world, of.openInvoiceId ?? '', temper, of.status === 'grace'),
  },
  {
    name: 'pays for the order at last',
    likely: (of) => (of.orderStatus === 'awaiting_payment' ? 0.4 : 0),
    do: (world, of, temper) => pays(world, of.orderInvoiceId ?? '', temper),
  },
  {
    name: 'renews before he is asked',
    likely: (of, temper) => (of.status === 'active' && of.renewable ? (temper === 'early' ? 0.1 : 0.01) : 0),
    do: (world, of, temper) => renews(world, of, temper),
  },
  {
    name: 'comes back after the end',
    likely: (of, temper) => (of.status === 'terminated' && of.renewable && temper !== 'never' ? 0.04 : 0),
    do: (world, of, temper) => renews(world, of, temper),
  },
  {
    name: 'looks whether his payment arrived',
    likely: (of) => (of.orderStatus === 'awaiting_payment' || of.orderStatus === 'processing' ? 0.5 : 0.02),
    async do(world, of) {
      const [payment] = await world.look<{ id: string }>(paymentsBy(of.id))
      if (payment) await refreshPayment(await world.shopFor(`customer:${of.email}`), payment.id)
    },
  },
  {
    name: 'changes his mind before paying',
    likely: (of) => (of.orderStatus === 'awaiting_payment' ? 0.08 : 0),
    do: async (world, of) => cancelOrder(await world.shopFor('customer:x'), of.orderId ?? ''),
  },
  {
    name: 'switches renewal off',
    likely: (of) => (runs(of) && of.autoRenew ? 0.006 : 0),
    do: (world, of) => switchRenewal(world, of, false),
  },
  {
    name: 'switches renewal on again',
    likely: (of) => (of.renewable && !of.autoRenew && of.status !== 'pending' ? 0.05 : 0),
    do: (world, of) => switchRenewal(world, of, true),
  },
  {
    name: 'asks for his login once more',
    likely: (of) => (runs(of) ? 0.01 : 0),
    async do(world, of) {
      const shop = await world.shopFor('customer:x')
      await transaction(shop, 'resend-login', (tx) => resendLogin(tx, shop, of.lineId ?? '', shop.now()))
    },
  },
  {
    name: 'gets money back',
    likely: (of) => (of.receivedMinor > of.refundedMinor ? 0.004 : 0),
    async do(world, of) {
      const left = of.receivedMinor - of.refundedMinor
      const minor = world.chance.next() < 0.5 ? left : (left + 1n) / 2n
      const shop = await world.shopFor('staff:ann')
      await refundPayment(shop, of.paymentId ?? '', { minor, currency: shop.currency }, 'he asked for it')
    },
  },
  {
    name: 'gets free days',
    likely: (of) => (runs(of) || of.status === 'suspended' ? 0.004 : 0),
    do: async (world, of) =>
      giveFreeDays(await world.shopFor('staff:ann'), of.id, Math.ceil(world.chance.between(0, 5)), 'sorry'),
  },
  {
    name: 'is suspended by hand',
    likely: (of) => (runs(of) ? 0.003 : 0),
    do: async (world, of) => suspendByHand(await world.shopFor('staff:ann'), of.id, 'shared'),
  },
  {
    name: 'is resumed by hand',
    likely: (of) => (of.status === 'suspended' ? 0.05 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      await resumeByHand(shop, of.id, 'promised', shop.now().add({ hours: 30 }))
    },
  },
  {
    name: 'is held back from suspension',
    likely: (of) => (of.status === 'grace' ? 0.03 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      const until = shop.now().add({ hours: Math.ceil(world.chance.between(1, 200)) })
      await transaction(shop, 'hold', (tx) => holdSuspension(tx, shop, of.id, until, shop.now(), 'on holiday'))
    },
  },
  {
    name: 'is tried on the panel again',
    likely: (of) => (of.needsReview ? 0.6 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      await transaction(shop, 'try-again', (tx) => reconcileNow(tx, shop, of.lineId ?? '', shop.now()))
    },
  },
  {
    name: 'gets another login',
    likely: (of) => (of.status === 'active' ? 0.004 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      await transaction(shop, 'another-login', (tx) => changeTvLogin(tx, shop, of.lineId ?? '', null, shop.now()))
    },
  },
  {
    name: 'wants more screens, or fewer',
    likely: (of) => (of.status === 'active' || of.status === 'grace' ? 0.03 : 0),
    do: changesAddOn,
  },
  {
    name: 'changes his plan',
    likely: (of) => (of.status === 'active' && of.renewable ? 0.01 : 0),
    do: changesPlan,
  },
  {
    name: 'takes his change of plan back',
    likely: (of) => (of.status === 'active' && of.renewable ? 0.006 : 0),
    do: async (world, of) => undoPlanChange(await world.shopFor('customer:x'), of.id),
  },
  {
    name: 'pauses',
    likely: (of) => (of.status === 'active' ? 0.006 : 0),
    async do(world, of) {
      const shop = await world.shopFor('customer:x')
      const until = shop.now().add({ hours: Math.ceil(world.chance.between(1, 400)) })
      await pauseSubscription(shop, of.id, { until: world.chance.next() < 0.7 ? until : null, reason: 'on holiday' })
    },
  },
  {
    name: 'goes on before its day',
    likely: (of) => (of.status === 'paused' ? 0.1 : 0),
    do: async (world, of) => resumePaused(await world.shopFor('customer:x'), of.id),
  },
  {
    name: 'answers to a new price',
    likely: (of) => (of.isAsked ? 0.15 : 0),
    do: async (world, of) => answerPrice(await world.shopFor('customer:x'), of.id, world.chance.next() < 0.6),
  },
  {
    name: 'redeems a voucher for his line',
    likely: (of) => (of.status !== 'pending' && of.renewable ? 0.003 : 0),
    do: async (world, of) => redeemOnto(await world.shopFor('customer:x'), world.chance.oneOf(world.vouchers), of.id),
  },
  {
    name: 'renews two together',
    likely: (of) => (of.companionId !== null && of.householdId === null ? 0.06 : 0),
    do: async (world, of) =>
      joinHousehold(await world.shopFor('customer:x'), of.id, of.companionId ?? '', 'one bill is enough'),
  },
  {
    name: 'renews two apart again',
    likely: (of) => (of.householdId !== null ? 0.02 : 0),
    do: async (world, of) => leaveHousehold(await world.shopFor('customer:x'), of.id, 'better apart'),
  },
  {
    name: 'cancels now',
    likely: (of) => (runs(of) || of.status === 'paused' ? 0.002 : 0),
    async do(world, of) {
      const shop = await world.shopFor('customer:x')
      const { fingerprint } = await transaction(shop, 'read-preview', (tx) =>
        previewCancel(tx, shop, of.id, shop.now()),
      )
      await cancelNow(shop, of.id, fingerprint, 'moving')
    },
  },
  {
    name: 'takes his card back',
    likely: (of) => (of.methodId !== null ? 0.005 : 0),
    do: async (world, of) =>
      removeMethod(await world.shopFor('customer:x'), { methodId: of.methodId ?? '', customerId: of.customerId }),
  },
  {
    name: 'is charged by hand',
    likely: (of) => (of.methodId !== null && of.openInvoiceId !== null ? 0.1 : 0),
    do: async (world, of) => chargeInvoice(await world.shopFor('staff:ann'), { invoiceId: of.openInvoiceId ?? '' }),
  },
  {
    name: 'gets another end',
    likely: (of) => (runs(of) || of.status === 'suspended' ? 0.003 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      await moveEnd(shop, of.id, shop.now().add({ hours: Math.ceil(world.chance.between(1, 900)) }), 'agreed by phone')
    },
  },
  {
    name: 'is brought back by hand',
    likely: (of) => (of.status === 'terminated' ? 0.004 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      await restoreByHand(shop, of.id, 'promised', shop.now().add({ hours: 48 }))
    },
  },
  {
    name: 'is ended by hand',
    likely: (of) => (runs(of) ? 0.001 : 0),
    do: async (world, of) => terminateByHand(await world.shopFor('staff:ann'), of.id, 'fraud'),
  },
]

async function renews(world: World, of: Standing, temper: Temper): Promise<void> {
  const shop = await world.shopFor('customer:x')
  const invoice = await transaction(shop, 'ask-renewal', (tx) => renewalInvoice(tx, shop, of.id, shop.now()))
  if (invoice !== null && invoice.totalMinor > 0n && invoice.status !== 'paid') await pays(world, invoice.id, temper)
}

async function switchRenewal(world: World, of: Standing, on: boolean): Promise<void> {
  const shop = await world.shopFor('customer:x')
  await transaction(shop, 'switch-renewal', (tx) => setAutoRenew(tx, shop, of.id, on, shop.now()))
}

const paymentsBy = (subscriptionId: string) => sql<{ id: string }>`select p.id from payments p
  join invoice_items i on i.business_id = p.business_id and i.invoice_id = p.invoice_id where i.subscription_id = ${subscriptionId} order by p.id desc limit 1`

/** Up or down, between the plans that go on: what asks for money is paid by most. */
async function changesPlan(world: World, of: Standing, temper: Temper): Promise<void> {
  const shop = await world.shopFor('customer:x')
  const plans = await transaction(shop, 'read-plans', (tx) => listPlans(tx))
  const other = world.chance.oneOf(plans.filter((each) => each.renewable && each.id !== of.planId))
  const { fingerprint } = await transaction(shop, 'read-preview', (tx) =>
    previewPlanChange(tx, shop, of.id, other.id, shop.now()),
  )
  const { invoiceId } = await changePlan(shop, of.id, other.id, fingerprint)
  if (invoiceId !== null && world.chance.next() < 0.8) await pays(world, invoiceId, temper)
}

/** Between none and three: what asks for money is paid by most. */
async function changesAddOn(world: World, of: Standing, temper: Temper): Promise<void> {
  const shop = await world.shopFor('customer:x')
  const [addOn] = await transaction(shop, 'read-add-ons', (tx) => listAddOns(tx))
  const held = await transaction(shop, 'read-add-ons', (tx) => heldOf(tx, of.id))
  const count = world.chance.oneOf([0, 1, 2, 3])
  if (addOn === undefined || (count === (held[0]?.quantity ?? 0) && count === (held[0]?.renewsQuantity ?? 0))) return
  const { fingerprint } = await transaction(shop, 'read-preview', (tx) =>
    previewAddOn(tx, shop, of.id, addOn.id, count, shop.now()),
  )
  const { invoiceId } = await changeAddOn(shop, of.id, { addOnId: addOn.id, quantity: count }, fingerprint)
  if (invoiceId !== null && world.chance.next() < 0.8) await pays(world, invoiceId, temper)
}
