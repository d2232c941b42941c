/** Who works for a business, in which role. Read at every request, so that taking a role away acts at the next one. */
import type { App, Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { inTransaction, isDuplicate, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { may, mayGrant, type Rights, type Role, rightsOf } from './permissions.ts'

export type Membership = {
  id: string
  businessId: string
  userId: string
  email: string
  name: string
  role: Role
  expiresAt: Temporal.Instant | null
  createdAt: Temporal.Instant
}

/** Who changes staff: a member of the business, or `system` (set-up and command line, which answer to the machine's owner). */
export type StaffActor = Pick<Membership, 'id' | 'role'> | 'system'

const columns = sql`id, business_id as "businessId", user_id as "userId", email, name, role, expires_at as "expiresAt", created_at as "createdAt"`

/** The standing of a signed-in person in one business, or null. `now` is the machine's: a twin's clock opens no expired door. */
export function membershipFor(
  app: App,
  userId: string,
  businessId: string,
  now: Temporal.Instant,
): Promise<(Membership & { rights: Rights }) | null> {
  return inTransaction(app.db, { role: 'app', businessId }, 'membership', async (tx) => {
    const found = await maybe(
      tx,
      sql<Membership>`select ${columns} from memberships where business_id = current_business() and user_id = ${userId} and (expires_at is null or expires_at > ${now})`,
    )
    return found && { ...found, rights: rightsOf(found.role) }
  })
}

/** The businesses a person works for, by name: what the console offers after signing in. */
export async function businessesOfUser(app: App, userId: string, now: Temporal.Instant) {
  const found = await inTransaction(app.db, { role: 'lookup' }, 'memberships-of', (tx) =>
    rows(tx, sql<{ businessId: string }>`select business_id as "businessId" from memberships_of(${userId})`),
  )
  const each = await Promise.all(found.map(({ businessId }) => businessOfUser(app, userId, businessId, now)))
  return each.filter((one) => one !== null).sort((a, b) => a.name.localeCompare(b.name))
}

type Workplace = { businessId: string; name: string; slug: string; mode: 'live' | 'test'; role: Role }

const businessOfUser = (app: App, userId: string, businessId: string, now: Temporal.Instant) =>
  inTransaction(app.db, { role: 'app', businessId }, 'membership', (tx) =>
    maybe(
      tx,
      sql<Workplace>`select b.id as "businessId", b.name, b.slug, b.mode, m.role
        from memberships m
        join businesses b on b.id = m.business_id
        where m.business_id = current_business() and m.user_id = ${userId} and (m.expires_at is null or m.expires_at > ${now})`,
    ),
  )

export const listStaff = (tx: Tx): Promise<Membership[]> =>
  rows(
    tx,
    sql<Membership>`select ${columns} from memberships where business_id = current_business() order by lower(email)`,
  )

export type NewMember = Pick<Membership, 'userId' | 'email' | 'role'> & Partial<Pick<Membership, 'name' | 'expiresAt'>>

/** Refuses a role beyond the giver's own rights, and a second membership of the same person. */
export async function addMember(tx: Tx, shop: Shop, by: StaffActor, member: NewMember): Promise<string> {
  refuseGrant(by, member.role)
  const id = newId('mem', shop.app.clock)
  try {
    await run(
      tx,
      sql`insert into memberships (business_id, id, user_id, email, name, role, expires_at, created_at)
        values (${shop.businessId}, ${id}, ${member.userId}, ${member.email.trim().toLowerCase()}, ${member.name ?? ''}, ${member.role},
          ${member.expiresAt ?? null}, ${shop.app.clock.now()})`,
    )
  } catch (error) {
    if (isDuplicate(error)) throw new Refusal('conflict', 'This person already works here.')
    throw error
  }
  await record(tx, shop, shop.now(), event('staff.added', id, { role: member.role }))
  return id
}

/** Another role for somebody else: nobody edits his own, touches one who holds more, or leaves the business without an owner. */
export async function changeMember(tx: Tx, shop: Shop, by: StaffActor, id: string, role: Role): Promise<void> {
  const member = await lockMember(tx, id)
  refuseSelf(by, id)
  refuseGrant(by, member.role)
  refuseGrant(by, role)
  if (member.role === 'owner' && role !== 'owner') await refuseLastOwner(tx, id)
  await run(tx, sql`update memberships set role = ${role} where business_id = current_business() and id = ${id}`)
  await record(tx, shop, shop.now(), event('staff.changed', id, { from: member.role, to: role }))
}

/** Ends a membership; a person may also leave. The last owner cannot. */
export async function removeMember(tx: Tx, shop: Shop, by: StaffActor, id: string): Promise<void> {
  const member = await lockMember(tx, id)
  const leaves = by !== 'system' && by.id === id
  if (!leaves) refuseGrant(by, member.role)
  if (member.role === 'owner') await refuseLastOwner(tx, id)
  await run(tx, sql`delete from memberships where business_id = current_business() and id = ${id}`)
  await record(tx, shop, shop.now(), event('staff.removed', id, { role: member.role }))
}

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
    sql`select id from memberships where business_id = current_business() and role = 'owner' order by id for update`,
  )
  const found = await maybe(
    tx,
    sql<Membership>`select ${columns} from memberships where business_id = current_business() and id = ${id} for update`,
  )
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

function refuseGrant(by: StaffActor, role: Role): void {
  if (by === 'system') return
  const rights = rightsOf(by.role)
  if (!may(rights, 'staff:change') || !mayGrant(rights, role))
    throw new Refusal('forbidden', 'Your role does not allow this change of staff.')
}

function refuseSelf(by: StaffActor, id: string): void {
  if (by !== 'system' && by.id === id) throw new Refusal('forbidden', 'Nobody changes his own role.')
}
