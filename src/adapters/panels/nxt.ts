/**
 * NXT ("NXT Dash", "Easypanel"), with a reseller's token. The maker has published no description: this follows what several public
 * integrations send and read. Each line and each extension is charged; whatever is written is read back from the panel's list.
 */
import { beginning, codeOf, type JsonAnswer, type JsonAsk, openJsonCall } from './by-package/json-call.ts'
import { markerIn, type Words } from './by-package/lines.ts'
import { linesOf, namesOf } from './by-package/names.ts'
import { numberOr } from './by-package/package.ts'
import { openPanel } from './by-package/panel.ts'
import { openShelf } from './by-package/shelf.ts'
import { isSuccess, plainCredits, toCredits, toExpiry, toFlag, toInt, toText } from './normalize.ts'
import { type Listed, packagesOf, typedTerm } from './nxt/packages.ts'
import { NxtSettings, usualNames } from './nxt/settings.ts'
import type { FoundLine, PanelKind } from './panel.ts'
import { isRow, type Row } from './xtream-family/row.ts'
import { troubleOf } from './xtream-family/trouble.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

export { NxtSettings }

const mostPages = 5_000

export const nxt: PanelKind<NxtSettings> = {
  kind: 'nxt',
  title: 'NXT',
  experimental: true,
  settings: NxtSettings,
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
    const trouble = troubleOf('nxt')
    const toBegin = beginning(trouble, 'check the address, and that API access is on')
    const names = namesOf(usualNames, settings.call_names)
    const typed = linesOf(settings.package_terms).flatMap((each) => typedTerm(each) ?? [])
    const headers = {
      authorization: `Bearer ${settings.token}`,
      username: settings.username,
      password: settings.password,
    }
    const call = openJsonCall('nxt', `${settings.url}api/wclient/v1/`, headers, http)

    const asked = (name: keyof typeof usualNames, path = '', more: Partial<JsonAsk> = {}) =>
      call({ action: name, method: 'GET', path: `${names[name]}${path}`, ...more }).then((answer) => read(name, answer))
    const written = async (name: keyof typeof usualNames, path: string, json: object = {}): Promise<Row> => {
      const reply = read(name, await call({ action: name, method: 'POST', path: `${names[name]}${path}`, json }))
      if (isSuccess(reply.result) || /\bedited\b/i.test(wordsOf(reply))) return reply
      if (reply.result === undefined && wordsOf(reply) === '') throw trouble.unsure(name, 'an answer without a verdict')
      throw refusal(name, reply)
    }

    function read(name: string, { status, value }: JsonAnswer): Row {
      const reply: Row = isRow(value) ? value : { data: value }
      if (/unauthenticated/i.test(wordsOf(reply)) || (status === 403 && codeOf(wordsOf(reply)) === 'invalid_input'))
        throw trouble.unusable(`${name}: the panel does not accept token, user name and password`)
      if (status >= 400 || (reply.result !== undefined && !isSuccess(reply.result))) throw refusal(name, reply, status)
      return reply
    }

    const refusal = (name: string, reply: Row, status = 200) => {
      const code = status === 404 ? 'not_found' : codeOf(wordsOf(reply))
      return trouble.refused(code, `${name}: the panel refused (${code.replaceAll('_', ' ')})`)
    }

    async function balance(): Promise<string> {
      const info = await asked('account-info')
      const places = [info, info.data, info.user, info.account].filter(isRow)
      const credits = places
        .flatMap((place) => [place.credits, place.credit, place.balance])
        .map(toCredits)
        .find((each) => each !== undefined)
      if (credits === undefined) throw trouble.unreadable('account-info: the balance cannot be read')
      return credits
    }

    async function listed(): Promise<Listed> {
      const paid = packagesOf(await asked('packages', '/0', { list: true }).then(contentOf), false, typed)
      const trials = packagesOf(await asked('packages', '/1', { list: true }).then(contentOf), true, typed)
      return { sold: [...paid.sold, ...trials.sold], untold: [...paid.untold, ...trials.untold] }
    }

    const shelf = openShelf(async () => (await listed()).sold, trouble, now)

    async function page(query: Record<string, string>): Promise<{ lines: FoundLine[]; last: number }> {
      const reply = await asked('lines', '', { query, list: true })
      if (!Array.isArray(reply.data)) throw trouble.unreadable('lines: a success without its list')
      const lines = reply.data.filter(isRow).map((row) => {
        const line = foundLine(row, settings.time_zone)
        if (line) return line
        throw trouble.unreadable('lines: a line that cannot be read')
      })
      return { lines, last: toInt(reply.last_page) ?? 1 }
    }

    async function* pages(username?: string): AsyncGenerator<FoundLine[]> {
      const query = username === undefined ? {} : { username }
      const seen = new Set<string>()
      for (let number = 1; number <= mostPages; number++) {
        const { lines, last } = await page({ ...query, page: String(number) })
        const fresh = lines.filter(({ ref }) => !seen.has(ref))
        for (const { ref } of fresh) seen.add(ref)
        // Rows move between pages while we read; what brings nothing new is the end.
        if (fresh.length > 0) yield fresh
        if (number >= last || fresh.length === 0) return
      }
    }

    const words: Words = {
      pages,
      async create(spec, wanted) {
        const reply = await written('create-line', wanted.trialOnly ? '/1' : '', {
          line_type: 'line',
          package: numberOr(wanted.id),
          username: spec.username,
          password: spec.password,
          description: spec.marker,
        })
        return idIn(reply)
      },
      extend: async (line, wanted) =>
        void (await written('extend', `/${encodeURIComponent(line.ref)}`, { package: numberOr(wanted.id) })),
      rename: async (line, { username, password }) =>
        void (await written('line', `/${encodeURIComponent(line.ref)}`, { username, password })),
      // Without a body it is a toggle on some builds.
      turn: async (line, on) =>
        void (await written('enable', `/${encodeURIComponent(line.ref)}`, { enable: on ? 1 : 0 })),
      remove: async (line) => void (await written('delete', `/${encodeURIComponent(line.ref)}`)),
    }
    return {
      ...openPanel(words, trouble, { shelf, balance, now }),
      async checkConnection() {
        const credits = await toBegin(balance)
        const { sold, untold } = await toBegin(listed)
        await toBegin(() => page({ page: '1' })) // Without lists no line can be looked up.
        return {
          detail: `Signed in, with ${plainCredits(credits)} credits; ${sold.length} packages to sell.`,
          version: null,
          notes:
            untold.length === 0
              ? []
              : [
                  `The panel tells no price or duration of: ${untold.slice(0, 10).join(', ')}. Type them into the settings.`,
                ],
        }
      },
    }
  },

  connectionDetails,
}

/** Its messages are a text, or an object of lists of texts. */
const wordsOf = (reply: Row): string => [reply.message, reply.errors, reply.error].flatMap(textsIn).join(' ')
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => [...(Array.isArray(value) ? [] : [name]), ...textsIn(each)])
}

/** Lists come bare, or under `data`. */
const contentOf = (reply: Row): object =>
  typeof reply.data === 'object' && reply.data !== null
    ? reply.data
    : Object.fromEntries(Object.entries(reply).filter(([name]) => name !== 'result' && name !== 'message'))

function idIn(reply: Row): string | null {
  const places = [reply, reply.data, reply.line].filter(isRow)
  const ids = places.flatMap((place) => [place.id, place.line_id, place.user_id])
  return ids.map((each) => toText(each)).find((each) => each !== null && each !== '') ?? null
}

/** Null when it is no row of a line. What few panels tell (connections, package, ban) is read where it is there. */
function foundLine(row: Row, zone: string): FoundLine | null {
  const ref = toText(row.id)
  const username = toText(row.username)
  const password = toText(row.password)
  const enabled = toFlag(row.enabled)
  const expiry = row.exp_date === undefined ? row.expire_date : row.exp_date
  const expiresAt = expiry === undefined ? undefined : toExpiry(expiry, zone)
  if (ref === null || username === null || password === null || enabled === undefined || expiresAt === undefined)
    return null
  return {
    ref,
    username,
    password,
    marker: markerIn(toText(row.description)),
    enabled,
    banned: toFlag(row.admin_enabled) === false,
    expiresAt,
    maxConnections: toInt(row.max_connections) ?? 0, // 0: it is not told; the package decides.
    bouquets: [],
    outputs: [],
    activeConnections: toInt(row.active_connections) ?? null,
    packageId: toText(row.package_id) ?? toText(row.package),
    notes: toText(row.description),
  }
}
