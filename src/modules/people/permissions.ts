/**
 * What staff may do: roles are sets of `area:action`. Pure values, so that server, pages and tests read one table. The server
 * checks each action; a page hides what is not allowed. Actions: `see`; `change`; `money` moves or gives away money, credits or
 * paid time; `delete` ends or removes; `secrets` reads or writes credentials.
 */

export const areas = [
  'customers',
  'lines',
  'orders',
  'invoices',
  'payments',
  'refunds',
  'wallets',
  'plans',
  'panels',
  'gateways',
  'messages',
  'settings',
  'staff',
  'keys',
  'audit',
  'reports',
] as const
export const actions = ['see', 'change', 'money', 'delete', 'secrets'] as const
export const roles = ['owner', 'admin', 'billing', 'support', 'read_only'] as const

export type Area = (typeof areas)[number]
export type Action = (typeof actions)[number]
export type Permission = `${Area}:${Action}`
export type Role = (typeof roles)[number]
export type Rights = ReadonlySet<Permission>

const every = (given: readonly Area[], what: readonly Action[]): Permission[] =>
  given.flatMap((area) => what.map((action): Permission => `${area}:${action}`))

const without = (given: Permission[], taken: Permission[]): Permission[] =>
  given.filter((each) => !taken.includes(each))

/** All that a read-only person sees: everything but who works here, what programs may do, and the audit. */
const visible = areas.filter((area) => !['staff', 'keys', 'audit'].includes(area))

const ofRole: Record<Role, Rights> = {
  owner: new Set(every(areas, actions)),
  // Runs the shop, but neither reads nor writes the credentials of panels and gateways, and does not decide who works here.
  admin: new Set([
    ...without(
      every(
        areas.filter((area) => !['staff', 'keys', 'audit'].includes(area)),
        actions,
      ),
      ['panels:secrets', 'gateways:secrets', 'settings:secrets', 'gateways:delete', 'panels:delete'],
    ),
    ...every(['staff', 'keys', 'audit'], ['see']),
  ]),
  billing: new Set([
    ...every(visible, ['see']),
    ...every(['invoices', 'payments', 'refunds', 'wallets'], ['change', 'money']),
    'invoices:delete',
    'customers:change',
    'orders:change',
  ]),
  // Helps viewers: resets and shows a TV login (audited), never ends a line for good and moves no money.
  support: new Set([
    ...every(visible, ['see']),
    'customers:change',
    'lines:change',
    'lines:secrets',
    'orders:change',
    'messages:change',
  ]),
  read_only: new Set(every(visible, ['see'])),
}

export const rightsOf = (role: Role): Rights => ofRole[role]

export const may = (rights: Rights, permission: Permission): boolean => rights.has(permission)

/** Nobody grants more than he holds: whether all that `role` gives lies within `rights`. */
export const mayGrant = (rights: Rights, role: Role): boolean => {
  for (const each of rightsOf(role)) if (!rights.has(each)) return false
  return true
}
