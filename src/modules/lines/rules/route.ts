/** Which panel a new line goes to, and why. Values only: the same facts give the same panel, in whatever order they come. */
import { type Instant, isBefore } from '#platform/time.ts'

export type RoutePanel = {
  id: string
  name: string
  /** Its live test passed with its present settings. */
  tested: boolean
  /** Staff send no new lines there. */
  drained: boolean
  /** So many new lines for each one of a panel of weight 1; 0: none. */
  weight: number
  /** Lines it may hold; null: no bound. */
  capacity: number | null
  /** Of these, kept from sales: for who comes back, for moves, for what staff choose. */
  reserved: number
  /** Lines that are there, and places that orders hold. */
  used: number
  /** It is for these countries only; empty: for all. */
  countries: readonly string[]
  /** It does not answer, or refuses our key. */
  sick: boolean
  /** Planned work is going on. */
  workedOn: boolean
  /** Its place in the product's list. */
  position: number
}

/** Why the chosen one was: `only` has the product, `only_left` takes new lines, the others are in trouble, it is for the buyer's country, has most room, or stands first. */
export const causes = ['only', 'only_left', 'answers', 'near', 'room', 'first'] as const
export type Cause = (typeof causes)[number]

/** What keeps new lines from a panel altogether. */
export const barriers = ['untested', 'drained', 'no_weight', 'other_country', 'full'] as const
export type Barrier = (typeof barriers)[number]

/** How each panel came off: chosen, barred, or behind the chosen one for a reason. */
export const standings = ['chosen', ...barriers, 'down', 'worked_on', 'not_near', 'less_room', 'later'] as const
export type Standing = (typeof standings)[number]

export type Route = {
  chosen: string | null
  because: Cause | null
  /** The chosen one first, then as they would have followed, then those that are barred. */
  panels: { id: string; standing: Standing }[]
}

/** Kept with the line: who decided, why, and how the others came off. */
export type Routed = {
  by: 'rule' | 'staff'
  because: Cause | 'chosen_by_hand' | 'moved'
  country: string | null
  panels: Route['panels']
}

/** `country`: of the buyer, where it is known. What nobody knows bars no panel. */
export function barrierOf(panel: RoutePanel, country: string | null): Barrier | null {
  if (!panel.tested) return 'untested'
  if (panel.drained) return 'drained'
  if (panel.weight === 0) return 'no_weight'
  if (country !== null && panel.countries.length > 0 && !panel.countries.includes(country)) return 'other_country'
  const room = roomOf(panel)
  return room !== null && room <= 0 ? 'full' : null
}

/** Places that sales may still take; null: no bound. */
export const roomOf = ({ capacity, reserved, used }: Pick<RoutePanel, 'capacity' | 'reserved' | 'used'>) =>
  capacity === null ? null : capacity - reserved - used

/**
 * First come panels that answer, since a paid line should be up at once; among them those for the buyer's country; among these the one
 * that is least used for its weight. Where all have a bound, use is a share of it, so that a small panel is not filled like a big one.
 * A panel in trouble is taken when there is no other: what is sold there is set up when it is back.
 */
export function route(panels: readonly RoutePanel[], country: string | null): Route {
  const open = panels.filter((panel) => barrierOf(panel, country) === null)
  const bounded = open.every(({ capacity }) => capacity !== null)
  const keys = new Map(open.map((panel) => [panel.id, keyOf(panel, country, bounded)]))
  const key = (panel: RoutePanel): Key => keys.get(panel.id) ?? { trouble: 0, far: 0, use: 0 }
  const inOrder = open.toSorted(
    (a, b) =>
      key(a).trouble - key(b).trouble ||
      key(a).far - key(b).far ||
      key(a).use - key(b).use ||
      a.position - b.position ||
      (a.id < b.id ? -1 : 1),
  )
  const [best, second] = inOrder
  const barred = panels
    .flatMap((panel) => {
      const standing = barrierOf(panel, country)
      return standing === null ? [] : [{ panel, standing }]
    })
    .sort((a, b) => a.panel.position - b.panel.position || (a.panel.id < b.panel.id ? -1 : 1))
    .map(({ panel, standing }) => ({ id: panel.id, standing }))
  if (best === undefined) return { chosen: null, because: null, panels: barred }
  const lost = (panel: RoutePanel): Standing => (panel === best ? 'chosen' : behind(panel, key(panel), key(best)))
  return {
    chosen: best.id,
    because: causeOf(panels.length, second === undefined ? null : lost(second)),
    panels: [...inOrder.map((panel) => ({ id: panel.id, standing: lost(panel) })), ...barred],
  }
}

type Key = { trouble: number; far: number; use: number }

function keyOf(panel: RoutePanel, country: string | null, bounded: boolean): Key {
  const { countries, capacity, reserved, weight, used } = panel
  // For the buyer's country, for all, for some that he may not be in.
  const far = countries.length === 0 ? 1 : country === null ? 2 : 0
  const size = bounded && capacity !== null ? capacity - reserved : 1
  return { trouble: panel.sick || panel.workedOn ? 1 : 0, far, use: used / (size * weight) }
}

function behind(panel: RoutePanel, own: Key, best: Key): Standing {
  if (own.trouble > best.trouble) return panel.sick ? 'down' : 'worked_on'
  if (own.far > best.far) return 'not_near'
  return own.use > best.use ? 'less_room' : 'later'
}

function causeOf(count: number, second: Standing | null): Cause {
  if (second === null) return count === 1 ? 'only' : 'only_left'
  if (second === 'down' || second === 'worked_on') return 'answers'
  if (second === 'not_near') return 'near'
  return second === 'less_room' ? 'room' : 'first'
}

/** A planned span is half open. */
export const isWorkedOn = (
  panel: { workStarts: Instant | null; workEnds: Instant | null },
  now: Instant,
): panel is { workStarts: Instant; workEnds: Instant } =>
  panel.workStarts !== null &&
  panel.workEnds !== null &&
  !isBefore(now, panel.workStarts) &&
  isBefore(now, panel.workEnds)
