/**
 * Media servers without a panel (Flussonic, Nimble, Astra): they ask us whether a viewer may watch, and the lines are rows of our own
 * table. What is written there is what the next question is answered with.
 */
import { ProviderError } from '#platform/errors.ts'
import { fieldText } from '#platform/templates/fields.ts'
import { asksUs, hashOf, tokenOf } from './media-server/ask.ts'
import { MediaServerSettings, streamGroups } from './media-server/settings.ts'
import { type AccessEntry, type FoundLine, isOurLine, type LineOwner, type LineSpec, type PanelKind } from './panel.ts'
import { troubleOf } from './xtream-family/trouble.ts'

export { MediaServerSettings }

export const mediaServer: PanelKind<MediaServerSettings> = {
  kind: 'media_server',
  title: 'Media server (asks us)',
  settings: MediaServerSettings,
  capabilities: {
    absoluteExpiry: true,
    chargesEachExtension: false,
    canList: true,
    canDelete: true,
    canDropConnections: false,
    tellsUsage: true,
    canRestrict: true,
  },
  asksUs,

  open(settings, { access, now }) {
    if (!access) throw new Error('a media server that asks us needs our table of access')
    const { refused, unsure, afterWriting } = troubleOf('media_server')

    const reading = <T>(work: Promise<T>): Promise<T> =>
      failing(work, 'unavailable', 'our table of access cannot be read')
    const writing = <T>(work: Promise<T>): Promise<T> =>
      failing(work, 'ambiguous', 'whether our table of access was written is not known')

    const rowOf = (spec: LineSpec): Omit<AccessEntry, 'ref'> => ({
      username: spec.username,
      password: spec.password,
      tokenHash: hashOf(tokenOf(settings, spec)),
      marker: spec.marker,
      enabled: spec.enabled,
      expiresAt: spec.expiresAt,
      connections: spec.maxConnections,
      streams: spec.package.bouquets,
    })

    /** Refuses a ref that leads to somebody else's line. */
    async function own(ref: string, owner: LineOwner): Promise<AccessEntry | null> {
      const found = await reading(access?.read(ref) ?? Promise.resolve(null))
      if (found && !isOurLine(found, owner)) throw refused('not_ours', `${ref} is not our line any more`)
      return found
    }

    const taken = () => refused('username_taken', 'another line has this user name')

    async function readBack(ref: string): Promise<FoundLine> {
      const found = await afterWriting('write', () => reading(access?.read(ref) ?? Promise.resolve(null)))
      if (!found) throw unsure('write', 'the line is not there when read back')
      return lineOf(found)
    }

    return {
      async checkConnection() {
        const askedAt = await reading(access.askedAt())
        const since = askedAt === null ? null : Math.max(0, Math.round(now().since(askedAt).total('minutes')))
        const ago = since === null ? '' : since < 2 ? 'just now' : `${since} minutes ago`
        return {
          detail:
            askedAt === null
              ? 'Our table is ready; no media server has asked yet.'
              : `Our table is ready; a media server asked ${ago}.`,
          version: null,
          notes: askedAt === null ? ['Enter the secret address of this panel in your media server.'] : [],
        }
      },
      listBouquets: async () => (streamGroups(settings.groups) ?? []).map(({ id, name }) => ({ id, name })),
      async findLine(username) {
        const found = await reading(access.find(username))
        return found && lineOf(found)
      },
      async readLine(ref) {
        const found = await reading(access.read(ref))
        return found && lineOf(found)
      },
      async createLine(spec) {
        const present = await reading(access.find(spec.username))
        if (present) throw taken()
        const made = await writing(access.add(rowOf(spec)))
        if (made === 'taken') throw taken()
        return readBack(made.ref)
      },
      async updateLine(ref, spec) {
        const present = await own(ref, spec)
        if (!present) throw refused('not_found', 'the line is not in our table')
        const wanted = { ...rowOf(spec), ref }
        if (isSame(present, wanted)) return lineOf(present)
        const changed = await writing(access.change(wanted))
        if (changed === 'taken') throw taken()
        if (changed === 'gone') throw refused('not_found', 'the line is not in our table')
        return readBack(ref)
      },
      async deleteLine(ref, owner) {
        if (owner && !(await own(ref, owner))) return
        await writing(access.remove(ref))
      },
      async *listLines() {
        try {
          for await (const page of access.list()) yield page.map(lineOf)
        } catch (error) {
          await reading(Promise.reject(error))
        }
      },
      async *sessions() {
        try {
          yield* access.watching(watchesFor(settings))
        } catch (error) {
          await reading(Promise.reject(error))
        }
      },
    }
  },

  connectionDetails(settings, { username, password }) {
    const login = { username, password }
    const values = { ...login, token: tokenOf(settings, login) }
    const m3uUrl = fieldText(settings.playlist_url, 'url')(values)
    const { origin, protocol, hostname, port } = new URL(m3uUrl)
    return {
      serverUrl: origin,
      host: hostname,
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      ...login,
      m3uUrl,
      epgUrl: fieldText(settings.guide_url, 'url')(values),
      portalUrl: null,
    }
  },
}

/** It asks again that often for who goes on; one question may be late, and what was asked is written down once a minute. */
const watchesFor = ({ recheck_seconds }: MediaServerSettings): number => recheck_seconds * 2 + 60

const lineOf = (entry: AccessEntry): FoundLine => ({
  ref: entry.ref,
  username: entry.username,
  password: entry.password,
  marker: entry.marker,
  enabled: entry.enabled,
  banned: false,
  expiresAt: entry.expiresAt,
  maxConnections: entry.connections,
  bouquets: entry.streams,
  outputs: [],
  activeConnections: null,
})

const isSame = (a: AccessEntry, b: AccessEntry): boolean =>
  a.username === b.username &&
  a.tokenHash === b.tokenHash &&
  a.password === b.password &&
  a.marker === b.marker &&
  a.enabled === b.enabled &&
  a.expiresAt.equals(b.expiresAt) &&
  a.connections === b.connections &&
  new Set(a.streams).symmetricDifference(new Set(b.streams)).size === 0

/** Our own database away is told like a panel that is. */
async function failing<T>(work: Promise<T>, kind: 'unavailable' | 'ambiguous', message: string): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause
    throw new ProviderError('media_server', kind, message, { code: 'own_trouble', cause })
  }
}
