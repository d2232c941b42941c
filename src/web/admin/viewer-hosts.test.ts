/** A reseller's host name for viewers, as its staff set it in the console and programs do over the API. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { joins } from '../../../test/support/resellers.ts'
import { apiWorld } from '../../api/api.test-support.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const page = '/admin/host'

test('each panel of the supplier has a form; a name that does not lead there is kept, with what is wrong beside it', async () => {
  const owner = await console.person('owner')
  expect(await owner.text(page)).not.toContain('Host names for viewers')
  const south = await joins(console, { slug: 'south' })
  const him = await console.person('owner', south.businessId)
  expect(await him.text(page)).toContain('Host name for Panel A')
  const asks = (host: string, panel = console.panelId) => him.post(page, { act: 'viewers', panel, host })
  const wrong = await asks('not a name')
  expect(wrong.status).toBe(422)
  const told = await wrong.text()
  expect(told).toContain('Please enter a host name of your own, like line.example.com.')
  expect(told).toContain('value="not a name"')
  console.leads('http://tv.example:8080', 'panel')
  const nowhere = await asks('line.south.example')
  expect(nowhere.status).toBe(422)
  expect(await nowhere.text()).toContain('line.south.example does not answer at port 8080.')
  const waiting = await him.text(page)
  expect(waiting).toContain('Not in use')
  expect(waiting).toContain('line.south.example does not answer at port 8080.')
  console.leads('http://line.south.example:8080', 'panel')
  expect((await asks('line.south.example')).status).toBe(303)
  expect(await him.text(page)).toContain('In use')
  expect((await asks('')).status).toBe(303)
  expect(await him.text(page)).not.toContain('In use')
  expect((await asks('line.south.example', 'pan_0')).status).toBe(409)
  const support = await console.person('support', south.businessId)
  expect((await support.post(page, { act: 'viewers', panel: console.panelId, host: 'a.example' })).status).toBe(403)
})

test('programs set it, look again, and read of each panel whether its name is in use', async () => {
  const { world, ask, done, keyFor, close } = await apiWorld()
  try {
    const south = await joins(world, { slug: 'south' })
    const key = await keyFor(south.businessId)
    const [path, panel_id] = ['/settings/viewer_hosts', world.panelId]
    world.leads('http://tv.example:8080', 'panel')
    expect(await done('GET', path)).toMatchObject({ hosts: [] })
    expect(await done('GET', path, undefined, { key })).toMatchObject({
      hosts: [{ panel_id, panel_name: 'Panel A', panel_url: 'http://tv.example:8080', host: null, in_use: false }],
    })
    const verify = () => ask('POST', `${path}/verify`, { key, body: { panel_id } })
    expect(await verify()).toMatchObject({ status: 409 })
    const wrong = await ask('PUT', path, { key, body: { panel_id, host: '10.0.0.1' } })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/host', code: 'invalid' }] } })
    expect(await done('PUT', path, { panel_id, host: 'line.south.example' }, { key })).toMatchObject({
      in_use: false,
      fault: expect.stringContaining('does not answer'),
    })
    world.leads('http://line.south.example:8080', 'panel')
    expect((await verify()).body).toMatchObject({ host: 'line.south.example', in_use: true, fault: null })
    expect(await ask('PUT', path, { body: { panel_id, host: 'a.example' } })).toMatchObject({ status: 409 })
    expect(await done('PUT', path, { panel_id, host: null }, { key })).toMatchObject({ host: null, in_use: false })
  } finally {
    await close()
  }
})
