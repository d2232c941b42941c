/**
 * A request that changes something may be sent again by a caller who got no answer. Its key row is completed in the very commit
 * of its effect: whatever dies when, the effect happens once and every repeat gets its answer. Answers are kept sealed, since
 * some hold credentials, for 24 hours of the machine's clock.
 */
import { type Shop, transaction } from '#app.ts'
import { seal, sha256, unseal } from '#platform/crypto.ts'
import { inTransaction, json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

/** `caller` is who asks (`key:key_…`, `staff:mem_…`): two callers never meet in one key. */
export type IdempotentRequest = { caller: string; key: string; requestHash: Buffer }
export type Answer = { status: number; body: unknown }

export type Begun =
  | { state: 'new'; lockedUntil: Temporal.Instant }
  /** The effect is committed. `answer` is null when its process died before it could keep one: tell it anew from `subjectId`. */
  | { state: 'replay'; answer: Answer | null; subjectId: string | null }
  | { state: 'running' }
  | { state: 'mismatch' }

/** A run that took longer than this is taken for dead; should it still commit, the later of the two rolls back. */
const lockSeconds = 60
const keptHours = 24

/** What makes two requests the same: method, path with its query, and the raw body. */
export const requestHashOf = (method: string, path: string, body: string | Uint8Array): Buffer =>
  sha256(Buffer.concat([Buffer.from(`${method}\n${path}\n`), sha256(body)]))

type KeyRow = {
  requestHash: Buffer
  status: number | null
  answer: string | null
  subjectId: string | null
  createdAt: Temporal.Instant
  lockedUntil: Temporal.Instant
  completedAt: Temporal.Instant | null
}

/** Takes the key for this run, or tells what became of the earlier one. Commits by itself, before any effect. */
export function beginIdempotent(shop: Shop, request: IdempotentRequest, now: Temporal.Instant): Promise<Begun> {
  const { caller, key, requestHash } = request
  const { businessId } = shop
  const lockedUntil = now.add({ seconds: lockSeconds })
  return inTransaction(shop.app.db, { role: 'app', businessId }, 'begin-idempotent', async (tx): Promise<Begun> => {
    const inserted = await run(
      tx,
      sql`insert into idempotency_keys (business_id, caller, key, request_hash, created_at, locked_until)
        values (${businessId}, ${caller}, ${key}, ${requestHash}, ${now}, ${lockedUntil})
        on conflict do nothing`,
    )
    if (inserted === 1) return { state: 'new', lockedUntil }
    const kept = await lockKey(tx, caller, key)
    // Released between the two statements: the earlier run failed a moment ago, the caller may simply repeat.
    if (kept === null) return { state: 'running' }
    const expired = Temporal.Instant.compare(kept.createdAt, now.subtract({ hours: keptHours })) <= 0
    if (!expired) {
      if (!requestHash.equals(kept.requestHash)) return { state: 'mismatch' }
      if (kept.completedAt !== null)
        return { state: 'replay', answer: openAnswer(shop, request, kept), subjectId: kept.subjectId }
      if (Temporal.Instant.compare(kept.lockedUntil, now) > 0) return { state: 'running' }
    }
    await run(
      tx,
      sql`update idempotency_keys set request_hash = ${requestHash}, locked_until = ${lockedUntil}, created_at = ${now},
          status = null, answer = null, subject_id = null, completed_at = null
        where business_id = current_business() and caller = ${caller} and key = ${key}`,
    )
    return { state: 'new', lockedUntil }
  })
}

const lockKey = (tx: Tx, caller: string, key: string): Promise<KeyRow | null> =>
  maybe(
    tx,
    sql<KeyRow>`select request_hash as "requestHash", status, answer, subject_id as "subjectId", created_at as "createdAt",
        locked_until as "lockedUntil", completed_at as "completedAt"
      from idempotency_keys
      where business_id = current_business() and caller = ${caller} and key = ${key}
      for update`,
  )

const placeOf = ({ businessId }: Shop, { caller, key }: IdempotentRequest) =>
  `idempotency/${businessId}/${caller}/${key}`

function openAnswer(shop: Shop, request: IdempotentRequest, { status, answer }: KeyRow): Answer | null {
  if (status === null || answer === null) return null
  return { status, body: JSON.parse(unseal(shop.dataKey, placeOf(shop, request), answer)) }
}

const sealAnswer = (shop: Shop, request: IdempotentRequest, { body }: Answer) =>
  json(seal(shop.dataKey, placeOf(shop, request), JSON.stringify(body ?? null)))

/**
 * Completes the key inside the effect's transaction, answer included. Refuses `in_progress` when another run completed it
 * first: that rolls this effect back, and the caller's next repeat gets the other's answer.
 */
export async function completeIdempotent(
  tx: Tx,
  shop: Shop,
  request: IdempotentRequest,
  answer: Answer,
  now: Temporal.Instant,
): Promise<void> {
  const completed = await run(
    tx,
    sql`update idempotency_keys set status = ${answer.status}, answer = ${sealAnswer(shop, request, answer)}, completed_at = ${now}
      where business_id = current_business() and caller = ${request.caller} and key = ${request.key} and completed_at is null`,
  )
  if (completed === 0) throw overtaken()
}

const overtaken = () =>
  new Refusal('in_progress', 'Another run of this request finished first: repeat it for its answer.')

/**
 * For an effect that is one transaction and knows its answer in it: effect, completed key and answer are one commit, named `name`.
 * Every repeat gets that answer.
 */
export const withIdempotency = (
  shop: Shop,
  request: IdempotentRequest,
  name: string,
  effect: (tx: Tx) => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> =>
  replayOr(shop, request, neverLost, () =>
    transaction(shop, name, async (tx) => {
      const answer = await effect(tx)
      await completeIdempotent(tx, shop, request, answer, shop.app.clock.now())
      return answer
    }),
  )

/** Effect and answer were one commit, so a completed key without an answer cannot be. */
const neverLost = () => Promise.reject(new Error('assertion failed: a completed key has its answer'))

/**
 * For use cases that open their transactions themselves: the shop's first commit that changes something completes the key and
 * notes what it made; the answer is kept right after. `act` gets the shop to work with; `retell` makes the answer again from the
 * id of what was made, when the process died between commit and answer.
 */
export const answerOnce = (
  shop: Shop,
  request: IdempotentRequest,
  act: (shop: Shop) => Promise<Answer>,
  retell: (shop: Shop, subjectId: string | null) => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> =>
  replayOr(shop, request, retell, async () => act({ ...shop, idempotency: completion(shop, request) }))

async function replayOr(
  shop: Shop,
  request: IdempotentRequest,
  retell: (shop: Shop, subjectId: string | null) => Promise<Answer>,
  act: () => Promise<Answer>,
): Promise<Answer & { replayed: boolean }> {
  const begun = await beginIdempotent(shop, request, shop.app.clock.now())
  switch (begun.state) {
    case 'running':
      throw new Refusal('in_progress', 'The same request is still running: repeat it in a moment.')
    case 'mismatch':
      throw new Refusal('idempotency_mismatch', 'This Idempotency-Key was used for another request.')
    case 'replay':
      return {
        ...(begun.answer ?? (await keepAnswer(shop, request, await retell(shop, begun.subjectId)))),
        replayed: true,
      }
    case 'new': {
      const answer = await act().catch(async (error: unknown) => {
        await release(shop, request, begun.lockedUntil)
        throw error
      })
      return { ...(await keepAnswer(shop, request, answer)), replayed: false }
    }
  }
}

/** What `transaction(shop, …)` calls before each commit. `result` is what the transaction's work returned. */
function completion(shop: Shop, request: IdempotentRequest): NonNullable<Shop['idempotency']> {
  let done = false
  return {
    async finish(tx, result) {
      if (done) return
      const { caller, key } = request
      const { wrote } =
        (await maybe(tx, sql<{ wrote: boolean }>`select pg_current_xact_id_if_assigned() is not null as wrote`)) ?? {}
      if (!wrote) return // Only read so far: the effect is yet to come.
      const completed = await run(
        tx,
        sql`update idempotency_keys set completed_at = ${shop.app.clock.now()}, subject_id = ${subjectOf(result)}
          where business_id = current_business() and caller = ${caller} and key = ${key} and completed_at is null`,
      )
      if (completed === 0) throw overtaken()
      tx.afterCommit(() => {
        done = true
      })
    },
  }
}

/** A use case that makes something returns its id, alone or as `id`. */
function subjectOf(result: unknown): string | null {
  const id = typeof result === 'object' && result !== null && 'id' in result ? result.id : result
  return typeof id === 'string' && /^[a-z]+_[0-9a-z]{26}$/.test(id) ? id : null
}

/** Keeps the answer of a committed effect. An effect that wrote nothing is completed here too. */
async function keepAnswer(shop: Shop, request: IdempotentRequest, answer: Answer): Promise<Answer> {
  const scope = { role: 'app', businessId: shop.businessId } as const
  await inTransaction(shop.app.db, scope, 'keep-answer', (tx) =>
    run(
      tx,
      sql`update idempotency_keys set status = ${answer.status}, answer = ${sealAnswer(shop, request, answer)},
          completed_at = coalesce(completed_at, ${shop.app.clock.now()}::timestamptz)
        where business_id = current_business() and caller = ${request.caller} and key = ${request.key} and status is null`,
    ),
  )
  return answer
}

/** A run that failed before its effect leaves nothing: the caller may mend the cause and repeat. A committed effect stays. */
function release(shop: Shop, request: IdempotentRequest, lockedUntil: Temporal.Instant): Promise<number> {
  const scope = { role: 'app', businessId: shop.businessId } as const
  return inTransaction(shop.app.db, scope, 'release-idempotent', (tx) =>
    run(
      tx,
      sql`delete from idempotency_keys
        where business_id = current_business() and caller = ${request.caller} and key = ${request.key} and completed_at is null and locked_until = ${lockedUntil}`,
    ),
  )
}

/** Nightly upkeep of one business. */
export const forgetOldKeys = (tx: Tx, now: Temporal.Instant): Promise<number> =>
  run(
    tx,
    sql`delete from idempotency_keys where business_id = current_business() and created_at <= ${now.subtract({ hours: keptHours })}`,
  )
