/** Carries out what waits and what is due in a simulated world, as workers would, one thing after the other. */
import type pg from 'pg'
import { sweepKinds } from '#main.ts'
import type { StoppedClock } from '#platform/clock.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import type { SeedLog } from './log.ts'
import type { Machine } from './machine.ts'
import { queue } from './writes.ts'

/** With its id: a job of the queue; without: a row that is due. */
type Work = { id: string | null; name: string; payload: unknown }
type Found = { work: Work[]; next: Temporal.Instant | null; remembered?: boolean }

/** Who is not at rest after so many never will be. */
const mostLooks = 300

export const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

export function openEngine(options: {
  db: pg.Client
  touched: Set<string>
  clock: StoppedClock
  machine: Machine
  log: SeedLog
  broken: string[]
}) {
  const { db, touched, clock, machine, log, broken } = options
  /** Of each row of `waitsFor`, as it was when its tables were last written. */
  const firsts: First[] = waitsFor.map(() => null)
  for (const table of [queue, ...tablesOf.flat()]) touched.add(table)
  let done: string[] = []
  /** What is due and failed is not tried again before time has passed, as the queue would. */
  let failedNow = { at: '', keys: new Set<string>() }
  /** How it was when nothing was left to do. */
  let rest: { points: number; next: Temporal.Instant | null } | null = null

  const isNew = (work: Work) =>
    work.id !== null || failedNow.at !== clock.now().toString() || !failedNow.keys.has(keyOf(work))

  /** What the process remembers first, then jobs, each once; one that dies with its process is still there. Then what is due. */
  async function look(): Promise<Found> {
    const near = machine.near()
    if (near !== undefined) return { work: [{ id: null, ...near }], next: null, remembered: true }
    const jobs = await jobsThatWait()
    if (jobs.length > 0) return { work: jobs, next: null }
    await glance()
    const now = clock.now()
    const due = kinds.filter((kind) => waitsFor.some((each, index) => each.kind === kind && isDue(index, now)))
    if (due.length === 0) return { work: [], next: earliest(firsts) }
    const work = (await dueOf(due)).filter(isNew)
    if (work.length > 0) return { work, next: null }
    // What cannot be done now hides what comes after it.
    const hidden = waitsFor
      .keys()
      .filter((index) => isDue(index, now))
      .toArray()
    const later = firsts.filter((first) => first !== null && !isAtMost(first, now))
    return { work, next: earliest([...later, ...(await firstsOf(hidden, now))]) }
  }

  const isDue = (index: number, now: Temporal.Instant): boolean => {
    const first = firsts[index] ?? null
    return first !== null && isAtMost(first, now)
  }

  async function jobsThatWait(): Promise<Work[]> {
    if (done.length === 0 && !touched.has(queue)) return []
    const { rows } = await db.query<Work>({ name: 'jobs', text: jobsText, values: [done] })
    done = []
    touched.delete(queue)
    // They are still there when the process dies that was to do them.
    if (rows.length > 0) touched.add(queue)
    return rows
  }

  /** The first instants of what somebody wrote since the last glance. */
  async function glance(): Promise<void> {
    if (touched.size === 0) return
    const asked = waitsFor
      .keys()
      .filter((index) => tablesOf[index]?.some((table) => touched.has(table)))
      .toArray()
    touched.clear()
    for (const [place, first] of (await firstsOf(asked, null)).entries()) firsts[asked[place] ?? 0] = first
  }

  /** The first instant, after `after` where that is said, at which something is due of each that is asked. */
  async function firstsOf(asked: readonly number[], after: Temporal.Instant | null): Promise<First[]> {
    if (asked.length === 0) return []
    const { rows } = await db.query<{ firsts: (string | null)[] }>({
      name: `${after === null ? 'first' : 'after'} ${asked.reduce((all, index) => all | (1n << BigInt(index)), 0n)}`,
      text: `select array[${asked.map((index) => firstText(index, after !== null)).join(', ')}]::text[] as firsts`,
      values: after === null ? [] : [after.toString()],
    })
    return (rows[0]?.firsts ?? []).map((at) =>
      at === null ? null : at === always ? longAgo : Temporal.Instant.from(at.replace(' ', 'T')),
    )
  }

  /** The rows of these kinds that the sweep would hand out, sorted, so that a seed repeats itself. */
  async function dueOf(these: readonly string[]): Promise<Work[]> {
    const values = [these, clock.now().toString()]
    const { rows } = await db.query<{ kind: string; business_id: string; id: string }>({
      name: 'due',
      text: dueText,
      values,
    })
    return [...Map.groupBy(rows, ({ kind }) => kind)].flatMap(([kind, found]) => workOf(kind, found))
  }

  async function perform(work: Work): Promise<void> {
    const key = keyOf(work)
    const now = clock.now().toString()
    if (failedNow.at !== now) failedNow = { at: now, keys: new Set() }
    try {
      await machine.run(work.name, work.payload)
      log.note(key)
    } catch (error) {
      if (machine.isDead()) return
      failedNow.keys.add(key)
      const known = error instanceof ProviderError || error instanceof Refusal
      log.note(`${key} failed: ${known ? error.message : 'a bug'}`)
      if (!known) broken.push(`job ${key} failed: ${textOf(error)}`)
    }
    if (work.id !== null) done.push(work.id)
  }

  /** Nobody came by a crash point since, so nobody committed anything, and nothing became due: another look would find nothing. */
  const stillAtRest = (): boolean =>
    rest !== null &&
    rest.points === machine.pointsPassed() &&
    (rest.next === null || Temporal.Instant.compare(clock.now(), rest.next) < 0)

  return {
    /** Until nothing is left to do. Gives the instant at which something is due next. */
    async settle(): Promise<Temporal.Instant | null> {
      if (stillAtRest()) return rest?.next ?? null
      let patience = mostLooks
      while (patience > 0) {
        const { work, next, remembered } = await look()
        // Each of what it remembers is a look of its own, and on the morning on which thousands were woken there are thousands.
        patience -= remembered ? 0.01 : 1
        if (work.length === 0) {
          // What failed is tried again as soon as time has passed.
          rest =
            failedNow.at === clock.now().toString() && failedNow.keys.size > 0
              ? null
              : { points: machine.pointsPassed(), next }
          return next
        }
        for (const each of work) {
          await perform(each)
          if (!machine.isDead()) continue
          await machine.revive()
          break
        }
      }
      broken.push(`the world does not come to rest: ${(await look()).work.slice(0, 5).map(keyOf).join(', ')}`)
      return null
    },
    /** What is due of any kind now and was not just tried: nothing, after a settle. */
    async leftOver(): Promise<string[]> {
      return (await dueOf(kinds)).filter(isNew).map(keyOf)
    },
  }
}

type Due = { business_id: string; id: string }

/** Each row a job, or many of a business in one, as the sweep hands them out. */
const workOf = (kind: string, rows: readonly Due[]): Work[] =>
  [...Map.groupBy(rows, ({ business_id }) => business_id)].flatMap(([businessId, own]) => workIn(businessId, kind, own))

function workIn(businessId: string, kind: string, rows: readonly Due[]): Work[] {
  const { name, payloadKey, set } = jobOf.get(kind) ?? { name: kind, payloadKey: 'id', set: undefined }
  const ids = rows.map(({ id }) => id)
  if (set === undefined || ids.length === 1)
    return ids.map((id) => ({ id: null, name, payload: { businessId, [payloadKey]: id } }))
  return Array.from({ length: Math.ceil(ids.length / set.size) }, (_, index) => ({
    id: null,
    name: set.job,
    payload: { businessId, ids: ids.slice(index * set.size, (index + 1) * set.size) },
  }))
}

/** Of what travels with a nudge only what names its row: the rest is what the process remembers. */
const keyOf = ({ name, payload }: Work): string =>
  `${name} ${JSON.stringify(payload, (key, value) => (key === '' || key === 'ids' || typeof value === 'string' ? value : undefined))}`

const jobOf = new Map(sweepKinds.map(({ kind, job, payloadKey, set }) => [kind, { name: job.name, payloadKey, set }]))
const kinds = [...jobOf.keys()]

/** The engine's connection: it sees all businesses, as reports do, and the queue. */
export const eyesOfTheEngine = `
  grant usage on schema graphile_worker to linekeeper_report;
  grant select, delete on graphile_worker._private_jobs to linekeeper_report;
  create policy simulation on graphile_worker._private_jobs to linekeeper_report using (true);
  grant select on graphile_worker._private_tasks to linekeeper_report;
  create policy simulation on graphile_worker._private_tasks to linekeeper_report using (true);
  grant execute on function due_work(text, timestamptz, int) to linekeeper_report;
  set role linekeeper_report;
  set plan_cache_mode = force_generic_plan`

/** What is due whenever it is there. */
const always = '-infinity'

/** From when on the rows of a kind are due. It only says when to ask `due_work`, which decides; `leftOver` finds what is missing here. */
const waitsFor: readonly { kind: string; column: string; from: string; where?: string }[] = [
  { kind: 'subscription', column: 'next_step_at', from: 'subscriptions' },
  { kind: 'line', column: 'next_try_at', from: 'lines' },
  { kind: 'message', column: 'next_try_at', from: 'messages' },
  { kind: 'notice', column: 'next_try_at', from: 'notices' },
  { kind: 'payment', column: 'next_check_at', from: 'payments' },
  { kind: 'refund', column: 'next_check_at', from: 'refunds' },
  { kind: 'collection', column: 'next_try_at', from: 'collections' },
  { kind: 'card', column: 'warn_at', from: 'payment_methods' },
  { kind: 'setup', column: 'next_check_at', from: 'method_setups' },
  { kind: 'method', column: 'forget_at', from: 'payment_methods' },
  { kind: 'incident', column: 'next_look_at', from: 'incidents' },
  { kind: 'panel', column: 'next_at', from: 'panel_checks' },
  {
    kind: 'credit_order',
    column: `'${always}'::timestamptz`,
    from: 'credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id',
    where: `o.status = 'open' and v.status in ('paid', 'void', 'uncollectible')`,
  },
  {
    kind: 'top_up',
    column: `coalesce(t.top_up_look_at, '${always}'::timestamptz)`,
    from: `reseller_terms t left join accounts a on a.business_id = t.business_id and a.id = 'wallet/credit/' || t.reseller_id`,
    where: 'coalesce(a.balance - a.held, 0) < t.top_up_under',
  },
  { kind: 'credits', column: 'starts', from: 'period_credits', where: `status = 'ahead'` },
  { kind: 'credits', column: `coalesce(used_at, ends)`, from: 'period_credits', where: 'awaits_use' },
  {
    kind: 'credits',
    column: `coalesce(p.usage_at, '${always}'::timestamptz) + interval '1 day'`,
    from: `period_credits c join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id
      join panels p on p.business_id = l.panel_business_id and p.id = l.panel_id`,
    where: 'c.awaits_use',
  },
  {
    kind: 'credits',
    column: `'${always}'::timestamptz`,
    from: `period_credits c join accounts a on a.business_id = c.short_issuer and a.id = 'wallet/credit/' || c.short_holder`,
    where: `c.status = 'waiting' and a.balance - a.held >= c.short_cost`,
  },
  {
    kind: 'credits',
    column: `'${always}'::timestamptz`,
    from: 'period_credits c join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id',
    where: `(c.status = 'held' and not c.awaits_use or c.early_open) and l.activated_at is not null and l.done_revision = l.revision and not l.needs_review`,
  },
  { kind: 'affiliate', column: 'next_look_at', from: 'affiliates' },
  { kind: 'bank', column: 'next_match_at', from: 'bank_imports' },
  { kind: 'move', column: 'next_try_at', from: 'line_moves' },
  { kind: 'leftover', column: 'next_try_at', from: 'line_leftovers' },
  { kind: 'adoption', column: 'next_look_at', from: 'adoptions' },
  { kind: 'evacuation', column: 'next_look_at', from: 'evacuations' },
  { kind: 'travel', column: 'travel_look_at', from: 'businesses' },
  { kind: 'pause', column: 'resumes_at', from: 'pauses', where: 'ends is null' },
  { kind: 'add_on', column: 'due_at', from: 'add_on_changes', where: `status = 'awaiting_payment'` },
  {
    kind: 'add_on',
    column: 'p.starts',
    from: 'subscription_add_ons a join periods p on p.business_id = a.business_id and p.id = a.from_period_id',
  },
  { kind: 'plan_change', column: 'due_at', from: 'plan_changes', where: `status in ('awaiting_payment', 'paid')` },
  { kind: 'order', column: 'expires_at', from: 'orders', where: `status in ('awaiting_payment', 'processing')` },
  {
    kind: 'settle',
    column: 'l.activated_at',
    from: 'orders o join lines l on l.business_id = o.business_id and l.subscription_id = o.subscription_id',
    where: `o.status not in ('ready', 'canceled', 'refunded')`,
  },
  {
    kind: 'settle',
    column: 'v.paid_at',
    from: 'orders o join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id join invoices v on v.business_id = o.business_id and v.id = o.invoice_id',
    where: `v.status = 'paid' and (o.status = 'canceled' and o.paid_at is not null and s.status <> 'terminated'
      or o.status not in ('ready', 'canceled', 'refunded') and (s.status = 'terminated' or s.status = 'suspended' and o.status in ('awaiting_payment', 'processing', 'setting_up')))`,
  },
  {
    kind: 'invoice',
    column: `'${always}'::timestamptz`,
    from: 'invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id',
    where: `i.fulfilled_at is null and i.subscription_id is not null and v.status = 'paid'`,
  },
]

type First = Temporal.Instant | null

const longAgo = Temporal.Instant.fromEpochMilliseconds(0)

/** The tables of each row of `waitsFor`. */
const tablesOf = waitsFor.map(({ from }) => [...from.matchAll(/(?:^|join )([a-z_]+)/g)].map(([, table]) => table ?? ''))

const firstText = (index: number, hasBound: boolean): string => {
  const { column, from, where = 'true' } = waitsFor[index] ?? { column: 'null', from: 'businesses' }
  return `(select min(${column}) from ${from} where ${where}${hasBound ? ` and ${column} > $1::timestamptz` : ''})::text`
}

const isAtMost = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) <= 0

const earliest = (firsts: readonly First[]): First =>
  firsts.reduce((least, at) => (at === null || (least !== null && isAtMost(least, at)) ? least : at), null)

const jobsText = `with gone as (delete from graphile_worker._private_jobs where id = any($1::bigint[]))
  select j.id::text, t.identifier as name, j.payload from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id where j.id <> all($1::bigint[]) order by j.id`

const dueText = `select k.kind, d.business_id, d.id from unnest($1::text[]) with ordinality k (kind, place), due_work(k.kind, $2, 20000) d
  order by k.place, d.id`
