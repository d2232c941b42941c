/**
 * Disputes of which no machine tells: a letter of the acquirer, a direct debit that the bank took back, a gateway without disputes in its
 * API. Staff enter them and say how they end; they take the same way as those that a gateway tells.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { compare, format, type Money, money, zero } from '#platform/money.ts'
import { record } from '../../events/record.ts'
import { settle } from '../../people/attention.ts'
import { lockPayment } from '../queries.ts'
import { applyDispute, type Told } from './apply-dispute.ts'
import { isFrozen } from './freeze.ts'
import { askAgain } from './lines.ts'
import { disputesOf, findDispute, lockDispute } from './queries.ts'
import { claimOf, type Dispute, isDecided } from './rules.ts'

export type NewDispute = {
  paymentId: string
  amount: Money
  /** What the bank or gateway keeps for it. */
  fee: Money | null
  reason: string
  kind: Dispute['kind']
  /** The money is gone from the gateway already. */
  withdrawn: boolean
  evidenceDueAt: Temporal.Instant | null
}

/** Answers its id. Throws `conflict` for a payment without money, `invalid_input` for more than it brought and other disputes leave. */
export function enterDispute(shop: Shop, wish: NewDispute): Promise<string> {
  const now = shop.now()
  return transaction(shop, 'enter-dispute', async (tx) => {
    const payment = await lockPayment(tx, wish.paymentId)
    if (payment.status !== 'succeeded') throw new Refusal('conflict', 'Only received money can be disputed.')
    const claimed = (await disputesOf(tx, payment.id)).reduce((sum, each) => sum + claimOf(each), 0n)
    const left = money(payment.receivedMinor - claimed, payment.currency)
    refuseAmount(wish.amount, left)
    if (wish.fee !== null && wish.fee.currency !== payment.currency) refuseAmount(wish.fee, left, '/fee')
    const told: Told = {
      ref: null,
      kind: wish.kind,
      status: 'open',
      amount: wish.amount,
      withdrawn: wish.withdrawn ? wish.amount : zero(payment.currency),
      fee: wish.fee ?? zero(payment.currency),
      reason: wish.reason,
      evidenceDueBy: wish.evidenceDueAt,
      evidenceSent: false,
      openedAt: now,
    }
    // What said that there is one is answered by it.
    await settle(tx, 'payment_disputed', payment.id, shop.actor, now)
    return applyDispute(tx, shop, payment, told, { askedAt: now }, now)
  })
}

function refuseAmount(amount: Money, left: Money, pointer = '/amount'): void {
  const fits = amount.currency === left.currency && amount.minor > 0n && compare(amount, left) <= 0
  if (!fits)
    throw new Refusal('invalid_input', 'This amount cannot be disputed.', [
      { pointer, code: 'out_of_range', detail: `It must be in ${left.currency} and at most ${format(left)}.` },
    ])
}

export type Verdict = 'won' | 'lost' | 'closed'

/** `lost`: all of it is gone; `won`, `closed`: what was taken has come back. Throws `conflict` where the gateway decides. */
export function decideDispute(shop: Shop, id: string, verdict: Verdict): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'decide-dispute', async (tx) => {
    const dispute = await lockBoth(tx, id)
    if (dispute.remoteRef !== null) throw new Refusal('conflict', 'Its gateway says how this dispute ends.')
    if (isDecided(dispute.status)) throw new Refusal('conflict', 'This dispute is decided already.')
    const payment = await lockPayment(tx, dispute.paymentId)
    const amount = money(dispute.amountMinor, dispute.currency)
    const told: Told = {
      ref: null,
      kind: dispute.kind,
      status: verdict,
      amount,
      withdrawn: verdict === 'lost' ? amount : zero(dispute.currency),
      fee: money(dispute.feeMinor, dispute.currency),
      reason: dispute.reason,
      evidenceDueBy: dispute.evidenceDueAt,
      evidenceSent: dispute.evidenceSentAt !== null,
      openedAt: dispute.openedAt,
    }
    await applyDispute(tx, shop, payment, told, { askedAt: now, known: dispute }, now)
  })
}

/** Lets the customer buy again while it is open, or after it was lost. A second call changes nothing. */
export function releaseCustomer(shop: Shop, id: string, reason: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'release-customer', async (tx) => {
    const dispute = await lockBoth(tx, id)
    if (dispute.releasedAt !== null) return
    await run(
      tx,
      sql`update disputes set released_at = ${now}, released_by = ${shop.actor}, version = version + 1 where business_id = current_business() and id = ${id}`,
    )
    if (isDecided(dispute.status)) await settle(tx, 'payment_disputed', id, shop.actor, now)
    if (!(await isFrozen(tx, dispute.customerId))) await askAgain(tx, dispute.customerId, now)
    await record(tx, shop, now, {
      type: 'dispute.customer_released',
      subjectType: 'dispute',
      subjectId: id,
      customerId: dispute.customerId,
      data: { reason },
    })
  })
}

/** Payments are locked before what hangs on them. */
async function lockBoth(tx: Tx, id: string): Promise<Dispute> {
  const found = await findDispute(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such dispute.')
  await lockPayment(tx, found.paymentId)
  return lockDispute(tx, id)
}
