/** A panel that signs its own certificate, in the console without a script: shown, compared, accepted, and taken back. */
import { expect, onTestFinished, test } from 'vitest'
import { transaction } from '#app.ts'
import { serveImitation } from '#imitations/kit.ts'
import { xui, xuiDefaults } from '#imitations/panels/xui.ts'
import { readPanel, savePanel } from '#modules/lines/panels.ts'
import { realNetwork, secured } from '../../../test/support/secured.ts'
import { createConsole } from './console.test-support.ts'

test('the fingerprint stands beside what it means; who may open settings accepts it, and nobody else', async () => {
  const console = await createConsole()
  onTestFinished(() => console.close())
  const { shop, panelId } = console
  const panel = await serveImitation(xui, { port: 0, folder: null, now: () => console.clock.now(), options: {} })
  onTestFinished(() => panel.close())
  const front = await secured(panel.url)
  Object.assign(shop.app, { http: realNetwork() })
  await transaction(shop, 'save-panel', async (tx) => {
    const before = await readPanel(tx, panelId)
    const settings = {
      ...before.settings,
      url: `${front.url}/${xuiDefaults.access_code}/`,
      api_key: xuiDefaults.api_key,
    }
    return savePanel(tx, shop, { ...before, settings }, panelId)
  })
  const owner = await console.person('owner')
  const here = `/admin/panels/${panelId}`
  const shown = await (await owner.post(here, { act: 'test' })).text()
  expect(shown).toContain('No authority vouches for its certificate')
  const [fingerprint = ''] = /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/.exec(shown) ?? []
  expect(fingerprint).not.toBe('')

  const reader = await console.person('read_only')
  expect((await reader.post(here, { act: 'trust_certificate', fingerprint })).status).toBe(403)
  expect((await owner.post(here, { act: 'trust_certificate', fingerprint: 'AB' })).status).toBe(422)
  expect((await owner.post(here, { act: 'trust_certificate', fingerprint })).status).toBe(303)
  expect(await owner.text(here)).toContain(fingerprint)
  expect(await (await owner.post(here, { act: 'test' })).text()).toContain('The panel is as it was')
  expect((await owner.post(here, { act: 'distrust_certificate' })).status).toBe(303)
  expect(await owner.text(here)).not.toContain(fingerprint)
})
