import { describe, expect, it } from 'vitest'
import {
  actions,
  areas,
  lies,
  may,
  noLimits,
  offered,
  type Permission,
  type Role,
  rightsOf,
  roles,
} from './permissions.ts'

const table: [Permission, (typeof roles)[number][]][] = [
  ['customers:see', ['owner', 'admin', 'billing', 'support', 'read_only']],
  ['customers:change', ['owner', 'admin', 'billing', 'support']],
  ['customers:delete', ['owner', 'admin']],
  ['lines:change', ['owner', 'admin', 'support']],
  ['lines:secrets', ['owner', 'admin', 'support']],
  ['lines:delete', ['owner', 'admin']],
  ['lines:money', ['owner', 'admin']],
  ['refunds:money', ['owner', 'admin', 'billing']],
  ['wallets:money', ['owner', 'admin', 'billing']],
  ['credits:money', ['owner', 'admin']],
  ['plans:change', ['owner', 'admin']],
  ['panels:change', ['owner', 'admin']],
  ['panels:secrets', ['owner']],
  ['gateways:secrets', ['owner']],
  ['staff:see', ['owner', 'admin']],
  ['staff:change', ['owner']],
  ['keys:change', ['owner']],
  ['audit:see', ['owner', 'admin']],
  ['reports:see', ['owner', 'admin', 'billing', 'support', 'read_only']],
]

describe('roles', () => {
  it.each(table)('%s belongs to %j', (permission, holders) => {
    expect(roles.filter((role) => may(rightsOf(role), permission))).toEqual(holders)
  })

  it('the owner holds everything', () => {
    expect(rightsOf('owner').size).toBe(areas.length * actions.length)
  })

  it('read only sees and does nothing', () => {
    expect([...rightsOf('read_only')].filter((each) => !each.endsWith(':see'))).toEqual([])
  })
})

const standing = (role: Role, limits = noLimits) => ({ rights: rightsOf(role), limits })

describe('granting', () => {
  it('reaches as far as what one holds', () => {
    const granted = Object.fromEntries(
      roles.map((by) => [by, roles.filter((role) => lies(standing(role), standing(by)))]),
    )
    expect(granted).toEqual({
      owner: [...roles],
      admin: ['admin', 'billing', 'support', 'read_only'],
      billing: ['billing', 'read_only'],
      support: ['support', 'read_only'],
      read_only: ['read_only'],
    })
  })

  it('is held to the limits of what one holds, where there is a right that they bound', () => {
    const mine = standing('billing', { refundMinor: 5_000n, freeDays: 3 })
    const given = (refundMinor: bigint | null, freeDays: number | null = null) =>
      lies(standing('billing', { refundMinor, freeDays }), mine)
    expect([given(5_000n), given(0n), given(5_001n), given(null)]).toEqual([true, true, false, false])
    // Billing gives no days, so their limit bounds nothing; who may not refund is not bound by that one.
    expect(given(1n, 300)).toBe(true)
    expect(lies(standing('read_only'), mine)).toBe(true)
    const manager = standing('admin', { refundMinor: null, freeDays: 3 })
    expect(lies(standing('admin'), manager)).toBe(false)
    expect(lies(standing('admin', { refundMinor: null, freeDays: 3 }), manager)).toBe(true)
  })

  it('offers no permission twice', () => {
    for (const area of areas) expect(new Set(offered[area]).size).toBe(offered[area].length)
  })
})
