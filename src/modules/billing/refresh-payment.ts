/**
 * Asks the gateway what became of a payment, and applies its answer. Whoever calls (a notice, the buyer's return, the sweep), however
 * often and in whatever order: the fetched state decides, and success is final.
 */
import type { PaymentSnapshot } from '#adapters/gateways/gateway.ts'
import { jointTransaction, type Shop, singleOf, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { type Batch, json, run, sql, type Tx, together } from '#platform/db.ts'
import { assert, ProviderError, Refusal } from '#platform/errors.ts'
import { isCurrency, type Money } from '#platform/money.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise } from '../people/attention.ts'
import { readCustomer } from '../people/customers.ts'
import { chargeEnded, chargeSucceeded } from './after-charge.ts'
import { type Answer, askGateway, charge } from './ask-gateway.ts'
import { confirm, isMoneyKnown } from './confirm-payment.ts'
import { refreshDisputesOf } from './disputes/refresh-dispute.ts'
import { findGateway, openGateway } from './gateways.ts'
import { paymentMoved } from './jobs.ts'
import { keepMethod } from './payment-methods.ts'
import { findPayment, lockInvoice, lockPayment, lockSubscriptionsOf, lockUnfulfilled, type Payment } from './queries.ts'
import { askAgainAt, isFinal, nextCheckAt, nextStatus, type PaymentStatus } from './rules.ts'
import { bookStray, isForeign } from './stray-money.ts'

export async function refreshPayment(shop: Shop, paymentId: string): Promise<PaymentStatus> {
  const payment = await transaction(shop, 'read-payment', (tx) => findPayment(tx, paymentId))
  if (payment === null) throw new Refusal('not_found', 'There is no such payment.')
  // Paid, and still due: somebody takes the money back.
  if (payment.status === 'succeeded' && payment.nextCheckAt !== null) await watchDisputes(shop, payment)
  return refresh(shop, payment)
}

/** `alongside` is committed with the answer's effect: the notice that brought it, for example. */
export async function refresh<Input>(
  shop: Shop,
  payment: Payment,
  alongside?: { batch: Batch<Input>; input: Input },
): Promise<PaymentStatus> {
  const now = shop.now()
  const account = await shop.keep(`gateway/${payment.gatewayAccountId}`, () =>
    transaction(shop, 'read-gateway', (tx) => findGateway(tx, payment.gatewayAccountId)),
  )
  assert(account !== null, 'a payment has its gateway')
  const { kind, gateway } = openGateway(shop, account)
  const over = payment.status === 'succeeded' && !kind.capabilities.openAmount
  if (over || kind.capabilities.staffConfirms) {
    if (alongside !== undefined) await singleOf(shop, 'nothing-new', alongside.batch, alongside.input)
    // Nobody to ask: an attempt left due by a crash would be due for ever.
    if (payment.status !== 'succeeded' && payment.nextCheckAt !== null) await askNoMore(shop, payment)
    return payment.status
  }
  try {
    crashPoint('gateway-fetchPayment:before')
    const answer = await askGateway(shop, { gateway, kind }, payment, now)
    crashPoint('gateway-fetchPayment:after')
    return await jointTransaction(shop, 'apply-snapshot', payment.customerId, async (tx) => {
      if (alongside !== undefined) tx.withCommit(alongside.batch, alongside.input)
      return apply(tx, shop, payment, answer, now)
    })
  } catch (error) {
    if (isMoneyKnown(error)) {
      if (alongside !== undefined) await singleOf(shop, 'nothing-new', alongside.batch, alongside.input)
      return payment.status
    }
    if (!(error instanceof ProviderError)) throw error
    await transaction(shop, 'payment-not-fetched', (tx) => askLater(tx, shop, payment, now, { answered: false }))
    throw error
  }
}

/** Charges a kept method for an attempt that is stored. An answer that is lost leaves it unknown: the sweep asks until it is not (F10). */
export async function chargeAttempt(shop: Shop, payment: Payment): Promise<PaymentStatus> {
  const now = shop.now()
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, payment.gatewayAccountId))
  assert(account !== null, 'a payment has its gateway')
  const { gateway } = openGateway(shop, account)
  try {
    const answer = await charge(shop, gateway, payment)
    return await transaction(shop, 'apply-charge', (tx) => apply(tx, shop, payment, answer, now))
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    shop.app.log.warn('the fate of a charge is not known yet', { payment: payment.id, error })
    await transaction(shop, 'charge-unanswered', (tx) =>
      run(
        tx,
        sql`update payments set status = 'indeterminate', next_check_at = ${plusSeconds(now, 60)}, version = version + 1
          where business_id = current_business() and id = ${payment.id} and status = 'created'`,
      ),
    )
    return 'indeterminate'
  }
}

/** Asked again tomorrow where its gateway does not answer; `applyDispute` says when to look again where it does. */
async function watchDisputes(shop: Shop, payment: Payment): Promise<void> {
  await transaction(shop, 'dispute-asked', (tx) =>
    run(
      tx,
      sql`update payments set next_check_at = ${plusSeconds(shop.now(), 86_400)} where business_id = current_business() and id = ${payment.id}`,
    ),
  )
  await refreshDisputesOf(shop, payment)
}

const askNoMore = (shop: Shop, { id }: Payment): Promise<number> =>
  transaction(shop, 'nothing-to-ask', (tx) =>
    run(tx, sql`update payments set next_check_at = null where business_id = current_business() and id = ${id}`),
  )

/** It ended before, and the gateway knows nothing new: left due, it would be asked about for ever. */
async function isOver(tx: Tx, { id, status, nextCheckAt: due }: Payment): Promise<PaymentStatus> {
  if (due !== null)
    await run(tx, sql`update payments set next_check_at = null where business_id = current_business() and id = ${id}`)
  return status
}

async function apply(
  tx: Tx,
  shop: Shop,
  known: Payment,
  answer: Answer,
  now: Temporal.Instant,
): Promise<PaymentStatus> {
  // What a success touches is locked in one go; the order is the same everywhere: payment, invoice, items, subscriptions.
  // One that pays several locks all of them before it goes on.
  const succeeds =
    answer !== null && 'snapshot' in answer && answer.snapshot.status === 'succeeded' && known.also.length === 0
  const [payment, ...rest] = await together([
    lockPayment(tx, known.id),
    ...(succeeds
      ? ([
          lockInvoice(tx, known.invoiceId),
          lockUnfulfilled(tx, known.invoiceId),
          lockSubscriptionsOf(tx, known.invoiceId),
          readCustomer(tx, known.customerId),
        ] as const)
      : []),
  ])
  const [invoice, items = [], subscriptions = [], customer] = rest
  if (answer === null) {
    // The gateway knows nothing of it: it was never started, or is forgotten. Past its time it counts as expired.
    if (isFinal(payment.status)) return isOver(tx, payment)
    const over = payment.expiresAt !== null && Temporal.Instant.compare(payment.expiresAt, now) < 0
    if (over) await saveStatus(tx, shop, payment, { status: 'expired', failure: null }, null, now)
    else await askLater(tx, shop, payment, now, { answered: true })
    return over ? 'expired' : payment.status
  }
  if ('refused' in answer) {
    if (isFinal(payment.status)) return isOver(tx, payment)
    await saveStatus(tx, shop, payment, { status: 'failed', failure: answer.refused }, null, now)
    return 'failed'
  }
  const { snapshot } = answer
  const mismatch = mismatchOf(shop, payment, snapshot)
  if (mismatch !== null) return park(tx, shop, payment, mismatch, now)
  if (isForeign(payment, snapshot)) return bookStray(tx, shop, payment, snapshot, now)
  const status = nextStatus(payment.status, snapshot.status)
  const news = newMoney(payment, snapshot)
  if (status === 'succeeded' && news !== null) {
    await confirm(
      tx,
      shop,
      payment,
      {
        ...news,
        kind: 'capture',
        method: snapshot.method,
      },
      now,
      invoice && customer && { invoice, items, subscriptions, customer },
    )
    // A part of what was owed gives nothing yet: the order goes back to waiting for the rest.
    if (news.amount.minor < payment.amountMinor) await paymentMoved(tx, shop, payment)
    if (payment.methodId !== null) await chargeSucceeded(tx, payment, now)
    await keepMethod(tx, shop, { ...payment, table: 'payments' }, snapshot.saved, now)
    return 'succeeded'
  }
  if (payment.status === 'succeeded') return 'succeeded'
  await saveStatus(tx, shop, payment, { status, failure: snapshot.failure }, snapshot.remoteRef, now)
  return status
}

/** What came with the first success, or beyond it (the buyer sent more): each is a fact of its own. Null: nothing that is not on record. */
function newMoney(
  payment: Payment,
  { received, captureId, remoteRef }: PaymentSnapshot,
): { amount: Money; factId: string } | null {
  const factId = captureId ?? remoteRef
  if (payment.status !== 'succeeded') return { amount: received, factId }
  const minor = received.minor - payment.receivedMinor
  return minor > 0n ? { amount: { ...received, minor }, factId: `${factId}/${received.minor}` } : null
}

/** A payment settles only the invoice that it was made for: reference and mode must be the gateway's own (M3). Money in another currency is booked beside it. */
function mismatchOf(shop: Shop, payment: Payment, snapshot: PaymentSnapshot): string | null {
  if (snapshot.ourRef !== null && snapshot.ourRef !== payment.id)
    return `The gateway has it under another reference (${snapshot.ourRef}).`
  const { currency } = snapshot.received
  if (isForeign(payment, snapshot) && (!isCurrency(currency) || (payment.receivedMinor > 0n && !payment.stray)))
    return `It was paid in ${currency} instead of ${payment.currency}.`
  if (shop.livemode && !snapshot.livemode) return 'It was paid in test mode.'
  return null
}

async function park(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  reason: string,
  now: Temporal.Instant,
): Promise<PaymentStatus> {
  await run(
    tx,
    sql`update payments set next_check_at = null, fetched_at = ${now} where business_id = current_business() and id = ${payment.id}`,
  )
  await raise(
    tx,
    shop,
    {
      kind: 'payment_mismatch',
      subjectType: 'payment',
      subjectId: payment.id,
      title: 'A payment does not match its invoice',
      detail: reason,
      severity: 'bad',
    },
    now,
  )
  return payment.status
}

type Found = { status: PaymentStatus; failure: PaymentSnapshot['failure'] }

async function saveStatus(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  found: Found,
  remoteRef: string | null,
  now: Temporal.Instant,
): Promise<void> {
  // What was over and moves again has lost its place: another attempt may have it.
  const revived = isFinal(payment.status) && !isFinal(found.status)
  const superseded = payment.supersededAt ?? (revived ? now : null)
  const check = isFinal(found.status) ? null : nextCheckAt(payment.checks, payment.createdAt, now)
  await run(
    tx,
    sql`update payments set status = ${found.status}, remote_ref = coalesce(remote_ref, ${remoteRef}), failure = ${found.failure === null ? null : json(found.failure)}, checks = checks + 1,
        fetched_at = ${now}, next_check_at = ${check}, superseded_at = ${superseded}, version = version + 1
      where business_id = current_business() and id = ${payment.id}`,
  )
  if (check === null && !isFinal(found.status)) await giveUpAsking(tx, shop, payment, now)
  if (found.status === payment.status) return
  if (payment.methodId !== null && isFinal(found.status)) await chargeEnded(tx, shop, payment, found.failure, now)
  await record(tx, shop, now, {
    type: `payment.${found.status}`,
    subjectType: 'payment',
    subjectId: payment.id,
    customerId: payment.customerId,
    data: { invoice: payment.invoiceId, ...(found.failure === null ? {} : { decline: found.failure.class }) },
  })
  await paymentMoved(tx, shop, payment)
}

/** `answered` false: the gateway was not reached, so its payment stays on its rung. */
async function askLater(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  now: Temporal.Instant,
  { answered }: { answered: boolean },
): Promise<void> {
  const check = (answered ? nextCheckAt : askAgainAt)(payment.checks, payment.createdAt, now)
  await run(
    tx,
    sql`update payments set checks = checks + ${answered ? 1 : 0}, next_check_at = ${check} where business_id = current_business() and id = ${payment.id}`,
  )
  if (check === null) await giveUpAsking(tx, shop, payment, now)
}

/** From here on it is a person's: nothing asks the gateway by itself any more. */
const giveUpAsking = (tx: Tx, shop: Shop, payment: Payment, now: Temporal.Instant): Promise<boolean> =>
  raise(
    tx,
    shop,
    {
      kind: 'payment_unknown',
      subjectType: 'payment',
      subjectId: payment.id,
      title: 'The fate of a payment is not known',
      detail: 'The gateway was asked for a month without a final answer.',
      severity: 'warn',
    },
    now,
  )
