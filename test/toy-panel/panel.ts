/** The adapter of a panel that does not exist: lines by JSON under `/lines`, a key as Bearer, plain HTTP statuses. */
import type { FoundLine, LineSpec, Panel, PanelContext, PanelKind } from '../../src/adapters/panels/panel.ts'
import type { PluginKit } from '../../src/plugins.ts'

type Settings = { url: string; key: string; viewer_host: string }
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Row = Record<string, unknown>

const codes: Record<string, string> = {
  taken: 'username_taken',
  no_credits: 'insufficient_credits',
  no_right: 'no_permission',
}

export function toyPanel({ z, ProviderError, isOurLine, judgeStatus, readBody, normalize }: PluginKit): PanelKind {
  const settings = z.object({
    url: z.url().max(300).meta({ title: 'Address' }),
    key: z.string().min(4).max(100).meta({ title: 'Key', secret: true }),
    viewer_host: z.string().min(1).max(200).meta({ title: 'Host for viewers' }),
  })
  const fail = (kind: 'rejected' | 'ambiguous' | 'unavailable', code: string, message: string) =>
    new ProviderError('toy', kind, message, { code })

  function open({ url, key }: Settings, { http }: PanelContext): Panel {
    /** Null: it says that there is no such thing. */
    async function ask(method: Method, path: string, json?: Row): Promise<unknown> {
      const writes = method !== 'GET'
      const headers = { accept: 'application/json', authorization: `Bearer ${key}` }
      const answer = await http.request({
        provider: 'toy',
        method,
        url: `${url}${path}`,
        headers,
        writes,
        ...(json ? { json } : {}),
      })
      const body = readBody(answer.text)
      const row = body.kind === 'json' ? (body.value as Row) : null
      if (answer.status === 404 && row?.error === 'nothing') return null
      if (answer.status === 422 && typeof row?.error === 'string')
        throw fail('rejected', codes[row.error] ?? 'invalid_input', `${method}: the panel answered ${row.error}`)
      judgeStatus('toy', answer, { url, writes, action: method })
      if (row) return row
      throw fail(writes ? 'ambiguous' : 'unavailable', `answer_${body.kind}`, `${method}: no answer that can be read`)
    }

    const lineOf = (row: unknown): FoundLine => {
      const { id, username, password, note, enabled, banned, expires, connections, bouquets } = row as Row
      const expiresAt = normalize.toExpiry(expires, 'UTC')
      const numbers = normalize.toInts(bouquets)
      const ref = normalize.toText(id)
      if (expiresAt === undefined || numbers === undefined || ref === null)
        throw fail('unavailable', 'answer_unreadable', 'the panel answered with something that is no line')
      return {
        ref,
        username: String(username),
        password: String(password),
        marker: normalize.toText(note),
        enabled: enabled === true,
        banned: banned === true,
        expiresAt,
        maxConnections: Number(connections),
        bouquets: numbers,
        outputs: [],
        activeConnections: null,
      }
    }

    const bodyOf = (spec: LineSpec): Row => ({
      username: spec.username,
      password: spec.password,
      note: spec.marker,
      enabled: spec.enabled,
      expires: Math.floor(spec.expiresAt.epochMilliseconds / 1000),
      connections: spec.maxConnections,
      bouquets: spec.package.bouquets,
    })

    const isAsWanted = (line: FoundLine, spec: LineSpec): boolean =>
      Object.entries(bodyOf(spec)).every(([name, wanted]) => {
        if (name === 'expires') return line.expiresAt?.epochMilliseconds === Number(wanted) * 1000
        if (name === 'bouquets') return String([...spec.package.bouquets].sort()) === String([...line.bouquets].sort())
        return { ...line, note: line.marker, connections: line.maxConnections }[name as 'username'] === wanted
      })

    const read = async (ref: string) => {
      const row = await ask('GET', `/lines/${encodeURIComponent(ref)}`)
      return row === null ? null : lineOf(row)
    }

    async function written(method: Method, path: string, spec: LineSpec): Promise<FoundLine> {
      const line = lineOf(await ask(method, path, bodyOf(spec)))
      const after = await read(line.ref).catch((error: Error) => {
        throw fail('ambiguous', 'not_confirmed', `${method} was sent, then ${error.message}`)
      })
      if (after !== null && isAsWanted(after, spec)) return after
      throw fail('ambiguous', 'not_as_asked', `${method}: the line is not as asked`)
    }

    return {
      async checkConnection() {
        const me = await ask('GET', '/me').catch((error: unknown) => {
          if (!(error instanceof ProviderError) || !error.code.startsWith('answer_')) throw error
          throw new ProviderError('toy', 'auth_failed', 'no toy panel answers there', { code: 'misconfigured' })
        })
        return { detail: `Signed in as ${(me as Row | null)?.name}.`, version: null, notes: [] }
      },
      listBouquets: async () =>
        ((await ask('GET', '/bouquets')) as { bouquets: { id: number; name: string }[] }).bouquets,
      async findLine(username) {
        const found = (await ask('GET', `/lines?username=${encodeURIComponent(username)}`)) as { lines: unknown[] }
        const line = found.lines[0]
        return line === undefined ? null : lineOf(line)
      },
      readLine: read,
      createLine: (spec) => written('POST', '/lines', spec),
      async updateLine(ref, spec) {
        const present = await read(ref)
        if (present === null) throw fail('rejected', 'not_found', 'the line is not there')
        if (!isOurLine(present, spec)) throw fail('rejected', 'not_ours', 'the line is somebody else’s')
        const theirs = (name: string) => ask('GET', `/lines?username=${encodeURIComponent(name)}`)
        if (
          present.username !== spec.username &&
          ((await theirs(spec.username)) as { lines: unknown[] }).lines.length > 0
        )
          throw fail('rejected', 'username_taken', 'another line has this user name')
        return isAsWanted(present, spec) ? present : written('PATCH', `/lines/${ref}`, spec)
      },
      async deleteLine(ref, owner) {
        const present = await read(ref)
        if (present === null) return
        if (owner && !isOurLine(present, owner)) throw fail('rejected', 'not_ours', 'the line is somebody else’s')
        await ask('DELETE', `/lines/${ref}`)
      },
      async *listLines() {
        const { lines } = (await ask('GET', '/lines')) as { lines: unknown[] }
        if (lines.length > 0) yield lines.map(lineOf)
      },
    }
  }

  const kind: PanelKind<Settings> = {
    kind: 'toy',
    title: 'Toy panel',
    settings,
    capabilities: {
      absoluteExpiry: true,
      chargesEachExtension: false,
      canList: true,
      canDelete: true,
      canDropConnections: false,
      canRestrict: true,
    },
    open,
    connectionDetails: ({ viewer_host: host }, { username, password }) => {
      const serverUrl = `https://${host}`
      const url = `${serverUrl}/${encodeURIComponent(username)}/${encodeURIComponent(password)}`
      return {
        serverUrl,
        host,
        port: 443,
        username,
        password,
        m3uUrl: `${url}/list`,
        epgUrl: `${url}/guide`,
        portalUrl: null,
      }
    },
  }
  return kind as PanelKind
}
