/** better-auth, set up once per App: what we switch on, and where its defaults are not ours. */
import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { magicLink, twoFactor } from 'better-auth/plugins'
import type { App } from '#app.ts'
import { deriveKey, randomToken, sha256 } from '#platform/crypto.ts'
import { newId, randomCharacters } from '#platform/ids.ts'
import { passkeyPath, passkeyPlugin } from './passkeys.ts'
import { hashPassword, longestPassword, verifyPassword } from './passwords.ts'
import { signInStore } from './store.ts'

export const sessionDays = 30
export const linkMinutes = 15

/** Headers of ours on requests handed to better-auth: the address we trust, not what the caller wrote. */
export const addressHeader = 'x-linekeeper-address'

export type DeliverLink = (link: {
  email: string
  token: string
  metadata?: Record<string, unknown> | undefined
}) => Promise<void>

export type Auth = ReturnType<typeof createAuth>

export function createAuth(app: App, deliver: DeliverLink) {
  const secure = app.publicUrl.startsWith('https:')
  // clock: better-auth wants a Date; the instant is the app's own.
  const moment = () => new Date(app.clock.now().epochMilliseconds)
  return betterAuth({
    appName: 'Linekeeper',
    baseURL: app.publicUrl,
    basePath: '/auth',
    secret: Buffer.from(deriveKey(app.masterKey, 'sign-in')).toString('base64'),
    database: signInStore(app.db),
    telemetry: { enabled: false },
    rateLimit: { enabled: false }, // Ours counts over all processes, on every way in.
    logger: { level: 'error', log: (_level, message) => app.log.error('sign-in', { reason: message }) },
    trustedOrigins: (request) => (request === undefined ? [] : [ownOrigin(request, app.publicUrl)]),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 8,
      maxPasswordLength: longestPassword,
      password: { hash: hashPassword, verify: ({ password, hash }) => verifyPassword(password, hash) },
    },
    session: {
      expiresIn: sessionDays * 86_400,
      disableSessionRefresh: true, // The idle bound is ours (sessions.ts): a page load needs no new cookie.
      cookieCache: { enabled: false }, // A session that was ended is over at the next request.
      additionalFields: {
        signedInAt: { type: 'date', required: true, input: false },
        lastSeenAt: { type: 'date', required: true, input: false },
        passkey: { type: 'boolean', required: false, input: false },
      },
    },
    databaseHooks: {
      session: {
        create: {
          // A session that replaces one (second factor switched on) keeps the moment of its sign-in.
          before: async (session, asked) => ({
            data: {
              ...session,
              signedInAt: session.signedInAt ?? moment(),
              lastSeenAt: moment(),
              passkey: session.passkey === true || asked?.path === passkeyPath,
            },
          }),
        },
      },
    },
    verification: { storeIdentifier: 'hashed' },
    advanced: {
      disableOriginCheck: false, // Under a test runner its default is to look away.
      disableCSRFCheck: false,
      useSecureCookies: false, // It would say `__Secure-`; `__Host-` also binds the cookie to this very host.
      cookiePrefix: secure ? '__Host-linekeeper' : 'linekeeper',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      ipAddress: { ipAddressHeaders: [addressHeader] },
      database: { generateId: ({ model }) => idOf(model, app) },
    },
    plugins: [
      magicLink({
        expiresIn: linkMinutes * 60,
        storeToken: 'hashed',
        generateToken: () => randomToken(32),
        sendMagicLink: ({ email, token, metadata }) => deliver({ email, token, metadata }),
      }),
      secondFactor(),
      passkeyPlugin(app, () => new APIError('UNAUTHORIZED', { message: 'nobody was asked for' })),
    ],
  })
}

function idOf(model: string, app: App): string {
  if (model === 'user') return newId('usr', app.clock)
  return model === 'session' ? newId('ses', app.clock) : randomCharacters(26)
}

/** The origin this request was sent to, also when a proxy took the TLS off. */
export function ownOrigin(request: Pick<Request, 'url'>, publicUrl: string): string {
  const { host, origin } = new URL(request.url)
  return publicUrl.startsWith('https:') ? `https://${host}` : origin
}

/** TOTP with recovery codes. better-auth asks for it after a password only; a link in a mailbox is no second factor either. */
function secondFactor() {
  const plugin = twoFactor({
    issuer: 'Linekeeper',
    allowPasswordless: true,
    backupCodeOptions: {
      storeBackupCodes: { encrypt: async (codes) => hashedCodes(codes), decrypt: async (stored) => stored },
    },
  })
  const asked = ['/sign-in/email', '/magic-link/verify']
  const after = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: ({ path }: { path?: string | undefined }) => asked.includes(path ?? ''),
  }))
  return { ...plugin, hooks: { ...plugin.hooks, after } }
}

const mark = 'sha256:'

/** Recovery codes are kept hashed; what is left of them after one was used is hashed already. */
export const hashCode = (code: string): string => mark + sha256(code.replace(/[^A-Za-z0-9]/g, '')).toString('base64url')

function hashedCodes(codes: string): string {
  const list = JSON.parse(codes) as string[]
  return JSON.stringify(list.map((code) => (code.startsWith(mark) ? code : hashCode(code))))
}
