/** Runs that are parked: counting what happens to many, setting a step aside, and reading what waits. */
import type { App, Shop } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { asked, type Batch, onceIn, one, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { plusHours } from '#platform/time.ts'
import { raise } from '../people/attention.ts'
import type { PlannedStep } from '../subscriptions/rules/policy.ts'
import { renewalMinor, type Subscription } from '../subscriptions/rules/subscription.ts'
import { type Mass, type MassKind, massKindOf, mostAtOnce } from './rules/mass.ts'

/** How a step stands among many, and its place among them: taken when asked for, so that no two get the last one. */
export type Place = {
  readonly mass: Mass
  /** It was not needed after all, or what needed it was undone. */
  leave(): void
}

const noPlace = (mass: Mass): Place => ({ mass, leave: () => {} })

function take(hour: Hour, mass: Mass): Place {
  hour.count += 1
  let taken = 1
  return {
    mass,
    leave() {
      hour.count -= taken
      taken = 0
    },
  }
}

/** What a person said of this step; else whether the hour has room for one more of its kind, which then is its place. */
export async function placeOf(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<Place> {
  const kind = massKindOf(step.action)
  if (kind === null || (step.action === 'suspend' && subscription.status === 'suspended')) return noPlace('free')
  const said = await saidOf(tx, subscription, step)
  // Suspensions that a person lets go are not counted.
  if (said !== null && (said !== 'let_go' || kind === 'suspend')) return noPlace(said)
  const hour = await hourOf(tx, shop, kind, now)
  if (said === null && hour.count >= hour.most) return noPlace('full')
  return take(hour, said ?? 'free')
}

/** What became of this step in a parked run; null: it was in none. */
export async function saidOf(tx: Tx, subscription: Subscription, step: PlannedStep): Promise<Mass | null> {
  const { id, paidThrough } = subscription
  const [parked] = await asked(tx, said, { id, paidThrough, step: step.key })
  if (parked === undefined) return null
  if (parked.decision === 'go') return 'let_go'
  // A suspension that was dropped was held back instead: when the hold is over it is weighed anew.
  if (parked.decision === 'drop') return step.action === 'suspend' ? null : 'dropped'
  return 'full'
}

type Said = { id: string; paidThrough: Temporal.Instant | null; step: string }

const said: Batch<Said, { id: string; decision: 'go' | 'drop' | null }> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many: (steps) => sql`select w.id, p.decision
    from ${table('w', steps, [
      ['id', 'text', ({ id }) => id],
      ['period_end', 'timestamptz', ({ paidThrough }) => paidThrough],
      ['step', 'text', ({ step }) => step],
    ])}
    join parked_steps p on p.business_id = current_business() and p.subscription_id = w.id and p.period_end = w.period_end and p.step = w.step`,
}

type Hour = { count: number; most: number }

/** `until`, by the stopwatch. While it is counted anew others go on with the old one: it knows what they take. */
type Counted = { hour: Hour; number: number; until: number }

const counted = new WeakMap<App, Map<string, Counted>>()
/** In many lines counting takes long, and then a count is used for longer: counting is a twentieth of the time at most. */
const [keptMilliseconds, keptTimes] = [1_000, 20]

/**
 * Suspensions are counted by one transaction at a time, once for all works that share it: one too many is one viewer too many. Mails and
 * charges are many, so they are counted once a second, or less often where that takes long, and kept up by this process meanwhile.
 */
function hourOf(tx: Tx, shop: Shop, kind: MassKind, now: Temporal.Instant): Promise<Hour> {
  if (kind !== 'suspend') return onceIn(tx, `mass/${kind}`, () => keptHour(tx, shop, kind, now))
  return onceIn(tx, `mass/${kind}`, async () => {
    // Whoever suspends by rule comes after whoever does so now, and sees what that one did. Its rows were locked before: never after.
    await run(tx, sql`select pg_advisory_xact_lock(hashtextextended('mass/suspend/' || current_business(), 7236003))`)
    return countHour(tx, kind, now)
  })
}

async function keptHour(tx: Tx, { app, businessId }: Shop, kind: MassKind, now: Temporal.Instant): Promise<Hour> {
  const all = counted.get(app) ?? new Map<string, Counted>()
  counted.set(app, all)
  const key = `${businessId}/${kind}`
  const [known, number, began] = [all.get(key), Math.floor(now.epochMilliseconds / 3_600_000), stopwatch()]
  const fits = known !== undefined && known.number === number
  if (fits && known.until > began) return known.hour
  if (fits) known.until = Number.POSITIVE_INFINITY
  try {
    const hour = await countHour(tx, kind, now)
    const ended = stopwatch()
    all.delete(key)
    all.set(key, { hour, number, until: ended + Math.max(keptMilliseconds, keptTimes * (ended - began)) })
    forgetOver(all, ended)
    return hour
  } catch (error) {
    all.delete(key)
    throw error
  }
}

/** The oldest come first: what nobody asks for any more is not kept for ever. */
function forgetOver(all: Map<string, Counted>, at: number): void {
  for (const [key, { until }] of all) {
    if (until > at) return
    all.delete(key)
  }
}

async function countHour(tx: Tx, kind: MassKind, now: Temporal.Instant): Promise<Hour> {
  const since = plusHours(now, -1)
  const { lines, parked } = await one(
    tx,
    sql<{ lines: number; parked: number }>`select
      (select count(*)::int from lines where business_id = current_business() and wanted = 'active') as lines,
      (select count(*)::int from parked_runs r join parked_steps p on p.business_id = r.business_id and p.run_id = r.id
        where r.business_id = current_business() and r.kind = ${kind} and r.closed_at is null and p.decision is null and p.parked_at > ${since}) as parked`,
  )
  const most = mostAtOnce(lines, kind)
  const { count } = await one(tx, doneQuery(kind, since, most))
  return { count: count + parked, most }
}

/** What was done by rules alone within the hour: who was let go by a person does not count. */
const doneQuery = (kind: MassKind, since: Temporal.Instant, most: number) => {
  switch (kind) {
    case 'suspend':
      return sql<{ count: number }>`select count(*)::int as count from (select from events e
        where e.business_id = current_business() and e.type in ('subscription.suspended', 'subscription.restricted') and e.at > ${since} and e.actor like 'rule:%'
          and not exists (select from parked_steps p where p.business_id = e.business_id and p.subscription_id = e.subject_id and p.decision = 'go' and p.decided_at > ${since})
        limit ${most}) as done`
    case 'charge':
      return sql<{ count: number }>`select count(*)::int as count from (select from payments
        where business_id = current_business() and created_at > ${since} and by like 'rule:%' limit ${most}) as done`
    case 'mail':
      return sql<{ count: number }>`select count(*)::int as count from (select from messages
        where business_id = current_business() and created_at > ${since} and template in ('renewal_invoice', 'renewal_reminder', 'renewal_offer')
        limit ${most}) as done`
  }
}

/** Sets a step aside in the open run of its kind, opening one and telling staff when it is the first. */
export async function park(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
  step: PlannedStep,
  now: Temporal.Instant,
): Promise<void> {
  const kind = massKindOf(step.action)
  if (kind === null) return
  const runId = await openRun(tx, shop, kind, now)
  await run(
    tx,
    sql`insert into parked_steps (business_id, subscription_id, period_end, step, run_id, action, because, currency, amount_minor, parked_at)
      values (${shop.businessId}, ${subscription.id}, ${subscription.paidThrough}, ${step.key}, ${runId}, ${step.action}, ${step.because}, ${subscription.currency},
        ${renewalMinor(subscription)}, ${now})
      on conflict (business_id, subscription_id, period_end, step) do update
        set run_id = excluded.run_id, parked_at = excluded.parked_at, decision = null, decided_at = null, decided_by = null
        where parked_steps.decision = 'drop'`,
  )
}

const what: Record<MassKind, string> = { suspend: 'suspensions', charge: 'charges', mail: 'mails' }

async function openRun(tx: Tx, shop: Shop, kind: MassKind, now: Temporal.Instant): Promise<string> {
  const { lines } = await one(
    tx,
    sql<{
      lines: number
    }>`select count(*)::int as lines from lines where business_id = current_business() and wanted = 'active'`,
  )
  const most = mostAtOnce(lines, kind)
  const { id } = await one(
    tx,
    sql<{ id: string }>`insert into parked_runs (business_id, id, kind, most, opened_at)
      values (${shop.businessId}, ${newId('run', shop.app.clock)}, ${kind}, ${most}, ${now})
      on conflict (business_id, kind) where closed_at is null do update set most = parked_runs.most returning id`,
  )
  await raise(
    tx,
    shop,
    {
      kind: 'run_parked',
      subjectType: 'run',
      subjectId: id,
      title: `More than ${most} ${what[kind]} within an hour: the rest waits for you`,
      detail: 'Look at the list, then let it go on or drop it.',
      severity: 'bad',
    },
    now,
  )
  return id
}

export type Run = {
  id: string
  kind: MassKind
  most: number
  openedAt: Temporal.Instant
  closedAt: Temporal.Instant | null
  closedBy: string | null
  /** Steps that still wait: whoever paid meanwhile waits no more. */
  waiting: number
  letGo: number
  dropped: number
  sums: { currency: string; minor: bigint }[]
}

/** A parked step still means something while its period is the present one. */
export const stillWaits = sql`s.paid_through = p.period_end and s.status not in ('terminated', 'pending')`

export async function listRuns(tx: Tx, which: { id?: string; open?: boolean }, limit = 100): Promise<Run[]> {
  const found = await rows(
    tx,
    sql<
      Omit<Run, 'sums'> & { sums: { currency: string; minor: string }[] | null }
    >`select r.id, r.kind, r.most, r.opened_at as "openedAt",
        r.closed_at as "closedAt", r.closed_by as "closedBy", coalesce(c.waiting, 0)::int as waiting, coalesce(c.go, 0)::int as "letGo",
        coalesce(c.dropped, 0)::int as dropped, m.sums
      from parked_runs r
      left join lateral (
        select count(*) filter (where p.decision is null and ${stillWaits}) as waiting, count(*) filter (where p.decision = 'go') as go,
          count(*) filter (where p.decision = 'drop') as dropped
        from parked_steps p join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id
        where p.business_id = r.business_id and p.run_id = r.id) c on true
      left join lateral (
        select jsonb_agg(jsonb_build_object('currency', x.currency, 'minor', x.minor::text) order by x.currency) as sums from (
          select p.currency, sum(p.amount_minor) as minor from parked_steps p join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id
          where p.business_id = r.business_id and p.run_id = r.id and p.decision is null and ${stillWaits} group by 1) x) m on true
      where r.business_id = current_business() and (${which.id ?? null}::text is null or r.id = ${which.id ?? null})
        and (not ${which.open ?? false}::boolean or r.closed_at is null)
      order by r.opened_at desc limit ${limit}`,
  )
  return found.map(({ sums, ...each }) => ({
    ...each,
    sums: (sums ?? []).map(({ currency, minor }) => ({ currency, minor: BigInt(minor) })),
  }))
}

export type ParkedStep = {
  subscriptionId: string
  customerId: string
  step: string
  action: string
  because: string
  currency: string
  amountMinor: bigint
  periodEnd: Temporal.Instant
  parkedAt: Temporal.Instant
}

/** What waits in a run, longest first. */
export const stepsOfRun = (tx: Tx, runId: string, limit: number): Promise<ParkedStep[]> =>
  rows(
    tx,
    sql<ParkedStep>`select p.subscription_id as "subscriptionId", s.customer_id as "customerId", p.step, p.action, p.because, p.currency,
        p.amount_minor as "amountMinor", p.period_end as "periodEnd", p.parked_at as "parkedAt"
      from parked_steps p join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id
      where p.business_id = current_business() and p.run_id = ${runId} and p.decision is null and ${stillWaits}
      order by p.parked_at, p.subscription_id limit ${limit}`,
  )
