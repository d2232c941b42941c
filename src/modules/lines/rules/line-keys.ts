/**
 * Eight bytes for a line that a listing is expected to show just as we keep it. The database counts them of what we keep, and we of what a panel
 * lists (`digest.ts` asks for the same in SQL): who has the same key has the same id, number, name, end to the second and connections.
 */
import type { ListedLine } from '#adapters/panels/panel.ts'
import type { Instant } from '#platform/time.ts'
import { type Kept, lineNamedBy, type Powers } from './compare-listing.ts'
import { addNumber, addText, type Hash64 } from './database-hash.ts'

/** Where the counting begins: another for each comparison, so that nobody can prepare a row that is taken for another. */
export type Seed = Readonly<Hash64>

type Facts = { id: string; ref: string; username: string; until: Instant; connections: number }

const mostConnections = 0x7fffffff

/** Of a row by which somebody can watch now, into `key`; false where it has none, and must be compared. */
export function keyOfRow(row: ListedLine, { absolute }: Powers, seed: Seed, at: Instant, key: Hash64): boolean {
  if (!row.enabled || row.banned || row.expiresAt === null) return false
  if (row.expiresAt.epochMilliseconds <= at.epochMilliseconds) return false
  const id = lineNamedBy(row.marker)
  if (id === null) return false
  return fullKey(key, seed, absolute, {
    id,
    ref: row.ref,
    username: row.username,
    until: row.expiresAt,
    connections: row.maxConnections,
  })
}

/** Both keys that a line of ours may have: as it is expected to be listed, and by its id alone, where no row of it is plainly right. */
export function keysOfLine({ id, ...line }: Kept, { absolute }: Powers, seed: Seed): Hash64[] {
  const [full, named] = [{ ...seed }, { ...seed }]
  const { remoteId: ref, username, wantedUntil: until, connections } = line
  return [
    ...(ref !== null && fullKey(full, seed, absolute, { id, ref, username, until, connections }) ? [full] : []),
    ...(addText(named, id) ? [named] : []),
  ]
}

/** Where packages decide, neither end nor connections can be held against a row. */
function fullKey(
  key: Hash64,
  seed: Seed,
  absolute: boolean,
  { id, ref, username, until, connections }: Facts,
): boolean {
  key.high = seed.high
  key.low = seed.low
  if (!addText(key, id) || !addText(key, ref) || !addText(key, username)) return false
  if (!absolute) return true
  const seconds = Math.floor(until.epochMilliseconds / 1_000)
  if (seconds < 0 || connections < 0 || connections > mostConnections) return false
  addNumber(key, seconds)
  addNumber(key, connections)
  return true
}
