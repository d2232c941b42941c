/**
 * A key of the twin, made from the live business, which writes down first which one it will be: that is what a repeat of the request finds,
 * whatever process died where. Either the key is there under this id, to be revoked, or it was never made; none is made that nobody knows of.
 */
import { type Shop, transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { type ApiKey, createApiKey, type NewApiKey, rotateApiKey } from '../people/api-keys.ts'

export async function makeTestKey(live: Shop, twin: Shop, key: NewApiKey): Promise<{ id: string; key: string }> {
  const id = await noteTestKey(live, twin, key.scopes)
  return transaction(twin, 'create-api-key', (tx) => createApiKey(tx, twin, { ...key, id }, live.app.clock.now()))
}

/** A new key of the twin in the place of this one, which works for `hours` more; noted first, for the same reason. */
export async function rotateTestKey(
  live: Shop,
  twin: Shop,
  old: ApiKey,
  hours: number,
): Promise<{ id: string; key: string }> {
  const id = await noteTestKey(live, twin, old.scopes)
  return transaction(twin, 'rotate-api-key', (tx) => rotateApiKey(tx, twin, old.id, hours, live.app.clock.now(), id))
}

const noteTestKey = (live: Shop, twin: Shop, scopes: readonly string[]): Promise<string> =>
  transaction(live, 'note-test-key', async (tx) => {
    const id = newId('key', live.app.clock)
    await record(tx, live, live.now(), {
      type: 'api_key.created',
      subjectType: 'api_key',
      subjectId: id,
      data: { scopes: [...scopes], twin: twin.businessId },
    })
    // History is written with the commit itself; a request is completed by a commit that has written before.
    await run(tx, sql`select pg_current_xact_id()`)
    return id
  })
