/**
 * What a listing is expected to show, eight bytes for each line, told by the database in one walk when a comparison begins. A row whose key is in
 * it is plainly in step: nothing of it travels to the database again. It only ever says yes. Whatever it does not hold is compared as before, by
 * the database or by the rule, so a line that changed since, an end that is off by seconds or a name that is not plain ASCII costs a look and
 * nothing else. And what was never seen of it is all that a listing can have left out.
 *
 * It is believed for a minute. What it says of a line that changed within that minute is what was right just before: a change that somebody
 * takes back on the panel, to exactly what was there, within a minute of our making it, is found by the comparison after this one.
 */

import type { ListedLine } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { one, rows, sql, type Tx } from '#platform/db.ts'
import { type Instant, plusSeconds } from '#platform/time.ts'
import type { Comparison } from './comparison.ts'
import { wholeAt } from './read-sample.ts'
import type { Kept, Powers } from './rules/compare-listing.ts'
import type { Hash64 } from './rules/database-hash.ts'
import { eachKey, type KeySet, keySetOf } from './rules/key-set.ts'
import { keyOfRow, keysOfLine, type Seed } from './rules/line-keys.ts'

/** How long what it says of a line is taken for what is so. Of which lines there are it speaks to the end. */
const believedSeconds = 60

export type Digest = {
  seed: Seed
  takenAt: Instant
  keys: KeySet
  /** How many of our lines the panel should have. */
  expected: number
  /** Some of them were sold with a box. */
  withBoxes: boolean
  oldestReadAt: Instant | null
}

/**
 * Of our lines on the panel those that are in step as far as we know: `due` where a comparison expects them, `plain` where a row of a listing can be
 * plainly right (and cannot end while the digest is believed), with the key of just that row. Of the others the key is that of their id.
 */
const keyed = (comparison: Comparison, { seed, at }: { seed: bigint; at: Instant }) => sql`(
  select l.id, l.wanted, l.box, l.due, l.due or l.plain as told, l.whole_at, case when l.plain then ${comparison.powers.absolute ? exact : loose} else hashtextextended(l.id, ${seed}::bigint) end as key from (
    select l.*, hashtextextended(l.username, hashtextextended(l.remote_id, hashtextextended(l.id, ${seed}::bigint))) as named from (
      select l.id, l.username, l.remote_id, l.wanted, l.wanted_until, least(l.connections, coalesce(l.restricted_to, l.connections)) as screens, l.box, ${wholeAt} as whole_at, ${isDue(comparison)} as due,
        l.kind = 'line' and l.wanted = 'active' and isfinite(l.wanted_until) and l.wanted_until > ${plusSeconds(at, 2 * believedSeconds)} as plain
      from lines l where ${isSettled(comparison)}) l) l)`

const exact = sql`hashint4extended(l.screens, hashint8extended(floor(date_part('epoch', l.wanted_until))::bigint, l.named))`
const loose = sql`l.named`

/** Lines that the panel should have, and at which nobody is. */
export const isSettled = ({
  opened,
}: Comparison) => sql`l.business_id = current_business() and l.panel_business_id = current_business() and l.panel_id = ${opened.row.id}
  and l.wanted in ('active', 'suspended') and l.remote_id is not null and l.done_revision = l.revision and l.next_try_at is null and not l.needs_review`

/** Of those, what a listing of this comparison must show: it was there before it began. */
export const isDue = ({ opened, reconciliation }: Comparison) =>
  sql`(l.kind = any (${['line', ...(opened.kind.capabilities.devices ?? [])]}::text[]) and l.found_at < ${reconciliation.startedAt})`

/** With what pages showed that a comparison kept before it was broken off. */
export async function takeDigest(comparison: Comparison): Promise<Digest> {
  const { shop } = comparison
  const takenAt = shop.now()
  return transaction(shop, 'read-digest', async (tx) => {
    const seed = await seedOf(tx, comparison)
    // Helpers would hand each line over to this one process.
    await rows(tx, sql`set local max_parallel_workers_per_gather = 0`)
    const { keys, ...told } = await one<Omit<Digest, 'seed' | 'takenAt' | 'keys'> & { keys: Uint8Array }>(
      tx,
      sql`select coalesce(string_agg(int8send(key), ''::bytea) filter (where told), '') as keys, (count(*) filter (where due))::int as expected,
          coalesce(bool_or(box is not null), false) as "withBoxes", nullif(min(whole_at) filter (where wanted = 'active'), '-infinity') as "oldestReadAt"
        from ${keyed(comparison, { seed, at: takenAt })} l`,
    )
    const digest = { ...told, seed: halvesOf(seed), takenAt, keys: keySetOf(keys) }
    for (const page of await keptKeys(tx, comparison)) eachKey(page, (key) => digest.keys.see(key))
    return digest
  })
}

const halvesOf = (seed: bigint): Seed => ({
  high: Number(BigInt.asIntN(32, seed >> 32n)),
  low: Number(BigInt.asIntN(32, seed)),
})

/** The same for all of a comparison, whoever goes on with it. */
const seedOf = async (tx: Tx, { reconciliation }: Comparison): Promise<bigint> =>
  (await one<{ seed: bigint }>(tx, sql`select hashtextextended(${reconciliation.id}, 0) as seed`)).seed

/** What pages have kept. Few rows of many keys: they are read one after the other. */
const keptKeys = async (tx: Tx, { reconciliation }: Comparison): Promise<Uint8Array[]> =>
  (
    await rows(
      tx,
      sql<{ keys: Uint8Array }>`select keys from reconciliation_pages
        where business_id = current_business() and reconciliation_id = ${reconciliation.id} and keys is not null`,
    )
  ).map(({ keys }) => keys)

export type Settled = {
  /** Of the rows that are plainly in step; what the page keeps of them. */
  keys: Uint8Array
  inStep: readonly ListedLine[]
  rest: readonly ListedLine[]
}

/** Parts a page into what is plainly in step and what must be looked at. */
export function settle(digest: Digest, powers: Powers, listed: readonly ListedLine[], at: Instant): Settled {
  const fresh = at.epochMilliseconds <= plusSeconds(digest.takenAt, believedSeconds).epochMilliseconds
  const keys = new DataView(new ArrayBuffer(fresh ? listed.length * 8 : 0))
  const [inStep, rest]: [ListedLine[], ListedLine[]] = [[], []]
  const key: Hash64 = { high: 0, low: 0 }
  for (const row of listed) {
    if (fresh && keyOfRow(row, powers, digest.seed, at, key) && digest.keys.see(key)) {
      keys.setInt32(inStep.length * 8, key.high)
      keys.setInt32(inStep.length * 8 + 4, key.low)
      inStep.push(row)
    } else rest.push(row)
  }
  return { keys: Buffer.from(keys.buffer, 0, inStep.length * 8), inStep, rest }
}

/** Lines that were seen in another way, by the number that we know. */
export function seeLines(digest: Digest, powers: Powers, lines: readonly Kept[]): void {
  for (const line of lines) for (const key of keysOfLine(line, powers, digest.seed)) digest.keys.see(key)
}

/** Which of these lines pages have shown plainly in step. */
export async function settledOf(tx: Tx, comparison: Comparison, lines: readonly Kept[]): Promise<ReadonlySet<string>> {
  if (lines.length === 0) return new Set()
  const seed = halvesOf(await seedOf(tx, comparison))
  const keys = keySetOf(Buffer.concat(await keptKeys(tx, comparison)))
  return new Set(
    lines.flatMap((line) => (keysOfLine(line, comparison.powers, seed).some((key) => keys.see(key)) ? [line.id] : [])),
  )
}

/** Ids of lines that a listing must show and that nothing of it showed. */
export const leftOutOf = (comparison: Comparison, { seed, takenAt, keys }: Digest) => {
  const unseen = keys.unseen()
  return unseen.length === 0
    ? sql`array[]::text[]`
    : sql`array(select l.id from ${keyed(comparison, { seed: wholeOf(seed), at: takenAt })} l where l.due
        and l.key in (select unnest(${unseen}::bigint[])) and l.id not in (select unnest(lines) from reconciliation_pages
          where business_id = current_business() and reconciliation_id = ${comparison.reconciliation.id}))`
}

const wholeOf = ({ high, low }: Seed): bigint => (BigInt(high) << 32n) | BigInt(low >>> 0)
