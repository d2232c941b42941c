/**
 * How much a business may do, so that none starves another: requests a minute, mails, new lines and trials within 24 hours. Set by whoever is
 * above it, for a whole branch, where each business is counted alone; the database refuses any other way.
 */
import type { BusinessLimits, Shop } from '#app.ts'
import { json, maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { plusHours } from '#platform/time.ts'
import { changesOf } from '../events/changes.ts'
import { record } from '../events/record.ts'
import { forgetBusiness } from './business.ts'
import { limitsFrom, type StoredLimits } from './limit-rules.ts'

/** What was done within the last 24 hours. */
export type Limited = { limits: BusinessLimits; mails: number; lines: number; trials: number }

/** Of this business, or one below it. Throws `not_found` for any other. */
export async function readLimits(tx: Tx, businessId: string, now: Temporal.Instant): Promise<Limited> {
  const found = await maybe(
    tx,
    sql<{ limits: StoredLimits; mails: number; lines: number; trials: number }>`
      select limits, mails, lines, trials from limits_of(${businessId}, ${plusHours(now, -24)})`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such reseller.')
  return { ...found, limits: limitsFrom(found.limits) }
}

/** For a business below this one and everybody below that. None is ever looser than this business's own. */
export async function saveLimits(tx: Tx, shop: Shop, businessId: string, wanted: BusinessLimits): Promise<void> {
  const stored: Record<keyof StoredLimits, number | null> = {
    requests_per_minute: wanted.requestsPerMinute,
    mails_per_day: wanted.mailsPerDay,
    lines_per_day: wanted.linesPerDay,
    trials_per_day: wanted.trialsPerDay,
  }
  const named = Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== null))
  const { limits: before } = await readLimits(tx, businessId, shop.now())
  const changed = await rows(tx, sql<{ id: string }>`select id from limit_branch(${businessId}, ${json(named)})`)
  if (changed.length === 0) throw new Refusal('not_found', 'There is no such reseller.')
  await record(tx, shop, shop.now(), {
    type: 'reseller.limits_changed',
    subjectType: 'reseller',
    subjectId: businessId,
    data: changesOf(before, wanted),
  })
  tx.afterCommit(() => {
    for (const { id } of changed) forgetBusiness(shop.app, id)
  })
}
