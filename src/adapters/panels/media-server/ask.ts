/**
 * The question of a media server, and our answer. Flussonic asks by GET with `token`, `name`, `session_id` and what it counts; Nimble posts JSON
 * whose names differ from version to version; Astra passes on what the viewer's address had, and says the rest in headers. All understand
 * 200 and 403; who does not know a header passes over it.
 */
import { createHash, createHmac } from 'node:crypto'
import type { AccessAnswer, AccessAsk, AccessFacts, AsksUs, Login } from '../panel.ts'
import { type MediaServerSettings, streamGroups } from './settings.ts'

/** What stands in a viewer's address: it leads to user name and password, and gives neither away. */
export const tokenOf = ({ token_key }: Pick<MediaServerSettings, 'token_key'>, { username, password }: Login): string =>
  createHmac('sha256', token_key).update(`${username}\n${password}`).digest('base64url').slice(0, 32)

/** What we keep: whoever reads our tables can watch nothing with it. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

export const asksUs: AsksUs<MediaServerSettings> = {
  read(settings, ask) {
    const told = toldBy(ask)
    const token = first(told, 'token')
    const [username, password] = [first(told, 'username'), first(told, 'password')]
    const login = username !== null && password !== null ? tokenOf(settings, { username, password }) : null
    const known = token ?? login
    const agent = first(told, 'user_agent') ?? ask.headers['x-real-ua'] ?? first(told, 'useragent')
    // Each stream is a session of its own there: by device, who changes the channel is counted once.
    const device = [first(told, 'ip') ?? ask.headers['x-real-ip'] ?? first(told, 'clientip') ?? '', agent ?? '']
    return {
      tokenHash: known === null ? null : hashOf(known),
      viewer: known === null ? null : hashOf([known, ...device].join('\n')),
      agent: agent?.slice(0, 200) ?? null,
      stream: first(told, 'name') ?? ask.headers['x-channel-id'] ?? first(told, 'stream'),
    }
  },

  answer(settings, facts, stream, now): AccessAnswer {
    const left = facts === null ? 0 : Math.ceil((facts.expiresAt.epochMilliseconds - now.epochMilliseconds) / 1000)
    if (facts === null || !facts.enabled || left <= 0 || !mayWatch(settings, facts, stream))
      return { status: 403, headers: { 'x-authduration': String(settings.recheck_seconds) } }
    return {
      status: 200,
      headers: {
        'x-userid': facts.username,
        'x-session-name': facts.username,
        'x-max-sessions': String(facts.connections),
        // Not beyond the end of what was paid for.
        'x-authduration': String(Math.min(settings.recheck_seconds, left)),
        ...(settings.newest_wins && facts.connections === 1 ? { 'x-unique': 'true' } : {}),
      },
    }
  },

  // Flussonic keeps its former decision on 500 only; any other failure ends what plays.
  unknown: { status: 500, headers: {} },
  keptMinutes: (settings) => settings.kept_minutes,
  addressNumber: (settings) => settings.address_number,
}

/** A question that names no stream is about the line alone: nobody is refused by mistake. */
function mayWatch(settings: MediaServerSettings, facts: AccessFacts, stream: string | null): boolean {
  const groups = streamGroups(settings.groups) ?? []
  if (groups.length === 0 || stream === null) return true
  return groups
    .filter(({ id }) => facts.streams.includes(id))
    .some(({ patterns }) => patterns.some((pattern) => fits(pattern, stream)))
}

const fits = (pattern: string, stream: string): boolean =>
  new RegExp(`^${pattern.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*')}$`).test(stream)

const first = (told: readonly URLSearchParams[], name: string): string | null =>
  told.map((each) => each.get(name)).find((value) => value !== null && value !== '') ?? null

/** Everywhere something may stand: the query, the viewer's own query inside it, a form, and every text of a JSON body. */
function toldBy({ query, headers, body }: AccessAsk): URLSearchParams[] {
  const own = query.get('qs')
  const found = [query, ...(own === null ? [] : [new URLSearchParams(own)])]
  if (headers['x-real-path'] !== undefined) found.push(queryIn(headers['x-real-path']))
  if (body === '') return found
  if (!(headers['content-type'] ?? '').includes('json') && !/^\s*[[{]/.test(body))
    return [...found, new URLSearchParams(body)]
  for (const [name, text] of textsIn(parsed(body), 0))
    found.push(text.includes('?') ? queryIn(text) : new URLSearchParams([[name, text]]))
  return found
}

const queryIn = (address: string): URLSearchParams => new URLSearchParams(address.slice(address.indexOf('?') + 1))

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

/** Names in small letters, without what versions put between their words. */
function textsIn(value: unknown, depth: number): [string, string][] {
  if (typeof value !== 'object' || value === null || depth > 4) return []
  return Object.entries(value).flatMap(([name, each]): [string, string][] =>
    typeof each === 'string' ? [[name.toLowerCase().replace(/[_-]/g, ''), each]] : textsIn(each, depth + 1),
  )
}
