/** What was adopted sleeps until a person says that it goes by its policies. What would happen then is told beforehand. */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { mostSubscriptions, type Question, type Rehearsal, rehearse } from '../dunning/rehearse.ts'
import { findPanel } from '../lines/panels.ts'
import { wake } from '../subscriptions/wake.ts'
import { told } from './begin-adoption.ts'
import { readAdoption, sleepers } from './queries.ts'

export type Woken = { woken: number; changed: number }

/** All of an adoption. `changed`: still asleep, since their lines were changed on the panel meanwhile. */
export async function wakeAdoption(tx: Tx, shop: Shop, id: string, now: Instant): Promise<Woken> {
  const { panelId } = await readAdoption(tx, id, true)
  const result = await wakeAll(tx, shop, { adoptionId: id }, now)
  await told(tx, shop, panelId, id, 'adoption_woken', now)
  return result
}

/** All that was ever adopted from a panel. */
export async function wakePanel(tx: Tx, shop: Shop, panelId: string, now: Instant): Promise<Woken> {
  if ((await findPanel(tx, panelId)) === null) throw new Refusal('not_found', 'There is no such panel.')
  return wakeAll(tx, shop, { panelId }, now)
}

async function wakeAll(tx: Tx, shop: Shop, of: Parameters<typeof sleepers>[1], now: Instant): Promise<Woken> {
  const ids = await sleepers(tx, of, mostSubscriptions)
  if (ids.length === 0) throw new Refusal('conflict', 'None of them sleeps.')
  const woken = await wake(
    tx,
    shop,
    ids.map(({ id }) => id),
    now,
  )
  if (woken === 0)
    throw new Refusal(
      'conflict',
      'All of these lines were changed on the panel since. Please decide about the differences first.',
    )
  return { woken, changed: ids.length - woken }
}

/** What the engine would do if they were woken now. Nothing is changed. */
export async function rehearseWaking(
  shop: Shop,
  of: Parameters<typeof sleepers>[1],
  question: Question,
): Promise<Rehearsal> {
  const ids = await transaction({ ...shop, idempotency: undefined }, 'read-sleepers', async (tx) => {
    if ('adoptionId' in of) await readAdoption(tx, of.adoptionId)
    return sleepers(tx, of, mostSubscriptions)
  })
  return rehearse(shop, { ...question, asleep: ids.map(({ id }) => id) })
}
