/** The only file that asks the machine for the time. Everything else is handed an instant, so that next month can be rehearsed. */

export interface Clock {
  now(): Temporal.Instant
}

export const systemClock: Clock = { now: () => Temporal.Now.instant() }

/** A clock that stands still until it is told to move: for scenarios and for the demo's past. */
export type StoppedClock = Clock & {
  set(instant: Temporal.Instant | string): void
  advance(duration: Temporal.DurationLike): void
}

export function stoppedClock(start: Temporal.Instant | string): StoppedClock {
  let current = Temporal.Instant.from(start)
  return {
    now: () => current,
    set: (instant) => {
      current = Temporal.Instant.from(instant)
    },
    advance: (duration) => {
      current = current.toZonedDateTimeISO('UTC').add(duration).toInstant()
    },
  }
}

/** Milliseconds from an arbitrary start, for measuring how long something took; never a date. */
export const stopwatch = (): number => performance.now()
