/**
 * The way into an empty installation: the first owner makes himself with a code that only the machine's owner can read. The way is
 * closed for ever once the installation's first business has somebody who works for it.
 */
import type { App } from '#app.ts'
import { deriveKey, equalSecrets, hmac } from '#platform/crypto.ts'
import { inTransaction, one, sql } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { createBusiness, openShop, rootBusiness } from './business.ts'
import { addMember } from './memberships.ts'
import type { SignIn } from './sign-in.ts'

/** What `serve --empty` prints at start: `7kq2-m9wx-4hdt`. Null once there is an owner. The same after a restart and in every process. */
export async function setUpCode(app: App): Promise<string | null> {
  return (await hasOwner(app)) ? null : codeOf(app)
}

/** Whether the installation waits for its first owner. */
export const awaitsFirstOwner = async (app: App): Promise<boolean> => !(await hasOwner(app))

export type FirstOwner = {
  code: string
  email: string
  password: string
  name?: string | undefined
  businessName: string
  zone?: string | undefined
  currency?: string | undefined
  country?: string | undefined
}

/**
 * Makes identity, business and owner. `not_found` once somebody works here, whatever the code; two at the same moment: one wins. What
 * a crash left half done is finished by the next try with the same code.
 */
export async function createFirstOwner(
  app: App,
  signIn: Pick<SignIn, 'createUser'>,
  wanted: FirstOwner,
): Promise<{ businessId: string; userId: string }> {
  if (await hasOwner(app)) throw closed()
  if (!equalSecrets(normal(wanted.code), normal(codeOf(app))))
    throw new Refusal('invalid_input', 'This set-up code is not right.', [
      { pointer: '/code', code: 'mismatch', detail: 'Please copy the code that the program printed when it started.' },
    ])
  return oneAtATime(app, async () => {
    if (await hasOwner(app)) throw closed()
    const { userId } = await signIn.createUser({
      email: wanted.email,
      name: wanted.name,
      password: wanted.password,
      emailVerified: true, // Who reads the machine's output vouches for the address.
    })
    const businessId = (await rootBusiness(app)) ?? (await createRoot(app, wanted))
    const shop = await openShop(app, businessId, 'system')
    await inTransaction(app.db, { role: 'app', businessId }, 'first-owner', (tx) =>
      addMember(tx, shop, 'system', { userId, email: wanted.email, name: wanted.name ?? '', role: 'owner' }),
    )
    return { businessId, userId }
  })
}

const createRoot = (app: App, { businessName, zone, currency, country }: FirstOwner): Promise<string> =>
  createBusiness(
    app,
    {
      slug: slugOf(businessName),
      name: businessName,
      mode: 'live',
      zone: zone ?? 'UTC',
      currency: currency ?? 'EUR',
      country: country ?? 'US',
    },
    app.clock.now(),
  )

/** `Northwind TV` is `northwind-tv`. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const slug = plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
  return slug.replace(/-+$/, '') || 'shop'
}

async function hasOwner(app: App): Promise<boolean> {
  const businessId = await rootBusiness(app)
  if (businessId === null) return false
  const found = await inTransaction(app.db, { role: 'app', businessId }, 'has-owner', (tx) =>
    one(
      tx,
      sql<{ found: boolean }>`select exists (select from memberships where business_id = current_business()) as found`,
    ),
  )
  return found.found
}

/**
 * The making takes several transactions; a lock lets one through at a time, over all processes. It is held by a connection of its own,
 * in a transaction because PgBouncer hands connections out per transaction. Only who knows the code comes here, so that waiting ones
 * cannot use up the pool.
 */
async function oneAtATime<T>(app: App, work: () => Promise<T>): Promise<T> {
  const client = await app.db.pool.connect()
  try {
    await client.query('begin')
    await client.query("select pg_advisory_xact_lock(hashtext('linekeeper/first-owner'))")
    return await work()
  } finally {
    await client.query('rollback').catch(() => {})
    client.release()
  }
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Twelve characters of five bits, made from the installation's secret key: nothing to store, nothing to lose. */
function codeOf(app: App): string {
  const bytes = hmac(deriveKey(app.masterKey, 'set-up-code'), 'first owner')
  const text = Array.from(bytes.subarray(0, 12), (byte) => alphabet.charAt(byte & 31)).join('')
  return [text.slice(0, 4), text.slice(4, 8), text.slice(8)].join('-')
}

/** Case, dashes and look-alikes do not matter. */
const normal = (code: string): string =>
  code
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1')
const closed = () => new Refusal('not_found', 'This shop is set up already: please sign in.')
