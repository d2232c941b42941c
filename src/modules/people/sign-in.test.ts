import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transaction } from '#app.ts'
import { run, sql } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { authenticator, secretOf } from './authenticator.test-support.ts'
import { type AccessWorld, accessWorld } from './people.test-support.ts'
import { createRateLimits } from './rate-limits.ts'
import { customerOf, linkCustomer } from './sign-in/link-customer.ts'
import { recentSignIn, requireRecentSignIn } from './sign-in/sessions.ts'
import { createSignIn, type SignIn, type SignInOutcome } from './sign-in.ts'

let world: AccessWorld
let signIn: SignIn
const mailed: { email: string; url: string; businessId: string }[] = []

beforeAll(async () => {
  world = await accessWorld()
  signIn = signInOf(world)
})
afterAll(() => world.close())

const signInOf = ({ app }: AccessWorld) =>
  createSignIn(app, { sendMagicLink: async (link) => void mailed.push(link), limits: createRateLimits(app) })

const password = 'tall green gate'
const address = '192.0.2.7'
const base = 'http://shop.example'
let people = 0
const person = () => `person${++people}@example.org`

/** A browser: keeps cookies as they are set and taken away. */
function browser() {
  const jar = new Map<string, string>()
  return {
    jar,
    request: (): Request =>
      new Request('http://localhost:3000/', {
        headers: jar.size === 0 ? {} : { cookie: [...jar].map((pair) => pair.join('=')).join('; ') },
      }),
    take(headers: Headers): void {
      for (const line of headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/max-age=0/i.test(line) || value === '') jar.delete(name)
        else jar.set(name, value)
      }
    },
  }
}

async function enter(tab: ReturnType<typeof browser>, email: string, secret = password): Promise<SignInOutcome> {
  const result = await signIn.signInWithPassword(tab.request(), { email, password: secret, address })
  tab.take(result.headers)
  return result
}

const askLink = (email: string, from = address) =>
  signIn.requestMagicLink(browser().request(), { email, businessId: world.live, base, address: from })

async function linkFor(email: string, from = address): Promise<string> {
  await askLink(email, from)
  return new URL(mailed.at(-1)?.url ?? '').pathname.replace('/sign-in/', '')
}

async function enterByLink(tab: ReturnType<typeof browser>, token: string): Promise<SignInOutcome> {
  const result = await signIn.redeemMagicLink(tab.request(), { token, address })
  tab.take(result.headers)
  return result
}

async function user(options: { emailVerified?: boolean } = {}) {
  const email = person()
  const { userId } = await signIn.createUser({ email, password, name: 'Ann', ...options })
  return { email, userId }
}

async function asAuth<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: world.url })
  await client.connect()
  await client.query('set role linekeeper_auth')
  try {
    return (await client.query<T>(text, values)).rows
  } finally {
    await client.end()
  }
}

it('signs in with a password, and out', async () => {
  const { email, userId } = await user()
  const tab = browser()
  const { outcome, headers } = await enter(tab, ` ${email.toUpperCase()}`)
  expect(outcome).toBe('signed_in')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.getSetCookie()).toEqual([
    expect.stringMatching(/^linekeeper\.session_token=.*Path=\/; HttpOnly; SameSite=Lax$/),
  ])
  const before = tab.request()
  expect(await signIn.sessionOf(before)).toMatchObject({
    userId,
    email,
    name: 'Ann',
    emailVerified: false,
    secondFactor: false,
  })
  tab.take(await signIn.signOut(tab.request()))
  expect(tab.jar.size).toBe(0)
  expect(await signIn.sessionOf(before)).toBeNull()
  await expect(signIn.requireSession(tab.request())).rejects.toMatchObject({ code: 'unauthenticated' })
})

it('under https cookies are bound to the host', async () => {
  const secure = await accessWorld('https://shop.example')
  const there = signInOf(secure)
  await there.createUser({ email: 'a@example.org', password })
  const { headers } = await there.signInWithPassword(new Request('https://shop.example/'), {
    email: 'a@example.org',
    password,
    address,
  })
  expect(headers.getSetCookie()[0]).toMatch(
    /^__Host-linekeeper\.session_token=.*Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? ''
  expect(await there.sessionOf(new Request('https://shop.example/', { headers: { cookie } }))).toMatchObject({
    email: 'a@example.org',
  })
  await secure.close()
})

it('says the same of a wrong password and of an unknown address', async () => {
  const { email } = await user()
  const wrong = { code: 'unauthenticated', message: 'E-mail address or password is not right.' }
  await expect(enter(browser(), email, 'wrong password')).rejects.toMatchObject(wrong)
  await expect(enter(browser(), person(), 'wrong password')).rejects.toMatchObject(wrong)
  await expect(enter(browser(), 'no address', 'wrong password')).rejects.toMatchObject(wrong)
  await expect(enter(browser(), email, 'x'.repeat(10_000))).rejects.toMatchObject(wrong)
})

it('stops guessing at an account, and forgives after a success', async () => {
  const { email } = await user()
  for (let attempt = 0; attempt < 9; attempt++) await enter(browser(), email, 'wrong password').catch(() => {})
  await enter(browser(), email)
  for (let attempt = 0; attempt < 10; attempt++) await enter(browser(), email, 'wrong password').catch(() => {})
  await expect(enter(browser(), email)).rejects.toMatchObject({ code: 'rate_limited', state: { limit: 'sign_in' } })
}, 60_000)

it('mails a link for every address alike, once usable, the last one only', async () => {
  const known = await user()
  const unknown = person()
  const before = mailed.length
  expect(await askLink(known.email)).toBe(await askLink(unknown))
  expect(mailed.slice(before)).toEqual(
    [known.email, unknown].map((email) => ({
      email,
      businessId: world.live,
      url: expect.stringMatching(/^http:\/\/shop\.example\/sign-in\/[\w-]{43}$/),
    })),
  )
  const [old, fresh] = [await linkFor(unknown), await linkFor(unknown)]
  const tooOld = { code: 'not_found', message: 'This link was used or is too old: please ask for a new one.' }
  await expect(enterByLink(browser(), old)).rejects.toMatchObject(tooOld)
  const tab = browser()
  expect((await enterByLink(tab, fresh)).outcome).toBe('signed_in')
  expect(await signIn.sessionOf(tab.request())).toMatchObject({ email: unknown, emailVerified: true })
  await expect(enterByLink(browser(), fresh)).rejects.toMatchObject(tooOld)
  for (const wrong of ['', 'x', fresh.slice(1)])
    await expect(enterByLink(browser(), wrong)).rejects.toMatchObject(tooOld)
})

it('a link is used once when two ask at the same moment, and not after its time', async () => {
  const token = await linkFor(person(), '192.0.2.20')
  const both = await Promise.allSettled([enterByLink(browser(), token), enterByLink(browser(), token)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const late = await linkFor(person(), '192.0.2.20')
  await asAuth(`update auth.verification set "expiresAt" = "expiresAt" - interval '15 minutes'`)
  await expect(enterByLink(browser(), late)).rejects.toMatchObject({ code: 'not_found' })
})

it('a first link takes unproven passwords away, a vouched one stays', async () => {
  const [unproven, vouched] = [await user(), await user({ emailVerified: true })]
  for (const { email } of [unproven, vouched]) await enterByLink(browser(), await linkFor(email, '192.0.2.21'))
  await expect(enter(browser(), unproven.email)).rejects.toMatchObject({ code: 'unauthenticated' })
  expect((await enter(browser(), vouched.email)).outcome).toBe('signed_in')
})

it('asks for a well-formed address beside its field', async () => {
  for (const wrong of ['', 'ann', 'ann@', 'a b@example.org', `${'x'.repeat(250)}@b.co`])
    await expect(askLink(wrong)).rejects.toMatchObject({ code: 'invalid_input', fields: [{ pointer: '/email' }] })
})

it('the second factor guards passwords and links, and takes a code once', async () => {
  const { email } = await user({ emailVerified: true })
  const tab = browser()
  await enter(tab, email)
  await expect(signIn.beginSecondFactor(tab.request(), { password: 'wrong password' })).rejects.toMatchObject({
    code: 'unauthenticated',
  })
  const { uri, recoveryCodes } = await signIn.beginSecondFactor(tab.request(), { password })
  expect(uri).toContain(`otpauth://totp/Linekeeper:${encodeURIComponent(email)}`)
  expect(recoveryCodes).toHaveLength(10)
  const phone = authenticator(secretOf(uri))
  const before = tab.request()
  tab.take(await signIn.confirmSecondFactor(tab.request(), { code: await phone.code(), address }))
  expect(await signIn.sessionOf(before)).toBeNull() // Rights changed: a new session.
  expect(await signIn.sessionOf(tab.request())).toMatchObject({ secondFactor: true })

  const verify = async (at: ReturnType<typeof browser>, code: string, recovery = false) => {
    const result = await signIn.verifySecondFactor(at.request(), { code, recovery, address })
    at.take(result.headers)
    return result
  }
  const byPassword = browser()
  expect((await enter(byPassword, email)).outcome).toBe('second_factor')
  expect(await signIn.sessionOf(byPassword.request())).toBeNull()
  await expect(verify(byPassword, '000000')).rejects.toMatchObject({ code: 'unauthenticated' })
  const code = await phone.code()
  expect((await verify(byPassword, `${code.slice(0, 3)} ${code.slice(3)}`)).outcome).toBe('signed_in')
  expect(await signIn.sessionOf(byPassword.request())).toMatchObject({ email })

  const byLink = browser()
  expect((await enterByLink(byLink, await linkFor(email, '192.0.2.22'))).outcome).toBe('second_factor')
  expect(await signIn.sessionOf(byLink.request())).toBeNull()
  const count = await sessionsOf(email)
  await expect(verify(byLink, code)).rejects.toMatchObject({ code: 'unauthenticated' }) // Used above.
  expect(await sessionsOf(email)).toBe(count)

  const byRecovery = browser()
  await enter(byRecovery, email)
  expect((await verify(byRecovery, recoveryCodes[3] ?? '', true)).outcome).toBe('signed_in')
  const again = browser()
  await enter(again, email)
  await expect(verify(again, recoveryCodes[3] ?? '', true)).rejects.toMatchObject({ code: 'unauthenticated' })
  expect((await verify(again, recoveryCodes[4]?.replace('-', '') ?? '', true)).outcome).toBe('signed_in')
  const [stored] = await asAuth<{ backupCodes: string; secret: string }>(
    'select "backupCodes", secret from auth."twoFactor"',
  )
  expect(stored?.backupCodes).not.toContain(recoveryCodes[5])
  expect(stored?.secret).not.toContain(authenticator(secretOf(uri)).raw)

  byRecovery.take(await signIn.endSecondFactor(byRecovery.request(), { password, address }))
  expect((await enter(browser(), email)).outcome).toBe('signed_in')
}, 60_000)

const sessionsOf = async (email: string): Promise<number> =>
  (await asAuth(`select from auth."session" s join auth."user" u on u.id = s."userId" where u.email = $1`, [email]))
    .length

it('keeps no secret as it is shown', async () => {
  const { email } = await user()
  const tab = browser()
  await enter(tab, email)
  const token = await linkFor(person(), '192.0.2.23')
  const rows = await asAuth<{
    row: string
  }>(`select s::text as row from auth.session s union all select v::text from auth.verification v
    union all select a::text from auth.account a union all select u::text from auth."user" u`)
  const all = rows.map(({ row }) => row).join('\n')
  const cookie = decodeURIComponent(tab.jar.get('linekeeper.session_token') ?? '').split('.')[0] ?? ''
  expect(cookie.length).toBeGreaterThanOrEqual(32)
  for (const secret of [cookie, token, password]) expect(all).not.toContain(secret)
})

it('a stored hash opens nothing as a cookie', async () => {
  const { email } = await user()
  const tab = browser()
  await enter(tab, email)
  const [name, value = ''] = [...tab.jar][0] ?? []
  const [row] = await asAuth<{ token: string }>('select token from auth.session order by "createdAt" desc limit 1')
  const signature = decodeURIComponent(value).split('.')[1]
  for (const forged of [`${row?.token}.${signature}`, row?.token ?? '', `${value.slice(0, -3)}AAA`]) {
    const request = new Request(base, { headers: { cookie: `${name}=${encodeURIComponent(forged)}` } })
    expect(await signIn.sessionOf(request)).toBeNull()
  }
})

it('lists sessions and ends one, others or all at once', async () => {
  const { email, userId } = await user()
  const [one, two, three] = [browser(), browser(), browser()]
  for (const tab of [one, two, three]) await enter(tab, email)
  const mine = await signIn.requireSession(one.request())
  const listed = await signIn.listSessions(userId)
  expect(listed).toHaveLength(3)
  expect(listed[0]).toMatchObject({ address })
  const second = await signIn.requireSession(two.request())
  const stranger = await user()
  await expect(signIn.revokeSession(stranger.userId, second.sessionId)).rejects.toMatchObject({ code: 'not_found' })
  await signIn.revokeSession(userId, second.sessionId)
  expect(await signIn.sessionOf(two.request())).toBeNull()
  expect(await signIn.revokeSessions(userId, mine.sessionId)).toBe(1)
  expect(await signIn.sessionOf(three.request())).toBeNull()
  expect(await signIn.sessionOf(one.request())).not.toBeNull()
  await signIn.revokeSessions(userId)
  expect(await signIn.sessionOf(one.request())).toBeNull()
})

it('a new password needs a recent sign-in, and ends the other sessions', async () => {
  const { email } = await user()
  const [here, elsewhere] = [browser(), browser()]
  await enter(here, email)
  await enter(elsewhere, email)
  await expect(signIn.setPassword(here.request(), { password: 'password1' })).rejects.toMatchObject({
    fields: [{ pointer: '/password' }],
  })
  world.clock.advance({ minutes: 16 })
  await expect(signIn.setPassword(here.request(), { password: 'a wide blue door' })).rejects.toMatchObject({
    code: 'recent_sign_in_required',
  })
  await enter(here, email)
  await signIn.setPassword(here.request(), { password: 'a wide blue door' })
  expect(await signIn.sessionOf(elsewhere.request())).toBeNull()
  expect(await signIn.sessionOf(here.request())).not.toBeNull()
  await expect(enter(browser(), email)).rejects.toMatchObject({ code: 'unauthenticated' })
  expect((await enter(browser(), email, 'a wide blue door')).outcome).toBe('signed_in')
})

it('a session that idles for a week is over', async () => {
  const { email, userId } = await user()
  const [used, idle] = [browser(), browser()]
  await enter(used, email)
  await enter(idle, email)
  for (const _day of [1, 2, 3]) {
    world.clock.advance({ hours: 3 * 24 })
    expect(await signIn.sessionOf(used.request())).not.toBeNull()
  }
  expect(await signIn.sessionOf(idle.request())).toBeNull()
  expect(await signIn.listSessions(userId)).toHaveLength(1)
})

it('knows a recent sign-in', () => {
  const signedInAt = Temporal.Instant.from('2026-03-01T12:00:00Z')
  expect(recentSignIn({ signedInAt }, signedInAt.add({ minutes: 15 }))).toBe(true)
  expect(recentSignIn({ signedInAt }, signedInAt.add({ minutes: 15, seconds: 1 }))).toBe(false)
  expect(() => requireRecentSignIn({ signedInAt }, signedInAt.add({ minutes: 6 }), 5)).toThrow(
    expect.objectContaining({ code: 'recent_sign_in_required' }),
  )
})

it('an identity is made once, also by two at a time, and keeps its password', async () => {
  const email = person()
  const make = (secret: string) => signIn.createUser({ email, password: secret })
  const both = await Promise.all([make(password), make(password)])
  expect(both.map(({ created }) => created).sort()).toEqual([false, true])
  expect(both[0]?.userId).toBe(both[1]?.userId)
  expect(await make('a wide blue door')).toEqual({ userId: both[0]?.userId, created: false })
  expect((await enter(browser(), email)).outcome).toBe('signed_in')
  await expect(make('password')).rejects.toMatchObject({ code: 'invalid_input' })
})

it('an old hash is renewed at the next sign-in', async () => {
  const { email, userId } = await user()
  const weak = '$argon2id$v=19$m=1024,t=1,p=1$'
  const { argon2Sync } = await import('node:crypto')
  const hash = argon2Sync('argon2id', {
    message: password,
    nonce: Buffer.alloc(16),
    parallelism: 1,
    tagLength: 32,
    memory: 1024,
    passes: 1,
  })
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  await asAuth('update auth.account set password = $2 where "userId" = $1', [
    userId,
    `${weak}${plain(Buffer.alloc(16))}$${plain(hash)}`,
  ])
  expect((await enter(browser(), email)).outcome).toBe('signed_in')
  const [kept] = await asAuth<{ password: string }>('select password from auth.account where "userId" = $1', [userId])
  expect(kept?.password).toContain('m=19456,t=2,p=1')
})

it('a customer is joined by an address that was proven, in each business for itself', async () => {
  const email = person()
  const ids = await Promise.all(
    [world.live, world.other].map(async (businessId) => {
      const id = newId('cus', world.clock)
      await transaction(await world.shop(businessId), 'test', (tx) =>
        run(
          tx,
          sql`insert into customers (business_id, id, email, created_at) values (${businessId}, ${id}, ${email.toUpperCase()}, ${world.clock.now()})`,
        ),
      )
      return id
    }),
  )
  const link = async (businessId: string, who: Parameters<typeof linkCustomer>[1]) =>
    transaction(await world.shop(businessId), 'test', (tx) => linkCustomer(tx, who))
  const ann = { userId: 'usr_ann', email, emailVerified: true }
  expect(await link(world.live, { ...ann, emailVerified: false })).toBeNull()
  expect(await link(world.live, ann)).toBe(ids[0])
  expect(await link(world.live, { ...ann, email: 'changed@example.org' })).toBe(ids[0])
  expect(await link(world.live, { ...ann, userId: 'usr_eve' })).toBeNull() // Another identity holds it.
  expect(await link(world.other, ann)).toBe(ids[1])
  expect(await link(world.test, ann)).toBeNull()
  expect(await transaction(await world.shop(), 'test', (tx) => customerOf(tx, 'usr_eve'))).toBeNull()
})

it('opens nothing of better-auth by itself but what is listed', async () => {
  const ask = (path: string, method = 'POST') =>
    signIn.handler(
      new Request(`http://localhost:3000${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      }),
    )
  for (const path of [
    '/auth/sign-in/email',
    '/auth/sign-up/email',
    '/auth/magic-link/verify',
    '/auth/two-factor/verify-totp',
    '/auth/update-user',
    '/auth//sign-in/email',
    '/auth',
  ])
    expect((await ask(path)).status).toBe(404)
  const { email } = await user()
  const tab = browser()
  await enter(tab, email)
  const cookie = tab.request().headers.get('cookie') ?? ''
  const session = await signIn.handler(new Request('http://localhost:3000/auth/get-session', { headers: { cookie } }))
  expect(await session.json()).toMatchObject({ user: { email } })
  const signOut = (origin: string) =>
    signIn.handler(new Request('http://localhost:3000/auth/sign-out', { method: 'POST', headers: { cookie, origin } }))
  expect((await signOut('https://evil.example')).status).toBe(403)
  expect(await signIn.sessionOf(tab.request())).not.toBeNull()
  expect((await signOut('http://localhost:3000')).status).toBe(200)
  expect(await signIn.sessionOf(tab.request())).toBeNull()
})

it('no other role may enter the schema', async () => {
  for (const role of ['linekeeper_app', 'linekeeper_report', 'linekeeper_lookup']) {
    const client = new pg.Client({ connectionString: world.url })
    await client.connect()
    await client.query(`set role ${role}`)
    await expect(client.query('select * from auth.session')).rejects.toMatchObject({ code: '42501' })
    await client.end()
  }
  await expect(asAuth('select * from customers')).rejects.toMatchObject({ code: '42501' })
  await expect(asAuth('create table auth.mine (id int)')).rejects.toMatchObject({ code: '42501' })
})

it('leaves no role or business on its connections', async () => {
  const { rows } = await world.db.pool.query(
    `select current_user::text as who, session_user::text as me, current_setting('app.business', true) as business`,
  )
  expect(rows[0].who).toBe(rows[0].me)
  expect(rows[0].business || null).toBeNull()
})
