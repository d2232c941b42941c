/** `npm start` as a stranger sees it: the real program on a fresh folder, killed without warning, and started again. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { afterAll, expect, test } from 'vitest'
import { dataFolder, type Running, run, startReady, stop } from '../../src/cli/program.test-support.ts'

const folder = dataFolder()
const settings = { LINEKEEPER_DATA: folder.path, PORT: '0', HOST: '127.0.0.1' }
let running: Running | null = null
afterAll(async () => {
  if (running !== null) await stop(running)
  folder.remove()
})

type Demo = {
  admin: { email: string; password: string } | null
  admin_login_file: string
  mail: string
  panels: string[]
}

test('a demo is made once, outlives a kill, and its delivered logins answer', async () => {
  running = await startReady(['serve'], settings)
  const first = running.ready as unknown as Demo & Running['ready']
  expect(first).toMatchObject({ kind: 'demo', admin: { email: 'admin@northwind.example' } })
  expect(readFileSync(first.admin_login_file, 'utf8')).toBe(`${first.admin?.email}\n${first.admin?.password}\n`)
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  expect((await fetch(first.mail)).status).toBe(200)

  running.child.kill('SIGKILL')
  await running.ended
  running = await startReady(['serve'], settings)
  const second = running.ready as unknown as Demo & Running['ready']
  expect(second.admin).toBeNull()
  expect(readFileSync(second.admin_login_file, 'utf8')).toContain(first.admin?.password)
  expect(second.panels).toHaveLength(2)

  const playlist = await fetch(await playlistFromMail(second.data, second.panels))
  expect(playlist.status).toBe(200)
  expect(await playlist.text()).toMatch(/^#EXTM3U/)

  const past = JSON.parse((await run(['rehearse', '--backtest', '30', '--json'], settings)).out)
  expect(past.compared.totals.length).toBeGreaterThan(0)
  expect(past).toMatchObject({ atRisk: { count: expect.any(Number) }, unpaidHours: { was: expect.any(Number) } })
  expect((await run(['rehearse', '--backtest', '30', '--days', '3'], settings)).err).toContain('--backtest goes with')
  const told = JSON.parse((await run(['rehearse', '--days', '30', '--json'], settings)).out)
  expect(told.subscriptions).toBeGreaterThan(10)
  expect(told.days).toHaveLength(31)
  const proved = await run(['prove', '--json'], settings)
  expect(JSON.parse(proved.out)).toMatchObject({ broken: [] })
  const doctor = await run(['doctor', '--json'], settings)
  expect(JSON.parse(doctor.out).checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
  const key = await run(['admin', 'key', '--scope', 'orders:read', '--json'], settings)
  expect(JSON.parse(key.out)).toMatchObject({
    business: 'northwind',
    livemode: false,
    key: expect.stringMatching(/^lk_test_/),
  })

  expect(await stop(running)).toMatchObject({ code: 0 })
  running = null
}, 240_000)

/** From the newest mail with a login whose line still runs: what a customer types into his player. */
async function playlistFromMail(data: string, panels: readonly string[]): Promise<string> {
  const folder = join(data, 'mails')
  for (const name of readdirSync(folder).sort().reverse()) {
    const { raw } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { raw: string }
    const { text } = await simpleParser(Buffer.from(raw, 'base64'))
    const url = /http:\/\/\S+\/get\.php\?\S+/.exec(text ?? '')?.[0]
    if (url === undefined) continue
    // The panels may have moved to other ports since; the login is the same.
    const { search } = new URL(url)
    for (const panel of panels)
      if ((await fetch(`${panel}/get.php${search}`)).status === 200) return `${panel}/get.php${search}`
  }
  throw new Error('no mail holds a login that answers')
}
