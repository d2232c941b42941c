/**
 * A shop that moves in with the customers it has: their lines stand on its panel already, and are taken over as any shop would do it, some by
 * a list of addresses and the rest by what is written beside them. That is its past, so nothing goes wrong yet.
 */
import { transaction } from '#app.ts'
import { adoptNow, beginAdoption } from '#modules/adoption/begin-adoption.ts'
import { countsOf } from '#modules/adoption/queries.ts'
import { type FiledLine, readFile } from '#modules/adoption/read-file.ts'
import { wakeAdoption } from '#modules/adoption/wake-adopted.ts'
import type { Tx } from '#platform/db.ts'
import type { Chance } from '../../src/demo/chance.ts'
import { postTo } from './outside.ts'
import { type Person, tempers } from './people.ts'
import type { World } from './world.ts'

/** A line as somebody made it by hand; `filed`: whose it is stands in a list of the shop's own, not beside it. */
type Regular = { username: string; email: string; filed: boolean; until: number }

/** The people of so many lines, all of them adopted and awake. */
export async function movesIn(world: World, lines: number): Promise<Person[]> {
  if (lines === 0) return []
  const regulars = regularsOf(world, lines)
  await postTo(world.outside.panel, '/__add', { lines: regulars.map(rowOf) })
  const filed = regulars.filter((each) => each.filed)
  if (filed.length > 0) await takesOver(world, filed.length, readFile(listOf(filed), world.zone))
  await takesOver(world, lines - filed.length, null)
  await world.tidyUp()
  world.log.did('moved in with its lines')
  return [...new Set(regulars.map(({ email }) => email))].map((email) => personOf(email, world.chance))
}

/** Some have two lines. Who paid for a month pays again some day of the next five weeks. */
function regularsOf({ chance, clock }: World, lines: number): Regular[] {
  const now = clock.now().epochMilliseconds
  const made: Regular[] = []
  for (let number = 1; made.length < lines; number++) {
    const names = chance.next() < 0.15 ? [`old${number}`, `old${number}b`] : [`old${number}`]
    const filed = chance.next() < 0.1
    for (const username of names.slice(0, lines - made.length))
      made.push({ username, email: `old${number}@example.net`, filed, until: now + chance.between(1, 35 * 24) * hour })
  }
  return made
}

const hour = 3_600_000

/** What somebody types in since long before us. */
export const oldPassword = (username: string): string => `${username}Secret9`

const rowOf = ({ username, email, filed, until }: Regular) => ({
  username,
  password: oldPassword(username),
  exp_date: Math.floor(until / 1_000),
  max_connections: 2,
  bouquet: '[1,2,3]',
  allowed_outputs: '[1,2]',
  reseller_notes: filed ? 'pays in cash' : `met at the market, ${email}`,
})

const listOf = (filed: readonly Regular[]): string =>
  ['username,email', ...filed.map(({ username, email }) => `${username},${email}`)].join('\n')

/** Looked at, agreed to and woken at once. */
async function takesOver(world: World, lines: number, filed: readonly FiledLine[] | null): Promise<void> {
  const shop = await world.shopFor('staff:ann')
  const write = <T>(work: (tx: Tx) => Promise<T>) => transaction(shop, 'adoption', work)
  const wish = { panelId: world.panelId, planId: world.planId, filed }
  const id = await write((tx) => beginAdoption(tx, shop, wish, shop.now()))
  await world.settle()
  for (const says of [adoptNow, wakeAdoption]) {
    // A panel is asked for a quarter of an hour, and autovacuum comes by each minute.
    await world.tidyUp()
    await write(async (tx) => void (await says(tx, shop, id, shop.now())))
    await world.settle()
  }
  const { adopted, asleep } = await write((tx) => countsOf(tx, id))
  world.log.note(`adopted ${adopted} lines, ${asleep} of them asleep`)
  if (adopted !== lines || asleep > 0)
    world.broken.push(`model-moved-in: ${JSON.stringify({ lines, adopted, asleep })}`)
}

/** He has been here for long, and wants nothing but what he has. */
const personOf = (email: string, chance: Chance): Person => ({
  name: email,
  email,
  temper: chance.oneOf(tempers),
  comesOn: [],
})
