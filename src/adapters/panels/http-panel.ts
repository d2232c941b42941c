/**
 * A panel that its operator describes: requests with fields in them, and expressions that read the answers. It is looked at before and
 * after every write, and what the description says of a line is all that is believed.
 */
import { ProviderError } from '#platform/errors.ts'
import { type Fields, readExpression } from '#platform/templates/fields.ts'
import { readRequest, type Written } from './http-panel/request.ts'
import { HttpPanelSettings, type Place, placesIn } from './http-panel/settings.ts'
import { toExpiry, toFlag, toInt, toInts, toText } from './normalize.ts'
import { type FoundLine, isOurLine, type LineOwner, type LineSpec, type PanelKind } from './panel.ts'
import { judgeStatus, readBody } from './reply.ts'
import { troubleOf } from './xtream-family/trouble.ts'
import { connectionDetails } from './xtream-family/viewer.ts'

export { HttpPanelSettings }

const provider = 'http_panel'
type Operation = 'check' | 'find' | 'read' | 'create' | 'change' | 'suspend' | 'resume' | 'delete'
/** Null: the panel says that there is no such thing. */
type Answer = unknown

export const httpPanel: PanelKind<HttpPanelSettings> = {
  kind: 'http_panel',
  title: 'Another panel (you describe it)',
  settings: HttpPanelSettings,
  capabilities: {
    absoluteExpiry: true,
    chargesEachExtension: false,
    canList: false,
    canDelete: true,
    canDropConnections: false,
    canRestrict: true,
  },

  open(settings, { http }) {
    const { refused, unsure, unreadable, unusable, afterWriting } = troubleOf(provider)
    const places = placesIn(settings.line) ?? {}
    const at = Object.fromEntries(
      Object.entries(places).map(([name, where]) => [name, readExpression(where)]),
    ) as Partial<Record<Place, (values: Record<string, unknown>) => unknown>>
    const says = (text: string) => (text === '' ? null : readExpression(text))
    const verdicts = {
      success: says(settings.success),
      notThere: says(settings.not_there),
      nameTaken: says(settings.name_taken),
      noCredits: says(settings.no_credits),
    }
    const written = Object.fromEntries(
      (['check', 'find', 'read', 'create', 'change', 'suspend', 'resume', 'delete'] as const)
        .filter((name) => settings[name] !== '')
        .map((name) => [name, readRequest(settings[name])]),
    ) as Partial<Record<Operation, Written>>
    const common = settings.headers === '' ? [] : readRequest(`GET /\n${settings.headers}`).headers
    const founds = { find: readExpression(settings.found), read: readExpression(settings.read_found) }

    async function ask(operation: Operation, fields: Fields): Promise<Answer> {
      const request = written[operation]
      if (!request) throw refused('unsupported', `${operation}: the description of the panel has no such request`)
      const values = { ...nothing, ...fields, key: settings.key, secret: settings.secret }
      const url = `${settings.url.replace(/\/$/, '')}${request.path(values)}`
      const writes = !['check', 'find', 'read'].includes(operation)
      const answer = await http.request({
        provider,
        method: request.method,
        url,
        headers: {
          accept: 'application/json',
          ...Object.fromEntries([...common, ...request.headers].map(([name, value]) => [name, value(values)])),
          ...(request.contentType === null ? {} : { 'content-type': request.contentType }),
        },
        ...(request.body === null ? {} : { body: request.body(values) }),
        writes,
      })
      const body = readBody(answer.text)
      if (body.kind === 'json') {
        const told = { ...values, answer: body.value }
        const is = (verdict: ReturnType<typeof says>) => verdict !== null && verdict(told) === true
        if (is(verdicts.notThere) || answer.status === 404) return null
        if (['create', 'change'].includes(operation) && is(verdicts.nameTaken))
          throw refused('username_taken', `${operation}: the panel says that the user name is taken`)
        if (is(verdicts.noCredits))
          throw refused('insufficient_credits', `${operation}: the panel says that there are no credits left`)
        if ([400, 402, 409].includes(answer.status))
          throw refused('invalid_input', `${operation}: the panel refuses the values (HTTP ${answer.status})`)
        judgeStatus(provider, answer, { url, writes, action: operation })
        if (verdicts.success !== null && verdicts.success(told) !== true)
          throw refused('invalid_input', `${operation}: the answer is no success`)
        return body.value
      }
      judgeStatus(provider, answer, { url, writes, action: operation })
      if (body.kind === 'empty' && answer.status === 204) return {}
      throw new ProviderError(provider, writes ? 'ambiguous' : 'unavailable', `${operation}: ${whatCame[body.kind]}`, {
        code: `answer_${body.kind}`,
      })
    }

    async function look(operation: 'find' | 'read', fields: Fields): Promise<FoundLine | null> {
      const answer = await ask(operation, fields)
      if (answer === null) return null
      const row = founds[operation]({ ...nothing, ...fields, answer })
      if (row === null || row === undefined || row === '') return null
      const line = typeof row === 'object' ? lineIn(row) : null
      if (!line) throw unreadable(`${operation}: what is found there is no line as described`)
      return line
    }

    /** Null where something needed is missing. What the description leaves out is empty here, and not compared. */
    function lineIn(line: object): FoundLine | null {
      const told = (name: Place) => at[name]?.({ line })
      const ref = toText(told('id'))
      const username = toText(told('username'))
      const enabled = toFlag(told('enabled'))
      const expires = told('expires')
      const expiresAt = expires === undefined ? undefined : toExpiry(expires, settings.time_zone)
      const bouquets = places.bouquets === undefined ? [] : toInts(told('bouquets') ?? null)
      if (ref === null || username === null || enabled === undefined || expiresAt === undefined || !bouquets)
        return null
      return {
        ref,
        username,
        password: toText(told('password')) ?? '',
        marker: /(?:^|\s)(ref:[\w-]+)/.exec(toText(told('reference')) ?? '')?.[1] ?? null,
        enabled,
        banned: false,
        expiresAt,
        maxConnections: toInt(told('connections')) ?? 0,
        bouquets,
        outputs: [],
        activeConnections: null,
      }
    }

    async function find(username: string): Promise<FoundLine | null> {
      const found = await look('find', { username })
      return found?.username === username ? found : null // A search may find parts of names.
    }

    async function read(ref: string, owner?: LineOwner): Promise<FoundLine | null> {
      if (written.read) {
        const found = await look('read', { id: ref })
        if (found && found.ref !== ref) throw unreadable('read: the answer is not the line that was asked for')
        return found
      }
      const logins = owner ? [owner, ...(owner.former ?? [])] : []
      for (const username of new Set(logins.map((each) => each.username))) {
        const found = await find(username)
        if (found?.ref === ref) return found
      }
      return null
    }

    async function own(ref: string, owner: LineOwner): Promise<FoundLine | null> {
      const found = await read(ref, owner)
      if (found && !isOurLine(found, owner)) throw refused('not_ours', `${ref} is not our line any more`)
      return found
    }

    const fieldsOf = (spec: LineSpec, line?: FoundLine): Fields => ({
      username: spec.username,
      password: spec.password,
      old_username: line?.username ?? spec.username,
      old_password: line?.password || spec.password,
      reference: spec.marker,
      enabled: spec.enabled,
      expires_unix: Math.floor(spec.expiresAt.epochMilliseconds / 1000),
      expires_at: spec.expiresAt.toString({ smallestUnit: 'second' }),
      expires_local: spec.expiresAt
        .toZonedDateTimeISO(settings.time_zone)
        .toPlainDateTime()
        .toString({ smallestUnit: 'second' })
        .replace('T', ' '),
      connections: spec.maxConnections,
      package: spec.package.packageId ?? '',
      bouquets: spec.package.bouquets,
      id: line?.ref ?? '',
    })

    /** Only what the description tells of a line. */
    function differences(found: FoundLine, spec: LineSpec): string[] {
      const off = Math.abs(
        (found.expiresAt?.epochMilliseconds ?? Number.POSITIVE_INFINITY) - spec.expiresAt.epochMilliseconds,
      )
      const sameSet = new Set(found.bouquets).symmetricDifference(new Set(spec.package.bouquets)).size === 0
      const different = {
        username: found.username !== spec.username,
        password: places.password !== undefined && found.password !== spec.password,
        enabled: found.enabled !== spec.enabled,
        expires_at: off > 60_000,
        connections: places.connections !== undefined && found.maxConnections !== spec.maxConnections,
        bouquets: places.bouquets !== undefined && !sameSet,
      }
      return Object.entries(different).flatMap(([name, differs]) => (differs ? [name] : []))
    }

    async function readBack(operation: Operation, ref: string, spec: LineSpec, before?: FoundLine): Promise<FoundLine> {
      const former = [...(before ? [{ username: before.username, password: '' }] : []), ...(spec.former ?? [])]
      const found = await afterWriting(operation, () => read(ref, { ...spec, former }))
      if (!found) throw unsure(operation, 'the line is not there when read back')
      return found
    }

    function verified(operation: Operation, found: FoundLine, spec: LineSpec): FoundLine {
      const wrong = differences(found, spec)
      if (wrong.length > 0) throw unsure(operation, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
      return found
    }

    async function switched(line: FoundLine, spec: LineSpec): Promise<FoundLine> {
      const operation = spec.enabled ? 'resume' : 'suspend'
      if ((await ask(operation, fieldsOf(spec, line))) === null)
        throw refused('not_found', `${operation}: the line is not on the panel`)
      return readBack(operation, line.ref, spec, line)
    }

    async function update(ref: string, spec: LineSpec): Promise<FoundLine> {
      let line = await own(ref, spec)
      if (!line) throw refused('not_found', 'the line is not on the panel')
      // Off comes first, so that a refused change keeps nobody watching; on comes last.
      if (!spec.enabled && line.enabled && written.suspend) line = await switched(line, spec)
      const rest = differences(line, spec).filter(
        (name) => name !== 'enabled' || !written[spec.enabled ? 'resume' : 'suspend'],
      )
      if (rest.includes('username') && (await find(spec.username)) !== null)
        throw refused('username_taken', 'change: another line has this user name')
      if (rest.length > 0) {
        const fields = fieldsOf(spec, line)
        if ((await ask('change', fields)) === null) throw refused('not_found', 'change: the line is not on the panel')
        line = await readBack('change', ref, spec, line)
      }
      if (spec.enabled && !line.enabled && written.resume) line = await switched(line, spec)
      return verified('change', line, spec)
    }

    return {
      async checkConnection() {
        try {
          if ((await ask('check', {})) === null)
            throw unusable('check: the panel answers that there is nothing', 'misconfigured')
          await find('linekeeper-check')
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error
          if (error.code.startsWith('answer_') || error.kind === 'rejected')
            throw unusable(`${error.message}: check the address, the key and the description`, 'misconfigured')
          throw error
        }
        return { detail: 'The panel answers as described.', version: null, notes: [] }
      },
      listBouquets: async () => [],
      findLine: (username) => find(username),
      readLine: read,
      async createLine(spec) {
        const present = await find(spec.username)
        if (present) throw refused('username_taken', 'create: another line has this user name')
        if ((await ask('create', fieldsOf(spec))) === null)
          throw refused('invalid_input', 'create: the panel says that there is no such thing')
        const made = await afterWriting('create', () => find(spec.username))
        if (!made || !isOurLine(made, spec)) throw unsure('create', 'the line is not there when read back')
        if (differences(made, spec).length === 0) return made
        return afterWriting('create', () => update(made.ref, spec)) // Some panels make every line on, or without its end.
      },
      updateLine: update,
      async deleteLine(ref, owner) {
        const line = owner ? await own(ref, owner) : await read(ref)
        if (!line) return
        await ask('delete', { id: ref, username: line.username, password: line.password || (owner?.password ?? '') })
        if (await afterWriting('delete', () => read(ref, { username: line.username, marker: '' })))
          throw unsure('delete', 'the line is still there')
      },
      differences: async (found, spec) => differences(found, spec),
    }
  },

  connectionDetails,
}

/** A field that an operation has nothing for is empty, not a mistake. */
const nothing: Fields = {
  username: '',
  password: '',
  old_username: '',
  old_password: '',
  reference: '',
  enabled: false,
  expires_unix: 0,
  expires_at: '',
  expires_local: '',
  connections: 0,
  package: '',
  bouquets: [],
  id: '',
}

const whatCame = {
  html: 'a web page instead of an answer',
  empty: 'nothing instead of an answer',
  unreadable: 'something unreadable instead of an answer',
} as const
