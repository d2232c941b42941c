/**
 * What must be true of a world, seen from outside: the proof of the house itself, and a model of our own that knows only what the
 * gateway, the panel and the mailboxes know.
 */
import { listInvariants, proveIn } from '#modules/invariants.ts'
import { rows, sql, together } from '#platform/db.ts'
import type { World } from './world.ts'

/** After each day: every invariant, in one go. */
export async function checkDay(world: World): Promise<void> {
  const now = world.clock.now()
  const invariants = listInvariants()
  await world.lookAll(async (tx) => {
    const found = await together(
      invariants.map(({ query }) =>
        rows<{ row: unknown }>(tx, sql`select to_jsonb(broken) as row from (${query(now)}) broken limit 5`),
      ),
    )
    for (const [index, broken] of found.entries())
      if (broken.length > 0)
        world.broken.push(`${invariants[index]?.id}: ${JSON.stringify(broken.map(({ row }) => row))}`)
  })
  await checkAcknowledged(world)
}

/** What a gateway was told we have is on record. */
async function checkAcknowledged(world: World): Promise<void> {
  const kept = await world.look<{ count: number }>(sql`select count(*)::int as count from notice_keys`)
  const ours = new Set(world.acknowledged.map(({ body }) => body)).size
  if ((kept[0]?.count ?? 0) < ours)
    world.broken.push(`model: ${ours} notices were acknowledged, ${kept[0]?.count} are on record`)
}

export async function checkLife(world: World): Promise<void> {
  const { broken } = await world.lookAll((tx) => proveIn(tx, world.clock.now()))
  for (const { id, rows: found } of broken) world.broken.push(`${id}: ${JSON.stringify(found.slice(0, 5))}`)
}
