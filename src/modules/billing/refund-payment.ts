/**
 * Money back to where it came from. The refund is stored before the gateway is asked, under our own reference; what is given back never
 * exceeds what came in. The service goes on or ends by staff's own decision beside it.
 */
import type { Gateway, RefundSnapshot } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { withoutCardData } from '#platform/card-data.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { format, type Money } from '#platform/money.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { hold, releaseHold } from '../ledger/holds.ts'
import { post, type Transfer } from '../ledger/post.ts'
import { clearing, customerBalance, deferred, taxPayable } from '../ledger/rules.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { raise } from '../people/attention.ts'
import { limitedHand } from '../people/hand.ts'
import { findGateway, openGateway } from './gateways.ts'
import { paymentMoved } from './jobs.ts'
import { refuseBeyondOwed } from './lent-refunds.ts'
import {
  findPayment,
  findRefund,
  invoicesOf,
  lockInvoice,
  lockPayment,
  type Payment,
  type Refund,
  refundsOf,
} from './queries.ts'
import { partsOf, taxesOf } from './refund-parts.ts'
import { moveStray, strayOf, transferBack } from './stray-money.ts'
import { creditRefund } from './tax/credit-refund.ts'

/** Back to where it came from, or kept as the customer's balance: then nothing leaves the house. */
export type Destination = Refund['destination']

export async function refundPayment(
  shop: Shop,
  paymentId: string,
  amount: Money,
  reason: string,
  destination: Destination = 'source',
  invoiceId?: string,
): Promise<{ refundId: string; status: string }> {
  const now = shop.now()
  const refundId = await transaction(shop, 'request-refund', (tx) =>
    requestRefund(tx, shop, paymentId, amount, reason, now, destination, invoiceId),
  )
  return { refundId, status: await carryOut(shop, refundId) }
}

/**
 * Inside the caller's transaction; `carryOut` asks the gateway after its commit. Of a payment that paid several invoices each is given back by
 * itself, with its own tax and credit note: `invoiceId` says which, else the payment's own.
 */
export async function requestRefund(
  tx: Tx,
  shop: Shop,
  paymentId: string,
  amount: Money,
  reason: string,
  now: Temporal.Instant,
  destination: Destination = 'source',
  invoiceId?: string,
): Promise<string> {
  const payment = await lockPayment(tx, paymentId)
  const other = invoiceId === undefined || invoiceId === payment.invoiceId ? null : invoiceId
  const shares = await refundableOf(tx, payment)
  const share = shares.find(({ invoiceId }) => invoiceId === (other ?? payment.invoiceId))
  if (share === undefined)
    throw new Refusal('invalid_input', 'This payment did not pay that invoice.', [
      { pointer: '/invoice_id', code: 'unknown', detail: 'Please choose an invoice that this payment has paid.' },
    ])
  if (payment.status !== 'succeeded') throw new Refusal('conflict', 'Only received money can be refunded.')
  if (destination === 'source') await refuseExchanged(tx, payment)
  const left = destination === 'balance' ? share.toBalanceMinor : share.leftMinor
  if (amount.currency !== payment.currency || amount.minor <= 0n || amount.minor > left)
    throw new Refusal('invalid_input', 'This amount cannot be refunded.', [
      {
        pointer: '/amount',
        code: 'out_of_range',
        detail: `At most ${format({ minor: left, currency: payment.currency })} of this payment can still be refunded${shares.length > 1 ? ' for this invoice' : ''}${left < share.leftMinor ? ' to the balance, where what paid nothing is already' : ''}.`,
      },
    ])
  await refuseBeyondRole(tx, shop, amount, now)
  if (destination === 'source') await refuseBeyondOwed(tx, shop, payment, amount)
  const id = newId('ref', shop.app.clock)
  const parts = await partsOf(tx, shop, { payment, other, amount: amount.minor, destination }, now)
  // What lies on the balance is kept for this refund until it is through, or it could be spent meanwhile.
  if (parts.fromBalanceMinor > 0n)
    await hold(tx, shop, customerBalance(amount.currency, payment.customerId), parts.fromBalanceMinor, { id, at: now })
  await run(
    tx,
    sql`insert into refunds (business_id, id, payment_id, invoice_id, currency, amount_minor, from_balance_minor, tax_minor, destination, status, reason, by, created_at, next_check_at)
      values (${shop.businessId}, ${id}, ${paymentId}, ${parts.invoiceId}, ${amount.currency}, ${amount.minor}, ${parts.fromBalanceMinor}, ${parts.taxMinor}, ${destination}, 'requested', ${reason}, ${shop.actor}, ${now}, ${plusSeconds(now, 60)})`,
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

/** The gateway has it in the currency that it came in: asked for the other, it would send another sum, or none. */
async function refuseExchanged(tx: Tx, payment: Payment): Promise<void> {
  const counted = (await strayOf(tx, payment)).find(({ countedMinor }) => countedMinor > 0n)
  if (counted !== undefined)
    throw new Refusal(
      'conflict',
      `It came in ${counted.currency} and was counted in ${payment.currency}: its gateway cannot give it back in ${payment.currency}. Give it to the customer’s balance.`,
    )
}

/** `toBalanceMinor`: what of it paid the invoice. The rest went to the customer's balance when it came, and would be there twice. */
export type RefundableShare = { invoiceId: string; leftMinor: bigint; toBalanceMinor: bigint }

/** What of a payment can still be given back, by the invoices that it paid: its own first, with what paid nothing. */
export async function refundableOf(tx: Tx, payment: Payment): Promise<RefundableShare[]> {
  const asked = (await refundsOf(tx, payment.id)).filter(
    ({ status, strayId }) => strayId === null && !['failed', 'canceled'].includes(status),
  )
  const of = (invoiceId: string | null) => asked.filter((each) => each.invoiceId === invoiceId)
  const sumOf = (refunds: readonly Refund[]) => refunds.reduce((total, each) => total + each.amountMinor, 0n)
  const ofSale = (refunds: readonly Refund[]) =>
    sumOf(refunds) - refunds.reduce((sum, each) => sum + each.fromBalanceMinor, 0n)
  const allocated = await allocatedTo(tx, payment.id, invoicesOf(payment))
  const others = allocated.filter(({ id }) => id !== payment.invoiceId)
  // What a dispute took is gone already: given back once more it would be lost twice.
  const whole = payment.receivedMinor - payment.disputedMinor - sumOf(asked)
  const atMost = (minor: bigint, most: bigint) => (minor < most ? minor : most)
  const share = (invoiceId: string, minor: bigint, paid: bigint): RefundableShare => {
    const leftMinor = atMost(minor, whole)
    return { invoiceId, leftMinor, toBalanceMinor: atMost(leftMinor, paid > 0n ? paid : 0n) }
  }
  const toOthers = others.reduce((sum, { minor }) => sum + minor, 0n)
  const own = allocated.find(({ id }) => id === payment.invoiceId)
  const paid = (own?.minor ?? 0n) - ofSale(of(null))
  return [
    share(payment.invoiceId, payment.receivedMinor - toOthers - sumOf(of(null)), paid),
    ...others.map(({ id, minor }) => share(id, minor - sumOf(of(id)), minor - ofSale(of(id)))),
  ]
}

const allocatedTo = (tx: Tx, paymentId: string, invoiceIds: readonly string[]) =>
  rows(
    tx,
    sql<{ id: string; minor: bigint }>`select o.id, sum(a.amount_minor)::bigint as minor
      from unnest(${invoiceIds}::text[]) with ordinality as o (id, position)
      join allocations a on a.business_id = current_business() and a.payment_id = ${paymentId} and a.invoice_id = o.id
      group by o.id, o.position order by o.position`,
  )

/** A role may bound what one person gives back within a day, split as he likes. */
export async function refuseBeyondRole(tx: Tx, shop: Shop, amount: Money, now: Temporal.Instant): Promise<void> {
  const hand = await limitedHand(tx, shop)
  if (hand === null || hand.limits.refundMinor === null) return
  const { given } = await one(
    tx,
    sql<{ given: bigint }>`select coalesce(sum(amount_minor), 0)::bigint as given from refunds
      where business_id = current_business() and by = any (${hand.actors}::text[]) and currency = ${shop.currency}
        and status not in ('failed', 'canceled') and created_at > ${now.subtract({ hours: 24 })}`,
  )
  const left = hand.limits.refundMinor - given
  if (amount.currency === shop.currency && amount.minor <= left) return
  const most = format({ minor: left > 0n ? left : 0n, currency: shop.currency })
  throw new Refusal('invalid_input', 'Your role does not refund this much.', [
    {
      pointer: '/amount',
      code: 'over_limit',
      detail: `Your role still refunds ${most} today. Ask somebody who may refund more.`,
    },
  ])
}

type Row = Pick<
  Refund,
  | 'id'
  | 'paymentId'
  | 'invoiceId'
  | 'strayId'
  | 'currency'
  | 'amountMinor'
  | 'fromBalanceMinor'
  | 'taxMinor'
  | 'destination'
  | 'status'
  | 'reason'
>

/** Also the sweep's way: a refund whose answer was lost is asked for again under the same reference, which gateways fold into one. */
export async function carryOut(shop: Shop, refundId: string): Promise<string> {
  const now = shop.now()
  const { refund, payment, account } = await transaction(shop, 'read-refund', async (tx) => {
    const row = await findRefund(tx, refundId)
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
    const told = await toldBefore(gateway, refund, payment)
    const snapshot: RefundSnapshot =
      told ??
      (refund.destination === 'source' &&
      kind.capabilities.refund &&
      gateway.refund !== undefined &&
      payment.remoteRef !== null
        ? await gateway.refund({ ourRef: refund.id, remoteRef: payment.remoteRef, amount, reason: refund.reason })
        : {
            ref: `${refund.destination === 'source' ? 'hand' : 'balance'}/${refund.id}`,
            ourRef: refund.id,
            amount,
            status: 'succeeded',
            reason: 'given back by hand',
          })
    crashPoint('gateway-refund:after')
    return await transaction(shop, 'save-refund', (tx) => save(tx, shop, refund, payment, snapshot, now))
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    return transaction(shop, 'refund-trouble', (tx) => trouble(tx, shop, refund, error, now))
  }
}

/** One that was taken on is looked up among the payment's refunds: asked for again, many gateways repeat their first answer for ever. */
async function toldBefore(gateway: Gateway, refund: Refund, payment: Payment): Promise<RefundSnapshot | null> {
  if (refund.remoteRef === null || refund.destination === 'balance' || payment.remoteRef === null) return null
  const { refunds } = await gateway.fetchPayment(payment.remoteRef)
  return refunds.find(({ ref, ourRef }) => ref === refund.remoteRef || ourRef === refund.id) ?? null
}

/** A provider's words, or those of his staff: a card number among them is not kept. */
export const reasonOf = ({ reason }: RefundSnapshot): string | null => reason && withoutCardData(reason)

/** What the gateway says of a refund that is stored, or ours by hand. Safe to repeat: an end is final, but for a success that fails later. */
export async function save(
  tx: Tx,
  shop: Shop,
  asked: Row,
  before: Payment,
  snapshot: RefundSnapshot,
  now: Temporal.Instant,
): Promise<string> {
  const payment = await lockPayment(tx, before.id)
  const done = snapshot.status === 'succeeded'
  const refund = await asSent(tx, asked, payment, snapshot)
  const open = snapshot.status === 'pending' || snapshot.status === 'requires_action'
  const changed = await run(
    tx,
    sql`update refunds set status = ${snapshot.status}, amount_minor = ${refund.amountMinor}, asked_minor = ${refund === asked ? null : asked.amountMinor},
        from_balance_minor = ${refund.fromBalanceMinor}, tax_minor = ${refund.taxMinor}, remote_ref = ${snapshot.ref}, claim_url = ${snapshot.claimUrl ?? null}, done_at = ${done ? now : null}, next_check_at = ${open ? plusSeconds(now, 3600) : null}
      where business_id = current_business() and id = ${refund.id} and status not in ('succeeded', 'failed', 'canceled')`,
  )
  const over = done || snapshot.status === 'failed' || snapshot.status === 'canceled'
  if (changed > 0 && over && asked.fromBalanceMinor > 0n) await releaseFor(tx, refund.id, now)
  if (changed > 0 && over && !done)
    await tellFailed(tx, shop, refund, reasonOf(snapshot) ?? 'The gateway gave no reason.', now)
  if (changed > 0 && refund !== asked) await tellPart(tx, shop, asked, refund.amountMinor, now)
  if (changed > 0 && snapshot.claimUrl !== undefined) await tellClaim(tx, shop, refund, payment, now)
  if (changed === 0 || !done) return snapshot.status
  await run(
    tx,
    sql`insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, currency, at)
      values (${shop.businessId}, ${payment.gatewayAccountId}, 'refund', ${snapshot.ref}, ${payment.id}, ${refund.amountMinor}, ${refund.strayId === null ? null : refund.currency}, ${now})`,
  )
  await post(tx, shop, transfersOf(refund, payment), { id: refund.id, at: now })
  if (refund.strayId === null) await takeFromInvoice(tx, shop, refund, payment, now)
  else await moveStray(tx, shop, payment, refund.strayId, { returned: refund.amountMinor }, now)
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

async function takeFromInvoice(
  tx: Tx,
  shop: Shop,
  refund: Row,
  payment: Payment,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update payments set refunded_minor = refunded_minor + ${refund.amountMinor} where business_id = current_business() and id = ${payment.id}`,
  )
  const invoiceId = refund.invoiceId ?? payment.invoiceId
  await creditRefund(tx, shop, { ...refund, invoiceId }, now)
  // What it was a part of was never given: an order that waits for the rest may be over.
  if ((await lockInvoice(tx, invoiceId)).status === 'draft') await paymentMoved(tx, shop, { invoiceId })
}

/** Where the gateway sent less and will send no more, the refund is what was sent, with its own tax; the rest can be given anew. */
async function asSent(tx: Tx, asked: Row, payment: Payment, { status, amount }: RefundSnapshot): Promise<Row> {
  const less = amount.currency === asked.currency && amount.minor > 0n && amount.minor < asked.amountMinor
  if (status !== 'succeeded' || !less) return asked
  if (asked.strayId !== null) return { ...asked, amountMinor: amount.minor }
  const fromBalanceMinor = asked.fromBalanceMinor < amount.minor ? asked.fromBalanceMinor : amount.minor
  const { taxOf } = await taxesOf(tx, payment, asked.invoiceId ?? payment.invoiceId, asked.id)
  return { ...asked, amountMinor: amount.minor, fromBalanceMinor, taxMinor: taxOf(amount.minor - fromBalanceMinor) }
}

const tellPart = (tx: Tx, shop: Shop, { id, amountMinor, currency }: Row, sentMinor: bigint, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'refund_failed',
      subjectType: 'refund',
      subjectId: id,
      title: 'Only a part of a refund was sent',
      detail: `${format({ minor: sentMinor, currency })} of ${format({ minor: amountMinor, currency })}. The rest was not given back, and can be given anew.`,
      severity: 'warn',
    },
    now,
  )

/** Money waits for its buyer: he is told once where to claim it. */
const tellClaim = (tx: Tx, shop: Shop, refund: Pick<Row, 'id'>, payment: Payment, now: Temporal.Instant) =>
  queueMessage(
    tx,
    shop,
    {
      template: 'refund_claim',
      claim: `refund_claim/${refund.id}`,
      customerId: payment.customerId,
      about: { refund_id: refund.id, payment_id: payment.id },
    },
    now,
  )

/** Refused for good: the money is still ours to give, and staff must know that the customer has not got it. Else: look again later. */
async function trouble(tx: Tx, shop: Shop, refund: Row, error: ProviderError, now: Temporal.Instant): Promise<string> {
  const status = error.kind === 'rejected' ? 'failed' : 'indeterminate'
  await run(
    tx,
    sql`update refunds set status = ${status}, next_check_at = ${status === 'failed' ? null : plusSeconds(now, 300)} where business_id = current_business() and id = ${refund.id} and status <> 'succeeded'`,
  )
  if (status === 'failed') {
    if (refund.fromBalanceMinor > 0n) await releaseFor(tx, refund.id, now)
    await tellFailed(tx, shop, refund, error.message, now)
  }
  return status
}

const tellFailed = (tx: Tx, shop: Shop, refund: Pick<Row, 'id'>, detail: string, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'refund_failed',
      subjectType: 'refund',
      subjectId: refund.id,
      title: 'A refund was refused',
      detail,
      severity: 'bad',
    },
    now,
  )

/** The hold has kept it; what it was kept for is posted beside this. */
async function releaseFor(tx: Tx, refundId: string, now: Temporal.Instant): Promise<void> {
  const held = await maybe(
    tx,
    sql<{
      id: string
    }>`select id from holds where business_id = current_business() and cause_id = ${refundId} and status = 'open'`,
  )
  if (held !== null) await releaseHold(tx, held.id, now)
}

function transfersOf(refund: Row, payment: Payment): Transfer[] {
  const { currency } = refund
  if (refund.strayId !== null) return [transferBack(refund, payment)]
  const balance = customerBalance(currency, payment.customerId)
  const to = refund.destination === 'balance' ? balance : clearing(currency, payment.gatewayAccountId)
  const suffix = refund.destination === 'balance' ? '_to_balance' : ''
  const net = refund.amountMinor - refund.fromBalanceMinor - refund.taxMinor
  return [
    { debit: deferred(currency), credit: to, amount: net, purpose: `refund${suffix}` },
    { debit: taxPayable(currency), credit: to, amount: refund.taxMinor, purpose: `refund${suffix}/tax` },
    // From the balance to the balance nothing moves.
    { debit: balance, credit: to, amount: to === balance ? 0n : refund.fromBalanceMinor, purpose: 'refund/balance' },
  ].filter(({ amount }) => amount > 0n)
}

/** A refund that counted as done did not arrive after all: the books take it back, and it can be given again. */
export async function undoRefund(
  tx: Tx,
  shop: Shop,
  refund: Row,
  payment: Payment,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const undone = await run(
    tx,
    sql`update refunds set status = 'failed', done_at = null where business_id = current_business() and id = ${refund.id} and status = 'succeeded'`,
  )
  if (undone === 0) return
  if (refund.strayId === null)
    await run(
      tx,
      sql`update payments set refunded_minor = refunded_minor - ${refund.amountMinor} where business_id = current_business() and id = ${payment.id}`,
    )
  else await moveStray(tx, shop, payment, refund.strayId, { returned: -refund.amountMinor }, now)
  await post(
    tx,
    shop,
    transfersOf(refund, payment).map(({ debit, credit, amount, purpose }) => ({
      debit: credit,
      credit: debit,
      amount,
      purpose: `${purpose}/failed`,
    })),
    { id: refund.id, at: now },
  )
  await record(tx, shop, now, {
    type: 'refund.failed',
    subjectType: 'refund',
    subjectId: refund.id,
    customerId: payment.customerId,
    data: { payment: payment.id, reason },
  })
  await tellFailed(tx, shop, refund, `It counted as done, and came back: ${reason}`, now)
}
