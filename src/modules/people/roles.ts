/**
 * Roles: the built-in ones, whose rights are a table in code, and those that a business makes for itself from the same permissions. Each
 * but the owner's may have limits. Nobody makes or changes a role beyond what he holds, nor his own.
 */
import type { Shop } from '#app.ts'
import { record } from '#modules/events/record.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import {
  everyPermission,
  isPermission,
  type Limits,
  lies,
  noLimits,
  type Permission,
  type Role,
  rightsOf,
  roles,
  type Standing,
} from './permissions.ts'

/** `id` is what a member's role is called everywhere: `support`, or `rol_…` of one that was made here. */
export type RoleCard = Standing & { id: string; name: string; builtIn: boolean; members: number }

/** Who decides about staff and roles. `roleId` as in `RoleCard`; null where no member stands behind the act. */
export type Grantor = Standing & { id: string | null; roleId: string | null }

export const isBuiltIn = (id: string): id is Role => (roles as readonly string[]).includes(id)

type Row = {
  id: string
  name: string
  permissions: string[] | null
  refundMinor: bigint | null
  freeDays: number | null
  members: number
}

/** What a role gives, as its row says; `null` of an unknown permission opens nothing. */
export function standingOf(
  role: string,
  row: { permissions: readonly string[] | null; refundMinor: bigint | null; freeDays: number | null },
): Standing {
  const rights = isBuiltIn(role) ? rightsOf(role) : new Set((row.permissions ?? []).filter(isPermission))
  return { rights, limits: role === 'owner' ? noLimits : { refundMinor: row.refundMinor, freeDays: row.freeDays } }
}

const counted = sql`(select count(*)::int from memberships m where m.business_id = r.business_id and coalesce(m.role_id, m.role) = r.id) as members`
const columns = sql`r.id, r.name, r.permissions, r.most_refund_minor as "refundMinor", r.most_free_days as "freeDays", ${counted}`

/** The built-in ones first, from the owner down; then the business's own, by name. */
export async function listRoles(tx: Tx): Promise<RoleCard[]> {
  const own = await rows(
    tx,
    sql<Row>`select ${columns} from roles r where r.business_id = current_business() order by lower(r.name), r.id`,
  )
  const held = await rows(
    tx,
    sql<{
      role: string
      members: number
    }>`select role, count(*)::int as members from memberships where business_id = current_business() group by 1`,
  )
  const builtIn = roles.map((id): RoleCard => {
    const row = own.find((each) => each.id === id) ?? { permissions: null, ...noLimits }
    const members = held.find(({ role }) => role === id)?.members ?? 0
    return { ...standingOf(id, row), id, name: '', builtIn: true, members }
  })
  return [...builtIn, ...own.filter(({ permissions }) => permissions !== null).map(cardOf)]
}

const cardOf = ({ id, name, members, ...row }: Row): RoleCard => ({
  ...standingOf(id, row),
  ...{ id, name, members, builtIn: isBuiltIn(id) },
})

/** Null: no role is called so. */
export async function findRole(tx: Tx, id: string): Promise<RoleCard | null> {
  return (await listRoles(tx)).find((each) => each.id === id) ?? null
}

export async function readRole(tx: Tx, id: string): Promise<RoleCard> {
  const found = await findRole(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such role.')
  return found
}

export type RoleFacts = { name: string; permissions: readonly string[]; limits: Limits }

/** Makes a role of the business's own. Answers its id. */
export async function createRole(tx: Tx, shop: Shop, by: Grantor | 'system', facts: RoleFacts): Promise<string> {
  const rights = checkedPermissions(facts.permissions)
  refuseBeyond(by, { rights: new Set(rights), limits: facts.limits })
  const id = newId('rol', shop.app.clock)
  const now = shop.app.clock.now()
  await named(
    run(
      tx,
      sql`insert into roles (business_id, id, name, permissions, most_refund_minor, most_free_days, created_at, updated_at)
        values (${shop.businessId}, ${id}, ${checkedName(facts.name)}, ${rights}, ${facts.limits.refundMinor}, ${facts.limits.freeDays}, ${now}, ${now})`,
    ),
  )
  await record(tx, shop, shop.now(), event('role.created', id, { to: told(rights, facts.limits) }))
  return id
}

/** Changes a role for all who hold it, from their next click on. Of a built-in one only the limits can be changed. */
export async function changeRole(
  tx: Tx,
  shop: Shop,
  by: Grantor | 'system',
  id: string,
  change: Partial<RoleFacts>,
): Promise<void> {
  await lockRole(tx, id)
  const before = await readRole(tx, id)
  if (id === 'owner') throw new Refusal('conflict', 'An owner may everything: this role has no limits.')
  if (before.builtIn && (change.name !== undefined || change.permissions !== undefined))
    throw new Refusal('conflict', 'A built-in role keeps its name and what it may: make a copy of it.')
  const rights = change.permissions === undefined ? [...before.rights] : checkedPermissions(change.permissions)
  const limits = change.limits ?? before.limits
  refuseBeyond(by, before)
  refuseBeyond(by, { rights: new Set(rights), limits })
  if (by !== 'system' && by.roleId === id) throw new Refusal('forbidden', 'Nobody changes his own role.')
  const now = shop.app.clock.now()
  const name = before.builtIn ? '' : checkedName(change.name ?? before.name)
  await named(
    run(
      tx,
      sql`insert into roles (business_id, id, name, permissions, most_refund_minor, most_free_days, created_at, updated_at)
        values (${shop.businessId}, ${id}, ${name}, ${before.builtIn ? null : rights}, ${limits.refundMinor}, ${limits.freeDays}, ${now}, ${now})
        on conflict (business_id, id) do update set name = excluded.name, permissions = excluded.permissions,
          most_refund_minor = excluded.most_refund_minor, most_free_days = excluded.most_free_days, updated_at = excluded.updated_at`,
    ),
  )
  const from = told([...before.rights], before.limits)
  await record(tx, shop, shop.now(), event('role.changed', id, { from, to: told(rights, limits) }))
}

/** Only a role that nobody holds. */
export async function removeRole(tx: Tx, shop: Shop, by: Grantor | 'system', id: string): Promise<void> {
  await lockRole(tx, id)
  const role = await readRole(tx, id)
  if (role.builtIn) throw new Refusal('conflict', 'A built-in role stays.')
  refuseBeyond(by, role)
  if (role.members > 0) throw new Refusal('conflict', 'Somebody holds this role: give him another one first.')
  await run(tx, sql`delete from roles where business_id = current_business() and id = ${id}`)
  await record(tx, shop, shop.now(), event('role.removed', id, { from: told([...role.rights], role.limits) }))
}

const lockRole = (tx: Tx, id: string) =>
  maybe(tx, sql`select id from roles where business_id = current_business() and id = ${id} for update`)

const event = (type: string, id: string, data: Record<string, unknown>) => ({
  type,
  subjectType: 'role',
  subjectId: id,
  data,
})

const told = (rights: readonly Permission[], { refundMinor, freeDays }: Limits) => ({
  permissions: rights,
  most_refund: refundMinor?.toString() ?? null,
  most_free_days: freeDays,
})

function checkedPermissions(given: readonly string[]): Permission[] {
  const wrong = given.find((each) => !isPermission(each))
  if (wrong === undefined && given.length > 0) return everyPermission.filter((each) => given.includes(each))
  const detail = wrong === undefined ? 'Tick at least one permission.' : `"${wrong}" is not a permission.`
  throw new Refusal('invalid_input', 'The permissions are not valid.', [
    { pointer: '/permissions', code: 'permission', detail },
  ])
}

function checkedName(given: string): string {
  const name = given.trim()
  if (name.length > 0 && name.length <= 60) return name
  throw new Refusal('invalid_input', 'Please name the role.', [
    { pointer: '/name', code: 'length', detail: 'A role has a name of at most 60 characters.' },
  ])
}

async function named(written: Promise<unknown>): Promise<void> {
  try {
    await written
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw new Refusal('conflict', 'Another role has this name.', [
      { pointer: '/name', code: 'exists', detail: 'Another role has this name.' },
    ])
  }
}

export function refuseBeyond(by: Grantor | 'system', given: Standing): void {
  if (by === 'system') return
  if (!by.rights.has('staff:change') || !lies(given, by))
    throw new Refusal('forbidden', 'Nobody decides about more than he may himself.')
}
