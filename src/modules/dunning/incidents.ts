/**
 * A person declares an incident on a panel or a product. While it lasts nobody it reaches is suspended or ended (`guards.ts`), and its
 * sentence is shown to them; at its end a person decides what is given for it, once. Safe to repeat: what is decided stays.
 */
import { type Shop, transaction } from '#app.ts'
import { codeOf, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isAfter, laterOf, plusHours, plusSeconds } from '#platform/time.ts'
import { findProduct } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { type CompensationRule, type Incident, lockIncident, reaches, readIncident } from '../lines/incidents.ts'
import { findPanel } from '../lines/panels.ts'
import { raise, settle } from '../people/attention.ts'
import { instantOfPreview, outdated } from '../subscriptions/preview.ts'
import { previewCompensation } from './compensation.ts'
import { moveIncidentJob } from './jobs.ts'

/** What is longer ago is a matter of refunds; what is farther ahead is no incident. */
export const mostDaysBack = 30
export const mostDaysAhead = 90
export const mostDaysLong = 90

export type IncidentFacts = {
  /** For staff. */
  name: string
  /** For everybody. */
  sentence: string
  starts: Instant
  ends: Instant | null
  rule: CompensationRule
}

/** Gives the incident's id. Refuses one that overlaps another of the same panel or product as `conflict`. */
export async function declareIncident(
  shop: Shop,
  { panelId, productId, ...facts }: IncidentFacts & { panelId: string | null; productId: string | null },
): Promise<{ id: string }> {
  const now = shop.now()
  refuseTimes(facts, now, { begins: true })
  const id = newId('inc', shop.app.clock)
  return apart(() =>
    transaction(shop, 'declare-incident', async (tx) => {
      await refuseTarget(tx, panelId, productId)
      const { roundTo, leastMinutes, mostHours, mostHoursMonth } = facts.rule
      await run(
        tx,
        sql`insert into incidents (business_id, id, panel_id, product_id, kind, name, sentence, opened_at, closed_at, round_to, least_minutes, most_hours,
            most_hours_month, declared_at, declared_by, said_at, next_look_at)
          values (${shop.businessId}, ${id}, ${panelId}, ${productId}, 'declared', ${facts.name}, ${facts.sentence}, ${facts.starts}, ${facts.ends}, ${roundTo},
            ${leastMinutes}, ${mostHours}, ${mostHoursMonth}, ${now}, ${shop.actor}, ${now}, ${facts.ends})`,
      )
      await tell(tx, shop, id, 'declared', now, { panel: panelId, product: productId, starts: String(facts.starts) })
      await raise(tx, shop, openItem(id, facts), now)
      if (facts.ends !== null && !isAfter(facts.ends, now)) await noticeEnd(tx, shop, await readIncident(tx, id), now)
      return { id }
    }),
  )
}

/** Until it is decided everything may be corrected; `ends: now` says that it is over, `ends: null` that nobody knows after all. */
export async function changeIncident(shop: Shop, id: string, change: Partial<IncidentFacts>): Promise<void> {
  const now = shop.now()
  await apart(() =>
    transaction(shop, 'change-incident', async (tx) => {
      const before = await lockUndecided(tx, id)
      const after = { ...before, rule: before, ...change }
      if (change.starts !== undefined || change.ends !== undefined)
        refuseTimes(after, now, { begins: !after.starts.equals(before.starts) })
      const { roundTo, leastMinutes, mostHours, mostHoursMonth } = after.rule
      await run(
        tx,
        sql`update incidents set name = ${after.name}, sentence = ${after.sentence}, opened_at = ${after.starts}, closed_at = ${after.ends}, round_to = ${roundTo},
            least_minutes = ${leastMinutes}, most_hours = ${mostHours}, most_hours_month = ${mostHoursMonth}, next_look_at = ${after.ends},
            said_at = case when (opened_at, closed_at) is distinct from (${after.starts}::timestamptz, ${after.ends}::timestamptz) then ${now} else said_at end, version = version + 1
          where business_id = current_business() and id = ${id}`,
      )
      await tell(tx, shop, id, 'changed', now, { starts: String(after.starts), ends: after.ends?.toString() ?? null })
      const over = after.ends !== null && !isAfter(after.ends, now)
      if (over) return noticeEnd(tx, shop, await readIncident(tx, id), now)
      await settle(tx, 'incident_over', id, shop.actor, now)
      await raise(tx, shop, openItem(id, after), now)
    }),
  )
}

/** It was none, or not ours: what waited goes on, nothing is given, nobody sees it any more. */
export const withdrawIncident = (shop: Shop, id: string, reason: string): Promise<void> =>
  decide(shop, id, 'withdraw', reason)

/** It is over and nothing is given for it. */
export const waiveIncident = (shop: Shop, id: string, reason: string): Promise<void> =>
  decide(shop, id, 'waive', reason)

async function decide(shop: Shop, id: string, decision: 'withdraw' | 'waive', reason: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'decide-incident', async (tx) => {
    const incident = await lockUndecided(tx, id)
    if (decision === 'waive') requireOver(incident, now)
    const closed = incident.ends ?? laterOf(now, plusSeconds(incident.starts, 1))
    await run(
      tx,
      sql`update incidents set decision = ${decision}, decided_at = ${now}, decided_by = ${shop.actor}, closed_at = ${closed}, next_look_at = null, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
    await tell(tx, shop, id, decision === 'withdraw' ? 'withdrawn' : 'waived', now, { reason })
    for (const kind of ['incident_open', 'incident_over']) await settle(tx, kind, id, shop.actor, now)
    if (decision === 'withdraw') await releaseWaits(tx, incident, now)
  })
}

/**
 * What was shown is given: `fingerprint` is that of the preview, counted again here. It is carried out in batches, each a commit of its
 * own (`give-compensation.ts`). `tells`: each customer gets one message.
 */
export async function compensateIncident(
  shop: Shop,
  id: string,
  { fingerprint, tells }: { fingerprint: string; tells: boolean },
): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'compensate-incident', async (tx) => {
    const incident = await lockUndecided(tx, id)
    requireOver(incident, now)
    if (shop.standstill !== null)
      throw new Refusal('conflict', 'The business stands still. Please confirm the catch-up first.')
    const preview = await previewCompensation(tx, shop, incident, instantOfPreview(fingerprint, now))
    if (preview.fingerprint !== fingerprint)
      throw outdated(`It would give ${preview.seconds / 3600} hours to ${preview.subscriptions} subscriptions now.`)
    await run(
      tx,
      sql`update incidents set decision = 'compensate', decided_at = ${now}, decided_by = ${shop.actor}, tells = ${tells}, next_look_at = ${now}, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
    await tell(tx, shop, id, 'compensated', now, { subscriptions: preview.subscriptions, seconds: preview.seconds })
    for (const kind of ['incident_open', 'incident_over']) await settle(tx, kind, id, shop.actor, now)
    await enqueue(tx, moveIncidentJob, { businessId: shop.businessId, incidentId: id })
  })
}

/** Its end has come: what waited goes on by its policies, within what may happen at once, and staff are asked what is given. */
export async function noticeEnd(tx: Tx, shop: Shop, incident: Incident, now: Instant): Promise<void> {
  await run(
    tx,
    sql`update incidents set next_look_at = null where business_id = current_business() and id = ${incident.id}`,
  )
  await settle(tx, 'incident_open', incident.id, shop.actor, now)
  await raise(
    tx,
    shop,
    {
      kind: 'incident_over',
      subjectType: 'incident',
      subjectId: incident.id,
      title: `${incident.name} is over: decide what customers get for it`,
      detail: 'Look at what the rule would give, then give it, or nothing.',
      severity: 'warn',
    },
    now,
  )
  await releaseWaits(tx, incident, now)
}

const openItem = (id: string, { name, ends }: Pick<IncidentFacts, 'name' | 'ends'>) => ({
  kind: 'incident_open',
  subjectType: 'incident',
  subjectId: id,
  title: `${name}: nobody it reaches is suspended or ended while it lasts`,
  detail: ends === null ? 'It lasts until you say that it is over.' : 'It ends at the time that was declared.',
  severity: 'info' as const,
})

/** Who waited looks again at once instead of within the hour. */
const releaseWaits = (tx: Tx, { id }: Incident, now: Instant): Promise<number> =>
  run(
    tx,
    sql`update subscriptions set next_step_at = ${now} where business_id = current_business() and id in (
      select s.id from incidents i
      join subscriptions s on s.business_id = i.business_id
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id
      join plans p on p.business_id = s.business_id and p.id = s.plan_id
      where i.business_id = current_business() and i.id = ${id} and ${reaches} and s.status in ('trial', 'active', 'grace', 'suspended')
        and (s.status = 'suspended' or s.cut_off_at <= ${now}) and s.next_step_at > ${now} and s.next_step_at <= ${plusHours(now, 1)})`,
  )

async function lockUndecided(tx: Tx, id: string): Promise<Incident> {
  const incident = await lockIncident(tx, id)
  if (incident.decision !== null)
    throw new Refusal(
      'conflict',
      incident.decision === 'withdraw' ? 'This incident was withdrawn.' : 'This incident is decided.',
    )
  return incident
}

function requireOver({ ends }: Incident, now: Instant): void {
  if (ends === null || isAfter(ends, now))
    throw new Refusal('conflict', 'It is not over yet. Please say first when it ended.')
}

async function refuseTarget(tx: Tx, panelId: string | null, productId: string | null): Promise<void> {
  if ((panelId === null) === (productId === null))
    throw new Refusal('invalid_input', 'Please choose a panel or a product.', [
      { pointer: '/panel_id', code: 'required', detail: 'One of the two, not both.' },
    ])
  if (panelId !== null && (await findPanel(tx, panelId)) === null)
    throw new Refusal('invalid_input', 'Please choose a panel.', [
      { pointer: '/panel_id', code: 'unknown', detail: 'There is no such panel.' },
    ])
  if (productId !== null && (await findProduct(tx, productId)) === null)
    throw new Refusal('invalid_input', 'Please choose a product.', [
      { pointer: '/product_id', code: 'unknown', detail: 'There is no such product.' },
    ])
}

/** What began long ago may still end today: only a beginning that is said now, and an end to come, have their bounds. */
function refuseTimes(
  { starts, ends }: Pick<IncidentFacts, 'starts' | 'ends'>,
  now: Instant,
  { begins }: { begins: boolean },
): void {
  const faults: FieldError[] = []
  const wrong = (pointer: string, detail: string) => faults.push({ pointer, code: 'out_of_range', detail })
  if (begins && isAfter(plusHours(now, -mostDaysBack * 24), starts))
    wrong('/starts_at', `At most ${mostDaysBack} days ago.`)
  if (begins && isAfter(starts, plusHours(now, mostDaysAhead * 24)))
    wrong('/starts_at', `At most ${mostDaysAhead} days ahead.`)
  if (ends !== null && !isAfter(ends, starts)) wrong('/ends_at', 'The end comes after the beginning.')
  else if (ends !== null && isAfter(ends, plusHours(laterOf(starts, now), mostDaysLong * 24)))
    wrong('/ends_at', `At most ${mostDaysLong} days ahead.`)
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the times.', faults)
}

/** The database holds incidents of one panel or product apart. */
async function apart<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) !== '23P01' && codeOf(error) !== '23505') throw error
    throw new Refusal('conflict', 'Another incident of the same panel or product covers this time. Change that one.')
  }
}

const tell = (tx: Tx, shop: Shop, id: string, what: string, now: Instant, data: Record<string, unknown>) =>
  record(tx, shop, now, { type: `incident.${what}`, subjectType: 'incident', subjectId: id, data })
