/** What a notice hints at is fetched from the gateway itself. Every notice ends as applied, ignored with a reason, or failed and visible (F23). */
import type { Hint } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { plusSeconds } from '#platform/time.ts'
import { raise } from '../people/attention.ts'
import { findPaymentByRemote } from './queries.ts'
import { refreshPayment } from './refresh-payment.ts'

type Notice = { id: string; gatewayAccountId: string; eventType: string; hints: Hint[]; tries: number }

const mostTries = 6

export async function processNotice(shop: Shop, noticeId: string): Promise<void> {
  const now = shop.now()
  const notice = await transaction(shop, 'read-notice', (tx) =>
    maybe(
      tx,
      sql<Notice>`select id, gateway_account_id as "gatewayAccountId", event_type as "eventType", hints, tries from notices
        where business_id = current_business() and id = ${noticeId} and status = 'received'`,
    ),
  )
  if (notice === null) return
  try {
    const outcome = await apply(shop, notice)
    if (outcome === 'unknown')
      return await later(shop, notice, 'It names a payment that we do not know.', 'ignored', now)
    await end(
      shop,
      notice,
      outcome === 'applied' ? 'applied' : 'ignored',
      outcome === 'applied' ? '' : `Nothing here depends on ${notice.eventType}.`,
      now,
    )
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await later(shop, notice, error.message, 'failed', now)
  }
}

async function apply(shop: Shop, notice: Notice): Promise<'applied' | 'unknown' | 'irrelevant'> {
  const hints = notice.hints.filter((hint) => hint.object !== 'other')
  if (hints.length === 0) return 'irrelevant'
  let known = 0
  for (const hint of hints) {
    const payment = await transaction(shop, 'find-payment', (tx) =>
      findPaymentByRemote(tx, notice.gatewayAccountId, hint),
    )
    if (payment === null) continue
    known += 1
    await refreshPayment(shop, payment.id)
  }
  return known === 0 ? 'unknown' : 'applied'
}

/** A notice can overtake our own commit, or the gateway be down: it is tried again for an hour, then it ends visibly. */
async function later(
  shop: Shop,
  notice: Notice,
  reason: string,
  otherwise: 'ignored' | 'failed',
  now: Temporal.Instant,
): Promise<void> {
  const tries = notice.tries + 1
  if (tries < mostTries) {
    await transaction(shop, 'notice-later', (tx) =>
      run(
        tx,
        sql`update notices set tries = ${tries}, reason = ${reason}, next_try_at = ${plusSeconds(now, 5 * 4 ** tries)} where business_id = current_business() and id = ${notice.id}`,
      ),
    )
    return
  }
  await end(shop, notice, otherwise, reason, now)
}

async function end(
  shop: Shop,
  notice: Notice,
  status: 'applied' | 'ignored' | 'failed',
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await transaction(shop, 'notice-done', async (tx) => {
    await run(
      tx,
      sql`update notices set status = ${status}, reason = ${reason}, tries = tries + 1, next_try_at = null, done_at = ${now} where business_id = current_business() and id = ${notice.id}`,
    )
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
