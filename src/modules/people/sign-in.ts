/**
 * Signing in: passwords, links by mail, a second factor, sessions. better-auth does it; here is what our pages call, without
 * JavaScript and with every attempt counted. Known and unknown addresses get the same answers. Works by the machine's clock.
 */
import { isAPIError } from 'better-auth/api'
import type { App } from '#app.ts'
import { sha256 } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'
import type { RateLimits } from './rate-limits.ts'
import { checkPassword, createUser, type NewUser, plainEmail, savePassword } from './sign-in/accounts.ts'
import { type Auth, addressHeader, createAuth, hashCode, ownOrigin } from './sign-in/auth.ts'
import * as passkeys from './sign-in/passkeys.ts'
import { isOutdated, longestPassword } from './sign-in/passwords.ts'
import { isCrossSite } from './sign-in/same-origin.ts'
import * as sessions from './sign-in/sessions.ts'

export type SignInCallbacks = {
  /**
   * Mails the link: a job in a transaction, not a mail on the spot. It is called for every address, known or not; to mail none
   * to those who are neither customer nor staff of the business is the callback's choice, and not seen from outside.
   */
  sendMagicLink(link: { email: string; url: string; businessId: string }): Promise<void>
  limits: RateLimits
}

/** `headers` holds the cookies to send with the redirect. With `second_factor` no session exists yet: the code is asked next. */
export type SignInOutcome = { outcome: 'signed_in' | 'second_factor'; headers: Headers }
/** `address` is what `clientAddress` made of the socket and its proxies. */
type From = { address: string }

export type SignIn = ReturnType<typeof createSignIn>

/** Paths of better-auth that browsers may call by themselves; all others are reached through the functions below. */
const open = new Set(['/auth/get-session', '/auth/sign-out'])

export function createSignIn(app: App, { sendMagicLink, limits }: SignInCallbacks) {
  const auth = createAuth(app, async ({ email, token, metadata }) => {
    const { businessId, base } = metadata as { businessId: string; base: string }
    await sendMagicLink({ email, businessId, url: `${base}/sign-in/${token}` })
  })

  async function sessionOf(request: Pick<Request, 'headers'>): Promise<sessions.Session | null> {
    if (!request.headers.has('cookie')) return null
    const found = await auth.api.getSession({ headers: request.headers })
    if (found === null) return null
    const { session, user } = found
    if (!(await sessions.keepAlive(app, session.id, instantOf(session.lastSeenAt)))) return null
    return {
      userId: user.id,
      email: user.email,
      name: user.name,
      emailVerified: user.emailVerified,
      authenticator: user.twoFactorEnabled === true,
      passkey: session.passkey === true,
      secondFactor: user.twoFactorEnabled === true || session.passkey === true,
      sessionId: session.id,
      signedInAt: instantOf(session.signedInAt),
    }
  }

  async function requireSession(request: Pick<Request, 'headers'>): Promise<sessions.Session> {
    const session = await sessionOf(request)
    if (session === null) throw new Refusal('unauthenticated', 'Please sign in.')
    return session
  }

  return {
    /** Mounted at `/auth/*`: deny by default. */
    async handler(request: Request): Promise<Response> {
      if (isCrossSite(request, ownOrigin(request, app.publicUrl))) return new Response('Forbidden', { status: 403 })
      return open.has(new URL(request.url).pathname)
        ? auth.handler(request)
        : new Response('Not found', { status: 404 })
    },

    sessionOf,
    requireSession,

    /** Refuses `unauthenticated` alike for a wrong password and an unknown address, after the same work. */
    async signInWithPassword(
      request: Request,
      given: { email: string; password: string } & From,
    ): Promise<SignInOutcome> {
      const email = plainEmail(given.email)
      await limits.count('sign_in', { account: email, network: given.address })
      if (given.password.length > longestPassword * 2) throw wrongPassword()
      const body = { email, password: given.password }
      const { headers, response } = await auth.api
        .signInEmail({ body, headers: inner(request, given.address), returnHeaders: true })
        .catch(refusing(wrongPassword))
      await limits.forgive('sign_in', email)
      if ('user' in response) await upgradeHash(auth, response.user.id, given.password)
      return outcomeOf(headers, response)
    },

    /**
     * Mails a link that signs in once, within 15 minutes; older ones end. `base` is the origin (and `/s/<slug>`) of the pages that
     * asked, from configuration, never from a header.
     */
    async requestMagicLink(
      request: Request,
      given: { email: string; businessId: string; base: string } & From,
    ): Promise<void> {
      const email = plainEmail(given.email)
      if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254)
        throw new Refusal('invalid_input', 'Please enter an e-mail address.', [
          { pointer: '/email', code: 'email', detail: 'Please enter an e-mail address.' },
        ])
      await limits.count('magic_link', { account: email, network: given.address })
      await sessions.forgetLinks(app, email)
      const metadata = { businessId: given.businessId, base: given.base }
      await auth.api
        .signInMagicLink({ body: { email, metadata }, headers: inner(request, given.address) })
        .catch(refusing(() => new Refusal('invalid_input', 'Please enter an e-mail address.')))
    },

    /** Uses up the link. Called by a POST: mail scanners open every address in a mail. Makes the identity of a new address. */
    async redeemMagicLink(request: Request, given: { token: string } & From): Promise<SignInOutcome> {
      await limits.count('use_link', { network: given.address })
      const { headers, response } = await auth.api
        .magicLinkVerify({ query: { token: given.token }, headers: inner(request, given.address), returnHeaders: true })
        .catch(refusing(() => new Refusal('not_found', 'This link was used or is too old: please ask for a new one.')))
      return outcomeOf(headers, response)
    },

    /** The second step of signing in: a code of the authenticator, or one of the recovery codes. Each is taken once. */
    async verifySecondFactor(
      request: Request,
      given: { code: string; recovery?: boolean } & From,
    ): Promise<SignInOutcome> {
      await limits.count('second_factor', { network: given.address })
      const asked = { headers: inner(request, given.address), returnHeaders: true } as const
      const code = given.code.replace(/\s/g, '')
      const verified = given.recovery
        ? await auth.api.verifyBackupCode({ body: { code: hashCode(code) }, ...asked }).catch(refusing(wrongCode))
        : await auth.api.verifyTOTP({ body: { code }, ...asked }).catch(refusing(wrongCode))
      const { user, token } = verified.response
      // A code stays valid for a minute and a half; whoever looked over the shoulder must not use it again.
      if (!given.recovery && !(await sessions.claimCode(app, user.id, sha256(`${user.id}:${code}`)))) {
        if (token) await (await auth.$context).internalAdapter.deleteSession(token)
        throw wrongCode()
      }
      return { outcome: 'signed_in', headers: cookiesOf(verified.headers) }
    },

    /** Begins to switch the second factor on: the address for the QR code, and the recovery codes, shown once. */
    async beginSecondFactor(
      request: Request,
      given: { password?: string },
    ): Promise<{ uri: string; recoveryCodes: string[] }> {
      sessions.requireRecentSignIn(await requireSession(request), app.clock.now())
      const { password } = given
      const response = await auth.api
        .enableTwoFactor({ body: password === undefined ? {} : { password }, headers: request.headers })
        .catch(refusing(wrongPassword))
      if (!('totpURI' in response) || !response.totpURI)
        throw new Error('assertion failed: an authenticator has an address')
      return { uri: response.totpURI, recoveryCodes: response.backupCodes ?? [] }
    },

    /** The first code switches it on; the session is replaced by a new one. */
    async confirmSecondFactor(request: Request, given: { code: string } & From): Promise<Headers> {
      await limits.count('second_factor', { network: given.address })
      const code = given.code.replace(/\s/g, '')
      const { headers } = await auth.api
        .verifyTOTP({ body: { code }, headers: inner(request, given.address), returnHeaders: true })
        .catch(refusing(wrongCode))
      return cookiesOf(headers)
    },

    async endSecondFactor(request: Request, given: { password?: string } & From): Promise<Headers> {
      sessions.requireRecentSignIn(await requireSession(request), app.clock.now())
      const body = given.password === undefined ? {} : { password: given.password }
      const { headers } = await auth.api
        .disableTwoFactor({ body, headers: inner(request, given.address), returnHeaders: true })
        .catch(refusing(wrongPassword))
      return cookiesOf(headers)
    },

    /** What a browser needs to ask for a passkey, and the cookie of its question; who is signed in is asked for one of his own. */
    async askPasskey(request: Request, given: From): Promise<{ options: object; headers: Headers }> {
      await limits.count('use_link', { network: given.address })
      const { headers, response } = await auth.api.generatePasskeyAuthenticationOptions({
        headers: inner(request, given.address),
        returnHeaders: true,
      })
      return { options: { ...response, userVerification: 'required' }, headers: cookiesOf(headers) }
    },

    /** `answer` is what the browser made of the question. `only`: the person who must be behind it. */
    async signInWithPasskey(
      request: Request,
      given: { answer: string; only?: string | undefined } & From,
    ): Promise<SignInOutcome> {
      await limits.count('sign_in', { network: given.address })
      const { headers, response: signed } = await auth.api
        .verifyPasskeyAuthentication({
          body: { response: answerOf(given.answer) },
          headers: inner(request, given.address),
          returnHeaders: true,
        })
        .catch(refusing(wrongPasskey))
      if (given.only !== undefined && signed.user.id !== given.only) {
        await (await auth.$context).internalAdapter.deleteSession(signed.session.token)
        throw wrongPasskey()
      }
      return { outcome: 'signed_in', headers: cookiesOf(headers) }
    },

    /** Begins to add a passkey, after a recent sign-in. */
    async beginPasskey(request: Request, given: From): Promise<{ options: object; headers: Headers }> {
      const session = await requireSession(request)
      sessions.requireRecentSignIn(session, app.clock.now())
      if ((await passkeys.listPasskeys(app, session.userId)).length >= passkeys.mostPasskeys)
        throw new Refusal('conflict', `Nobody needs more than ${passkeys.mostPasskeys} passkeys: remove one first.`)
      const { headers, response } = await auth.api
        .generatePasskeyRegistrationOptions({ headers: inner(request, given.address), returnHeaders: true })
        .catch(refusing(wrongPasskey))
      return { options: response, headers: cookiesOf(headers) }
    },

    async addPasskey(request: Request, given: { answer: string; name: string } & From): Promise<void> {
      const session = await requireSession(request)
      sessions.requireRecentSignIn(session, app.clock.now())
      const body = { response: answerOf(given.answer), name: given.name }
      await auth.api
        .verifyPasskeyRegistration({ body, headers: inner(request, given.address) })
        .catch(refusing(wrongPasskey))
      // Its owner was just asked for finger, face or code: this session has seen both factors.
      await passkeys.markSession(app, session.sessionId)
    },

    /** The other sessions end with it: one of them may be on the device that was lost. */
    async removePasskey(request: Request, id: string): Promise<void> {
      const session = await requireSession(request)
      sessions.requireRecentSignIn(session, app.clock.now())
      await passkeys.removePasskey(app, session.userId, id)
      await sessions.revokeSessions(app, session.userId, session.sessionId)
    },

    listPasskeys: (userId: string) => passkeys.listPasskeys(app, userId),
    renamePasskey: (userId: string, id: string, name: string) => passkeys.renamePasskey(app, userId, id, name),

    /** Sets or replaces the password after a recent sign-in (a forgotten one: sign in by link first); other sessions end. */
    async setPassword(request: Request, given: { password: string }): Promise<void> {
      const session = await requireSession(request)
      sessions.requireRecentSignIn(session, app.clock.now())
      checkPassword(given.password, session.email)
      await savePassword(auth, session.userId, given.password)
      await sessions.forgetLinks(app, session.email)
      await sessions.revokeSessions(app, session.userId, session.sessionId)
    },

    /** Ends the session; the headers take the cookies away. Repeating it is no error. */
    async signOut(request: Request): Promise<Headers> {
      const { headers } = await auth.api.signOut({ headers: request.headers, returnHeaders: true })
      return cookiesOf(headers)
    },

    createUser: (wanted: NewUser) => createUser(auth, wanted),
    listSessions: (userId: string) => sessions.listSessions(app, userId),
    revokeSession: (userId: string, sessionId: string) => sessions.revokeSession(app, userId, sessionId),
    revokeSessions: (userId: string, exceptSessionId?: string) => sessions.revokeSessions(app, userId, exceptSessionId),
  }
}

const wrongPassword = () => new Refusal('unauthenticated', 'E-mail address or password is not right.')
const wrongCode = () => new Refusal('unauthenticated', 'This code is not right, or was used before.')

const wrongPasskey = () => new Refusal('unauthenticated', 'This passkey is not known here, or it took too long.')

type PasskeyAnswer = NonNullable<Parameters<Auth['api']['verifyPasskeyAuthentication']>[0]>['body']['response']

/** What a browser says of a passkey; its insides are checked by whoever verifies them. */
function answerOf(text: string): PasskeyAnswer {
  try {
    const answer: unknown = text.length > 20_000 ? null : JSON.parse(text)
    if (typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string')
      return { ...answer } as PasskeyAnswer
  } catch {
    // Not written by a browser.
  }
  throw wrongPasskey()
}

/** What better-auth refuses becomes our sentence; what fails otherwise stays what it is. */
const refusing =
  (refusal: () => Refusal) =>
  (error: unknown): never => {
    throw isAPIError(error) && error.statusCode < 500 ? refusal() : error
  }

function inner(request: Request, address: string): Headers {
  const headers = new Headers(request.headers)
  headers.set(addressHeader, address)
  return headers
}

const outcomeOf = (headers: Headers, response: object): SignInOutcome => ({
  outcome: 'twoFactorRedirect' in response ? 'second_factor' : 'signed_in',
  headers: cookiesOf(headers),
})

function cookiesOf(headers: Headers): Headers {
  const cookies = new Headers({ 'cache-control': 'no-store' })
  for (const cookie of headers.getSetCookie()) cookies.append('set-cookie', cookie)
  return cookies
}

const instantOf = (date: Date): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(date.getTime())

/** Hashes made with older parameters are renewed while the password is at hand. */
async function upgradeHash(auth: Auth, userId: string, password: string): Promise<void> {
  const { internalAdapter } = await auth.$context
  const accounts = await internalAdapter.findAccounts(userId)
  const kept = accounts.find(({ providerId }) => providerId === 'credential')?.password
  if (kept && isOutdated(kept)) await savePassword(auth, userId, password)
}
