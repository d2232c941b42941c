/**
 * What a gateway says of a dispute becomes ours, in one commit: the dispute, the books, the customer's freeze, his lines, and a word to
 * staff. Only differences are booked, so it may be told in any order and as often as one likes; of two answers the one that was asked for
 * later counts.
 */
import type { DisputeSnapshot } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { format } from '#platform/money.ts'
import { plusHours } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { clearing, disputedMoney, fees, writeOff } from '../../ledger/rules.ts'
import { raise, settle } from '../../people/attention.ts'
import type { Payment } from '../queries.ts'
import { endFor, goOnAfter, suspendFor } from './lines.ts'
import { disputesOf, lockByRef, lockDispute } from './queries.ts'
import { clears, type Dispute, isDecided, type Money, moneyOf, movesBetween } from './rules.ts'
import { tellStaff } from './tell-staff.ts'

/** How often a gateway is asked about what it has not decided, beside its notices. */
const hoursBetweenLooks = 24

export type Told = Omit<DisputeSnapshot, 'ref' | 'ourRef' | 'captureId'> & {
  /** Null: staff say it. */
  ref: string | null
}

/** `payment` is locked. `known`: what staff act on; a gateway's is found by its reference. Answers the dispute's id. */
export async function applyDispute(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  told: Told,
  { askedAt, known }: { askedAt: Temporal.Instant; known?: Dispute },
  now: Temporal.Instant,
): Promise<string> {
  const found = known ?? (told.ref === null ? null : await lockByRef(tx, payment.gatewayAccountId, told.ref))
  if (found !== null && Temporal.Instant.compare(found.askedAt, askedAt) > 0) return found.id
  const before = found ?? (await insert(tx, shop, payment, told, askedAt, now))
  const money = moneyOf({ status: told.status, withdrawn: told.withdrawn.minor, fee: told.fee.minor })
  await book(tx, shop, payment, before, money, now)
  await save(tx, shop, before, told, money, askedAt, now)
  await lookAgain(tx, payment, now)
  if (found === null) await opened(tx, shop, payment, before, now)
  if (found === null || found.status !== told.status) await moved(tx, shop, payment, before, told, now)
  await consequences(tx, shop, payment, { before, fresh: found === null, told }, now)
  return before.id
}

async function insert(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  told: Told,
  askedAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<Dispute> {
  const id = newId('dsp', shop.app.clock)
  // Open and without money at first: what it is and what it moved is written by the same door as later news.
  await run(
    tx,
    sql`insert into disputes (business_id, id, payment_id, customer_id, gateway_account_id, remote_ref, kind, status, currency, amount_minor, reason, by, opened_at, created_at, asked_at)
      values (${shop.businessId}, ${id}, ${payment.id}, ${payment.customerId}, ${payment.gatewayAccountId}, ${told.ref}, ${told.kind}, 'open', ${payment.currency},
        ${told.amount.minor}, ${told.reason}, ${shop.actor}, ${told.openedAt ?? now}, ${now}, ${askedAt})`,
  )
  return lockDispute(tx, id)
}

/** Each move has a number of its own in its purpose: money that leaves a second time is another move, the same news is none. */
async function book(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  before: Dispute,
  after: Money,
  now: Temporal.Instant,
): Promise<void> {
  const moves = movesBetween(before, after)
  if (moves.length === 0) return
  const { currency, gatewayAccountId: gateway } = payment
  const accounts = {
    clearing: clearing(currency, gateway),
    disputed: disputedMoney(currency, gateway),
    loss: writeOff(currency),
    fees: fees(currency, gateway),
  }
  await post(
    tx,
    shop,
    moves.map(({ from, to, amount }, index) => ({
      debit: accounts[to],
      credit: accounts[from],
      amount,
      purpose: `dispute_${to === 'loss' ? 'lost' : from === 'loss' ? 'not_lost' : to === 'fees' || from === 'fees' ? 'fee' : to === 'disputed' ? 'withdrawn' : 'reinstated'}/${before.moves + index + 1}`,
    })),
    { id: before.id, at: now },
  )
  for (const [index, { from, to, amount }] of moves.entries()) {
    if (from !== 'clearing' && to !== 'clearing') continue
    await run(
      tx,
      sql`insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, at)
        values (${shop.businessId}, ${gateway}, 'dispute', ${`${before.remoteRef ?? before.id}/${before.moves + index + 1}`}, ${payment.id}, ${from === 'clearing' ? -amount : amount}, ${now})`,
    )
  }
  const gone = after.withdrawnMinor - before.withdrawnMinor
  if (gone !== 0n)
    await run(
      tx,
      sql`update payments set disputed_minor = disputed_minor + ${gone}, version = version + 1 where business_id = current_business() and id = ${payment.id}`,
    )
  await run(
    tx,
    sql`update disputes set moves = moves + ${moves.length} where business_id = current_business() and id = ${before.id}`,
  )
}

async function save(
  tx: Tx,
  shop: Shop,
  before: Dispute,
  told: Told,
  money: Money,
  askedAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  const closed = isDecided(told.status) ? (before.closedAt ?? now) : null
  // Once released, by a person or by a verdict, news of the same dispute freeze nobody again.
  const released = before.releasedAt ?? (clears(told.status) ? now : null)
  const sent = before.evidenceSentAt ?? (told.evidenceSent ? now : null)
  await run(
    tx,
    sql`update disputes set status = ${told.status}, kind = ${told.kind}, reason = ${told.reason}, amount_minor = ${told.amount.minor}, withdrawn_minor = ${money.withdrawnMinor}, lost_minor = ${money.lostMinor},
        fee_minor = ${money.feeMinor}, evidence_due_at = coalesce(${told.evidenceDueBy}, evidence_due_at), evidence_sent_at = ${sent}, evidence_sent_by = case when ${sent}::timestamptz is null then null else coalesce(evidence_sent_by, ${before.remoteRef === null ? shop.actor : 'gateway'}) end,
        released_at = ${released}, released_by = case when ${released}::timestamptz is null then null else coalesce(released_by, ${shop.actor}) end, closed_at = ${closed}, asked_at = ${askedAt}, version = version + 1
      where business_id = current_business() and id = ${before.id}`,
  )
}

/** The sweep of payments asks about what is not decided: a notice can be lost. */
async function lookAgain(tx: Tx, payment: Payment, now: Temporal.Instant): Promise<void> {
  const waits = (await disputesOf(tx, payment.id)).some((each) => each.remoteRef !== null && !isDecided(each.status))
  await run(
    tx,
    sql`update payments set next_check_at = ${waits ? plusHours(now, hoursBetweenLooks) : null}::timestamptz
      where business_id = current_business() and id = ${payment.id} and status = 'succeeded'`,
  )
}

const opened = (tx: Tx, shop: Shop, payment: Payment, dispute: Dispute, now: Temporal.Instant): Promise<void> =>
  record(tx, shop, now, {
    type: 'dispute.opened',
    subjectType: 'dispute',
    subjectId: dispute.id,
    customerId: payment.customerId,
    data: {
      payment: payment.id,
      amount: dispute.amountMinor.toString(),
      currency: dispute.currency,
      reason: dispute.reason,
    },
  })

async function moved(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  { id }: Dispute,
  told: Told,
  now: Temporal.Instant,
): Promise<void> {
  if (told.status !== 'open')
    await record(tx, shop, now, {
      type: `dispute.${told.status}`,
      subjectType: 'dispute',
      subjectId: id,
      customerId: payment.customerId,
      data: { payment: payment.id, amount: told.amount.minor.toString(), currency: told.amount.currency },
    })
  if (clears(told.status)) return void (await settle(tx, 'payment_disputed', id, shop.actor, now))
  const words = wordsOf(told)
  const severity = told.status === 'warning' ? 'warn' : 'bad'
  await raise(tx, shop, { kind: 'payment_disputed', subjectType: 'dispute', subjectId: id, ...words, severity }, now)
  if (told.status !== 'under_review')
    await tellStaff(tx, shop, { id, status: told.status, dueAt: told.evidenceDueBy }, words, now)
}

function wordsOf({ status, amount, evidenceDueBy }: Told): { title: string; detail: string } {
  const sum = format(amount)
  if (status === 'lost')
    return {
      title: `${sum} was taken back for good`,
      detail: 'It is booked as lost. Its customer can buy nothing until you let him.',
    }
  const due = evidenceDueBy === null ? '' : ` An answer is due by ${evidenceDueBy.toString().slice(0, 10)}.`
  return {
    title: status === 'warning' ? `A bank asks about a payment of ${sum}` : `A payment of ${sum} is disputed`,
    detail: `Its customer can buy nothing, and nothing is charged to him.${due}`,
  }
}

async function consequences(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  { before, fresh, told }: { before: Dispute; fresh: boolean; told: Told },
  now: Temporal.Instant,
): Promise<void> {
  const wasTaken = !fresh && before.status !== 'warning'
  const turned = fresh || before.status !== told.status
  if (!turned) return
  if (told.status === 'lost') return endFor(tx, shop, payment, before, now)
  if (clears(told.status)) return goOnAfter(tx, shop, payment, before, now)
  if (told.status !== 'warning' && !wasTaken) await suspendFor(tx, shop, payment, before, now)
}
