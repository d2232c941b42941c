/** `linekeeper admin`: a way in for who holds the machine. Makes an owner, or a key for a program. */
import { type App, transaction } from '#app.ts'
import { createApiKey } from '#modules/people/api-keys.ts'
import { openShop, readBusiness } from '#modules/people/business.ts'
import { createFirstOwner, setUpCode } from '#modules/people/first-admin.ts'
import { addMember } from '#modules/people/memberships.ts'
import { roles } from '#modules/people/permissions.ts'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { readablePassword } from '#platform/crypto.ts'
import { StartError } from '#platform/errors.ts'
import { type Command, print, printJson, readArgs } from './command.ts'
import { businessNamed, storeHelp, storeOptions, withApp } from './with-app.ts'

const options = {
  ...storeOptions,
  email: { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string', default: 'owner' },
  business: { type: 'string' },
  scope: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export const admin: Command = {
  name: 'admin',
  help: `linekeeper admin create --email E [--name N] [--role R] [--business SLUG] [--json]
linekeeper admin key --scope S [--scope S ...] [--name N] [--business SLUG] [--json]

create  makes a member of staff and prints a password that is shown once. Who signs in already keeps the password he has. In an
        empty installation it makes the business too; name it with --business.
key     makes an API key and prints it once. A scope is "all", or a resource with its verb: "orders:write", "lines:read".

  --business        slug or id (default: the operator's own)
  --role            ${roles.join(', ')} (default: owner)
${storeHelp}
  --json            prints one object`,
  async run(args) {
    const { values, positionals } = readArgs(admin, args, options)
    if (values.help) {
      print(admin.help)
      return 0
    }
    const [verb] = positionals
    if (verb === 'create') return create(values)
    if (verb === 'key') return key(values)
    throw new StartError('Say "admin create" or "admin key". See: linekeeper admin --help')
  },
}

type Values = ReturnType<typeof readArgs<typeof options>>['values']

async function create(values: Values): Promise<number> {
  const { email, name = '' } = values
  const role = roles.find((each) => each === values.role)
  if (email === undefined) throw new StartError('Whose? Add --email. See: linekeeper admin --help')
  if (role === undefined) throw new StartError(`--role is one of ${roles.join(', ')}.`)
  const made = await withApp(values, async (app) => {
    const code = await setUpCode(app)
    return code === null
      ? addStaff(app, { email, name, role, business: values.business })
      : firstOwner(app, { email, name, code, business: values.business })
  })
  if (values.json) printJson(made)
  else {
    print(`${made.email} may sign in at ${made.url}${made.password === null ? ' with the password he has.' : ''}`)
    if (made.password !== null) print(`Password (shown once): ${made.password}`)
  }
  return 0
}

const signInOf = (app: App) => createSignIn(app, { sendMagicLink: async () => {}, limits: createRateLimits(app) })
const consoleOf = (app: App) => `${app.publicUrl}/admin`

async function firstOwner(
  app: App,
  wanted: { email: string; name: string; code: string; business: string | undefined },
) {
  const password = readablePassword(14)
  const businessName = wanted.business ?? 'My shop'
  const { businessId, userId } = await createFirstOwner(app, signInOf(app), { ...wanted, password, businessName })
  return { email: wanted.email, password, role: 'owner', business_id: businessId, user_id: userId, url: consoleOf(app) }
}

type Staff = { email: string; name: string; role: (typeof roles)[number]; business: string | undefined }

async function addStaff(app: App, { email, name, role, business }: Staff) {
  const businessId = await businessNamed(app, business)
  const shop = await openShop(app, businessId, 'system')
  const password = readablePassword(14)
  const { userId, created } = await signInOf(app).createUser({ email, name, password, emailVerified: true })
  await transaction(shop, 'add-staff', (tx) => addMember(tx, shop, 'system', { userId, email, name, role }))
  const shown = created ? password : null
  return { email, password: shown, role: role as string, business_id: businessId, user_id: userId, url: consoleOf(app) }
}

async function key(values: Values): Promise<number> {
  const { scope: scopes = [], name = 'command line' } = values
  const made = await withApp(values, async (app) => {
    const shop = await openShop(app, await businessNamed(app, values.business), 'system')
    return transaction(shop, 'create-key', async (tx) => {
      const { slug } = await readBusiness(tx)
      const { id, key: secret } = await createApiKey(tx, shop, { name, scopes }, app.clock.now())
      return {
        id,
        key: secret,
        business_id: shop.businessId,
        business: slug,
        livemode: shop.livemode,
        scopes,
        url: `${app.publicUrl}/api/v1`,
      }
    })
  })
  if (values.json) printJson(made)
  else print(`${made.key}\n\nFor ${made.business}, scopes ${scopes.join(', ')}. It is shown this once.`)
  return 0
}
