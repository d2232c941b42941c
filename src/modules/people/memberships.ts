/** Who works for a business, in which role. Read at every request, so that taking a role away acts at the next one. */
import type { App, Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { inTransaction, isDuplicate, maybe, one, rows, run, sql, type Tx, together } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { Limits, Rights, Role } from './permissions.ts'
import { type Grantor, isBuiltIn, readRole, refuseBeyond, standingOf } from './roles.ts'

export type Membership = {
  id: string
  businessId: string
  userId: string
  email: string
  name: string
  /** A built-in role, or the id of one that the business made (`rol_…`). */
  role: string
  /** Of a role that the business made; a built-in one is named by the page. */
  roleName: string
  expiresAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  rights: Rights
  limits: Limits
}

/** Who changes staff: somebody with his standing, or `system` (set-up and command line, which answer to the machine's owner). */
export type StaffActor = Grantor | 'system'

/** A member as the one who acts. */
export const grantorOf = ({ id, role, rights, limits }: Membership): Grantor => ({ id, roleId: role, rights, limits })

type Row = Omit<Membership, 'rights' | 'limits'> & {
  permissions: string[] | null
  refundMinor: bigint | null
  freeDays: number | null
}

// A built-in role has a row only where limits of it were set.
const selected = sql`select m.id, m.business_id as "businessId", m.user_id as "userId", m.email, m.name, coalesce(m.role_id, m.role) as role,
    coalesce(r.name, '') as "roleName", m.expires_at as "expiresAt", m.created_at as "createdAt", r.permissions,
    r.most_refund_minor as "refundMinor", r.most_free_days as "freeDays"
  from memberships m left join roles r on r.business_id = m.business_id and r.id = coalesce(m.role_id, m.role)`

function memberOf({ permissions, refundMinor, freeDays, ...row }: Row): Membership {
  return { ...row, ...standingOf(row.role, { permissions, refundMinor, freeDays }) }
}

/**
 * The standing of a signed-in person in one business, or null. Who works for a live business works for its test twin, in the same role:
 * nobody is copied. `now` is the machine's: a twin's clock opens no expired door.
 */
export async function membershipFor(
  app: App,
  userId: string,
  businessId: string,
  now: Temporal.Instant,
): Promise<Membership | null> {
  const { own, twinOf } = await standingIn(app, userId, businessId, now)
  if (twinOf === null) return own
  const { own: membership } = await standingIn(app, userId, twinOf, now)
  return membership && { ...membership, businessId }
}

/** His membership there, and of which live business it is the twin: nobody works for the supplier above a reseller's twin. */
const standingIn = (
  app: App,
  userId: string,
  businessId: string,
  now: Temporal.Instant,
): Promise<{ own: Membership | null; twinOf: string | null }> =>
  inTransaction(app.db, { role: 'app', businessId }, 'membership', async (tx) => {
    const [found, business] = await together([
      maybe(
        tx,
        sql<Row>`${selected} where m.business_id = current_business() and m.user_id = ${userId} and (m.expires_at is null or m.expires_at > ${now})`,
      ),
      maybe(
        tx,
        sql<{ twinOf: string | null }>`select b.twin_of as "twinOf" from businesses b, twin_of_business(b.twin_of) t
          where b.id = current_business() and t.business_id = b.id`,
      ),
    ])
    return { own: found && memberOf(found), twinOf: business?.twinOf ?? null }
  })

/** The businesses a person works for, by name: what the console offers after signing in. */
export async function businessesOfUser(app: App, userId: string, now: Temporal.Instant) {
  const found = await inTransaction(app.db, { role: 'lookup' }, 'memberships-of', (tx) =>
    rows(tx, sql<{ businessId: string }>`select business_id as "businessId" from memberships_of(${userId})`),
  )
  const each = await Promise.all(found.map(({ businessId }) => businessOfUser(app, userId, businessId, now)))
  return each.filter((one) => one !== null).sort((a, b) => a.name.localeCompare(b.name))
}

type Workplace = { businessId: string; name: string; slug: string; mode: 'live' | 'test'; role: string }

const businessOfUser = (app: App, userId: string, businessId: string, now: Temporal.Instant) =>
  inTransaction(app.db, { role: 'app', businessId }, 'membership', (tx) =>
    maybe(
      tx,
      sql<Workplace>`select b.id as "businessId", b.name, b.slug, b.mode, coalesce(m.role_id, m.role) as role
        from memberships m
        join businesses b on b.id = m.business_id
        where m.business_id = current_business() and m.user_id = ${userId} and (m.expires_at is null or m.expires_at > ${now})`,
    ),
  )

export async function listStaff(tx: Tx): Promise<Membership[]> {
  const found = await rows(
    tx,
    sql<Row>`${selected} where m.business_id = current_business() order by lower(m.email), m.id`,
  )
  return found.map(memberOf)
}

/** Null: nobody of that id works here. */
export async function findMember(tx: Tx, id: string): Promise<Membership | null> {
  const found = await maybe(tx, sql<Row>`${selected} where m.business_id = current_business() and m.id = ${id}`)
  return found && memberOf(found)
}

export type NewMember = Pick<Membership, 'userId' | 'email' | 'role'> & Partial<Pick<Membership, 'name' | 'expiresAt'>>

/** Refuses a role beyond the giver's own standing, and a second membership of the same person. */
export async function addMember(tx: Tx, shop: Shop, by: StaffActor, member: NewMember): Promise<string> {
  await refuseGrant(tx, by, member.role)
  refuseOver(shop, member.expiresAt ?? null)
  const id = newId('mem', shop.app.clock)
  const { role, roleId } = stored(member.role)
  try {
    await run(
      tx,
      sql`insert into memberships (business_id, id, user_id, email, name, role, role_id, expires_at, created_at)
        values (${shop.businessId}, ${id}, ${member.userId}, ${member.email.trim().toLowerCase()}, ${member.name ?? ''}, ${role}, ${roleId},
          ${member.expiresAt ?? null}, ${shop.app.clock.now()})`,
    )
  } catch (error) {
    if (isDuplicate(error)) throw new Refusal('conflict', 'This person already works here.')
    throw error
  }
  await record(tx, shop, shop.now(), event('staff.added', id, { role: member.role, until: told(member.expiresAt) }))
  return id
}

/** What can be changed of a member: his role, and when his access ends (null: it does not). */
export type MemberChange = Partial<Pick<Membership, 'role' | 'expiresAt'>>

/** Of somebody else: nobody edits his own role or end, touches one who holds more, or leaves the business without an owner. */
export async function changeMember(
  tx: Tx,
  shop: Shop,
  by: StaffActor,
  id: string,
  change: MemberChange,
): Promise<void> {
  const member = await lockMember(tx, id)
  const { role, expiresAt } = { role: member.role, expiresAt: member.expiresAt, ...change }
  refuseSelf(by, id)
  await refuseGrant(tx, by, member.role)
  await refuseGrant(tx, by, role)
  if (change.expiresAt !== undefined) refuseOver(shop, expiresAt)
  if (member.role === 'owner' && (role !== 'owner' || expiresAt !== null)) await refuseLastOwner(tx, id)
  const to = stored(role)
  await run(
    tx,
    sql`update memberships set role = ${to.role}, role_id = ${to.roleId}, expires_at = ${expiresAt} where business_id = current_business() and id = ${id}`,
  )
  const ends = change.expiresAt === undefined ? {} : { until_from: told(member.expiresAt), until: told(expiresAt) }
  await record(tx, shop, shop.now(), event('staff.changed', id, { from: member.role, to: role, ...ends }))
}

/** Ends a membership; a person may also leave. The last owner cannot. */
export async function removeMember(tx: Tx, shop: Shop, by: StaffActor, id: string): Promise<void> {
  const member = await lockMember(tx, id)
  const leaves = by !== 'system' && by.id === id
  if (!leaves) await refuseGrant(tx, by, member.role)
  if (member.role === 'owner') await refuseLastOwner(tx, id)
  await run(tx, sql`delete from memberships where business_id = current_business() and id = ${id}`)
  await record(tx, shop, shop.now(), event('staff.removed', id, { role: member.role }))
}

const stored = (role: string): { role: Role | 'custom'; roleId: string | null } =>
  isBuiltIn(role) ? { role, roleId: null } : { role: 'custom', roleId: role }

const told = (at: Temporal.Instant | null | undefined): string | null => at?.toString() ?? null

const event = (type: string, id: string, data: Record<string, unknown>) => ({
  type,
  subjectType: 'membership',
  subjectId: id,
  data,
})

/** All owners are locked first, in order, so that two of them cannot remove each other at the same moment. */
async function lockMember(tx: Tx, id: string): Promise<Membership> {
  await rows(
    tx,
    sql`select id from memberships where business_id = current_business() and (role = 'owner' or id = ${id}) order by id for update`,
  )
  const found = await findMember(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such member of staff.')
  return found
}

async function refuseLastOwner(tx: Tx, id: string): Promise<void> {
  const { others } = await one(
    tx,
    sql<{
      others: number
    }>`select count(*)::int as others from memberships where business_id = current_business() and role = 'owner' and id <> ${id} and expires_at is null`,
  )
  if (others === 0) throw new Refusal('conflict', 'A business keeps at least one owner: name another one first.')
}

/** An owner is made and touched by owners only, not by a role or key that may as much. */
async function refuseGrant(tx: Tx, by: StaffActor, role: string): Promise<void> {
  const standing = await readRole(tx, role)
  refuseBeyond(by, standing)
  if (role === 'owner' && by !== 'system' && by.roleId !== 'owner')
    throw new Refusal('forbidden', 'Only an owner decides about owners.')
}

function refuseSelf(by: StaffActor, id: string): void {
  if (by !== 'system' && by.id === id) throw new Refusal('forbidden', 'Nobody changes his own role.')
}

/** Access that is over when it begins is a mistake of the year. */
function refuseOver(shop: Shop, expiresAt: Temporal.Instant | null): void {
  if (expiresAt === null || Temporal.Instant.compare(expiresAt, shop.app.clock.now()) > 0) return
  const detail = 'Please choose a day to come.'
  throw new Refusal('invalid_input', detail, [{ pointer: '/expires_at', code: 'past', detail }])
}
