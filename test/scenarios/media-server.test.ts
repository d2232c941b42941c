/** A media server that asks us about each session: what was paid for plays, what was suspended does not, also while our database is away. */
import { connect, createServer as listenOn, type Socket, type Server as TcpServer } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { transaction } from '#app.ts'
import { accessState } from '#modules/lines/answer-ask.ts'
import { findPanel, savePanel } from '#modules/lines/panels.ts'
import { findLine } from '#modules/lines/queries.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { forgetOldUsage, lookWhoWatches, usageOf } from '#modules/lines/usage.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { type Served, serveImitation } from '../../src/imitations/kit.ts'
import { mediaServer } from '../../src/imitations/panels/media-server.ts'
import { createServer, serve } from '../../src/server.ts'
import { mediaServerHouse } from '../support/panel-houses.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const start = { start: '2026-04-01T12:00:00Z', house: mediaServerHouse }

type Streaming = Served & {
  play(token: string, more?: { stream?: string; device?: string }): Promise<number>
  ask(path: string, init?: RequestInit): Promise<Response>
}

/** Our own server on the network, and a media server that asks it at the panel's secret address. */
async function streaming(world: World, manner = 'flussonic'): Promise<Streaming> {
  const limits = createRateLimits(world.app)
  const signIn = createSignIn(world.app, { limits, sendMagicLink: async () => {} })
  const ours = await serve(createServer(world.app, { web: null, signIn, limits }), { port: 0, host: '127.0.0.1' })
  onTestFinished(() => ours.close())
  const path = new URL(await addressOf(world)).pathname
  const served = await serveImitation(mediaServer, {
    port: 0,
    folder: null,
    now: () => world.clock.now(),
    options: { backend: `http://127.0.0.1:${ours.port}${path}`, manner },
  })
  onTestFinished(() => served.close())
  return {
    ...served,
    play: async (token, { stream = 'news1', device = 'a box' } = {}) =>
      (await fetch(`${served.url}/${stream}/index.m3u8?token=${token}`, { headers: { 'user-agent': device } })).status,
    ask: (where, init) => fetch(`http://127.0.0.1:${ours.port}${where}`, { redirect: 'manual', ...init }),
  }
}

async function addressOf(world: World): Promise<string> {
  const panel = present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
  return present(await accessState(world.shop, panel)).address
}

async function tokenOf(world: World, purchase: Purchase): Promise<string> {
  const { id } = await purchase.line()
  const line = present(await read(world.shop, (tx) => findLine(tx, id)))
  const { m3uUrl } = present(await connectionDetails(world.shop, line))
  return present(new URL(present(m3uUrl)).searchParams.get('token'))
}

for (const manner of ['flussonic', 'nimble', 'astra'])
  scenario(
    `${manner}: bought, it plays; suspended, it stops within the time; paid, it plays again`,
    start,
    async (world) => {
      const at = await streaming(world, manner)
      const ana = await world.customer('ana').buys()
      const token = await tokenOf(world, ana)
      expect(await at.play(token)).toBe(200)
      expect(await at.play('not-a-token')).toBe(403)
      await world.until('2026-05-05T12:00:00Z')
      expect(await ana.subscription()).toMatchObject({ status: 'suspended' })
      expect(await at.play(token)).toBe(403)
      await world.customer('ana').paysOpenInvoice()
      await world.pass({ minutes: 4 })
      expect(await at.play(token)).toBe(200)
      const panel = present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
      expect(await accessState(world.shop, panel)).toMatchObject({ askedAt: expect.anything() })
    },
  )

for (const manner of ['flussonic', 'nimble', 'astra'])
  scenario(
    `${manner}: its questions tell who watches, and since when; what and from where is nowhere`,
    start,
    async (world) => {
      const at = await streaming(world, manner)
      const ana = await world.customer('ana').buys()
      const [token, { id }] = [await tokenOf(world, ana), await ana.line()]
      await world.pass({ minutes: 3 })
      expect(await at.play('not-a-token', { device: 'Stranger/1' })).toBe(403)
      const began = world.clock.now()
      expect(await at.play(token, { device: 'TV/1' })).toBe(200)
      const kept = () => world.db.pool.query('select * from access_viewers')
      await expect.poll(async () => (await kept()).rows.length).toBe(1)
      const [row] = (await kept()).rows
      expect(row).toMatchObject({ username: 'ana', agent: 'TV/1' })
      expect(JSON.stringify(row)).not.toMatch(/198\.51\.100|news1/)
      await world.pass({ minutes: 2 })
      expect(await lookWhoWatches(world.app)).toBe(1)
      expect(await read(world.shop, (tx) => usageOf(tx, id))).toMatchObject({
        firstSeenAt: began,
        atOnce: 1,
        agent: 'TV/1',
      })
      // Nobody asks for it any more: it is over.
      await world.pass({ minutes: 10 })
      expect(await lookWhoWatches(world.app)).toBe(1)
      expect((await read(world.shop, (tx) => usageOf(tx, id)))?.lastSeenAt).toEqual(began.add({ minutes: 2 }))
      await world.pass({ hours: 60 })
      await forgetOldUsage(world.app)
      expect((await kept()).rows).toEqual([])
    },
  )

scenario('streams of groups that were not sold, and more devices than were sold', start, async (world) => {
  const at = await streaming(world)
  const token = await tokenOf(world, await world.customer('ana').buys())
  expect(await at.play(token, { stream: 'sports/arena1' })).toBe(403)
  expect(await at.play(token, { device: 'one' })).toBe(200)
  expect(await at.play(token, { device: 'two' })).toBe(200)
  expect(await at.play(token, { device: 'three' })).toBe(403)
})

scenario(
  'the address: nobody else finds it, another number makes another, and only questions are answered',
  start,
  async (world) => {
    const at = await streaming(world)
    const token = await tokenOf(world, await world.customer('ana').buys())
    const path = new URL(await addressOf(world)).pathname
    expect((await at.ask(`${path}?token=${token}&name=news1`)).headers.get('x-max-sessions')).toBe('2')
    expect((await at.ask(`${path.slice(0, -1)}x?token=${token}`)).status).toBe(404)
    expect((await at.ask(path, { method: 'DELETE' })).status).toBe(405)
    expect((await at.ask(path, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413)
    const other = await world.another('zebra', { house: mediaServerHouse })
    expect((await at.ask(path.replace(world.shop.businessId, other.shop.businessId))).status).toBe(404)
    expect((await at.ask(path.replace(world.panelId, other.panelId))).status).toBe(404)

    const panel = present(await read(world.shop, (tx) => findPanel(tx, world.panelId)))
    const { settings } = panel
    await transaction(world.shop, 'save-panel', (tx) =>
      savePanel(tx, world.shop, { ...panel, settings: { ...settings, token_key: null, address_number: 2 } }, panel.id),
    )
    expect((await at.ask(`${path}?token=${token}`)).status).toBe(404)
    expect((await at.ask(`${new URL(await addressOf(world)).pathname}?token=${token}`)).status).toBe(200)
  },
)

/** The way to the database, which can be cut. */
async function cuttable(url: string): Promise<{ url: string; cut(): void; mend(): Promise<void> }> {
  const target = new URL(url)
  const folder = target.searchParams.get('host')
  const port = Number(target.port || '5432')
  const open = new Set<Socket>()
  let away = false
  const proxy: TcpServer = listenOn((socket) => {
    socket.on('error', () => {})
    if (away) return void socket.destroy()
    const beyond = connect(folder === null ? { host: target.hostname, port } : { path: `${folder}/.s.PGSQL.${port}` })
    for (const each of [socket, beyond]) open.add(each.on('error', () => each.destroy()))
    socket.pipe(beyond).pipe(socket)
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  onTestFinished(() => void proxy.close())
  target.searchParams.delete('host')
  target.hostname = '127.0.0.1'
  target.port = String((proxy.address() as { port: number }).port)
  return {
    url: target.href,
    cut() {
      away = true
      for (const each of open) each.destroy()
      open.clear()
    },
    async mend() {
      away = false
    },
  }
}

let way: Awaited<ReturnType<typeof cuttable>>
const through = async (url: string) => {
  way = await cuttable(url)
  return { url: way.url, named: true }
}

scenario(
  'while our database is away, who played goes on, who was suspended stays out, and nobody new is refused by us',
  { ...start, through },
  async (world) => {
    const at = await streaming(world)
    const [ana, ben] = [await world.customer('ana').buys(), await world.customer('ben').buys()]
    await world.until('2026-05-02T12:00:00Z')
    await world.customer('ana').paysOpenInvoice()
    await world.until('2026-05-05T12:00:00Z')
    const [token, unpaid] = [await tokenOf(world, ana), await tokenOf(world, ben)]
    expect([await at.play(token), await at.play(unpaid)]).toEqual([200, 403])
    const path = new URL(await addressOf(world)).pathname
    const asked = async (which: string) => (await at.ask(`${path}?token=${which}&name=news1`)).status
    await new Promise((done) => setTimeout(done, 1_100)) // What is kept of the business has to be read again.

    way.cut()
    expect([await asked(token), await asked(unpaid), await asked('never-seen')]).toEqual([200, 403, 500])
    await way.mend()
    expect([await asked(token), await asked(unpaid), await asked('never-seen')]).toEqual([200, 403, 403])
  },
)
