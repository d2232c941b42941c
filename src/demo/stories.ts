/** Who buys in the demo's past, when, and what kind of payer he is. Values only: `make-past.ts` acts them out. */

import type { PlanKey } from './catalog.ts'
import { type Chance, chanceOf } from './chance.ts'
import { inventPeople, type Person } from './people.ts'

export type Habit =
  /** Pays some days before the end. */
  | 'prompt'
  /** Pays in the grace days. */
  | 'in_grace'
  /** Pays after the suspension. */
  | 'late'
  /** Does not renew: suspended, then terminated. */
  | 'stops'
  /** Switches renewal off and leaves at the end. */
  | 'leaves'

export type FirstPayment = 'pays' | 'declined_then_pays' | 'pays_later' | 'never_pays' | 'never_answers'

export type Story = {
  person: Person
  at: Temporal.Instant
  plan: PlanKey
  way: 'card' | 'bank'
  first: FirstPayment
  habit: Habit
  /** After how many renewals the habit shows; until then he pays promptly. */
  renewals: number
  /** A plan bought after the trial. */
  converts: PlanKey | null
  refunded: boolean
  /** Whether he wishes for a user name of his own. */
  asksForName: boolean
}

export const pastDays = 150

/** Grows over time; evenings are busy. The last ones bought within the hour. */
export function tellStories(count: number, now: Temporal.Instant, seed = 7): Story[] {
  const chance = chanceOf(seed)
  return inventPeople(count, chance)
    .map((person, index) => ({ ...tell(chance, index), person, at: saleTime(chance, now, index, count) }))
    .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
}

function saleTime(chance: Chance, now: Temporal.Instant, index: number, count: number): Temporal.Instant {
  if (index >= count - 3) return now.subtract({ minutes: 12 + 17 * (count - index) })
  const daysAgo = Math.ceil(pastDays * (1 - chance.next() ** 0.6))
  const minutes =
    chance.weighted([
      [chance.between(7, 12), 2],
      [chance.between(12, 17), 3],
      [chance.between(17, 23), 6],
    ] as const) * 60
  const midnight = now
    .toZonedDateTimeISO('Europe/Berlin')
    .startOfDay()
    .subtract({ days: Math.max(1, daysAgo) })
  return midnight.add({ minutes: Math.round(minutes), seconds: Math.floor(chance.between(0, 59)) }).toInstant()
}

function tell(chance: Chance, index: number): Omit<Story, 'person' | 'at'> {
  const plan = chance.weighted<PlanKey>([
    ['trial', 18],
    ['solo', 22],
    ['family', 27],
    ['family_quarter', 15],
    ['family_year', 7],
    ['household', 11],
  ])
  return {
    plan,
    way: chance.next() < 0.15 ? 'bank' : 'card',
    first: chance.weighted<FirstPayment>([
      ['pays', 82],
      ['declined_then_pays', 6],
      ['pays_later', 4],
      ['never_pays', 7],
      ['never_answers', 1],
    ]),
    habit: chance.weighted<Habit>([
      ['prompt', 56],
      ['in_grace', 16],
      ['late', 9],
      ['stops', 13],
      ['leaves', 6],
    ]),
    renewals: Math.floor(chance.between(0, 3)),
    converts:
      plan === 'trial' && chance.next() < 0.5 ? chance.oneOf<PlanKey>(['solo', 'family', 'family_quarter']) : null,
    refunded: index % 61 === 20,
    asksForName: chance.next() < 0.6,
  }
}
