import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '#platform/db/connection.ts'
import { silentLog } from '#platform/log.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'
import {
  clientAddress,
  createRateLimits,
  evenly,
  forgetOldAttempts,
  limitHeaders,
  networkOf,
  RateLimited,
} from './rate-limits.ts'

let world: AccessWorld
beforeAll(async () => {
  world = await accessWorld()
})
afterAll(() => world.close())

const refusal = (promise: Promise<unknown>): Promise<RateLimited> =>
  promise.then(
    () => Promise.reject(new Error('not refused')),
    (error: unknown) => (error instanceof RateLimited ? error : Promise.reject(error)),
  )

describe('counting', () => {
  it('stops an account over all processes, whatever address it comes from', async () => {
    // Two App objects with pools of their own stand for two processes.
    const second = openDatabase({ url: world.url, log: silentLog, max: 2 })
    const both = [createRateLimits(world.app), createRateLimits({ db: second })]
    for (let attempt = 0; attempt < 10; attempt++)
      await both[attempt % 2]?.count('sign_in', { account: 'Ann@example.org', network: `192.0.2.${attempt}` })
    const refused = await refusal(
      both[0]?.count('sign_in', { account: ' ann@example.org', network: '192.0.2.99' }) ?? Promise.resolve(),
    )
    expect(refused).toMatchObject({
      code: 'rate_limited',
      state: { limit: 'sign_in', quota: 10, windowSeconds: 900, remaining: 0 },
    })
    expect(refused.state.resetSeconds).toBeGreaterThan(850)
    await expect(both[1]?.count('sign_in', { account: 'bob@example.org', network: '192.0.2.1' })).resolves.toBeDefined()
    await second.close()
  })

  it('forgives an account that proved itself', async () => {
    const limits = createRateLimits(world.app)
    const who = { account: 'carl@example.org', network: '198.51.100.1' }
    for (let attempt = 0; attempt < 9; attempt++) await limits.count('sign_in', who)
    expect((await limits.count('sign_in', who)).remaining).toBe(0)
    await limits.forgive('sign_in', who.account)
    expect((await limits.count('sign_in', who)).remaining).toBe(9)
  })

  it('stops a network without using up the accounts it aims at', async () => {
    const quotas = { ...allOff, checkout: { account: [3, 60], network: [2, 60] } as const }
    const limits = createRateLimits(world.app, quotas)
    const attack = (n: number) =>
      limits.count('checkout', { account: 'victim@example.org', network: `2001:db8:1:2::${n}` })
    await attack(1)
    await attack(2)
    for (let n = 3; n < 8; n++) await refusal(attack(n))
    await expect(
      limits.count('checkout', { account: 'victim@example.org', network: '203.0.113.9' }),
    ).resolves.toMatchObject({ remaining: 0 })
  })

  it('stops the whole when the whole is flooded', async () => {
    const limits = createRateLimits(world.app, { ...allOff, magic_link: { everyone: [3, 60] } as const })
    for (let n = 0; n < 3; n++) await limits.count('magic_link', { account: `${n}@b.co`, network: `10.1.1.${n}` })
    expect((await refusal(limits.count('magic_link', { account: 'z@b.co', network: '10.2.2.2' }))).state.quota).toBe(3)
  })

  it('goes on counting by itself without a database', async () => {
    const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log: silentLog })
    const limits = createRateLimits({ db: gone }, { ...allOff, coupon: { network: [2, 60] } as const })
    await limits.count('coupon', { network: '10.0.0.1' })
    await limits.count('coupon', { network: '10.0.0.1' })
    await refusal(limits.count('coupon', { network: '10.0.0.1' }))
    await gone.close()
  })

  it('answers a business that asks for all at once evenly: its reserve first, then a share with each second', async () => {
    const [limits, perMinute] = [createRateLimits(world.app), 600]
    const asked = async (times: number) => {
      let passed = 0
      for (let n = 0; n < times; n++)
        await limits.countBusiness('biz_flood', perMinute).then(
          () => passed++,
          (error: unknown) => expect(error).toMatchObject({ state: { limit: 'business', quota: 8, resetSeconds: 1 } }),
        )
      return passed
    }
    const began = Date.now()
    const first = await asked(400)
    const shares = Math.ceil((Date.now() - began) / 1_000) + 1
    expect(first).toBeGreaterThanOrEqual(128)
    expect(first).toBeLessThanOrEqual(120 + 8 * shares)
    await new Promise((next) => setTimeout(next, 1_100))
    expect(await asked(8)).toBe(8)
    await expect(limits.countBusiness('biz_other', perMinute)).resolves.toMatchObject({ remaining: 7 })
  })

  it('keeps no address, and forgets what is over', async () => {
    await createRateLimits(world.app).count('sign_in', {
      account: 'secret.person@example.org',
      network: '203.0.113.50',
    })
    const client = new pg.Client({ connectionString: world.url })
    await client.connect()
    await client.query('set role linekeeper_auth')
    const keys = async () =>
      (await client.query<{ key: string }>('select key from auth.rate_limits')).rows.map(({ key }) => key)
    expect((await keys()).join()).not.toContain('secret.person')
    await client.query('update auth.rate_limits set expire = 1')
    await forgetOldAttempts(world.app)
    expect(await keys()).toEqual([])
    await client.end()
  })
})

const allOff = {
  sign_in: {},
  second_factor: {},
  magic_link: {},
  use_link: {},
  checkout: {},
  coupon: {},
  username: {},
  show_secret: {},
  api_key: {},
  api: {},
}

it.each([
  [10, null, [10, 60]],
  [60, [5, 7], [18, 60]],
  [600, [8, 1], [120, 60]],
  [6_000, [80, 1], [1_200, 60]],
] as const)('deals out %i requests a minute', (perMinute, even, reserve) => {
  expect(evenly(perMinute)).toEqual({ even, reserve })
})

it('tells what remains in headers', () => {
  const state = { limit: 'sign_in', quota: 10, windowSeconds: 900, remaining: 3, resetSeconds: 42 } as const
  expect(limitHeaders(state)).toEqual({ 'RateLimit-Policy': '"sign-in";q=10;w=900', RateLimit: '"sign-in";r=3;t=42' })
  expect(limitHeaders({ ...state, remaining: 0 }, true)).toMatchObject({ 'Retry-After': '42' })
})

describe('the address of a caller', () => {
  const cases: [string | null, string, boolean, string][] = [
    [null, '::ffff:192.0.2.1', false, '192.0.2.1'],
    ['203.0.113.7', '192.0.2.1', false, '192.0.2.1'],
    ['203.0.113.7', '10.0.0.1', true, '203.0.113.7'],
    ['1.1.1.1, 203.0.113.7', '10.0.0.1', true, '203.0.113.7'],
    ['203.0.113.7:4711', '10.0.0.1', true, '203.0.113.7'],
    ['[2001:DB8::1]:4711', '10.0.0.1', true, '2001:db8::1'],
    ['unknown', '10.0.0.1', true, '10.0.0.1'],
    ['203.0.113.7,', '10.0.0.1', true, '10.0.0.1'],
    ['fe80::1%eth0', '10.0.0.1', true, 'fe80::1'],
  ]
  it.each(cases)('forwarded for %j at socket %s, proxy trusted %s: %s', (forwarded, socket, trusted, expected) => {
    const headers = new Headers(forwarded === null ? {} : { 'x-forwarded-for': forwarded })
    expect(clientAddress(headers, socket, trusted)).toBe(expected)
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s belongs to network %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
