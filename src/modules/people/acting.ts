/**
 * Acting as a reseller: a person of a business above works in the console of one below, for an hour at most, when that one lets him in.
 * Each time has a row in the books of the business below; what is done meanwhile has `staff:act_…` as its actor there, so its history names
 * person and business. By the machine's clock, as all of signing in.
 */
import { z } from 'zod'
import { type App, type Shop, transaction } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { openShop, pathOf } from './business.ts'
import type { Membership } from './memberships.ts'
import { may, type Rights } from './permissions.ts'
import { securitySetting } from './security-settings.ts'
import { defineSetting, readSetting, saveSetting } from './settings.ts'

export const supportAccessSetting = defineSetting(
  'support_access',
  z.object({
    /** People of the businesses above may work in this console. */
    open: z.boolean().default(false),
  }),
)

export type Acting = {
  id: string
  /** Where he works meanwhile. */
  businessId: string
  fromBusiness: string
  fromName: string
  memberId: string
  userId: string
  name: string
  reason: string
  startedAt: Temporal.Instant
  endsAt: Temporal.Instant
  endedAt: Temporal.Instant | null
}

const selected = sql`select business_id as "businessId", id, from_business as "fromBusiness", from_name as "fromName", member_id as "memberId", user_id as "userId",
    name, reason, started_at as "startedAt", ends_at as "endsAt", ended_at as "endedAt"
  from acting_sessions`

export const actingMinutes = 60

/** What stays closed to somebody from above: secrets, who works there, keys, and acting once more from there. */
const closed = /:secrets$|^(staff|keys|acting):|^audit:change$/

/** What a person may do while he acts: no more than at home, and none of what stays closed. */
export const actingRights = (held: Rights): Rights => new Set([...held].filter((each) => !closed.test(each)))

/** Whoever asks must be above: to everybody else there is no such business. */
async function refuseUnlessBelow(tx: Tx, shop: Shop, from: string): Promise<void> {
  const above = (await pathOf(tx)).filter((id) => id !== shop.businessId)
  if (!above.includes(from)) throw new Refusal('not_found', 'There is no such reseller.')
}

/**
 * Begins it. `home` is the business above, opened for the member. Refuses `not_found` for whoever is not below it, `conflict` where he is not let
 * in, or where a second factor is asked for and this person has none.
 */
export async function startActing(
  home: Shop,
  member: Membership,
  wanted: { resellerId: string; reason: string; secondFactor: boolean },
): Promise<Acting> {
  if (!may(member.rights, 'acting:change')) throw new Refusal('forbidden', 'Your role does not include this.')
  const { app } = home
  const now = app.clock.now()
  const id = newId('act', app.clock)
  const shop = { ...(await openShop(app, wanted.resellerId, `staff:${id}`, home.requestId)), origin: home.origin }
  const acting = await transaction(shop, 'start-acting', async (tx) => {
    await refuseUnlessBelow(tx, shop, home.businessId)
    if (!(await readSetting(tx, shop, supportAccessSetting)).open)
      throw new Refusal('conflict', `${shop.name} lets nobody in: that is set there, under Settings → Staff.`)
    if ((await readSetting(tx, shop, securitySetting)).require_second_factor && !wanted.secondFactor)
      throw new Refusal('conflict', `${shop.name} asks for a second factor: please set up yours first.`)
    await run(
      tx,
      sql`insert into acting_sessions (business_id, id, from_business, from_name, member_id, user_id, name, reason, started_at, ends_at)
        values (${shop.businessId}, ${id}, ${home.businessId}, ${home.name}, ${member.id}, ${member.userId}, ${member.name || member.email}, ${wanted.reason},
          ${now}, ${now.add({ minutes: actingMinutes })})`,
    )
    await record(tx, shop, shop.now(), event('acting.started', id, { reason: wanted.reason, from: home.businessId }))
    return readActing(tx, id)
  })
  await transaction(home, 'note-acting', (tx) =>
    record(tx, home, home.now(), {
      type: 'reseller.acted_as',
      subjectType: 'reseller',
      subjectId: wanted.resellerId,
      data: { reason: wanted.reason, acting: id },
    }),
  )
  return acting
}

/**
 * What a person acts as just now. Null when it is over: ended, an hour old, no longer let in, no longer below, the permission taken away, or
 * begun by somebody else.
 */
export async function currentActing(
  app: App,
  named: { id: string; businessId: string },
  member: Membership,
  secondFactor: boolean,
): Promise<Acting | null> {
  if (!may(member.rights, 'acting:change')) return null
  const shop = await openShop(app, named.businessId, 'system').catch((error: unknown) => {
    if (error instanceof Refusal) return null
    throw error
  })
  if (shop === null) return null
  const now = app.clock.now()
  return transaction(shop, 'read-acting', async (tx) => {
    const found = await maybe(
      tx,
      sql<Acting>`${selected} where business_id = current_business() and id = ${named.id} and member_id = ${member.id} and user_id = ${member.userId}
        and from_business = ${member.businessId} and ended_at is null and ends_at > ${now}`,
    )
    if (found === null || !(await pathOf(tx)).includes(member.businessId)) return null
    const { require_second_factor: asks } = await readSetting(tx, shop, securitySetting)
    if (asks && !secondFactor) return null
    return (await readSetting(tx, shop, supportAccessSetting)).open ? found : null
  })
}

/** Those who were here from above, newest first. */
export const listActing = (tx: Tx, most = 50): Promise<Acting[]> =>
  rows(
    tx,
    sql<Acting>`${selected} where business_id = current_business() order by started_at desc, id desc limit ${most}`,
  )

export async function readActing(tx: Tx, id: string): Promise<Acting> {
  const found = await maybe(tx, sql<Acting>`${selected} where business_id = current_business() and id = ${id}`)
  if (found === null) throw new Refusal('not_found', 'Nobody acts here under this id.')
  return found
}

/** Ends it, by either side. Repeating it changes nothing. */
export async function endActing(tx: Tx, shop: Shop, id: string): Promise<void> {
  const { endsAt } = await readActing(tx, id)
  const now = shop.app.clock.now()
  if (Temporal.Instant.compare(endsAt, now) <= 0) return
  const ended = await run(
    tx,
    sql`update acting_sessions set ended_at = ${now} where business_id = current_business() and id = ${id} and ended_at is null`,
  )
  if (ended > 0) await record(tx, shop, shop.now(), event('acting.ended', id, {}))
}

/** Lets people from above in, or not any more: then whoever is in is out at his next click. */
export async function saveSupportAccess(tx: Tx, shop: Shop, open: boolean): Promise<void> {
  await saveSetting(tx, shop, supportAccessSetting, { open })
  if (open) return
  const inside = await rows(
    tx,
    sql<{
      id: string
    }>`select id from acting_sessions where business_id = current_business() and ended_at is null and ends_at > ${shop.app.clock.now()}`,
  )
  for (const { id } of inside) await endActing(tx, shop, id)
}

const event = (type: string, id: string, data: Record<string, unknown>) => ({
  type,
  subjectType: 'acting',
  subjectId: id,
  data,
})
