/**
 * What goes wrong, as a table: how often a day at a seed's middle rate, for how long, and how it begins and ends. Each is counted where
 * it strikes, under a name that the report shows.
 */
import type { Chance } from '../../src/demo/chance.ts'
import { banksDecide, disputes } from './banks.ts'
import { postToGateway } from './outside.ts'
import type { World } from './world.ts'

export type Mishap = {
  name: string
  perDay: number
  /** Minutes; null: a moment. */
  lasts: readonly [number, number] | null
  begins(world: World): unknown
  ends?(world: World): unknown
}

type Place = 'panel' | 'gateway'

/** A fault of an imitation that strikes some calls and then no more. */
const strikes = (place: Place, fault: string, perDay: number, more: { action?: string; ms?: number } = {}): Mishap => ({
  name: `${place} ${fault}`,
  perDay,
  lasts: null,
  begins: (world) =>
    world.outside[place].faults.add({ fault, times: Math.ceil(world.chance.between(0, 4)), action: null, ...more }),
})

/**
 * One that is over by itself after some hours, met or not. A shop that asks its panel or gateway for nothing in two weeks would otherwise save
 * up all that went wrong in them for its next line or payment, which no machine on earth does.
 */
const passes = (place: Place, fault: string, perDay: number, more: { action?: string; ms?: number } = {}): Mishap => ({
  ...strikes(place, fault, perDay, more),
  lasts: [60, 360],
  ends: (world) => world.outside[place].faults.clear(fault),
})

/** One that stays until it is mended. */
const stays = (place: Place, fault: string, perDay: number, lasts: readonly [number, number]): Mishap => ({
  name: `${place} ${fault} for long`,
  perDay,
  lasts,
  begins(world) {
    world.watch.troubleBegins(`${place} ${fault}`)
    world.outside[place].faults.add({ fault })
  },
  ends(world) {
    world.outside[place].faults.clear(fault)
    world.watch.troubleEnds(`${place} ${fault}`)
  },
})

const mail = (mood: 'refusing' | 'rejecting' | 'forgetful' | 'locked', perDay: number, most: number): Mishap => ({
  name: `mail ${mood}`,
  perDay,
  lasts: [5, most],
  begins: (world) => world.outside.mail.mood(mood),
  ends: (world) => world.outside.mail.mood('well'),
})

const writes = { action: '*_line' }

export const mishaps: readonly Mishap[] = [
  passes('panel', 'timeout_before', 0.15, writes),
  passes('panel', 'timeout_after', 0.3, writes),
  passes('panel', 'http_500', 0.15),
  passes('panel', 'html', 0.1),
  passes('panel', 'null', 0.1),
  passes('panel', 'empty', 0.1),
  passes('panel', 'truncated', 0.1),
  passes('panel', 'slow', 0.05, { ms: 1 }),
  passes('panel', 'credits_out', 0.02),
  stays('panel', 'down', 0.05, [10, 900]),
  stays('panel', 'http_503', 0.03, [10, 300]),
  passes('gateway', 'timeout_before', 0.1),
  passes('gateway', 'timeout_after', 0.2),
  passes('gateway', 'http_500', 0.15),
  passes('gateway', 'html', 0.1),
  passes('gateway', 'null', 0.05),
  passes('gateway', 'slow', 0.05, { ms: 1 }),
  strikes('gateway', 'notice_lost', 0.3),
  strikes('gateway', 'notice_held', 0.3),
  strikes('gateway', 'notice_twice', 0.3),
  stays('gateway', 'down', 0.05, [10, 600]),
  mail('refusing', 0.06, 600),
  mail('rejecting', 0.05, 400),
  mail('forgetful', 0.05, 120),
  mail('locked', 0.02, 900),
  {
    name: 'the gateway repeats what we did not take',
    perDay: 4,
    lasts: null,
    begins: (world) => post(world, '/__deliver', {}),
  },
  {
    name: 'pending payments settle',
    perDay: 0.5,
    lasts: null,
    begins: (world) => post(world, '/__settle', {}),
  },
  {
    name: 'a bank declines a card',
    perDay: 0.4,
    lasts: null,
    async begins(world) {
      const kept = [...world.outside.gateway.store.shelf<{ id: string; forgotten: boolean }>('methods').values()]
      if (kept.length === 0) return
      const { chance } = world
      const first = chance.oneOf(['insufficient_funds', 'expired_card', 'authentication_required', 'later', 'never'])
      await post(world, '/__method', {
        id: chance.oneOf(kept).id,
        outcomes: [first, first, 'pay'].slice(Math.floor(chance.between(0, 2))),
      })
      world.log.count(`card_${first}`)
    },
  },
  { name: 'a buyer disputes what he paid', perDay: 0.08, lasts: null, begins: disputes },
  { name: 'a bank decides', perDay: 0.3, lasts: null, begins: banksDecide },
  {
    name: 'an old notice comes again',
    perDay: 0.5,
    lasts: null,
    async begins(world) {
      const notice = world.posted.length === 0 ? undefined : world.chance.oneOf(world.posted)
      if (notice === undefined || world.isSilent()) return
      world.log.count('duplicate_notice')
      await world.attempt('an old notice comes again', () => world.receive(notice))
    },
  },
  {
    name: 'a crash is near',
    perDay: 0.25,
    lasts: null,
    begins({ machine, chance }) {
      if (chance.next() < 0.5) machine.dieAfter(Math.ceil(chance.between(0, 60)))
      else machine.dieAt((points) => chance.oneOf(points))
    },
  },
  {
    name: 'the clock is set back',
    perDay: 0.05,
    lasts: null,
    begins(world) {
      world.log.count('clock_back')
      world.clock.advance({ seconds: -Math.ceil(world.chance.between(0, 50)) })
    },
  },
  {
    name: 'the clock is set ahead',
    perDay: 0.03,
    lasts: null,
    begins(world) {
      world.log.count('clock_ahead')
      world.clock.advance({ minutes: Math.ceil(world.chance.between(1, 300)) })
    },
  },
  {
    name: 'the house is down',
    perDay: 0.02,
    lasts: [30, 14_400],
    begins(world) {
      world.log.count('silence')
      world.watch.troubleBegins('silence')
      world.silence(true)
    },
    ends(world) {
      world.silence(false)
      world.watch.troubleEnds('silence')
    },
  },
]

/** All well again, for the last days of a seed: what is left then must come right. */
export async function heal(world: World): Promise<void> {
  world.outside.panel.faults.clear()
  world.outside.gateway.faults.clear()
  world.outside.mail.mood('well')
  world.silence(false)
  world.watch.troubleEnds()
  await post(world, '/__settle', {})
  await post(world, '/__deliver', {})
}

/** How often something comes in one seed, beside its middle rate: what is missing here strikes there alone, and meets other company (decision 100). */
export const shareOf = (chance: Chance): number =>
  chance.weighted([
    [0, 3],
    [0.5, 3],
    [1, 1],
    [2, 1],
  ] as const)

const post = (world: World, path: string, body: unknown): Promise<void> => postToGateway(world.outside, path, body)
