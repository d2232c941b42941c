import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '#app.ts'
import { openShop } from '#modules/people/business.ts'
import { machineOrigin } from '#modules/people/twin-address.ts'
import { findTwin } from '#modules/twins/sync-twin.ts'
import { run, sql } from '#platform/db.ts'
import { liveBusiness } from '../../../test/support/live.ts'
import { joins } from '../../../test/support/resellers.ts'
import { customerOf, present } from '../../../test/support/stories.ts'
import { type Console, createConsole } from './console.test-support.ts'

let desk: Console
let live: Awaited<ReturnType<typeof liveBusiness>>
beforeAll(async () => {
  desk = await createConsole()
  live = await liveBusiness(desk)
})
afterAll(() => desk.close())

test('test mode is made, entered and left; every page of it says so, and only who works here comes in', async () => {
  const owner = await desk.person('owner', live.businessId)
  const before = await owner.text('/admin/twin')
  expect(before).toContain('There is no test mode yet')
  expect((await owner.post('/admin/twin', { act: 'sync' })).headers.get('location')).toBe('/admin/twin')
  expect(await owner.text('/admin/twin')).toContain('https://shop.example/s/live-test')

  expect((await owner.post('/admin/twin', { act: 'keep', keep_days: '7' })).status).toBe(422)
  expect((await owner.post('/admin/twin', { act: 'keep', keep_days: '40' })).headers.get('location')).toBe(
    '/admin/twin',
  )
  expect(await owner.html('/admin/twin')).toMatch(/name="keep_days"[^>]*value="40"|value="40"[^>]*name="keep_days"/)

  // Of the frame only, until he changes over.
  const banner = 'Test mode: nothing here reaches'
  expect(await owner.text('/admin')).not.toContain(banner)
  expect((await owner.post('/admin/twin', { act: 'test' })).status).toBe(303)
  for (const path of ['/admin', '/admin/plans', '/admin/twin', '/admin/travel', '/admin/api-keys'])
    expect(await owner.text(path), path).toContain(banner)
  expect(await owner.text('/admin/plans')).toContain('Family monthly')

  // What is done there is done in the twin, by him.
  const twin = present(await findTwin(live.shop))
  const shop = await openShop(desk.app, twin.id, 'system')
  const anna = customerOf(
    { shop, gatewayOrigin: machineOrigin(twin.id, 'sandbox'), settle: desk.settle, lineOnPanel: async () => null },
    'Anna',
  )
  await anna.buys({ planId: live.planId })
  expect(await owner.text('/admin/customers')).toMatch(/anna/i)
  const { rows: mails } = await desk.db.pool.query<{ id: string; template: string }>(
    `select id, template from messages where business_id = $1 and status = 'sent'`,
    [twin.id],
  )
  const login = present(mails.find(({ template }) => template === 'credentials'))
  expect(await owner.text(`/admin/messages/${login.id}`)).toContain('It was caught in test mode and reached nobody.')

  expect((await owner.post('/admin/twin', { act: 'live' })).status).toBe(303)
  expect(await owner.text('/admin')).not.toContain(banner)
  expect(await owner.text('/admin/customers')).not.toMatch(/anna/i)

  // A stranger's wish to be there changes nothing: he stays where he works.
  const stranger = await desk.person('owner')
  expect((await stranger.post('/admin/twin', { act: 'sync' })).status).toBe(409)
  await stranger.post('/admin/choose', { business: twin.id }).then((answer) => expect(answer.status).toBe(404))
  const reader = await desk.person('read_only', live.businessId)
  expect((await reader.post('/admin/twin', { act: 'sync' })).status).toBe(403)
  expect((await reader.post('/admin/twin', { act: 'test' })).status).toBe(303)
  expect(await reader.text('/admin')).toContain(banner)
})

test('a reseller makes, enters and leaves his own, which tells what it costs: credits of test mode', async () => {
  const ria = await joins(desk, { slug: 'ria', under: live.shop, planIds: [live.planId], credits: 5_000n })
  const owner = await desk.person('owner', ria.businessId)
  expect(await owner.text('/admin/twin')).toContain('your wallet and his panels are not touched')
  expect((await owner.post('/admin/twin', { act: 'sync' })).headers.get('location')).toBe('/admin/twin')
  expect(await owner.text('/admin/twin')).toContain('https://shop.example/s/ria-test')
  expect(await owner.text('/admin/wallet')).not.toContain('Free 1000')
  expect((await owner.post('/admin/twin', { act: 'test' })).status).toBe(303)
  expect(await owner.text('/admin/wallet')).toContain('Free 1000')
  expect(await owner.text('/admin/plans')).toContain('Family monthly')
  expect((await owner.post('/admin/twin', { act: 'live' })).status).toBe(303)
  expect(await owner.text('/admin/wallet')).not.toContain('Free 1000')

  // His supplier does not see it, and cannot choose it.
  const supplier = await desk.person('owner', live.businessId)
  expect(await supplier.text('/admin/resellers')).not.toContain('ria-test')
  const twin = present(await findTwin(ria))
  const { parentId } = await openShop(desk.app, twin.id, 'system')
  for (const business of [twin.id, present(parentId)]) {
    expect((await supplier.post('/admin/choose', { business })).status).toBe(404)
    expect((await owner.post('/admin/choose', { business: present(parentId) })).status).toBe(404)
  }
})

test('a test key is made from the live page, and the console warns while no live key was ever used', async () => {
  const owner = await desk.person('owner', live.businessId)
  await owner.post('/admin/twin', { act: 'sync' })
  const page = await owner.html('/admin/api-keys')
  expect(page).toContain('Test mode, and nothing else')
  const formKey = /name="form_key" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const made = await owner.post('/admin/api-keys', {
    ...{ act: 'create', form_key: formKey, name: 'Website', days: '', scopes: 'orders:write', mode: 'test' },
  })
  expect(await made.text()).toMatch(/lk_test_[0-9a-z]{80}/)
  expect(await owner.text('/admin/api-keys')).not.toContain('lk_test_')

  const warning = 'Your integration has only used test keys'
  expect(await owner.text('/admin/api-keys')).not.toContain(warning)
  const twin = present(await findTwin(live.shop))
  const shop = await openShop(desk.app, twin.id, 'system')
  const called = (daysAgo: number) =>
    transaction(shop, 'called', (tx) =>
      run(
        tx,
        sql`update api_keys set last_used_at = ${desk.clock.now().subtract({ hours: 24 * daysAgo })} where business_id = current_business()`,
      ),
    )
  await called(3)
  expect(await owner.text('/admin/api-keys')).toContain(warning)
  await called(20)
  expect(await owner.text('/admin/api-keys')).not.toContain(warning)
})
