/**
 * OneStream ("1-Stream"), with a reseller's key. Each line and each extension is charged, and each such call carries a request id: whoever
 * sends the same one again gets the first answer, and is charged once. What integrators send is followed; the maker's own papers were
 * not at hand.
 */
import { createHash } from 'node:crypto'
import { ProviderError } from '#platform/errors.ts'
import { beginning, codeOf, type JsonAnswer, type JsonAsk, openJsonCall } from './by-package/json-call.ts'
import { markerIn, type Words } from './by-package/lines.ts'
import { namesOf } from './by-package/names.ts'
import { numberOr, type Package, unitMs } from './by-package/package.ts'
import { openPanel } from './by-package/panel.ts'
import { openShelf } from './by-package/shelf.ts'
import { plainCredits, toCredits, toExpiry, toFlag, toInt, toInts, toText } from './normalize.ts'
import { OneStreamSettings, usualNames } from './onestream/settings.ts'
import type { FoundLine, PanelKind } from './panel.ts'
import { isRow, type Row, rowsOf } from './xtream-family/row.ts'
import { troubleOf } from './xtream-family/trouble.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

export { OneStreamSettings }

type Name = keyof typeof usualNames
const mostPages = 5_000

export const oneStream: PanelKind<OneStreamSettings> = {
  kind: 'onestream',
  title: 'OneStream',
  experimental: true,
  settings: OneStreamSettings,
  capabilities: {
    absoluteExpiry: false,
    chargesEachExtension: true,
    canList: true,
    canDelete: true,
    canDropConnections: false,
    canSwitchOff: true,
    canRestrict: false,
  },

  open(settings, { http, now }) {
    const trouble = troubleOf('onestream')
    const toBegin = beginning(trouble, 'check the address')
    const names = namesOf(usualNames, settings.call_names)
    const headers = { 'x-api-key': settings.api_key, 'x-auth-user': settings.auth_user }
    const call = openJsonCall('onestream', `${settings.url}ext/`, headers, http)
    let paged = false

    const asked = (name: Name, more: Partial<JsonAsk> = {}): Promise<object> =>
      call({ action: name, method: 'GET', path: names[name], ...more }).then((answer) => read(name, answer))
    const written = async (name: Name, ref: string, json: object = {}): Promise<Row> => {
      const path = names[name].replaceAll('*', encodeURIComponent(ref))
      const reply = read(name, await call({ action: name, method: 'POST', path, json }))
      if (isRow(reply) && toText(reply.line_id) !== null) return reply
      throw trouble.unsure(name, 'a success without its line')
    }

    function read(name: string, { status, value }: JsonAnswer): object {
      const error = isRow(value) ? (toText(value.error) ?? toText(value.message)) : null
      const failed = status >= 400 || (isRow(value) && toText(value.error) !== null)
      if (!failed) return value
      const code = status === 404 ? 'not_found' : codeOf(error ?? '')
      // The very key is refused; a right that it lacks is told by name.
      if (status === 403 && code !== 'no_permission')
        throw trouble.unusable(`${name}: the panel does not accept key and user token`)
      throw trouble.refused(code, `${name}: the panel refused (${code.replaceAll('_', ' ')})`)
    }

    async function profile(): Promise<Row> {
      const found = await asked('profile')
      return isRow(found) && isRow(found.data) ? found.data : (found as Row)
    }

    async function balance(): Promise<string> {
      const credits = toCredits((await profile()).credits)
      if (credits === undefined) throw trouble.unreadable('profile: the balance cannot be read')
      return credits
    }

    const list = async (name: Name): Promise<Row[]> => {
      const value = await asked(name, { list: true })
      const found = Array.isArray(value) ? rowsOf(value) : isRow(value) ? rowsOf(value.data ?? null) : null
      if (found) return found
      throw trouble.unreadable(`${name}: a success without its list`)
    }

    const shelf = openShelf(async () => (await list('packages')).flatMap((row) => packageOf(row) ?? []), trouble, now)

    /** Older builds list all at once; newer ones know `lines/index` only, in pages. Which it is, is learned. */
    async function* pages(username?: string): AsyncGenerator<FoundLine[]> {
      const query = username === undefined ? {} : { username }
      if (!paged) {
        const whole = await wholeList(query)
        if (whole !== null) return void (whole.length > 0 ? yield whole : undefined)
        paged = true
      }
      const seen = new Set<string>()
      for (let page = 1; page <= mostPages; page++) {
        const value = await asked('lines-index', {
          query: { ...query, page: String(page), per_page: '100' },
          list: true,
        })
        const fresh = linesIn(value).filter(({ ref }) => !seen.has(ref))
        for (const { ref } of fresh) seen.add(ref)
        if (fresh.length > 0) yield fresh
        if (fresh.length === 0 || seen.size >= totalIn(value)) return
      }
    }

    async function wholeList(query: Record<string, string>): Promise<FoundLine[] | null> {
      try {
        return linesIn(await asked('lines', { query, list: true }))
      } catch (error) {
        if (error instanceof ProviderError && ['not_found', 'misconfigured'].includes(error.code)) return null
        throw error
      }
    }

    function linesIn(value: object): FoundLine[] {
      const data = isRow(value) ? value.data : value
      const items = isRow(data) ? data.items : data
      if (!Array.isArray(items)) throw trouble.unreadable('lines: a success without its list')
      const rows = items
        .filter(isRow)
        .flatMap((each) => (Array.isArray(each.items) ? each.items.filter(isRow) : [each]))
      return rows.map((row) => {
        const line = foundLine(row)
        if (line) return line
        throw trouble.unreadable('lines: a line that cannot be read')
      })
    }

    /**
     * The same for whoever wants the same of the same state within the hour: a second worker, a repeated job. Some panels take twenty
     * characters at most. The hour ends it, so that what was undone there by hand can be bought anew.
     */
    const requestId = (...about: string[]): string => {
      const hour = Math.floor(now().epochMilliseconds / 3_600_000)
      return createHash('sha256')
        .update([...about, hour].join('\n'))
        .digest('hex')
        .slice(0, 20)
    }

    const words: Words = {
      pages,
      async create(spec, wanted) {
        const reply = await written('create', '', {
          username: spec.username,
          password: spec.password,
          package: numberOr(wanted.id),
          reseller_notes: spec.marker,
          rid: requestId('create', spec.marker, spec.username, spec.password, wanted.id),
        })
        return toText(reply.line_id)
      },
      extend: async (line, wanted) =>
        void (await written('renew', line.ref, {
          package: numberOr(wanted.id),
          rid: requestId('renew', line.ref, wanted.id, line.packageId ?? '', String(line.expiresAt)),
        })),
      rename: async (line, { username, password }) => void (await written('update', line.ref, { username, password })),
      turn: async (line, on) => void (await written(on ? 'enable' : 'disable', line.ref)),
      remove: async (line) => void (await written('terminate', line.ref)),
    }
    return {
      ...openPanel(words, trouble, { shelf, balance, now }),
      async checkConnection() {
        const who = await toBegin(profile)
        const credits = await toBegin(balance)
        const packages = await toBegin(shelf.packages)
        await toBegin(async () => {
          for await (const _ of pages('linekeeper-check')) break // Without lists no line can be looked up.
        })
        const name = toText(who.name)
        return {
          detail: `Signed in${name ? ` as ${name}` : ''}, with ${plainCredits(credits)} credits; ${packages.length} packages to sell.`,
          version: null,
          notes: [],
        }
      },
    }
  },

  connectionDetails,
}

/** Without a total the page that brings nothing new is the end. */
const totalIn = (value: object): number =>
  (isRow(value) && isRow(value.data) ? toInt(value.data.total) : undefined) ?? Number.POSITIVE_INFINITY

/** Null for a package of which price or duration cannot be read: nothing is bought without knowing both. */
function packageOf(row: Row): Package | null {
  const id = toText(row.id)
  const price = toCredits(row.price_credits)
  const hours = toInt(row.duration_hours)
  const bouquets = toInts(row.bouquets ?? null)
  if (id === null || price === undefined || price.startsWith('-') || hours === undefined || hours < 1) return null
  const name = toText(row.name) ?? `Package ${id}`
  return {
    id,
    name,
    // Some builds have no flag for it, and say so in the description only.
    trialOnly: toFlag(row.is_trial) ?? /\btrial\b/i.test(`${name} ${toText(row.description) ?? ''}`),
    price,
    termMs: hours * (unitMs.hours ?? 0),
    bouquets: bouquets ?? [],
    minds: false,
    alike: id,
  }
}

function foundLine(row: Row): FoundLine | null {
  const ref = toText(row.line_id)
  const username = toText(row.username)
  const password = toText(row.password)
  const enabled = toFlag(row.is_enabled)
  const expiresAt = row.expire_at === undefined ? undefined : toExpiry(row.expire_at, 'UTC')
  if (ref === null || username === null || password === null || enabled === undefined || expiresAt === undefined)
    return null
  return {
    ref,
    username,
    password,
    marker: markerIn(toText(row.reseller_notes)),
    enabled,
    banned: false, // Nobody has seen the panel tell of one.
    expiresAt,
    maxConnections: toInt(row.max_connections) ?? 0, // 0: it is not told; the package decides.
    bouquets: toInts(row.bouquets ?? null) ?? [],
    outputs: [],
    activeConnections: null,
    packageId: toText(row.package_id),
    notes: toText(row.reseller_notes),
  }
}
