/** The console as a browser meets it: the world of the scenarios, the built pages, and people of each role who are signed in. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { addMember } from '#modules/people/memberships.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createWorld, type WorldOptions } from '../../../test/support/world.ts'
import { browserOf } from '../browser.test-support.ts'
import { createWebHandler, ensureBuilt, webContextOf } from '../handler.ts'

const origin = 'https://shop.example'
const password = 'tall green gate'

export type Console = Awaited<ReturnType<typeof createConsole>>
export type Person = Awaited<ReturnType<Console['person']>>

export async function createConsole(options: WorldOptions = {}) {
  await ensureBuilt(() => {})
  const world = await createWorld(options)
  const { app, shop } = world
  const mailed: string[] = []
  const limits = createRateLimits(app)
  const signIn = createSignIn(app, { limits, sendMagicLink: async ({ url }) => void mailed.push(url) })
  const handler = createWebHandler()
  let requests = 0

  const answer = (request: Request): Promise<Response> => {
    const now = app.clock.now()
    const known = { app, now, requestId: `req_${++requests}`, address: '192.0.2.7', door: { signIn, limits } }
    return handler(request, webContextOf(request, known))
  }

  const browser = () => browserOf(origin, answer)

  let people = 0
  /** Somebody of that role (built in, or the id of one), signed in just now. */
  async function person(role: string, businessId = world.businessId) {
    const email = `${role.replaceAll('_', '-')}${++people}@example.org`
    const { userId } = await signIn.createUser({ email, password, name: `Sam ${role}`, emailVerified: true })
    const there = { ...shop, businessId }
    const memberId = await transaction(there, 'add-member', (tx) =>
      addMember(tx, there, 'system', { userId, email, role, name: `Sam ${role}` }),
    )
    const tab = browser()
    const entered = await tab.post('/admin/sign-in', { email, password, act: 'password' })
    expect(entered.status).toBe(303)
    return { ...tab, email, userId, memberId }
  }

  return { ...world, signIn, mailed, answer, browser, person, password, origin }
}
