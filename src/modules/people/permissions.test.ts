import { describe, expect, it } from 'vitest'
import { actions, areas, may, mayGrant, type Permission, rightsOf, roles } from './permissions.ts'

const table: [Permission, (typeof roles)[number][]][] = [
  ['customers:see', ['owner', 'admin', 'billing', 'support', 'read_only']],
  ['customers:change', ['owner', 'admin', 'billing', 'support']],
  ['customers:delete', ['owner', 'admin']],
  ['lines:change', ['owner', 'admin', 'support']],
  ['lines:secrets', ['owner', 'admin', 'support']],
  ['lines:delete', ['owner', 'admin']],
  ['refunds:money', ['owner', 'admin', 'billing']],
  ['wallets:money', ['owner', 'admin', 'billing']],
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

describe('granting', () => {
  it('reaches as far as what one holds', () => {
    const granted = Object.fromEntries(roles.map((by) => [by, roles.filter((role) => mayGrant(rightsOf(by), role))]))
    expect(granted).toEqual({
      owner: [...roles],
      admin: ['admin', 'billing', 'support', 'read_only'],
      billing: ['billing', 'read_only'],
      support: ['support', 'read_only'],
      read_only: ['read_only'],
    })
  })
})
