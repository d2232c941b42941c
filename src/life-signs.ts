/**
 * How a house knows itself again at a start, and while it runs: the last sign of life, the clock, the identity of database and place.
 * What does not fit halts the live businesses before anything is charged, mailed or cut off.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App, StandstillCause } from '#app.ts'
import { standStill } from '#modules/people/standstill.ts'
import { inTransaction, one, sql } from '#platform/db.ts'
import { isAfter } from '#platform/time.ts'

/** A house that was away for longer asks before it catches up. */
export const silenceHours = 24
/** Clocks of machines that agree differ by less. */
const toleranceMinutes = 5
const everyMs = 60_000

/** Where the house lives: its data folder, and the address of its database where that lies elsewhere. */
export type Place = { folder: string; databaseUrl: string | null }

type Known = { id: string; seenAt: Temporal.Instant; systemIdentifier: string | null; places: string[] }
type Witness = { id: string; seenAt: Temporal.Instant }
export type Finding = { cause: StandstillCause; detail: string }

/** Looks before the worker begins, then each minute: a machine that slept is noticed when it wakes. Only houses with a worker do. */
export async function watchLife(app: App, place: Place): Promise<{ stop(): Promise<void> }> {
  await lookAround(app, place)
  let round: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    round = lookAround(app, place).catch((error: unknown) => app.log.error('sign of life failed', { error }))
  }, everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await round
    },
  }
}

/** One look: halts where something does not fit, then leaves its own sign of life. Gives what it found. */
export async function lookAround(app: App, place: Place): Promise<Finding | null> {
  const now = app.clock.now()
  const known = await readKnown(app)
  const here = fingerprint(place)
  const system = await systemIdentifier(app)
  const witness = await readWitness(place)
  const finding = known === null ? null : await judge(app, known, { here, system, witness, now })
  if (finding !== null) {
    const halted = await standStill(app, finding.cause, finding.detail, { onlyDue: finding.cause === 'silence' })
    app.log.warn('something does not fit', { ...finding, halted })
  }
  const id = known?.id ?? randomUUID()
  await app.db.pool.query(
    `insert into life_signs as l (id, seen_at, system_identifier, places) values ($1, $2, $3, array[$4])
     on conflict (one) do update set seen_at = excluded.seen_at, system_identifier = excluded.system_identifier,
       places = case when $4 = any (l.places) then l.places else l.places || $4::text end`,
    [id, now.toString(), system, here],
  )
  await writeFile(witnessFile(place), JSON.stringify({ id, seen_at: now.toString() }), { mode: 0o600 })
  return finding
}

async function judge(
  app: App,
  known: Known,
  {
    here,
    system,
    witness,
    now,
  }: { here: string; system: string | null; witness: Witness | null; now: Temporal.Instant },
): Promise<Finding | null> {
  const otherSystem = known.systemIdentifier !== null && system !== null && known.systemIdentifier !== system
  if (!known.places.includes(here) || otherSystem || (witness !== null && witness.id !== known.id))
    return {
      cause: 'moved',
      detail: otherSystem
        ? 'The database lies in another PostgreSQL than before: restored, moved, or a copy of one that still runs.'
        : 'The house was never here before: moved, or a copy of one that still runs.',
    }
  const tolerance = { minutes: toleranceMinutes }
  if (witness !== null && isAfter(witness.seenAt, known.seenAt.add(tolerance)))
    return {
      cause: 'restored',
      detail: `The database knows nothing after ${known.seenAt}, but the house ran until ${witness.seenAt}: what happened in between is missing.`,
    }
  const ahead = await latestAhead(app, now.add(tolerance))
  const latest = ahead !== null && isAfter(ahead, known.seenAt) ? ahead : known.seenAt
  if (isAfter(latest, now.add(tolerance)))
    return { cause: 'clock', detail: `The clock says ${now}, but something is on record for ${latest}.` }
  if (isAfter(now, known.seenAt.add({ hours: silenceHours })))
    return {
      cause: 'silence',
      detail: `Nothing ran from ${known.seenAt} to ${now}, or the clock jumped ahead. What became due meanwhile waits.`,
    }
  return null
}

/** The latest of what live businesses have on record for a time still to come; the test businesses have clocks of their own. */
async function latestAhead(app: App, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const { at } = await inTransaction(app.db, { role: 'report' }, 'read-latest-ahead', (tx) =>
    one(
      tx,
      sql<{
        at: Temporal.Instant | null
      }>`select max(e.at) as at from events e join businesses b on b.id = e.business_id
        where e.at > ${now} and b.mode = 'live'`,
    ),
  )
  return at
}

/** The address without its password, or the folder on this machine: what differs between a house and its copy. */
export function fingerprint({ folder, databaseUrl }: Place): string {
  if (databaseUrl === null) return hash(`folder ${folder}`)
  const { hostname, port, pathname, searchParams } = new URL(databaseUrl)
  return hash(`database ${hostname || searchParams.get('host') || ''} ${port || '5432'} ${pathname}`)
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

/** Null: it was never started before. */
async function readKnown(app: App): Promise<Known | null> {
  const { rows } = await app.db.pool.query<Known>(
    `select id, seen_at as "seenAt", system_identifier as "systemIdentifier", places from life_signs`,
  )
  return rows[0] ?? null
}

/** Some managed databases do not tell; then the place must do. */
const systemIdentifier = (app: App): Promise<string | null> =>
  app.db.pool.query<{ id: string }>('select system_identifier::text as id from pg_control_system()').then(
    ({ rows }) => rows[0]?.id ?? null,
    () => null,
  )

const witnessFile = ({ folder }: Place): string => join(folder, 'installation.json')

/** The half that lies outside the database; a folder that was thrown away has none. */
async function readWitness(place: Place): Promise<Witness | null> {
  try {
    const { id, seen_at } = JSON.parse(await readFile(witnessFile(place), 'utf8')) as { id: string; seen_at: string }
    return { id, seenAt: Temporal.Instant.from(seen_at) }
  } catch {
    return null
  }
}
