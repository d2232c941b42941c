/**
 * A panel whose operator says how often it may be asked gets no more requests in a second, of all processes together (decision 0096). Each request takes
 * the next free turn in one statement, and waits for it without a connection. Orders go before what merely looks (`behind`), and no more
 * lines are in hand at once than get through while their leases last.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Shop, single } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { sql } from '#platform/db.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { callUnderway } from './call-underway.ts'

/** `front`: for a line. `behind`: for a comparison, an adoption, a count of viewers, which take turns that nobody else wants. */
export type Place = 'front' | 'behind'

export type PacedPanel = { id: string; requestsPerSecond: number | null }

/** Turns are never given out further ahead: a clock that was set back must not keep everybody waiting. */
const mostAheadSeconds = 30
/** So long whoever is behind gives way; then he stands in line, for a comparison has a lease, too. */
const givesWayMs = 10_000

/** The way out of one panel: each request waits for its turn, then `onWire` says that it is under way, until what that gives is called. */
export function pacedWay(
  http: HttpOut,
  owner: Shop,
  panel: { id: string; requestsPerSecond: number },
  place: Place,
  onWire: () => () => void,
): HttpOut {
  return {
    ...http,
    async request(request) {
      const began = stopwatch()
      await turnOf(owner, panel, place)
      const call = callUnderway()
      if (call !== undefined) call.waitedMs += stopwatch() - began
      const ends = onWire()
      try {
        return await http.request(request)
      } finally {
        ends()
      }
    },
  }
}

async function turnOf(owner: Shop, panel: { id: string; requestsPerSecond: number }, place: Place): Promise<void> {
  const everyMs = 1_000 / panel.requestsPerSecond
  const began = stopwatch()
  while (place === 'behind' && stopwatch() - began < givesWayMs) {
    if (await takeFreeTurn(owner, panel.id, everyMs)) return
    await sleep(Math.max(everyMs, 50))
  }
  const waitMs = await takeNextTurn(owner, panel.id, everyMs)
  noteQueue(owner, panel.id, waitMs)
  if (waitMs > 0) await sleep(waitMs)
}

/** By the database's clock, which all processes share. Gives the milliseconds until the turn. */
async function takeNextTurn(owner: Shop, panelId: string, everyMs: number): Promise<number> {
  const gap = sql`make_interval(secs => ${everyMs / 1_000}::float8)`
  const [taken] = await single(
    owner,
    'take-turn',
    sql<{
      waitMs: number
    }>`insert into panel_turns as t (business_id, panel_id, next_at) values (current_business(), ${panelId}, clock_timestamp() + ${gap})
      on conflict (business_id, panel_id) do update
        set next_at = least(greatest(t.next_at, clock_timestamp()), clock_timestamp() + make_interval(secs => ${mostAheadSeconds})) + ${gap}
      returning ceil(extract(epoch from next_at - ${gap} - clock_timestamp()) * 1000)::int as "waitMs"`,
  )
  return taken?.waitMs ?? 0
}

/** Only when nobody waits for his turn. */
async function takeFreeTurn(owner: Shop, panelId: string, everyMs: number): Promise<boolean> {
  const gap = sql`make_interval(secs => ${everyMs / 1_000}::float8)`
  const taken = await single(
    owner,
    'take-free-turn',
    sql<{
      taken: boolean
    }>`insert into panel_turns as t (business_id, panel_id, next_at) values (current_business(), ${panelId}, clock_timestamp() + ${gap})
      on conflict (business_id, panel_id) do update set next_at = clock_timestamp() + ${gap} where t.next_at <= clock_timestamp()
      returning true as taken`,
  )
  return taken.length > 0
}

/** What this process knows of each panel's turns; by the adapter's panel id, since an adapter is opened anew with its settings. */
type Hand = { lines: number; freeAt: number; putOffUntil: number }
const hands = new WeakMap<Shop['app'], Map<string, Hand>>()

function handOf({ app }: Pick<Shop, 'app'>, panelId: string): Hand {
  const ofApp = hands.get(app) ?? new Map<string, Hand>()
  hands.set(app, ofApp)
  const hand = ofApp.get(panelId) ?? { lines: 0, freeAt: 0, putOffUntil: 0 }
  ofApp.set(panelId, hand)
  return hand
}

const noteQueue = (owner: Shop, panelId: string, waitMs: number): void => {
  handOf(owner, panelId).freeAt = stopwatch() + waitMs
}

/** A queue longer than this is not joined by one more line. */
const longQueueMs = 3_000

/**
 * Takes a line in hand: gives what lets it go again, or null when the panel has as many as it can take. With as many lines as requests in a second each
 * of them gets a turn in about a second, for every process that works on the panel: a line asks some ten times, its lease lasts 150 seconds.
 */
export function takeInHand(owner: Pick<Shop, 'app'>, { id, requestsPerSecond }: PacedPanel): (() => void) | null {
  if (requestsPerSecond === null) return () => {}
  const hand = handOf(owner, id)
  if (hand.lines >= requestsPerSecond || hand.freeAt - stopwatch() > longQueueMs) return null
  hand.lines++
  return () => {
    hand.lines--
  }
}

/** About what a line takes of a panel: a look, a change of several calls, a look. */
const requestsOfLine = 6
/** Nobody is put off for longer by this alone. */
const mostPutOffSeconds = 600

/**
 * After how many seconds a line comes again that found no room: those that nobody waits for each get a time of their own, one behind the other, so that
 * thousands do not all come each second to hear the same. `awaited`: somebody waits for his first login, and comes each second until there is room.
 */
export function secondsUntilRoom(
  owner: Pick<Shop, 'app'>,
  { id, requestsPerSecond }: PacedPanel,
  awaited: boolean,
): number {
  if (awaited || requestsPerSecond === null) return 1
  const hand = handOf(owner, id)
  const now = stopwatch()
  const latest = now + mostPutOffSeconds * 1_000
  hand.putOffUntil = Math.min(
    latest,
    Math.max(now + 1_000, hand.putOffUntil) + (1_000 * requestsOfLine) / requestsPerSecond,
  )
  return (hand.putOffUntil - now) / 1_000
}

/** Whether calls for it wait for turns: what they take is then not what the panel takes. */
export const hasPace = <P extends PacedPanel>(panel: P): panel is P & { requestsPerSecond: number } =>
  panel.requestsPerSecond !== null
