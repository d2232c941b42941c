/** What a notice hints at is fetched from the gateway itself. Every notice ends as applied, ignored with a reason, or failed and visible (F23). */
import type { Hint } from '#adapters/gateways/gateway.ts'
import { type Shop, singleOf, transaction } from '#app.ts'
import { type Batch, run, sql, table, written } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { plusSeconds } from '#platform/time.ts'
import { raise } from '../people/attention.ts'
import { refreshDispute } from './disputes/refresh-dispute.ts'
import { handOn } from './lent-payments.ts'
import {
  findPayment,
  gatewayOfNotice,
  type Notice,
  type NoticeWithPayment,
  noticeWithPayments,
  type Payment,
} from './queries.ts'
import { refresh } from './refresh-payment.ts'
import { refreshRefunds } from './refund-facts.ts'
import { refreshSetup, setupsHinted } from './save-method.ts'

const mostTries = 6
/** Of a dispute, while its gateway cannot be reached: three days, every six hours in the end. A payment is polled besides; of a dispute nothing else tells. */
const mostTriesUnreached = 17
const longestWaitSeconds = 6 * 3_600

export async function processNotice(shop: Shop, noticeId: string, known?: NoticeWithPayment[]): Promise<void> {
  const now = shop.now()
  const found = known ?? (await singleOf(shop, 'read-notice', noticeWithPayments, noticeId))
  const notice = found[0]?.notice
  if (notice === undefined) return
  const payments = found.filter((each) => each.id !== null)
  const relevant = notice.hints.some((hint) => hint.object !== 'other')
  if (!relevant) return end(shop, notice, 'ignored', `Nothing here depends on ${notice.eventType}.`, now)
  if (payments.length === 0 && (await handOn(shop, notice)).length > 0)
    return end(shop, notice, 'applied', 'It is about a payment of a reseller, and was handed on to him.', now)
  const disputes = notice.hints.filter((hint) => hint.disputeRef !== undefined)
  if (disputes.length > 0) return applyDisputes(shop, notice, disputes, payments, now)
  if (payments.length === 0 && (await isOfSetup(shop, notice, now))) return
  if (payments.length === 0) return later(shop, notice, 'It names a payment that we do not know.', 'ignored', now)
  if (notice.hints.some((hint) => hint.object === 'dispute')) await tellDispute(shop, payments, now)
  try {
    if (notice.hints.some((hint) => hint.object === 'refund'))
      for (const payment of payments)
        if (payment.id !== null) await refreshRefunds(shop, await confirmed(shop, payment))
    for (const [index, payment] of payments.entries()) {
      // The notice is done in the commit of what it brought.
      const last = index === payments.length - 1
      await refresh(
        shop,
        payment,
        last ? { batch: saved, input: { notice, status: 'applied', reason: '', now } } : undefined,
      )
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await later(shop, notice, error.message, 'failed', now)
  }
}

/** News of a refund may come before those of its payment: what has not come in cannot go back. */
async function confirmed(shop: Shop, payment: Payment): Promise<Payment> {
  if (payment.status === 'succeeded') return payment
  await refresh(shop, payment)
  return (await transaction(shop, 'read-payment', (tx) => findPayment(tx, payment.id))) ?? payment
}

/** Each dispute is asked about by itself. One of a payment that nobody knows here may have overtaken our own commit. */
async function applyDisputes(
  shop: Shop,
  notice: Notice,
  hints: readonly Hint[],
  payments: readonly NoticeWithPayment[],
  now: Temporal.Instant,
): Promise<void> {
  const confirm = (payment: Payment) => refresh(shop, payment)
  try {
    const gateway = await transaction(shop, 'read-notice', (tx) => gatewayOfNotice(tx, notice.id))
    const found: (string | null)[] = []
    for (const hint of hints) found.push(await refreshDispute(shop, gateway, hint.disputeRef ?? '', hint, confirm))
    if (found.every((each) => each === null))
      return await later(shop, notice, 'It names a payment that we do not know.', 'ignored', now)
    // A notice may tell of more than its disputes: money that came again, a refund.
    for (const payment of payments) if (payment.id !== null) await refresh(shop, payment)
    await end(shop, notice, 'applied', '', now)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await later(
      shop,
      notice,
      error.message,
      'failed',
      now,
      error.kind === 'unavailable' ? mostTriesUnreached : mostTries,
    )
  }
}

/** A bank or buyer takes money back, and its gateway tells no more than that: staff enter the dispute. */
const tellDispute = (shop: Shop, payments: NoticeWithPayment[], now: Temporal.Instant): Promise<void> =>
  transaction(shop, 'payment-disputed', async (tx) => {
    for (const { id: subjectId } of payments) {
      if (subjectId === null) continue
      await raise(
        tx,
        shop,
        {
          kind: 'payment_disputed',
          subjectType: 'payment',
          subjectId,
          title: 'A payment was disputed or taken back',
          detail:
            'The gateway has the reason and the deadline. Enter the dispute at the payment, and the books follow.',
          severity: 'bad',
        },
        now,
      )
    }
  })

/** It names a page that only keeps a method: what became of that is asked. */
async function isOfSetup(shop: Shop, notice: Notice, now: Temporal.Instant): Promise<boolean> {
  const setups = await transaction(shop, 'read-setup', (tx) => setupsHinted(tx, notice.id, notice.hints))
  if (setups.length === 0) return false
  try {
    for (const setup of setups) await refreshSetup(shop, setup)
    await end(shop, notice, 'applied', '', now)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await later(shop, notice, error.message, 'failed', now)
  }
  return true
}

/** A notice can overtake our own commit, or the gateway be down: it is tried again for two hours, or `most` times; then it ends visibly. */
async function later(
  shop: Shop,
  notice: Notice,
  reason: string,
  otherwise: 'ignored' | 'failed',
  now: Temporal.Instant,
  most = mostTries,
): Promise<void> {
  const tries = notice.tries + 1
  if (tries >= most) return end(shop, notice, otherwise, reason, now)
  await transaction(shop, 'notice-later', (tx) =>
    run(
      tx,
      sql`update notices set tries = ${tries}, reason = ${reason}, next_try_at = ${plusSeconds(now, Math.min(5 * 4 ** tries, longestWaitSeconds))} where business_id = current_business() and id = ${notice.id}`,
    ),
  )
}

async function end(
  shop: Shop,
  notice: Notice,
  status: 'applied' | 'ignored' | 'failed',
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await transaction(shop, 'notice-done', async (tx) => {
    written(tx, saved, { notice, status, reason, now })
    if (status === 'failed')
      await raise(
        tx,
        shop,
        {
          kind: 'notice_failed',
          subjectType: 'notice',
          subjectId: notice.id,
          title: `A notice (${notice.eventType}) could not be applied`,
          detail: reason,
          severity: 'bad',
        },
        now,
      )
  })
}

type Ended = { notice: Notice; status: 'applied' | 'ignored' | 'failed'; reason: string; now: Temporal.Instant }

const saved: Batch<Ended> = {
  keyOf: ({ notice }) => notice.id,
  many: (
    ended,
  ) => sql`update notices n set status = e.status, reason = e.reason, tries = n.tries + 1, next_try_at = null, done_at = e.at
    from ${table('e', ended, [
      ['id', 'text', ({ notice }) => notice.id],
      ['status', 'text', ({ status }) => status],
      ['reason', 'text', ({ reason }) => reason],
      ['at', 'timestamptz', ({ now }) => now],
    ])} where n.business_id = current_business() and n.id = e.id`,
}
