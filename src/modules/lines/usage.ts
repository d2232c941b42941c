/**
 * Who watches, as far as panels tell it: every few minutes each panel is asked who watches just now. A look that fails is one sample
 * less and nothing more, so nothing waits for it, retries it or closes a breaker over it.
 */
import type { Session } from '#adapters/panels/panel.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { inTransaction, maybe, one, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { earlierOf, laterOf } from '#platform/time.ts'
import { seenCredits } from '../ledger/credits.ts'
import { allShops, openShop } from '../people/business.ts'
import { type OpenPanel, openedBehind, openPanel } from './panels.ts'
import { isOpen } from './rules.ts'

/** Minutes between two looks at one panel, and what one look at which somebody watched counts for. */
export const lookMinutes = 5
/** What is older is forgotten: a whole year can be compared with the one before. */
export const keepMonths = 25

/** One round over all panels that are due for a look; several processes may. Gives how many panels told. */
export async function lookWhoWatches(app: App): Promise<number> {
  const due = (await panelsToWatch(app)).filter(({ kind }) => app.panels.get(kind)?.capabilities.tellsUsage === true)
  let told = 0
  for (let first = 0; first < due.length; first += looksAtOnce) {
    const looks = due.slice(first, first + looksAtOnce).map(({ businessId, id }) => lookAt(app, businessId, id))
    told += (await Promise.all(looks)).filter(Boolean).length
  }
  return told
}

/** One that is slow to answer holds up a few others at most. */
const looksAtOnce = 8

function panelsToWatch(app: App): Promise<{ businessId: string; id: string; kind: string }[]> {
  const now = app.clock.now()
  return inTransaction(app.db, { role: 'lookup' }, 'panels-to-watch', (tx) =>
    rows(
      tx,
      sql<{
        businessId: string
        id: string
        kind: string
      }>`select business_id as "businessId", panel_id as id, kind from panels_to_watch(${askedBy(now)}, ${now})`,
    ),
  )
}

/** By the machine's clock: a sandbox that travels does not ask more often. A minute less than the interval, for timers are never exact. */
const askedBy = (now: Temporal.Instant): Temporal.Instant => now.subtract({ minutes: lookMinutes - 1 })

async function lookAt(app: App, businessId: string, panelId: string): Promise<boolean> {
  try {
    const opened = await openPanel(app, businessId, panelId)
    if (isOpen(opened.row, opened.owner.now()) || !(await takeTurn(opened))) return false
    await note(app, opened, await watchersOf(openedBehind(opened)))
    return true
  } catch (error) {
    app.log.debug('a panel did not tell who watches', { panel: panelId, error })
    return false
  }
}

/** Whoever comes first: another process found it due, too. */
const takeTurn = ({ owner, row }: OpenPanel): Promise<boolean> =>
  transaction(owner, 'watch-panel', async (tx) => {
    const now = owner.app.clock.now()
    const taken = await run(
      tx,
      sql`update panels set usage_asked_at = ${now} where business_id = current_business() and id = ${row.id}
        and (usage_asked_at is null or usage_asked_at <= ${askedBy(now)} or usage_asked_at > ${now})`,
    )
    return taken > 0
  })

type Watcher = {
  username: string
  at: number
  startedAt: Temporal.Instant | null
  agent: string | null
  country: string | null
}

/** One for each login: how many watch by it at once, and since when the first of them does. */
async function watchersOf({ panel }: OpenPanel): Promise<Watcher[]> {
  const found = new Map<string, Watcher>()
  for await (const page of panel.sessions?.() ?? [])
    for (const session of page) {
      const key = session.username.toLowerCase()
      found.set(key, together(found.get(key), session, key))
    }
  return [...found.values()]
}

function together(known: Watcher | undefined, { startedAt, agent, country }: Session, username: string): Watcher {
  if (known === undefined) return { username, at: 1, startedAt, agent, country }
  const first =
    known.startedAt === null || startedAt === null
      ? (known.startedAt ?? startedAt)
      : earlierOf(known.startedAt, startedAt)
  return {
    ...known,
    at: known.at + 1,
    startedAt: first,
    agent: known.agent ?? agent,
    country: known.country ?? country,
  }
}

/** Lines of every business that sells on the panel; whoever watches by a login that is none of ours is passed over. */
async function note(app: App, { owner, row }: OpenPanel, watchers: Watcher[]): Promise<void> {
  const sellers = await inTransaction(app.db, { role: 'lookup' }, 'sellers', (tx) =>
    rows(tx, sql<{ id: string }>`select business_id as id from businesses_on_panel(${owner.businessId}, ${row.id})`),
  )
  for (const { id } of watchers.length > 0 ? sellers : []) {
    const shop = await openShop(app, id, 'system')
    await transaction(shop, 'note-usage', (tx) =>
      noteUsage(tx, shop, { panelBusinessId: owner.businessId, panelId: row.id }, watchers),
    )
  }
  await transaction(owner, 'usage-told', (tx) =>
    run(tx, sql`update panels set usage_at = ${owner.now()} where business_id = current_business() and id = ${row.id}`),
  )
}

async function noteUsage(
  tx: Tx,
  shop: Shop,
  { panelBusinessId, panelId }: { panelBusinessId: string; panelId: string },
  watchers: Watcher[],
): Promise<void> {
  const now = shop.now()
  // A panel's clock may go ahead, and a sandbox has a time of its own: what counts is how long ago it was.
  const began = ({ startedAt }: Watcher) =>
    startedAt === null ? now : now.subtract(laterOf(shop.app.clock.now(), startedAt).since(startedAt))
  const seen = sql`${table('w', watchers, [
    ['username', 'text', ({ username }) => username],
    ['at_once', 'int', ({ at }) => at],
    ['began', 'timestamptz', began],
    ['agent', 'text', ({ agent }) => agent],
    ['country', 'text', ({ country }) => country],
  ])} join lines l on l.panel_business_id = ${panelBusinessId} and l.panel_id = ${panelId} and l.username_key = w.username
      and l.wanted in ('active', 'suspended') and l.business_id = current_business() and l.activated_at is not null`
  // Before any line is touched: credits are locked before lines.
  if (shop.parentId !== null)
    await seenCredits(
      tx,
      (await rows(tx, sql<{ id: string }>`select l.subscription_id as id from ${seen}`)).map(({ id }) => id),
      now,
    )
  await run(
    tx,
    // Somebody may have had the login before us: nothing is seen before the line was ours.
    sql`insert into line_usage as u (business_id, line_id, first_seen_at, last_seen_at, at_once, agent, country)
      select l.business_id, l.id, least(greatest(w.began, l.activated_at), ${now}), ${now}, w.at_once, w.agent, w.country from ${seen}
      on conflict (business_id, line_id) do update set last_seen_at = greatest(u.last_seen_at, excluded.last_seen_at), at_once = greatest(u.at_once, excluded.at_once),
        agent = coalesce(excluded.agent, u.agent), country = coalesce(excluded.country, u.country)`,
  )
  const today = now.toZonedDateTimeISO(shop.zone)
  const minutes = Array.from({ length: 31 }, (_, index) => (index + 1 === today.day ? lookMinutes : 0))
  await run(
    tx,
    sql`insert into line_usage_months as m (business_id, line_id, month, minutes)
      select l.business_id, l.id, ${monthOf(today)}::date, ${minutes}::smallint[] from ${seen}
      on conflict (business_id, line_id, month) do update set minutes[${today.day}] = least(m.minutes[${today.day}] + ${lookMinutes}, 1440)`,
  )
}

const monthOf = (day: Temporal.ZonedDateTime): string => day.toPlainDate().with({ day: 1 }).toString()

export type Usage = {
  firstSeenAt: Temporal.Instant
  lastSeenAt: Temporal.Instant
  /** The most that ever watched at one time. */
  atOnce: number
  agent: string | null
  country: string | null
}

/** Of each of these lines that somebody was seen by, when that was last. */
export async function lastSeen(tx: Tx, lineIds: readonly string[]): Promise<Map<string, Temporal.Instant>> {
  const found = await rows(
    tx,
    sql<{ id: string; at: Temporal.Instant }>`select line_id as id, last_seen_at as at from line_usage
      where business_id = current_business() and line_id = any(${lineIds}::text[])`,
  )
  return new Map(found.map(({ id, at }) => [id, at]))
}

/** Null: nobody was seen by it yet. */
export const usageOf = (tx: Tx, lineId: string): Promise<Usage | null> =>
  maybe(
    tx,
    sql<Usage>`select first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", at_once as "atOnce", agent, country from line_usage
      where business_id = current_business() and line_id = ${lineId}`,
  )

/** Minutes watched on each of the last days, the present one last: days of the business's calendar. */
export async function minutesByDay(
  tx: Tx,
  shop: Shop,
  lineId: string,
  days: number,
): Promise<{ day: string; minutes: number }[]> {
  const today = shop.now().toZonedDateTimeISO(shop.zone).toPlainDate()
  const first = today.subtract({ days: days - 1 })
  const found = await rows(
    tx,
    sql<{ month: string; minutes: number[] }>`select month::text as month, minutes from line_usage_months
      where business_id = current_business() and line_id = ${lineId} and month >= ${first.with({ day: 1 }).toString()}::date`,
  )
  const months = new Map(found.map(({ month, minutes }) => [month, minutes]))
  return Array.from({ length: days }, (_, index) => {
    const day = first.add({ days: index })
    return { day: day.toString(), minutes: months.get(day.with({ day: 1 }).toString())?.[day.day - 1] ?? 0 }
  })
}

/** Of lines whose order was paid in the last 30 days and whose panel tells: how soon somebody watched. */
export const firstStreams = (tx: Tx, since: Temporal.Instant) =>
  one<{ lines: number; seen: number; withinTen: number; medianSeconds: number | null }>(
    tx,
    sql`select count(*)::int as lines, count(u.line_id)::int as seen,
        count(*) filter (where u.first_seen_at <= o.paid_at + interval '10 minutes')::int as "withinTen",
        (percentile_cont(0.5) within group (order by extract(epoch from u.first_seen_at - o.paid_at)))::float as "medianSeconds"
      from orders o join lines l on l.business_id = o.business_id and l.subscription_id = o.subscription_id
        join panels p on p.business_id = l.panel_business_id and p.id = l.panel_id and p.usage_at is not null
        left join line_usage u on u.business_id = l.business_id and u.line_id = l.id
      where o.business_id = current_business() and o.status = 'ready' and o.paid_at >= ${since} and l.activated_at >= o.paid_at`,
  )

/** For the daily upkeep. */
export async function forgetOldUsage(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    const oldest = shop.now().toZonedDateTimeISO(shop.zone).subtract({ months: keepMonths })
    await transaction(shop, 'forget-usage', async (tx) => {
      await run(
        tx,
        sql`delete from line_usage_months where business_id = current_business() and month < ${monthOf(oldest)}::date`,
      )
      const asked = app.clock.now().subtract({ hours: 48 })
      await run(tx, sql`delete from access_viewers where business_id = current_business() and asked_at < ${asked}`)
    })
  }
}
