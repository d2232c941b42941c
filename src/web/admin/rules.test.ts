/** Every page of the console against every kind of person: generated from the table of routes, so that a page without a rule fails here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { offered, type Permission, type Rights, rightsOf, roles } from '#modules/people/permissions.ts'
import { createRole } from '#modules/people/roles.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'
import { adminRoutes } from './routes.ts'
import { type Rule, ruleOf, rules } from './rules.server.ts'

/** Outside the frame: open to whoever signs in, is invited, or begins. */
const open = [
  'admin/sign-in',
  'admin/sign-in/passkey',
  'admin/sign-in/code',
  'admin/sign-in/:token',
  'admin/sign-out',
  'admin/choose',
  'admin/stop-acting',
  'join/:token',
  'admin/setup/first',
]

type Entry = { path?: string | undefined; index?: boolean | undefined; children?: Entry[] | undefined }
const paths = adminRoutes.flatMap((each: Entry): string[] => {
  if (each.children === undefined) return [each.path ?? '']
  return each.children.map((child) => (child.index ? `${each.path}` : `${each.path}/${child.path}`))
})
const ruled = paths.filter((path) => !open.includes(path))
const below = (path: string) => path.replace(/^admin\/?/, '')
const addressOf = (path: string) => `/${path}`.replace('/:tab?', '').replaceAll(/:\w+/g, 'nothing_here')

let console: Console
const people = new Map<string, { person: Person; rights: Rights }>()
beforeAll(async () => {
  console = await createConsole()
  for (const role of roles) people.set(role, { person: await console.person(role), rights: rightsOf(role) })
  const permissions: Permission[] = ['messages:see', 'keys:see']
  const id = await transaction(console.shop, 'test', (tx) =>
    createRole(tx, console.shop, 'system', { name: 'Odd', permissions, limits: { refundMinor: null, freeDays: null } }),
  )
  people.set('own role', { person: await console.person(id), rights: new Set(permissions) })
})
afterAll(() => console.close())

test('every page has a rule, and every rule a page', () => {
  expect(Object.keys(rules).sort()).toEqual(ruled.map(below).sort())
  expect(open.filter((path) => !paths.includes(path))).toEqual([])
  expect([ruleOf('/admin/nothing'), ruleOf('/admin/orders/a/b/c'), ruleOf('/elsewhere')]).toEqual([null, null, null])
})

test('the form of a role offers every permission that a page asks for', () => {
  const asked = Object.values(rules).flatMap(({ see, act }) =>
    [see, act].flatMap((who) => (who === 'staff' ? [] : who)),
  )
  const missing = asked.filter((permission) => {
    const [area, action] = permission.split(':') as [keyof typeof offered, (typeof offered)['lines'][number]]
    return !offered[area].includes(action)
  })
  expect(missing).toEqual([])
})

const opens = (who: Rule['see'], rights: Rights) => who === 'staff' || who.some((each) => rights.has(each))

describe.each([...roles, 'own role'])('%s', (name) => {
  test.each(ruled)('%s', async (path) => {
    const { person, rights } = people.get(name) as { person: Person; rights: Rights }
    const rule = rules[below(path)] as Rule
    const address = addressOf(path)
    const seen = (await person.get(address)).status
    if (isEmpty(rule.see)) expect(nothing).toContain(seen)
    else expect([address, seen === 403, seen < 500]).toEqual([address, !opens(rule.see, rights), true])
    const acted = (await person.post(address, { act: 'no_such_act' })).status
    if (isEmpty(rule.act)) expect(nothing).toContain(acted)
    else if (!opens(rule.act, rights)) expect([address, acted]).toEqual([address, 403])
    expect(acted).toBeLessThan(500)
  })
})

/** A page without a loader or action: the router itself says so, or the rule did before. */
const nothing = [400, 403, 405]
const isEmpty = (who: Rule['see']) => who !== 'staff' && who.length === 0

test.each(ruled)('%s: nobody who is not signed in', async (path) => {
  const stranger = console.browser()
  const { see, act } = rules[below(path)] as Rule
  const seen = await stranger.get(addressOf(path))
  if (!isEmpty(see)) expect(seen.headers.get('location')).toMatch(/^\/admin\/sign-in\?to=/)
  expect(seen.status).toBeGreaterThan(299)
  const acted = await stranger.post(addressOf(path), { act: 'no_such_act' })
  if (!isEmpty(act)) expect(acted.headers.get('location')).toMatch(/^\/admin\/sign-in\?to=/)
  expect(acted.status).toBeGreaterThan(299)
})
