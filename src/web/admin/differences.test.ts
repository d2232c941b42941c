/** Differences in the console without a script: compared from the panel's page, listed with what is at stake, decided about. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { differenceSetting } from '#modules/lines/difference-settings.ts'
import { listDifferences } from '#modules/lines/reconciliations.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  for (const name of ['ana', 'ben', 'cem']) await console.customer(name).buys()
}, 90_000)
afterAll(() => console.close())

const list = '/admin/differences'
const all = () => transaction(console.shop, 'read', (tx) => listDifferences(tx, {}, { limit: 50 }))
const idOf = async (name: string) => (await all()).find(({ username }) => username === name)?.id ?? ''
const stored = () => transaction(console.shop, 'read', (tx) => readSetting(tx, console.shop, differenceSetting))

test('settings are saved; what is wrong is told beside its field and changes nothing', async () => {
  const page = `${list}/settings`
  const before = await stored()
  const wrong = await owner.post(page, { every_hours: '721', requests_per_second: '0', read_days: '366' })
  expect(wrong.status).toBe(422)
  const told = await wrong.text()
  expect(told).toContain('Please enter a whole number from 0 to 720.')
  expect(told).toContain('value="721"')
  expect(await stored()).toEqual(before)
  expect(
    (await owner.post(page, { every_hours: '12', requests_per_second: '3', read_days: '7', mends: 'expired_active' }))
      .status,
  ).toBe(303)
  expect(await stored()).toEqual({ every_hours: 12, requests_per_second: 3, read_days: 7, mends: ['expired_active'] })
})

test('a panel is compared from its page; each difference is told in words, with what is at stake', async () => {
  const panel = `/admin/panels/${console.panelId}`
  expect(await owner.text(panel)).toContain('It was never compared yet.')
  expect(await owner.text(list)).toContain('Panels and books agree')
  await console.byHand('edit', { username: 'ana', fields: { enabled: 0 } })
  await console.byHand('edit', { username: 'ben', fields: { max_connections: 9 } })
  await console.addedByHand({ username: 'stranger' })
  await console.pass({ minutes: 1 })
  expect((await owner.post(panel, { act: 'compare' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(panel)).toMatch(/Complete .* Open differences 3 Lines listed 4/)
  const page = await owner.text(list)
  expect(page).toMatch(/ana Kind Paid, not served On the panel Switched off .*12\.99/)
  expect(page).toMatch(/ben Kind Edited by hand On the panel 9 connections/)
  expect(page).toMatch(/stranger Kind Not ours/)
  const orphans = await owner.text(`${list}?kind=orphan`)
  expect([orphans.includes('stranger'), orphans.includes('9 connections')]).toEqual([true, false])
})

test('one by one: set right, left as it is, ignored with a reason, opened again', async () => {
  const [ana, ben, stranger] = [await idOf('ana'), await idOf('ben'), await idOf('stranger')]
  expect(await owner.text(`${list}/${ana}`)).toMatch(/On the panel .* Switched on No .* Should be .* Active/)
  expect((await owner.post(`${list}/${ana}`, { act: 'mend' })).status).toBe(303)
  await console.settle()
  expect(await console.lineOnPanel('ana')).toMatchObject({ enabled: 1 })
  expect(await owner.text(`${list}/${ana}`)).toContain('Being set right')
  expect((await owner.post(`${list}/${ben}`, { act: 'accept' })).status).toBe(303)
  expect((await owner.post(`${list}/${stranger}`, { act: 'mend' })).status).toBe(409)
  const silent = await owner.post(`${list}/${stranger}`, { act: 'ignore', reason: '' })
  expect([silent.status, (await silent.text()).includes('Please fill this in.')]).toEqual([422, true])
  expect((await owner.post(`${list}/${stranger}`, { act: 'ignore', reason: "the owner's own" })).status).toBe(303)
  expect(await owner.text(`${list}/${stranger}`)).toContain("the owner's own")
  expect((await all()).map(({ state }) => state).sort()).toEqual(['accepted', 'ignored', 'mending'])
  expect((await owner.post(`${list}/${ben}`, { act: 'reopen' })).status).toBe(303)
  expect((await owner.post(`${list}/${ben}`, { act: 'nothing' })).status).toBe(400)
  expect((await owner.post(`${list}/dif_nobody`, { act: 'accept' })).status).toBe(404)
})

test('several at once from the list, and only by who may', async () => {
  const nothing = await owner.post(list, { act: 'mend' })
  expect([nothing.status, (await nothing.text()).includes('Please choose at least one')]).toEqual([422, true])
  const ben = await idOf('ben')
  const reader = await console.person('read_only')
  expect((await reader.post(list, { act: 'mend', ids: ben })).status).toBe(403)
  expect((await reader.post(`/admin/panels/${console.panelId}`, { act: 'compare' })).status).toBe(403)
  expect(await reader.text(list)).toContain('9 connections')
  expect((await owner.post(list, { act: 'mend', ids: ben })).status).toBe(303)
  await console.settle()
  expect(await console.lineOnPanel('ben')).toMatchObject({ max_connections: 2 })
})

test('a line that is nobody’s is taken over, switched off or removed on the panel, with a word about it', async () => {
  await console.addedByHand({ username: 'other1' }, { username: 'other2' })
  await console.pass({ minutes: 1 })
  await owner.post(`/admin/panels/${console.panelId}`, { act: 'compare' })
  await console.settle()
  const [one, two] = [`${list}/${await idOf('other1')}`, `${list}/${await idOf('other2')}`]
  expect(await owner.text(one)).toMatch(
    /Take this line over\?.*Switch other1 off on the panel\?.*Remove other1 from the panel\?/,
  )
  const silent = await owner.post(one, { act: 'remove', reason: '' })
  expect([silent.status, (await silent.text()).includes('Please fill this in.')]).toEqual([422, true])
  const reader = await console.person('read_only')
  for (const act of ['remove', 'off', 'take_over'])
    expect((await reader.post(one, { act, reason: 'unknown', plan_id: '' })).status).toBe(403)
  expect(await console.lineOnPanel('other1')).toMatchObject({ enabled: 1 })

  expect((await owner.post(one, { act: 'off', reason: 'nobody pays' })).status).toBe(303)
  expect(await console.lineOnPanel('other1')).toMatchObject({ enabled: 0 })
  const off = await owner.text(one)
  expect(off).toContain('nobody pays')
  expect(off).not.toContain('Switch other1 off')
  expect((await owner.post(one, { act: 'remove', reason: 'a test' })).status).toBe(303)
  expect(await console.lineOnPanel('other1')).toBeNull()
  expect((await owner.post(one, { act: 'remove', reason: 'a test' })).status).toBe(409)
  expect(await owner.text(one)).not.toContain('Remove other1')

  const begun = await owner.post(two, { act: 'take_over', plan_id: '' })
  expect([begun.status, begun.headers.get('location')]).toEqual([303, expect.stringContaining('/admin/adoptions/ado_')])
  await console.settle()
  expect(await owner.text(begun.headers.get('location') ?? '')).toContain('other2')
})

test('a list that is not believed is told on the panel, with a way on for who has looked', async () => {
  const panel = `/admin/panels/${console.panelId}`
  await console.strike('panel', { fault: 'empty_list' })
  await console.pass({ minutes: 1 })
  await owner.post(panel, { act: 'compare' })
  await console.settle()
  expect(await owner.text(panel)).toMatch(/Nothing was concluded from this list\. The panel listed no line at all/)
  expect(await owner.text('/admin/attention')).toContain('listed far fewer lines')
  expect((await owner.post(panel, { act: 'trust' })).status).toBe(303)
  await console.settle()
  expect(await owner.text(panel)).toContain('Complete')
})
