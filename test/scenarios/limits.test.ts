/** One reseller cannot starve the others: requests, mails, lines and trials have limits that somebody above him sets. */
import { expect } from 'vitest'
import { type Shop, transaction } from '#app.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { listAttention } from '#modules/people/attention.ts'
import { openShop } from '#modules/people/business.ts'
import { readLimits, saveLimits } from '#modules/people/limits.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { run, sql } from '#platform/db.ts'
import { createServer } from '../../src/server.ts'
import { anotherPlan } from '../support/plans.ts'
import { joins, sells, signInOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const none = { requestsPerMinute: null, mailsPerDay: null, linesPerDay: null, trialsPerDay: null }

/** Sets them from above, and opens the shop as it is then. */
async function limited(world: World, of: Shop, limits: Partial<typeof none | Record<keyof typeof none, number>>) {
  await transaction(world.shop, 'limit', (tx) => saveLimits(tx, world.shop, of.businessId, { ...none, ...limits }))
  return openShop(world.app, of.businessId, 'system')
}

scenario('lines: an order too many is refused before anybody pays, with the time of the next place', async (world) => {
  const joined = await joins(world, { slug: 'south', credits: 9_000n })
  const other = await joins(world, { slug: 'north', credits: 9_000n })
  const south = await limited(world, joined, { linesPerDay: 2 })
  await sells(world, south, 'anabella')
  await world.pass({ hours: 1 })
  await world.customer('unpaid', south).orders()
  await sells(world, south, 'benjamin')
  await expect(world.customer('cemal', south).orders()).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'This shop sells no more lines today: please try again in 23 hours.',
    state: { quota: 2, remaining: 0, resetSeconds: 23 * 3_600 },
  })
  await sells(world, other, 'dora')
  expect(await read(world.shop, (tx) => readLimits(tx, south.businessId, south.now()))).toMatchObject({ lines: 2 })
  await world.pass({ hours: 23, minutes: 1 })
  await sells(world, south, 'cemal')
})

scenario('trials: so many within a day, whatever the shop itself allows', async (world) => {
  const facts = { name: 'A day', amount: 0n, trial: true, renewable: false, termUnit: 'day', termCount: 1 } as const
  const trialId = await anotherPlan(world, facts)
  const joined = await joins(world, { slug: 'south', credits: 9_000n, planIds: [world.planId, trialId] })
  const south = await limited(world, joined, { trialsPerDay: 1 })
  await world.customer('ana', south).orders({ plan: 'A day' })
  await expect(world.customer('ben', south).orders({ plan: 'A day' })).rejects.toMatchObject({ code: 'rate_limited' })
  await world.customer('ben', south).orders({ plan: 'Family monthly' })
  await world.pass({ hours: 25 })
  await world.customer('cem', south).orders({ plan: 'A day' })
})

scenario('mails: what is too many waits and arrives; TV logins are not kept', async (world) => {
  const joined = await joins(world, { slug: 'south', credits: 9_000n })
  const south = await limited(world, joined, { mailsPerDay: 3 })
  const names = ['ana', 'ben', 'cem', 'dora', 'emil']
  const mailsTo = (name: string) => world.mailbox.mails.filter(({ to }) => to.includes(`${name}@example.net`))
  // Who has not paid after two minutes is written to.
  for (const name of names) await world.customer(name, south).orders()
  await world.pass({ minutes: 5 })
  expect(names.filter((name) => mailsTo(name).length > 0)).toHaveLength(3)
  const open = async () => (await read(south, listAttention)).filter(({ kind }) => kind === 'mail_limit')
  expect(await open()).toHaveLength(1)
  await sells(world, south, 'fay')
  expect(mailsTo('fay').length).toBeGreaterThan(0)
  await world.pass({ hours: 26 })
  expect(names.map((name) => mailsTo(name).length)).toEqual([1, 1, 1, 1, 1])
  const raised = await limited(world, south, { mailsPerDay: 50 })
  await sells(world, raised, 'gus')
  expect(await open()).toEqual([])
})

scenario('requests: of the API and of the shop’s pages, counted together; those of others go on', async (world) => {
  const joined = await joins(world, { slug: 'south' })
  const south = await limited(world, joined, { requestsPerMinute: 10 })
  const web = async () => new Response('a page')
  const server = createServer(world.app, { web, signIn: signInOf(world), limits: createRateLimits(world.app) })
  const keyOf = async (shop: Shop) =>
    (
      await transaction(shop, 'key', (tx) =>
        createApiKey(tx, shop, { name: 'x', scopes: ['businesses:read'] }, shop.app.clock.now()),
      )
    ).key
  const [his, ours] = [await keyOf(south), await keyOf(world.shop)]
  const call = (key: string) =>
    server.request('https://shop.example/api/v1/limits', { headers: { authorization: `Bearer ${key}` } })
  const page = (path: string) => server.request(`https://shop.example${path}`)
  for (let n = 0; n < 5; n++) expect((await call(his)).status).toBe(200)
  for (let n = 0; n < 5; n++) expect((await page('/s/south/plans')).status).toBe(200)
  const refused = await call(his)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({
    code: 'rate_limited',
    detail: expect.stringContaining('This shop is asked too much'),
  })
  expect((await page('/s/south/plans')).status).toBe(429)
  expect((await page('/plans')).status).toBe(200)
  const fine = await call(ours)
  expect([fine.status, await fine.json()]).toMatchObject([200, { requests_per_minute: null }])
})

scenario('limits are for a branch, never looser than the own ones, and nobody changes his own', async (world) => {
  const south = await joins(world, { slug: 'south', credits: 9_000n })
  const low = await joins(world, { slug: 'low', under: south })
  const north = await joins(world, { slug: 'north' })
  await limited(world, south, { mailsPerDay: 100, linesPerDay: 10 })
  const limitsOf = async (shop: Shop) => (await openShop(world.app, shop.businessId, 'system')).limits
  expect(await limitsOf(low)).toMatchObject({ mailsPerDay: 100, linesPerDay: 10, trialsPerDay: null })
  const wished = { ...none, mailsPerDay: 500, trialsPerDay: 5 }
  await transaction(south, 'limit', (tx) => saveLimits(tx, south, low.businessId, wished))
  expect(await limitsOf(low)).toEqual({ requestsPerMinute: null, mailsPerDay: 100, linesPerDay: 10, trialsPerDay: 5 })
  // Who joins below has them from the beginning.
  expect(await limitsOf(await joins(world, { slug: 'lower', under: low }))).toMatchObject({ trialsPerDay: 5 })
  for (const [who, whom] of [
    [south, south],
    [low, south],
    [north, low],
  ] as const)
    await expect(transaction(who, 'limit', (tx) => saveLimits(tx, who, whom.businessId, none))).rejects.toMatchObject({
      code: 'not_found',
    })
  await expect(read(north, (tx) => readLimits(tx, low.businessId, north.now()))).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(
    transaction(south, 'cheat', (tx) =>
      run(tx, sql`update businesses set limits = '{}', version = version + 1 where id = current_business()`),
    ),
  ).rejects.toThrow('decided above it')
  expect(await limitsOf(north)).toEqual(none)
})
