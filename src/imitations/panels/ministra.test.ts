/** The side of boxes and apps, met with an account that its own API made. */
import { expect, onTestFinished, test } from 'vitest'
import { serveImitation } from '../kit.ts'
import { ministra, ministraDefaults } from './ministra.ts'

const mac = '00:1A:79:12:34:56'
const cookie = { cookie: `mac=${encodeURIComponent(mac)}; stb_lang=en; timezone=Europe%2FParis` }

async function open() {
  let now = Temporal.Instant.from('2026-01-01T10:00:00Z')
  const served = await serveImitation(ministra, { port: 0, folder: null, now: () => now })
  onTestFinished(() => served.close())
  const at = `${served.url}/stalker_portal`
  const authorization = `Basic ${btoa(`${ministraDefaults.login}:${ministraDefaults.password}`)}`
  const rest = async (method: string, path: string, fields?: Record<string, string>) =>
    (
      await fetch(`${at}/api/${path}`, {
        method,
        headers: { authorization },
        ...(fields ? { body: new URLSearchParams(fields) } : {}),
      })
    ).json() as Promise<{ status: string; results: unknown; error: string }>
  const box = async (type: string, action: string, headers: Record<string, string> = {}, more = '') =>
    (
      (await (
        await fetch(`${at}/server/load.php?type=${type}&action=${action}${more}`, {
          headers: { ...cookie, ...headers },
        })
      ).json()) as { js: never }
    ).js
  const signIn = async () => {
    const { token } = (await box('stb', 'handshake')) as { token: string | null }
    return token === null ? null : box('stb', 'get_profile', { authorization: `Bearer ${token}` })
  }
  return { at, rest, box, signIn, passes: (hours: number) => (now = now.add({ hours })) }
}

const account = {
  login: 'ana',
  password: 'Vb8nQ2xZ71',
  account_number: 'L1',
  end_date: '2026-01-02 12:00:00',
  status: '1',
}

test('a box is let in while its account is on and not over', async () => {
  const { rest, box, signIn, passes } = await open()
  expect(await signIn()).toBeNull()
  expect(await rest('POST', 'accounts', { ...account, stb_mac: mac.toLowerCase() })).toMatchObject({ results: true })
  expect(await signIn()).toMatchObject({ mac, login: 'ana', status: 0 })
  expect(await box('account_info', 'get_main_info')).toEqual({ mac, phone: '2026-01-02 12:00:00' })
  await rest('PUT', 'users/ana', { status: '0' })
  expect(await signIn()).toMatchObject({ status: 1 })
  await rest('PUT', 'users/ana', { status: '1' })
  passes(26)
  expect(await signIn()).toMatchObject({ status: 1 })
})

test('a box without an account is tied to one by its login, and by that alone', async () => {
  const { rest, box, signIn } = await open()
  await rest('POST', 'accounts', account)
  expect(await box('stb', 'do_auth', {}, '&login=ana&password=wrong')).toBe(false)
  expect(await box('stb', 'do_auth', {}, `&login=ana&password=${account.password}`)).toBe(true)
  expect(await signIn()).toMatchObject({ mac, status: 0 })
})

test('an app signs in with the login, by version 2', async () => {
  const { at, rest } = await open()
  await rest('POST', 'v1/accounts', account)
  const token = (password: string) =>
    fetch(`${at}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', username: 'ana', password }),
    })
  expect((await token('wrong')).status).toBe(400)
  const { access_token, user_id } = (await (await token(account.password)).json()) as {
    access_token: string
    user_id: number
  }
  const headers = { authorization: `Bearer ${access_token}` }
  expect(await (await fetch(`${at}/api/v2/users/${user_id}`, { headers })).json()).toMatchObject({
    results: { login: 'ana' },
  })
  expect(await (await fetch(`${at}/api/v2/accounts`, { headers })).text()).toBe('API v2 deprecated')
})

test('as on the original', async () => {
  const { rest } = await open()
  expect(await rest('GET', 'accounts/L1')).toEqual({ status: 'ERROR', results: null, error: 'Account not found' })
  expect(await rest('POST', 'accounts', { full_name: 'Ana' })).toMatchObject({ error: 'Login required' })
  await rest('POST', 'accounts', { ...account, tariff_plan: 'no-such-tariff', stb_mac: mac })
  expect(await rest('GET', 'users/ANA')).toMatchObject({ results: { login: 'ana', tariff_plan: '0' } })
  expect(await rest('POST', 'accounts', account)).toMatchObject({ error: 'Login already in use' })
  expect(await rest('POST', 'accounts', { login: 'ben', stb_mac: mac })).toMatchObject({
    error: 'MAC address already in use',
  })
  expect(await rest('POST', 'accounts', { login: 'ben', stb_mac: '12' })).toMatchObject({
    error: 'Not valid mac address',
  })
  await rest('POST', 'accounts', { login: 'ben', account_number: 'L1' })
  await rest('PUT', 'accounts/L1', { status: '0' })
  expect(await rest('GET', 'accounts')).toMatchObject({ results: [{ status: '0' }, { status: '0' }] })
})
