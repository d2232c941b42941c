/**
 * Money back to where it came from. The refund is stored before the gateway is asked, under our own reference; what is given back never
 * exceeds what came in. The service goes on or ends by staff's own decision beside it.
 */
import type { RefundSnapshot } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { format, type Money } from '#platform/money.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { clearing, deferred } from '../ledger/rules.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { findGateway, openGateway } from './gateways.ts'
import { findPayment, lockPayment, type Payment, refundsOf } from './queries.ts'

export async function refundPayment(
  shop: Shop,
  paymentId: string,
  amount: Money,
  reason: string,
): Promise<{ refundId: string; status: string }> {
  const now = shop.now()
  const refundId = await transaction(shop, 'request-refund', (tx) =>
    requestRefund(tx, shop, paymentId, amount, reason, now),
  )
  return { refundId, status: await carryOut(shop, refundId) }
}

/** Inside the caller's transaction; `carryOut` asks the gateway after its commit. */
export async function requestRefund(
  tx: Tx,
  shop: Shop,
  paymentId: string,
  amount: Money,
  reason: string,
  now: Temporal.Instant,
): Promise<string> {
  const payment = await lockPayment(tx, paymentId)
  const asked = (await refundsOf(tx, paymentId))
    .filter(({ status }) => !['failed', 'canceled'].includes(status))
    .reduce((total, each) => total + each.amountMinor, 0n)
  const left = payment.receivedMinor - asked
  if (payment.status !== 'succeeded') throw new Refusal('conflict', 'Only received money can be refunded.')
  if (amount.currency !== payment.currency || amount.minor <= 0n || amount.minor > left)
    throw new Refusal('invalid_input', 'This amount cannot be refunded.', [
      {
        pointer: '/amount',
        code: 'out_of_range',
        detail: `At most ${format({ minor: left, currency: payment.currency })} of this payment can still be refunded.`,
      },
    ])
  const id = newId('ref', shop.app.clock)
  await run(
    tx,
    sql`insert into refunds (business_id, id, payment_id, currency, amount_minor, status, reason, by, created_at, next_check_at)
      values (${shop.businessId}, ${id}, ${paymentId}, ${amount.currency}, ${amount.minor}, 'requested', ${reason}, ${shop.actor}, ${now}, ${plusSeconds(now, 60)})`,
  )
  await record(tx, shop, now, {
    type: 'refund.requested',
    subjectType: 'refund',
    subjectId: id,
    customerId: payment.customerId,
    data: { payment: paymentId, amount: amount.minor.toString(), currency: amount.currency, reason },
  })
  return id
}

type Row = { id: string; paymentId: string; currency: string; amountMinor: bigint; status: string; reason: string }

/** Also the sweep's way: a refund whose answer was lost is asked for again under the same reference, which gateways fold into one. */
export async function carryOut(shop: Shop, refundId: string): Promise<string> {
  const now = shop.now()
  const { refund, payment, account } = await transaction(shop, 'read-refund', async (tx) => {
    const row = await maybe(
      tx,
      sql<Row>`select id, payment_id as "paymentId", currency, amount_minor as "amountMinor", status, reason from refunds where business_id = current_business() and id = ${refundId}`,
    )
    const paid = row === null ? null : await findPayment(tx, row.paymentId)
    return { refund: row, payment: paid, account: paid === null ? null : await findGateway(tx, paid.gatewayAccountId) }
  })
  if (
    refund === null ||
    payment === null ||
    account === null ||
    ['succeeded', 'failed', 'canceled'].includes(refund.status)
  )
    return refund?.status ?? 'failed'
  const { kind, gateway } = openGateway(shop, account)
  const amount = { minor: refund.amountMinor, currency: refund.currency }
  try {
    crashPoint('gateway-refund:before')
    const snapshot: RefundSnapshot =
      kind.capabilities.refund && gateway.refund !== undefined && payment.remoteRef !== null
        ? await gateway.refund({ ourRef: refund.id, remoteRef: payment.remoteRef, amount, reason: refund.reason })
        : { ref: `hand/${refund.id}`, ourRef: refund.id, amount, status: 'succeeded', reason: 'given back by hand' }
    crashPoint('gateway-refund:after')
    return await transaction(shop, 'save-refund', (tx) => save(tx, shop, refund, payment, snapshot, now))
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    return transaction(shop, 'refund-trouble', (tx) => trouble(tx, shop, refund, error, now))
  }
}

async function save(
  tx: Tx,
  shop: Shop,
  refund: Row,
  before: Payment,
  snapshot: RefundSnapshot,
  now: Temporal.Instant,
): Promise<string> {
  const payment = await lockPayment(tx, before.id)
  const done = snapshot.status === 'succeeded'
  const open = snapshot.status === 'pending' || snapshot.status === 'requires_action'
  const changed = await run(
    tx,
    sql`update refunds set status = ${snapshot.status}, remote_ref = ${snapshot.ref}, done_at = ${done ? now : null}, next_check_at = ${open ? plusSeconds(now, 3600) : null}
      where business_id = current_business() and id = ${refund.id} and status not in ('succeeded', 'failed', 'canceled')`,
  )
  if (changed === 0 || !done) return snapshot.status
  await run(
    tx,
    sql`insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at)
      values (${shop.businessId}, ${payment.gatewayAccountId}, 'refund', ${snapshot.ref}, ${payment.id}, ${refund.amountMinor}, ${now})`,
  )
  await run(
    tx,
    sql`update payments set refunded_minor = refunded_minor + ${refund.amountMinor} where business_id = current_business() and id = ${payment.id}`,
  )
  await post(
    tx,
    shop,
    [
      {
        debit: deferred(refund.currency),
        credit: clearing(refund.currency, payment.gatewayAccountId),
        amount: refund.amountMinor,
        purpose: 'refund',
      },
    ],
    { id: refund.id, at: now },
  )
  await record(tx, shop, now, {
    type: 'refund.succeeded',
    subjectType: 'refund',
    subjectId: refund.id,
    customerId: payment.customerId,
    data: { payment: payment.id },
  })
  await queueMessage(
    tx,
    shop,
    {
      template: 'refund',
      claim: `refund/${refund.id}`,
      customerId: payment.customerId,
      about: { refund_id: refund.id, payment_id: payment.id },
    },
    now,
  )
  return snapshot.status
}

/** Refused for good: the money is still ours to give, and staff must know that the customer has not got it. Else: look again later. */
async function trouble(tx: Tx, shop: Shop, refund: Row, error: ProviderError, now: Temporal.Instant): Promise<string> {
  const status = error.kind === 'rejected' ? 'failed' : 'indeterminate'
  await run(
    tx,
    sql`update refunds set status = ${status}, next_check_at = ${status === 'failed' ? null : plusSeconds(now, 300)} where business_id = current_business() and id = ${refund.id} and status <> 'succeeded'`,
  )
  if (status === 'failed')
    await raise(
      tx,
      shop,
      {
        kind: 'refund_failed',
        subjectType: 'refund',
        subjectId: refund.id,
        title: 'A refund was refused',
        detail: error.message,
        severity: 'bad',
      },
      now,
    )
  return status
}
