/** Who works for the business, and the roles. A key decides about no more than it may itself, and never about owners. */
import type { Shop } from '#app.ts'
import { inviteMember } from '#modules/messages/invite-member.ts'
import { makerOfKey } from '#modules/people/api-keys.ts'
import { changeMember, findMember, listStaff, type Membership, removeMember } from '#modules/people/memberships.ts'
import { everyPermission, noLimits, roles } from '#modules/people/permissions.ts'
import {
  changeRole,
  createRole,
  type Grantor,
  listRoles,
  type RoleCard,
  readRole,
  removeRole,
} from '#modules/people/roles.ts'
import { rightsOfScopes } from '#modules/people/scopes.ts'
import { saveSecuritySettings, securitySetting } from '#modules/people/security-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  currency,
  email,
  given,
  id,
  instantIn,
  list,
  minor,
  money,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const roleId = z.union([z.enum(roles), id('rol')]).openapi({ description: 'A built-in role, or the id of your own.' })

const MemberOut = resource('Member', {
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.string(),
  expires_at: time.nullable().openapi({ description: 'When the access ends by itself.' }),
  created_at: time,
})

const memberOf = (shop: Shop, each: Membership): z.input<typeof MemberOut> => ({
  ...{ id: each.id, email: each.email, name: each.name, role: each.role },
  expires_at: atOr(each.expiresAt),
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const RoleOut = resource('Role', {
  id: z.string(),
  name: z.string().openapi({ description: 'Empty for a built-in role.' }),
  built_in: z.boolean(),
  permissions: z.array(z.string()),
  most_refund: money.nullable().openapi({ description: 'What one person gives back within a day at most.' }),
  most_free_days: z
    .int()
    .nullable()
    .openapi({ description: 'What one person gives one subscription within 30 days at most.' }),
  members: z.int(),
})

const roleOf = (shop: Shop, each: RoleCard): z.input<typeof RoleOut> => ({
  ...{ id: each.id, name: each.name, built_in: each.builtIn, members: each.members },
  permissions: everyPermission.filter((permission) => each.rights.has(permission)),
  most_refund: each.limits.refundMinor === null ? null : minor(each.limits.refundMinor, shop.currency),
  most_free_days: each.limits.freeDays,
  livemode: shop.livemode,
})

const SecurityOut = resource('SecuritySettings', {
  require_second_factor: z.boolean().openapi({ description: 'Whoever works here has one, or sets it up first.' }),
})

const readSecurity = async (call: Call): Promise<z.input<typeof SecurityOut>> => ({
  ...(await call.read((tx) => readSetting(tx, call.shop, securitySetting))),
  livemode: call.shop.livemode,
})

const GoneOut = resource('Removed', { id: z.string() })

/** The key as one who decides: what its scopes are worth, for the person who made it. An owner's key is no owner. */
async function grantorOf(call: Call): Promise<Grantor> {
  const maker = await call.read((tx) => makerOfKey(tx, call.caller.keyId))
  const rights = rightsOfScopes(call.caller.scopes)
  if (maker === null) return { id: null, roleId: null, rights, limits: noLimits }
  return { id: maker.id, roleId: maker.role === 'owner' ? null : maker.role, rights, limits: maker.limits }
}

async function readMember(call: Call, memberId: string): Promise<z.input<typeof MemberOut>> {
  const found = await call.read((tx) => findMember(tx, memberId))
  if (found === null) throw new Refusal('not_found', 'There is no such member of staff.')
  return memberOf(call.shop, found)
}

const roleRead = async (call: Call, role: string): Promise<z.input<typeof RoleOut>> =>
  roleOf(call.shop, await call.read((tx) => readRole(tx, role)))

const limitsIn = {
  most_refund: z.strictObject({ amount, currency }).nullable().optional(),
  most_free_days: z.int().min(0).max(365).nullable().optional(),
}

function refundOf(shop: Shop, sum: { amount: number; currency: string } | null): bigint | null {
  if (sum === null) return null
  if (sum.currency === shop.currency) return BigInt(sum.amount)
  const detail = `A limit is in the currency of the shop: ${shop.currency}.`
  throw new Refusal('invalid_input', detail, [{ pointer: '/most_refund', code: 'currency', detail }])
}

const permissions = z
  .array(z.enum(everyPermission as [string, ...string[]]))
  .min(1)
  .max(everyPermission.length)

export const staff = [
  route({
    method: 'get',
    path: '/staff',
    scope: 'staff:read',
    summary: 'Lists who works for the business.',
    answer: list(MemberOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(listStaff)).map((each) => memberOf(call.shop, each)),
      ),
  }),
  route({
    method: 'post',
    path: '/staff',
    scope: 'staff:write',
    summary: 'Invites somebody to the staff, by mail; he signs in by a link to his mailbox.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      email,
      name: text(120).optional(),
      role: roleId,
      expires_at: instantIn.nullable().optional().openapi({ description: 'When the access ends by itself.' }),
    }),
    answer: MemberOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { email: to, name = '', role, expires_at: expiresAt = null } = call.body
      const invitedBy = call.shop.name
      const invitation = { email: to, name, role, expiresAt, invitedBy }
      return readMember(call, await inviteMember(call.shop, call.signIn, await grantorOf(call), invitation))
    },
    retell: (call, made) => readMember(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/staff/{id}',
    scope: 'staff:read',
    summary: 'Reads a member of staff.',
    params: byId('mem'),
    answer: MemberOut,
    handle: (call) => readMember(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/staff/{id}',
    scope: 'staff:write',
    summary: 'Gives somebody another role, or an end of his access; fields left out stay.',
    params: byId('mem'),
    body: z.strictObject({ role: roleId.optional(), expires_at: instantIn.nullable().optional() }),
    answer: MemberOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { role, expires_at: expiresAt } = call.body
      const by = await grantorOf(call)
      await call.write('change-member', (tx) =>
        changeMember(tx, call.shop, by, call.params.id, given({ role, expiresAt })),
      )
      return readMember(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/staff/{id}/remove',
    scope: 'staff:write',
    summary: 'Ends a membership: it opens nothing from the next request on, nor do the keys that this person made.',
    params: byId('mem'),
    answer: GoneOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const by = await grantorOf(call)
      await call.write('remove-member', (tx) => removeMember(tx, call.shop, by, call.params.id))
      return { id: call.params.id, livemode: call.shop.livemode }
    },
    retell: async ({ shop, params }) => ({ id: params.id, livemode: shop.livemode }),
  }),
  route({
    method: 'get',
    path: '/roles',
    scope: 'staff:read',
    summary: 'Lists the roles: the built-in ones, then your own.',
    answer: list(RoleOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(listRoles)).map((each) => roleOf(call.shop, each)),
      ),
  }),
  route({
    method: 'post',
    path: '/roles',
    scope: 'staff:write',
    summary: 'Makes a role of your own.',
    status: 201,
    body: z.strictObject({ name: words(60), permissions, ...limitsIn }),
    answer: RoleOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { name, permissions: may, most_refund = null, most_free_days = null } = call.body
      const limits = { refundMinor: refundOf(call.shop, most_refund), freeDays: most_free_days }
      const by = await grantorOf(call)
      const made = await call.write('create-role', async (tx) => ({
        id: await createRole(tx, call.shop, by, { name, permissions: may, limits }),
      }))
      return roleRead(call, made.id)
    },
    retell: (call, made) => roleRead(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/roles/{id}',
    scope: 'staff:read',
    summary: 'Reads a role.',
    params: z.strictObject({ id: roleId }),
    answer: RoleOut,
    handle: (call) => roleRead(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/roles/{id}',
    scope: 'staff:write',
    summary: 'Changes a role for all who hold it; of a built-in one only the limits. Fields left out stay.',
    params: z.strictObject({ id: roleId }),
    body: z.strictObject({ name: words(60).optional(), permissions: permissions.optional(), ...limitsIn }),
    answer: RoleOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { name, permissions: may, most_refund, most_free_days } = call.body
      const by = await grantorOf(call)
      await call.write('change-role', async (tx) => {
        const { limits: known } = await readRole(tx, call.params.id)
        const limits = {
          refundMinor: most_refund === undefined ? known.refundMinor : refundOf(call.shop, most_refund),
          freeDays: most_free_days === undefined ? known.freeDays : most_free_days,
        }
        await changeRole(tx, call.shop, by, call.params.id, { ...given({ name, permissions: may }), limits })
      })
      return roleRead(call, call.params.id)
    },
  }),
  route({
    method: 'post',
    path: '/roles/{id}/remove',
    scope: 'staff:write',
    summary: 'Removes a role of your own that nobody holds.',
    params: z.strictObject({ id: roleId }),
    answer: GoneOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const by = await grantorOf(call)
      await call.write('remove-role', (tx) => removeRole(tx, call.shop, by, call.params.id))
      return { id: call.params.id, livemode: call.shop.livemode }
    },
    retell: async ({ shop, params }) => ({ id: params.id, livemode: shop.livemode }),
  }),
  route({
    method: 'get',
    path: '/settings/security',
    scope: 'staff:read',
    summary: 'Reads how staff must sign in.',
    answer: SecurityOut,
    handle: readSecurity,
  }),
  route({
    method: 'put',
    path: '/settings/security',
    scope: 'staff:write',
    summary: 'Sets how staff must sign in.',
    body: z.strictObject({ require_second_factor: z.boolean() }),
    answer: SecurityOut,
    handle: async (call) => {
      await call.write('save-security', (tx) => saveSecuritySettings(tx, call.shop, call.body))
      return readSecurity(call)
    },
  }),
]
