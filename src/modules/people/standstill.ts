/**
 * A business stands still when the house cannot know whether what is due should still be done: after a long silence, a jump of the
 * clock, a restored backup, or as a copy of another. Nothing is charged, mailed or cut off until a person confirms; money that comes in
 * is booked, and lines of who paid go on.
 */
import { type App, type Shop, type StandstillCause, transaction } from '#app.ts'
import { maybe, run, sql } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { raise, settle } from './attention.ts'
import { allShops, forgetAfter } from './business.ts'

export const standstillCauses = ['silence', 'clock', 'restored', 'moved'] as const satisfies readonly StandstillCause[]

const titles: Record<StandstillCause, string> = {
  silence: 'Nothing ran for a long time',
  clock: 'The clock of this machine jumped',
  restored: 'This database was restored from a backup',
  moved: 'This is a copy, or has moved',
}

/** What a step that was put off is called until the catch-up is confirmed. */
export const catchUpStep = 'catch_up'

/** Halts every live business, or those with something due (`onlyDue`: an idle shop has nothing to be asked about). Gives how many. */
export async function standStill(
  app: App,
  cause: StandstillCause,
  detail: string,
  { onlyDue }: { onlyDue: boolean },
): Promise<number> {
  let halted = 0
  for await (const shop of allShops(app)) {
    if (shop.livemode && (await halt(shop, cause, detail, onlyDue))) halted += 1
  }
  return halted
}

/** True when this call halted it. A second cause finds it halted and changes nothing. */
function halt(shop: Shop, cause: StandstillCause, detail: string, onlyDue: boolean): Promise<boolean> {
  const now = shop.now()
  return transaction(shop, 'stand-still', async (tx) => {
    const due = await maybe(
      tx,
      sql`select where exists (select from subscriptions where business_id = current_business() and next_step_at <= ${now})
        or exists (select from messages where business_id = current_business() and next_try_at <= ${now})`,
    )
    if (onlyDue && due === null) return false
    const halted = await run(
      tx,
      sql`update businesses set stands_since = ${now}, stands_because = ${cause}, stands_detail = ${detail}, version = version + 1
        where id = current_business() and stands_since is null`,
    )
    if (halted === 0) return false
    await raise(
      tx,
      shop,
      {
        kind: 'standstill',
        subjectType: 'standstill',
        subjectId: shop.businessId,
        title: `${titles[cause]}: nothing is charged, mailed or cut off until you confirm`,
        detail,
        severity: 'bad',
      },
      now,
    )
    await record(tx, shop, now, {
      type: 'business.stood_still',
      subjectType: 'business',
      subjectId: shop.businessId,
      data: { cause, detail },
    })
    forgetAfter(tx, shop)
    return true
  })
}

/** A person has seen what is due: everything goes on where it stood. A second call changes nothing. */
export async function confirmCatchUp(shop: Shop): Promise<boolean> {
  const now = shop.now()
  return transaction(shop, 'confirm-catch-up', async (tx) => {
    const released = await run(
      tx,
      sql`update businesses set stands_since = null, stands_because = null, stands_detail = null, version = version + 1
        where id = current_business() and stands_since is not null`,
    )
    if (released === 0) return false
    await run(
      tx,
      sql`update subscriptions set next_step_at = ${now} where business_id = current_business() and next_step = ${catchUpStep}`,
    )
    await run(
      tx,
      sql`update messages set next_try_at = ${now} where business_id = current_business() and status = 'queued' and next_try_at > ${now} and tries = 0`,
    )
    await run(
      tx,
      sql`update lines set next_try_at = ${now} where business_id = current_business() and done_revision < revision and next_try_at > ${now} and tries = 0 and held_until is distinct from next_try_at`,
    )
    await settle(tx, 'standstill', shop.businessId, shop.actor, now)
    await record(tx, shop, now, {
      type: 'business.catch_up_confirmed',
      subjectType: 'business',
      subjectId: shop.businessId,
    })
    forgetAfter(tx, shop)
    return true
  })
}
