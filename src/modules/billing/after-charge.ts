/** What follows from a charge that has come to its end: the next try or what it waits for, the method's fate, and a word to the customer. */

import { failureOf } from '#adapters/gateways/declines.ts'
import type { Failure } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { format } from '#platform/money.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { subscriptionsOfInvoice } from './charge-facts.ts'
import { moveCollection, triesOf } from './collections.ts'
import { failMethod, findMethod, nameOfMethod, type PaymentMethod, remove } from './payment-methods.ts'
import type { Payment } from './queries.ts'
import { afterDecline, type NextTry, seedOf, type Try, tellsCustomer } from './rules/charging.ts'

export const chargeSucceeded = (tx: Tx, payment: Payment, now: Temporal.Instant): Promise<void> =>
  moveCollection(tx, payment.invoiceId, { status: 'ended', reason: 'it is paid' }, now)

/** In the commit of the decline. `failure` null: it was canceled or ran out at the gateway, which is a technical matter. */
export async function chargeEnded(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  failure: Failure | null,
  now: Temporal.Instant,
): Promise<void> {
  const decline = failure ?? failureOf('soft_technical', 'not_carried_out')
  const before = await triesOf(tx, payment.invoiceId, payment.methodId)
  const tries: Try[] = [...before.slice(0, -1), { class: decline.class, at: payment.createdAt }]
  const next = afterDecline(tries, shop.zone, seedOf(payment.invoiceId))
  const method = await findMethod(tx, payment.methodId ?? '')
  if (method !== null) await consequences(tx, shop, payment, method, decline, now)
  await moveCollection(
    tx,
    payment.invoiceId,
    next.kind === 'retry'
      ? { status: 'planned', at: next.at, reason: `declined (${decline.class})` }
      : { status: 'waiting', for: next.for, reason: next.reason },
    now,
  )
  if (tellsCustomer(tries, next)) await tellCustomer(tx, shop, payment, next, now)
}

async function consequences(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  method: PaymentMethod,
  decline: Failure,
  now: Temporal.Instant,
): Promise<void> {
  switch (decline.class) {
    case 'mandate_gone':
      if (method.status !== 'removed') await remove(tx, shop, method, `the bank: ${decline.code}`, now)
      return
    case 'method_invalid':
    case 'hard_blocked':
      return failMethod(tx, shop, method, decline.code, now)
    case 'fraud':
    case 'configuration': {
      const amount = format({ minor: payment.amountMinor, currency: payment.currency })
      await raise(
        tx,
        shop,
        {
          kind: decline.class === 'fraud' ? 'charge_suspicious' : 'charge_misconfigured',
          subjectType: 'payment',
          subjectId: payment.id,
          title: `${amount} could not be charged to ${nameOfMethod(method)}`,
          detail:
            decline.class === 'fraud'
              ? `The gateway suspects fraud (${decline.code}). Nothing more is charged by itself, and the customer was not told why.`
              : `The gateway refused because of how it is set up (${decline.code}). Mend it, then charge the invoice again.`,
          severity: 'warn',
        },
        now,
      )
      return
    }
    default:
      return
  }
}

/** One message per attempt: the reason in plain words, when we try again, and the link to pay otherwise or to confirm. */
async function tellCustomer(tx: Tx, shop: Shop, payment: Payment, next: NextTry, now: Temporal.Instant): Promise<void> {
  const [subscription] = await subscriptionsOfInvoice(tx, payment.invoiceId)
  await queueMessage(
    tx,
    shop,
    {
      template: 'payment_failed',
      claim: `payment_failed/${payment.id}`,
      customerId: payment.customerId,
      about: {
        payment_id: payment.id,
        subscription_id: subscription?.id ?? '',
        ...(next.kind === 'retry' ? { next_try_at: next.at.toString() } : {}),
      },
    },
    now,
  )
}
