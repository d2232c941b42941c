/** A panel that signs its own certificate: refused, shown, accepted by a person, and refused again when it shows another. */
import { expect, onTestFinished, test } from 'vitest'
import { transaction } from '#app.ts'
import { serveImitation } from '#imitations/kit.ts'
import { xui, xuiDefaults } from '#imitations/panels/xui.ts'
import { lookAtPanels } from '#modules/lines/panel-health.ts'
import { listAttention } from '#modules/people/attention.ts'
import { realNetwork, secured } from '../../test/support/secured.ts'
import { apiWorld, type Json } from './api.test-support.ts'

test('shown in the live test, accepted by its fingerprint, and another one is told and sent nothing', async () => {
  const api = await apiWorld()
  onTestFinished(() => api.world.close())
  const { done, ask, world } = api
  const panel = await serveImitation(xui, { port: 0, folder: null, now: () => world.clock.now(), options: {} })
  onTestFinished(() => panel.close())
  const front = await secured(panel.url)
  Object.assign(world.app, { http: realNetwork() })
  const viewers = { viewer_scheme: 'http', viewer_host: 'tv.example', viewer_port: 8080 }
  const settings = { url: `${front.url}/${xuiDefaults.access_code}/`, api_key: xuiDefaults.api_key, ...viewers }
  const { id } = await done('POST', '/panels', { name: 'Own', kind: 'xui', settings })
  const here = `/panels/${id}`

  const refused = await done('POST', `${here}/test`)
  expect(refused).toMatchObject({ ok: false, certificate: { subject: 'CN=localhost', issuer: 'CN=localhost' } })
  expect((refused.steps as Json[])[0]?.detail).toContain('certificate is not trusted')
  expect(front.asked()).toBe(0)

  const { sha256 } = refused.certificate as Json
  for (const fingerprint of ['AB:CD', '']) {
    const wrong = await ask('POST', `${here}/trust_certificate`, { body: { fingerprint } })
    expect([wrong.status, (wrong.body.errors as Json[])[0]]).toMatchObject([422, { pointer: '/fingerprint' }])
  }
  expect(await done('POST', `${here}/trust_certificate`, { fingerprint: sha256 })).toMatchObject({
    trusted_certificate: sha256,
  })
  expect(await done('POST', `${here}/test`)).toMatchObject({ ok: true, certificate: null })

  // Others of its kind are not trusted with it.
  const second = await done('POST', '/panels', { name: 'Second', kind: 'xui', settings })
  expect(await done('POST', `/panels/${second.id}/test`)).toMatchObject({ ok: false })

  const before = front.asked()
  front.changes()
  const changed = await done('POST', `${here}/test`)
  expect(changed).toMatchObject({ ok: false, certificate: { subject: 'CN=localhost' } })
  expect((changed.steps as Json[])[0]?.detail).toContain('another certificate than the one that was accepted')
  for (let look = 0; look < 4; look++) {
    await world.pass({ minutes: 5 })
    await lookAtPanels(world.app)
  }
  const told = await transaction(world.shop, 'read', (tx) => listAttention(tx))
  expect(told.map(({ title }) => title)).toContain('Own shows another certificate')
  expect(front.asked()).toBe(before)

  const next = (changed.certificate as Json).sha256
  expect(next).not.toBe(sha256)
  await done('POST', `${here}/trust_certificate`, { fingerprint: next })
  expect(await done('POST', `${here}/test`)).toMatchObject({ ok: true })

  // Another host is another machine; and whoever takes his word back has the usual rule.
  await done('POST', `${here}/trust_certificate`, { fingerprint: null })
  expect(await done('GET', here)).toMatchObject({ trusted_certificate: null })
  await done('POST', `${here}/trust_certificate`, { fingerprint: next })
  const moved = await done('PATCH', here, { settings: { url: 'https://other.example/code/' } })
  expect(moved).toMatchObject({ trusted_certificate: null })
  await done('PATCH', here, { settings: { url: 'http://other.example/code/' } })
  expect((await ask('POST', `${here}/trust_certificate`, { body: { fingerprint: next } })).status).toBe(409)
})
