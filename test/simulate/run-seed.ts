/** The life of one seed: a shop, its people and its mishaps, day by day, with the proof after each. */
import { type Chance, chanceOf } from '../../src/demo/chance.ts'
import { acts } from './acts.ts'
import { countAffiliates } from './affiliates.ts'
import { countComparisons } from './comparing.ts'
import type { House } from './house.ts'
import { heal, mishaps, shareOf } from './mishaps.ts'
import { checkDay, checkLife } from './model.ts'
import { movesIn } from './moving-in.ts'
import { comesIn } from './paying.ts'
import { type Person, standings, tempers } from './people.ts'
import { countResellers } from './resellers.ts'
import { staffActs } from './staff.ts'
import { standStill } from './stand-still.ts'
import { storyOf } from './story.ts'
import { countTogether } from './together.ts'
import { openWorld, type World } from './world.ts'

/** `moveIn`: so many of the subscriptions, whose lines are on the panel before the shop comes to us. */
export type Order = { seed: number; days: number; subscriptions: readonly [number, number]; moveIn: number }
export type Told = {
  seed: number
  broken: string[]
  events: number
  faults: Record<string, number>
  /** What was done, and what was refused. */
  acts: Record<string, number>
  hash: string
  tail: string[]
  /** What the house wrote down about whom a complaint names. */
  story: string[]
}

const zones = ['America/Sao_Paulo', 'Europe/Berlin', 'Asia/Kathmandu', 'Pacific/Apia'] as const
const starts = ['2026-01-29T09:00:00Z', '2026-03-20T17:30:00Z', '2026-08-30T23:10:00Z', '2027-12-20T06:45:00Z'] as const
const calmDays = 4

/** Without these there is no life that anything could happen to, or it never comes right again. */
const everywhere: ReadonlySet<string> = new Set([
  'pays what is asked',
  'pays for the order at last',
  'is tried on the panel again',
  'an incident is over',
  'an incident is decided',
  'the gateway repeats what we did not take',
  'pending payments settle',
])

type Planned = { at: number; name: string; run: () => unknown }

export async function runSeed(house: House, { seed, days, subscriptions, moveIn }: Order): Promise<Told> {
  await house.clean()
  standStill(seed)
  const chance = chanceOf(seed * 7_919 + 1)
  const place = { zone: chance.oneOf(zones), start: chance.oneOf(starts) }
  // A house whose processes run a worker, and one whose worker is elsewhere.
  const world = await openWorld({ house, ...place, chance, shortWay: seed % 2 === 1 })
  try {
    const many = Math.round(fewOf(chance, subscriptions))
    const old = Math.min(moveIn, many)
    const habits = old > 0 ? ofAFewDays : habitsOf(chance)
    const people = [...(await movesIn(world, old)), ...peopleOf(world, many - old, days, habits)]
    for (let day = 0; day < days && world.broken.length === 0; day++) {
      const plan = [
        ...(await actsOf(world, people, habits)),
        ...arrivals(world, people, day),
        ...staffOf(world, habits),
        ...trouble(world, habits),
      ]
      await liveDay(world, plan)
      // As autovacuum would: when there is much more than before.
      if (isGrown(day + 1, many)) await world.tidyUp()
    }
    if (world.broken.length === 0) await calm(world)
    const { log } = world
    const story = world.broken.length === 0 ? [] : await storyOf(world, world.broken)
    return {
      seed,
      broken: world.broken,
      events: log.events(),
      faults: { ...log.faults },
      acts: { ...log.acts },
      hash: log.hash(),
      tail: [...log.tail],
      story,
    }
  } finally {
    await world.close()
  }
}

/** After 5, 20, 80 days; what is large grows in a day to what it would take another weeks. */
const isGrown = (days: number, subscriptions: number): boolean =>
  (subscriptions > 500 ? Math.log2(days) % 1 : Math.log2(days / 5) % 2) === 0

/** How often an act or mishap of this name comes in this world, beside its middle rate. */
type Habits = (name: string) => number

function habitsOf(chance: Chance): Habits {
  const drawn = [...acts, ...staffActs, ...mishaps].filter(({ name }) => !everywhere.has(name))
  const shares = new Map(drawn.map(({ name }) => [name, shareOf(chance)]))
  return (name) => shares.get(name) ?? 1
}

/** Where there is time for days instead of months nothing is missing, and what the whole shop meets comes every day; only what would take all of them stays rare. */
const daily = new Set(
  [...staffActs, ...mishaps.filter(({ lasts }) => (lasts?.[1] ?? 0) < 1_440)].map(({ name }) => name),
)
const ofAFewDays: Habits = (name) => (daily.has(name) ? 5 : 1)

/** More small shops than large ones. */
const fewOf = (chance: Chance, [least, most]: readonly [number, number]) => least + (most - least) * chance.next() ** 2

/**
 * As many as make so many subscriptions: every third takes a second line, and a reseller sells one in some days. Most people come
 * in the first days, some later.
 */
function peopleOf({ chance }: World, subscriptions: number, days: number, habits: Habits): Person[] {
  const resold = Math.min(subscriptions / 4, (days / 5) * habits('a reseller sells'))
  return Array.from({ length: Math.round((subscriptions - resold) / 1.35) }, (_, index) => {
    const name = `p${index + 1}`
    const comes = Math.floor(chance.next() < 0.7 ? chance.between(0, Math.min(8, days)) : chance.between(0, days * 0.6))
    const again = chance.next() < 0.25 ? [Math.floor(chance.between(comes, days))] : []
    return { name, email: `${name}@example.net`, temper: chance.oneOf(tempers), comesOn: [comes, ...again] }
  })
}

const somewhen = (chance: Chance, world: World) =>
  world.clock.now().epochMilliseconds + Math.floor(chance.between(0, 86_400_000))

function arrivals(world: World, people: readonly Person[], day: number): Planned[] {
  return people.flatMap(({ name, email, temper, comesOn }) =>
    comesOn
      .filter((each) => each === day)
      .map((_, index) => ({
        at: somewhen(world.chance, world),
        name: `${email} comes in`,
        run: () => world.isSilent() || comesIn(world, email, `${name}n${day}x${index}`, temper),
      })),
  )
}

async function actsOf(world: World, people: readonly Person[], habits: Habits): Promise<Planned[]> {
  const temperOf = new Map(people.map(({ email, temper }) => [email, temper]))
  const now = world.clock.now()
  return (await standings(world)).flatMap((of) =>
    acts.flatMap((act) => {
      const temper = temperOf.get(of.email) ?? 'on time'
      if (world.chance.next() >= act.likely(of, temper, now) * habits(act.name)) return []
      const run = async () => {
        if (world.isSilent()) return
        if (await world.attempt(`${of.email} ${act.name}`, () => act.do(world, of, temper))) world.log.did(act.name)
      }
      return [{ at: somewhen(world.chance, world), name: act.name, run }]
    }),
  )
}

function staffOf(world: World, habits: Habits): Planned[] {
  const { chance } = world
  return staffActs.flatMap(({ name, perDay, do: act }) => {
    if (chance.next() >= perDay * habits(name)) return []
    const run = async () => {
      if (world.isSilent()) return
      let hadWork = false
      const done = await world.attempt(name, async () => {
        hadWork = await act(world)
      })
      if (done && hadWork) world.log.did(name)
    }
    return [{ at: somewhen(chance, world), name, run }]
  })
}

function trouble(world: World, habits: Habits): Planned[] {
  const { chance } = world
  return mishaps.flatMap((mishap) => {
    if (chance.next() >= mishap.perDay * habits(mishap.name)) return []
    const at = somewhen(chance, world)
    const begin = { at, name: mishap.name, run: () => told(world, mishap.name, () => mishap.begins(world)) }
    if (mishap.lasts === null) return [begin]
    const end = at + Math.floor(chance.between(...mishap.lasts)) * 60_000
    return [
      begin,
      {
        at: end,
        name: `${mishap.name} ends`,
        run: () => told(world, `${mishap.name} ends`, () => mishap.ends?.(world)),
      },
    ]
  })
}

async function told(world: World, name: string, run: () => unknown): Promise<void> {
  world.log.note(name)
  await run()
}

/** What lasts longer than its day. */
const later = new WeakMap<World, Planned[]>()

async function liveDay(world: World, plan: readonly Planned[]): Promise<void> {
  const end = world.clock.now().add({ hours: 24 }).epochMilliseconds
  const all = [...(later.get(world) ?? []), ...plan].sort((a, b) => a.at - b.at)
  later.set(
    world,
    all.filter(({ at }) => at >= end),
  )
  for (const { at, run } of all.filter((each) => each.at < end)) {
    await liveUntil(world, at)
    await run()
    // A crash outside of any act: a notice that was just being taken.
    await world.machine.revive()
  }
  await liveUntil(world, end)
  if (world.isSilent()) return
  await world.settle()
  await checkDay(world)
}

/** From one due instant to the next. While the house is down time passes and nothing is done. */
async function liveUntil(world: World, target: number): Promise<void> {
  const now = () => world.clock.now().epochMilliseconds
  while (!world.isSilent() && world.broken.length === 0) {
    const next = await world.settle()
    if (next === null || next.epochMilliseconds > target) break
    // What becomes due within minutes of it is done in one go: a worker's sweep is no faster.
    world.clock.set(Temporal.Instant.fromEpochMilliseconds(Math.min(target, next.epochMilliseconds + 120_000)))
  }
  if (now() < target) world.clock.set(Temporal.Instant.fromEpochMilliseconds(target))
}

/** Everybody else is well and nobody does anything: now all must come right by itself. */
async function calm(world: World): Promise<void> {
  world.log.note('calm')
  later.delete(world)
  // A process that died while the others heal would not hear them.
  await world.machine.revive()
  world.machine.spare()
  await heal(world)
  for (let day = 0; day < calmDays && world.broken.length === 0; day++) await liveDay(world, [])
  for (const count of [countTogether, countAffiliates, countComparisons, countResellers])
    for (const { what, times } of await world.look(count)) if (times > 0) world.log.did(what)
  await checkLife(world)
}
