import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { syncStateOf } from '#modules/lines/rules.ts'
import { reconcileNow } from '#modules/lines/want-line.ts'
import { listAttention } from '#modules/people/attention.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const kinds = async (world: World) => (await read(world.shop, (tx) => listAttention(tx))).map(({ kind }) => kind).sort()
const mailsTo = async (world: World, name: string, about: RegExp) =>
  (await parsedMails(world.mailbox.mails)).filter(
    ({ to, subject }) => JSON.stringify(to).includes(`${name}@`) && about.test(subject ?? ''),
  )
const made = (world: World) => world.truth().filter(({ action }) => action === 'create_line').length

scenario('down for two hours: delayed with its reason, everybody told once, then drained in order', async (world) => {
  await world.strike('panel', { fault: 'down' })
  const names = ['ana', 'ben', 'cem']
  const orders = []
  for (const name of names) {
    orders.push(await world.customer(name).buys())
    await world.pass({ minutes: 3 })
  }
  await world.pass({ minutes: 111 })
  for (const order of orders) {
    expect(await order.order()).toMatchObject({ status: 'delayed', reason: expect.stringMatching(/refuse|answer/i) })
    expect(await order.subscription()).toMatchObject({ status: 'active' }) // The money bought time, whatever the panel does.
  }
  for (const name of names) expect(await mailsTo(world, name, /moment|longer|delay|soon|being set up/i)).toHaveLength(1)
  expect((await kinds(world)).filter((kind) => kind === 'panel_down')).toHaveLength(1)
  expect(world.truth().filter(({ action }) => action === 'create_line')).toHaveLength(1) // The live test's.

  world.heal('panel')
  await world.pass({ minutes: 15 })
  for (const order of orders) expect(await order.order()).toMatchObject({ status: 'ready' })
  const { rows } = await world.db.pool.query<{ username: string }>(
    'select username from lines order by activated_at, id',
  )
  expect(rows.map(({ username }) => username)).toEqual(names)
  expect(made(world)).toBe(1 + names.length)
  for (const name of names) {
    expect(await mailsTo(world, name, /moment|longer|delay|soon|being set up/i)).toHaveLength(1)
  }
  expect(await kinds(world)).toEqual([])
  expect(await read(world.shop, (tx) => findPanel(tx, world.panelId))).toMatchObject({ health: 'up', failures: 0 })
})

scenario(
  'lines that wait long for a panel are put off together, and are served oldest first when it is back',
  async (world) => {
    await world.strike('panel', { fault: 'down' })
    const names = Array.from({ length: 12 }, (_, index) => `viewer${index}`)
    const orders = []
    for (const name of names) orders.push(await world.customer(name).buys())
    await world.pass({ hours: 2 })
    // Each process that looks hears it of one line; the others were put off in the same commit, and nobody is told again.
    const waits = async () =>
      (
        await world.db.pool.query<{ next: Temporal.Instant; tries: number }>(
          'select next_try_at as next, tries from lines order by next_try_at, id',
        )
      ).rows
    const before = await waits()
    const opensAt = present((await read(world.shop, (tx) => findPanel(tx, world.panelId)))?.openUntil)
    expect(before.filter(({ next }) => next.until(opensAt).total('seconds') <= 0)).toHaveLength(names.length)
    for (const name of names)
      expect(await mailsTo(world, name, /moment|longer|delay|soon|being set up/i)).toHaveLength(1)
    world.heal('panel')
    await world.pass({ minutes: 12 })
    for (const order of orders) expect(await order.order()).toMatchObject({ status: 'ready' })
    const { rows } = await world.db.pool.query<{ username: string }>(
      'select username from lines order by activated_at, id',
    )
    expect(rows.map(({ username }) => username)).toEqual(names)
  },
)

scenario(
  'no credits left at the panel: paid lines wait, staff hear of it once, and a top-up is enough',
  async (world) => {
    await world.strike('panel', { fault: 'credits_out', action: 'create_line' })
    const [ana, ben] = [await world.customer('ana').buys(), await world.customer('ben').buys()]
    await world.pass({ hours: 2 })
    for (const order of [ana, ben]) expect(await order.order()).toMatchObject({ status: 'delayed' })
    expect((await kinds(world)).filter((kind) => kind === 'panel_out_of_credits')).toHaveLength(1)
    world.heal('panel')
    await world.pass({ minutes: 11 })
    for (const order of [ana, ben]) expect(await order.order()).toMatchObject({ status: 'ready' })
    expect(await kinds(world)).toEqual([])
  },
)

scenario('F29: a create that timed out after it was done is found and adopted', async (world) => {
  await world.strike('panel', { fault: 'timeout_after', times: 1, action: 'create_line' })
  const ana = await world.customer('ana').buys()
  await world.pass({ minutes: 5 })
  expect(await ana.order()).toMatchObject({ status: 'ready' })
  const line = await ana.line()
  expect(await line.onPanel()).toMatchObject({ enabled: true, password: await line.password() })
  expect(made(world)).toBe(2)
  expect(await world.linesOnPanel()).toHaveLength(1)
})

for (const fault of ['timeout_before', 'html', 'null', 'empty', 'truncated', 'http_500', 'http_429', 'slow'])
  scenario(`F32: the panel answers a create with ${fault} once: it heals by itself, with one line`, async (world) => {
    await world.strike('panel', { fault, times: 1, action: 'create_line', ...(fault === 'slow' ? { ms: 50 } : {}) })
    const ana = await world.customer('ana').buys()
    await world.pass({ hours: 1 })
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    expect(await world.linesOnPanel()).toHaveLength(1)
    expect(made(world)).toBe(2)
  })

scenario(
  'the panel forgets a line that it confirmed: reconciling makes it again with the same login',
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    const before = present(await line.onPanel())
    await world.byHand('forget', { username: 'ana' })
    expect(await line.onPanel()).toBeNull()
    await transaction(world.shop, 'now', (tx) => reconcileNow(tx, world.shop, line.id, world.clock.now()))
    await world.pass({ minutes: 5 })
    expect(await line.onPanel()).toEqual(before)
  },
)

scenario(
  'the panel says yes and keeps nothing: found on the next look, and made with the login that was mailed',
  async (world) => {
    await world.strike('panel', { fault: 'forget_line', times: 1, action: 'create_line' })
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    const password = await line.password()
    await transaction(world.shop, 'now', (tx) => reconcileNow(tx, world.shop, line.id, world.clock.now()))
    await world.pass({ minutes: 5 })
    expect(await line.onPanel()).toMatchObject({ username: 'ana', password, enabled: true })
    expect(await world.linesOnPanel()).toHaveLength(1)
  },
)

scenario('a line edited by hand is set right by "reconcile now", and history tells what differed', async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  const before = present(await line.onPanel())
  await world.byHand('edit', { username: 'ana', fields: { enabled: 0, max_connections: 9 } })
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  await transaction(world.shop, 'now', (tx) => reconcileNow(tx, world.shop, line.id, world.clock.now()))
  await world.settle()
  expect(await line.onPanel()).toEqual(before)
  expect(syncStateOf(await line.stored())).toBe('in_step')
  expect((await world.lineOnPanel('ana'))?.max_connections).toBe(2)
})

scenario(
  'S2-48: the name is taken on the panel by somebody else: the next one, and the mail says so',
  async (world) => {
    const { panel } = world
    const other = await world.another('zebra') // Sells on the same machine, and we know nothing of each other's rows there.
    await world.customer('ana', other.shop).buys()
    const ana = await world.customer('ana').buys()
    await world.settle()
    const line = await ana.line()
    expect(await line.stored()).toMatchObject({ username: 'ana1', requestedUsername: 'ana' })
    expect(await line.onPanel()).toMatchObject({ username: 'ana1', enabled: true, password: await line.password() })
    const [login] = (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes('ana1'))
    expect(login?.text).toMatch(/\bana\b.*(taken|use|gone|available)|(taken|use|available).*\bana\b/s)
    expect([...panel.store.facts()].filter(({ action }) => action === 'create_line')).toHaveLength(4) // Two live tests, two lines.
  },
)

scenario(
  'a wrong key: staff are told once, the queue stops asking, nobody is harmed, and the right key lets it go on',
  async (world) => {
    await world.strike('panel', { fault: 'wrong_key' })
    const [ana, ben] = [await world.customer('ana').buys(), await world.customer('ben').buys()]
    await world.pass({ hours: 3 })
    expect(await read(world.shop, (tx) => findPanel(tx, world.panelId))).toMatchObject({ health: 'auth_failed' })
    expect((await kinds(world)).filter((kind) => kind === 'panel_down')).toHaveLength(1)
    const { rows } = await world.db.pool.query<{ calls: number }>(
      `select count(*)::int as calls from panel_calls where outcome = 'auth_failed'`,
    )
    // Three hours with two lines waiting: the panel was asked a few times, not at every turn of the ladder.
    expect(rows[0]?.calls).toBeLessThan(40)
    world.heal('panel')
    await world.pass({ minutes: 15 })
    expect([await ana.order(), await ben.order()]).toMatchObject([{ status: 'ready' }, { status: 'ready' }])
    expect(await kinds(world)).toEqual([])
  },
)

scenario('F85: a panel that is down cannot suspend: it is done when it is back, and read back', async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  await world.until('2026-03-03T11:00:00Z')
  await world.strike('panel', { fault: 'down', action: '*' })
  await world.until('2026-03-03T16:00:00Z')
  expect((await ana.subscription()).status).toBe('suspended')
  expect(syncStateOf(await line.stored())).toBe('delayed')
  world.heal('panel')
  await world.until('2026-03-03T20:00:00Z')
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  expect(syncStateOf(await line.stored())).toBe('in_step')
})
