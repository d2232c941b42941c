import { expect, it } from 'vitest'
import { rightsOf, roles } from './permissions.ts'
import { isScope, scopeAllows, scopes, scopesWithin } from './scopes.ts'

it('writing includes reading, reading nothing else, and all everything', () => {
  expect(scopeAllows(['customers:write'], 'customers:read')).toBe(true)
  expect(scopeAllows(['customers:read'], 'customers:write')).toBe(false)
  expect(scopeAllows(['customers:write'], 'credit_notes:read')).toBe(false)
  expect(scopeAllows(['all'], 'wallets:write')).toBe(true)
  expect(scopeAllows([], 'plans:read')).toBe(false)
})

it('knows its names', () => {
  expect(isScope('lines:write')).toBe(true)
  for (const wrong of ['lines', 'lines:delete', 'constructor:read', 'ALL', '']) expect(isScope(wrong)).toBe(false)
})

it('never reaches beyond the rights of the maker', () => {
  expect(scopesWithin(['all'], rightsOf('owner'))).toEqual(['all'])
  expect(scopesWithin(['refunds:write', 'lines:read'], rightsOf('support'))).toEqual(['lines:read'])
  expect(
    scopesWithin(['all'], rightsOf('read_only')).every((each) => each.endsWith(':read') || each === 'rehearsals:write'),
  ).toBe(true)
  for (const role of roles.filter((each) => each !== 'owner')) {
    const within = scopesWithin(['all'], rightsOf(role))
    expect(within).not.toContain('all')
    expect(within).not.toContain('gateways:write')
    expect(within.length).toBeLessThan(scopes.length)
  }
})
