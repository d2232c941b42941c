/** A reseller's shop at a host name of his own: claimed, proved by the domain, and then everything that customers see is there. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Shop } from '#app.ts'
import { openShop } from '#modules/people/business.ts'
import { findHostName, plainHost, proofOf, saveHostName, verifyHostName } from '#modules/people/host-name.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createServer } from '../../src/server.ts'
import { type NameServer, startNameServer } from '../support/name-server.ts'
import { joins, sells, signInOf } from '../support/resellers.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

describe('host names as people write them', () => {
  test.each([
    ['tv.example.com', 'tv.example.com'],
    [' TV.Example.COM. ', 'tv.example.com'],
    ['https://tv.example.com/plans', 'tv.example.com'],
    ['münchen-tv.example', 'xn--mnchen-tv-q9a.example'],
    ['localhost', null],
    ['10.0.0.1', null],
    ['tv_1.example.com', null],
    ['-tv.example.com', null],
    ['tv.example.com:8080', null],
    [`${'a'.repeat(64)}.example.com`, null],
    ['', null],
  ])('%s', (text, host) => expect(plainHost(text)).toBe(host))
})

let world: World
let names: NameServer
let opened = false
async function opens(answering = true): Promise<void> {
  names = await startNameServer()
  world = await createWorld(answering ? { dns: names.address } : {})
  opened = true
}
afterEach(async () => {
  if (!opened) return
  opened = false
  try {
    expect(world.failures).toEqual([])
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
    await names.close()
  }
})

async function claims(shop: Shop, host: string, proves = true) {
  const claim = present(await saveHostName(shop, host))
  const { name, value } = proofOf(claim)
  if (proves) names.texts.set(name, [...(names.texts.get(name) ?? []), value])
  return claim
}

const again = (shop: Shop) => openShop(world.app, shop.businessId, 'system')

/** Which shop answers at an address, and what its links begin with. */
async function shopAt(url: string): Promise<string> {
  const web = async (_: Request, { business, basePath }: { business: { name: string } | null; basePath: string }) =>
    new Response(`${business?.name ?? 'nobody'} ${basePath}`)
  const server = createServer(world.app, { web, signIn: signInOf(world), limits: createRateLimits(world.app) })
  return (await server.request(url)).text()
}

test('a name is in use when its domain says so: pages, links and mails are there, under the shop’s own name', async () => {
  await opens()
  const joined = await joins(world, { slug: 'south', credits: 9_000n })
  await claims(joined, 'tv.south.example', false)
  expect(await verifyHostName(joined)).toMatchObject({
    verifiedAt: null,
    fault: expect.stringContaining('There is no text record at _linekeeper.tv.south.example yet.'),
  })
  expect(await shopAt('https://tv.south.example/plans')).toBe('Northwind TV ')
  expect((await again(joined)).baseUrl).toBe('https://shop.example/s/south')
  const { name, value } = proofOf(present(await read(joined, findHostName)))
  names.texts.set(name, ['something else'])
  expect((await verifyHostName(joined)).fault).toContain('says something else')
  names.texts.set(name, ['v=spf1 -all', value])
  expect(await verifyHostName(joined)).toMatchObject({ fault: null, verifiedAt: joined.now() })

  const south = await again(joined)
  expect(south.baseUrl).toBe('https://tv.south.example')
  world.clock.advance({ seconds: 2 })
  expect(await shopAt('https://tv.south.example/plans')).toBe('south TV ')
  expect(await shopAt('https://shop.example/s/south/plans')).toBe('south TV /s/south')
  expect(await shopAt('https://shop.example/plans')).toBe('Northwind TV ')
  await sells(world, south, 'anabella')
  const mails = await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes('anabella@example.net')))
  expect(mails.length).toBeGreaterThan(0)
  for (const { html, text } of mails) {
    expect(`${html} ${text}`).toContain('https://tv.south.example/')
    expect(`${html} ${text}`).not.toContain('https://shop.example/s/')
    expect(`${html} ${text}`).toContain('south TV')
    expect(`${html} ${text}`).not.toContain('Northwind TV')
  }
  await saveHostName(south, null)
  expect((await again(south)).baseUrl).toBe('https://shop.example/s/south')
  world.clock.advance({ seconds: 2 })
  expect(await shopAt('https://tv.south.example/plans')).toBe('Northwind TV ')
})

test('who claims a name first keeps nobody from it; who has proved it keeps it', async () => {
  await opens()
  const [south, north] = [await joins(world, { slug: 'south' }), await joins(world, { slug: 'north' })]
  await claims(south, 'tv.example.net', false)
  await claims(north, 'tv.example.net')
  // The record of the one proves nothing for the other.
  expect((await verifyHostName(south)).verifiedAt).toBeNull()
  expect((await verifyHostName(north)).verifiedAt).not.toBeNull()
  names.texts.set('_linekeeper.tv.example.net', [proofOf(present(await read(south, findHostName))).value])
  await expect(verifyHostName(south)).rejects.toMatchObject({ code: 'conflict' })
  expect(await shopAt('https://tv.example.net/')).toBe('north TV ')
  expect((await again(south)).baseUrl).toBe('https://shop.example/s/south')
})

test('the house’s own name, and what is no name, cannot be had; without a claim there is nothing to prove', async () => {
  await opens()
  const south = await joins(world, { slug: 'south' })
  for (const host of ['shop.example', 'localhost', '127.0.0.1', 'a b.example'])
    await expect(saveHostName(south, host)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(verifyHostName(south)).rejects.toMatchObject({ code: 'conflict' })
})

test('while no name server answers, a claim stays a claim', async () => {
  await opens(false)
  const alone = await joins(world, { slug: 'south' })
  await claims(alone, 'tv.example.net')
  expect((await verifyHostName(alone)).fault).toBe('No name server answered. Please try again in a while.')
})
