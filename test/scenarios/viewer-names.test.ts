/** A reseller's own host name in what his customers type in: told as long as it answers as his supplier's panel does, and never else. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { readPanel, savePanel } from '#modules/lines/panels.ts'
import { connectionDetails } from '#modules/lines/tell.ts'
import { listViewerNames, lookAtViewerName, lookAtViewerNames, saveViewerName } from '#modules/lines/viewer-names.ts'
import { listAttention } from '#modules/people/attention.ts'
import { joins, sells } from '../support/resellers.ts'
import { type Purchase, parsedMails, present, read } from '../support/stories.ts'
import { createWorld, type World } from '../support/world.ts'

const panelsOwn = 'http://tv.example:8080'
const own = 'http://line.south.example:8080'

let world: World
let south: Shop
beforeEach(async () => {
  world = await createWorld()
  world.leads(panelsOwn, 'panel')
  south = await joins(world, { slug: 'south', credits: 9_000n })
})
afterEach(async () => {
  try {
    expect(world.failures).toEqual([])
    expect((await world.proof()).broken).toEqual([])
  } finally {
    await world.close()
  }
})

const serverOf = async (purchase: Purchase) =>
  present(await connectionDetails(south, await (await purchase.line()).stored())).serverUrl
const saves = (host: string | null) => saveViewerName(south, world.panelId, host)
const troubles = async () =>
  (await read(south, (tx) => listAttention(tx)))
    .filter(({ kind }) => kind === 'viewer_name_lost')
    .map(({ title }) => title)
const mailedTo = async (name: string) =>
  (await parsedMails(world.mailbox.mails.filter(({ to }) => to.includes(`${name}@example.net`))))
    .map(({ html, text }) => `${html} ${text}`)
    .join(' ')

test('a name that leads to the panel is in playlist, mail and pages, and plays there; before, and without it, the panel’s own is', async () => {
  const ana = await sells(world, south, 'anabella')
  expect(await read(south, (tx) => listViewerNames(tx, south))).toMatchObject([
    { panelId: world.panelId, host: null, panelUrl: panelsOwn, inUse: false, fault: null },
  ])
  expect(await saves('line.south.example')).toMatchObject({
    inUse: false,
    fault: 'line.south.example does not answer at port 8080. Let it lead to tv.example (a CNAME record).',
  })
  expect(await serverOf(ana)).toBe(panelsOwn)
  world.leads(own, async () => new Response('<h1>For sale</h1>', { status: 404 }))
  expect((await lookAtViewerName(south, world.panelId)).fault).toContain('answers, but not as the panel does')
  expect(await serverOf(ana)).toBe(panelsOwn)
  expect(await troubles()).toEqual([])

  world.leads(own, 'panel')
  expect(await lookAtViewerName(south, world.panelId)).toMatchObject({ inUse: true, fault: null })
  expect(await serverOf(ana)).toBe(own)
  const ben = await sells(world, south, 'benedict')
  const mail = await mailedTo('benedict')
  expect(mail).toContain('line.south.example')
  expect(mail).not.toContain('tv.example')
  const login = present(await connectionDetails(south, await (await ben.line()).stored()))
  expect(login).toMatchObject({ host: 'line.south.example', port: 8080, username: 'benedict' })
  const played = await world.app.http.request({
    provider: 'a player',
    method: 'GET',
    url: present(login.m3uUrl),
    writes: false,
  })
  expect([played.status, played.text.startsWith('#EXTM3U')]).toEqual([200, true])

  expect(await saves(null)).toMatchObject({ host: null, inUse: false })
  expect(await serverOf(ana)).toBe(panelsOwn)
})

test('once a day it is looked at: one that leads elsewhere is told to nobody more, once to staff, and is back by itself', async () => {
  world.leads(own, 'panel')
  await saves('LINE.south.example.')
  const ana = await sells(world, south, 'anabella')
  expect(await serverOf(ana)).toBe(own)
  world.leads(own, null)
  await lookAtViewerNames(world.app)
  expect(await serverOf(ana), 'looked at a moment ago').toBe(own)
  for (const _ of [1, 2]) {
    await world.pass({ hours: 21 })
    await lookAtViewerNames(world.app)
  }
  expect(await serverOf(ana)).toBe(panelsOwn)
  expect(await troubles()).toEqual(['line.south.example does not lead to Panel A any more'])
  world.leads(own, 'panel')
  await world.pass({ hours: 21 })
  await lookAtViewerNames(world.app)
  expect(await serverOf(ana)).toBe(own)
  expect(await troubles()).toEqual([])
  // While the panel itself is away nothing is learned about the name.
  world.leads(panelsOwn, null)
  await world.pass({ hours: 21 })
  await lookAtViewerNames(world.app)
  expect(await serverOf(ana)).toBe(own)
  expect(await troubles()).toEqual([])
})

test('a panel that gets another port is told by its own name until the seller’s was looked at there', async () => {
  world.leads(own, 'panel')
  await saves('line.south.example')
  const ana = await sells(world, south, 'anabella')
  await transaction(world.shop, 'other-port', async (tx) => {
    const { id, settings, ...facts } = await readPanel(tx, world.panelId)
    await savePanel(tx, world.shop, { ...facts, settings: { ...settings, api_key: '', viewer_port: 80 } }, id)
  })
  expect(await serverOf(ana)).toBe('http://tv.example:80')
  world.leads('http://tv.example', 'panel')
  world.leads('http://line.south.example', 'panel')
  expect(await lookAtViewerName(south, world.panelId)).toMatchObject({ inUse: true, fault: null })
  expect(await serverOf(ana)).toBe('http://line.south.example:80')
})

test('what is no name is refused, and so are panels that one does not sell on for somebody else', async () => {
  for (const host of ['localhost', '10.0.0.1', 'a b.example', 'tv.example'])
    await expect(saves(host)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(lookAtViewerName(south, world.panelId)).rejects.toMatchObject({ code: 'conflict' })
  await expect(saveViewerName(world.shop, world.panelId, 'a.example')).rejects.toMatchObject({ code: 'conflict' })
  const north = await joins(world, { slug: 'north' })
  await saveViewerName(south, world.panelId, 'line.south.example')
  expect(await read(north, (tx) => listViewerNames(tx, north))).toMatchObject([{ host: null }])
})
