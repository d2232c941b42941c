/** What a key may do over REST: `<resource>:read`, `<resource>:write` (which includes reading), or `all`. Values only. */
import { everyPermission, may, type Permission, type Rights } from './permissions.ts'

/** Each resource with the rights a member of staff needs for the same by hand: a key never does more than its maker may. */
const resources = {
  businesses: { read: ['settings:see'], write: ['settings:change'] },
  customers: { read: ['customers:see'], write: ['customers:change'] },
  products: { read: ['plans:see'], write: ['plans:change'] },
  plans: { read: ['plans:see'], write: ['plans:change'] },
  coupons: { read: ['plans:see'], write: ['plans:change'] },
  vouchers: { read: ['plans:see'], write: ['plans:change', 'wallets:money'] },
  affiliates: { read: ['customers:see'], write: ['customers:change', 'wallets:money'] },
  orders: { read: ['orders:see'], write: ['orders:change'] },
  invoices: { read: ['invoices:see'], write: ['invoices:change'] },
  credit_notes: { read: ['invoices:see'], write: ['invoices:change', 'invoices:money'] },
  payments: { read: ['payments:see'], write: ['payments:money'] },
  refunds: { read: ['refunds:see'], write: ['refunds:money'] },
  disputes: { read: ['payments:see'], write: ['payments:change'] },
  subscriptions: { read: ['lines:see'], write: ['lines:change', 'lines:money'] },
  // A line's TV login is part of the resource.
  lines: { read: ['lines:see', 'lines:secrets'], write: ['lines:change', 'lines:secrets'] },
  panels: { read: ['panels:see'], write: ['panels:change', 'panels:secrets'] },
  gateways: { read: ['gateways:see'], write: ['gateways:change', 'gateways:secrets'] },
  policies: { read: ['settings:see'], write: ['settings:change'] },
  settings: { read: ['settings:see'], write: ['settings:change'] },
  staff: { read: ['staff:see'], write: ['staff:change'] },
  wallets: { read: ['wallets:see'], write: ['wallets:money'] },
  // Credits that are given, taken or moved by hand, not bought.
  credits: { read: ['wallets:see'], write: ['credits:money'] },
  transfers: { read: ['wallets:see'], write: ['wallets:money'] },
  messages: { read: ['messages:see'], write: ['messages:change'] },
  templates: { read: ['messages:see'], write: ['messages:change'] },
  tickets: { read: ['customers:see'], write: ['customers:change'] },
  attention: { read: ['orders:see'], write: ['orders:change', 'lines:change'] },
  events: { read: ['reports:see'], write: ['reports:change'] },
  webhook_endpoints: { read: ['keys:see'], write: ['keys:change'] },
  api_keys: { read: ['keys:see'], write: ['keys:change'] },
  rehearsals: { read: ['reports:see'], write: ['reports:see'] },
  imports: { read: ['customers:see'], write: ['customers:change', 'lines:change'] },
  incidents: { read: ['panels:see'], write: ['panels:change'] },
  differences: { read: ['lines:see'], write: ['lines:change'] },
  audit: { read: ['audit:see'], write: ['audit:change'] },
} as const satisfies Record<string, Record<'read' | 'write', readonly Permission[]>>

export type Resource = keyof typeof resources
export type ResourceScope = `${Resource}:${'read' | 'write'}`
export type Scope = ResourceScope | 'all'

export const scopes: readonly Scope[] = [
  'all',
  ...Object.keys(resources).flatMap((each): Scope[] => [`${each as Resource}:read`, `${each as Resource}:write`]),
]

export const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text)

/** Whether a key with these scopes may do what the route asks for. */
export function scopeAllows(held: readonly Scope[], wanted: ResourceScope): boolean {
  return held.includes('all') || held.includes(wanted) || held.includes(wanted.replace(/:read$/, ':write') as Scope)
}

/** The part of `held` that lies within a person's rights; `all` becomes the list of what he may. */
export function scopesWithin(held: readonly Scope[], rights: Rights): Scope[] {
  const allowed = (scope: Scope): boolean => {
    if (scope === 'all') return scopes.every((each) => each === 'all' || allowed(each))
    const [resource, verb] = scope.split(':') as [Resource, 'read' | 'write']
    return resources[resource][verb].every((permission) => may(rights, permission))
  }
  const asked = held.includes('all') && !allowed('all') ? scopes : held
  return asked.filter((scope) => allowed(scope))
}

/** What these scopes are worth as rights of a person: a key gives nobody more than that. */
export function rightsOfScopes(held: readonly Scope[]): Rights {
  if (held.includes('all')) return new Set(everyPermission)
  return new Set(
    held.flatMap((scope): readonly Permission[] => {
      const [resource, verb] = scope.split(':') as [Resource, 'read' | 'write']
      const { read, write } = resources[resource]
      return verb === 'read' ? read : [...read, ...write]
    }),
  )
}
