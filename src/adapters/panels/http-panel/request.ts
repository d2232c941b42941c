/** A request as an operator writes it down: method and path, headers, an empty line, the body; with fields in it. */
import { type FieldStyle, type Fields, faultOfFields, fieldText } from '#platform/templates/fields.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Written = {
  method: Method
  /** Below the panel's address. */
  path(values: Fields): string
  headers: readonly (readonly [string, (values: Fields) => string])[]
  body: ((values: Fields) => string) | null
  contentType: string | null
}

/** What may stand in requests. Times are those of the wish: seconds, RFC 3339, and the panel's own wall clock. */
export const requestFields = [
  'username',
  'password',
  'old_username',
  'old_password',
  'reference',
  'enabled',
  'expires_unix',
  'expires_at',
  'expires_local',
  'connections',
  'package',
  'bouquets',
  'id',
  'key',
  'secret',
]

const firstLine = /^(GET|POST|PUT|PATCH|DELETE)\s+(\/\S.*|\/)$/
const headerLine = /^([A-Za-z0-9-]{1,60}):\s*(.*)$/
/** A body of this length is a mistake. */
const mostBytes = 8_000

type Parts = {
  method: Method
  path: string
  headers: [string, string][]
  body: string
  style: FieldStyle
  type: string | null
}

function partsOf(text: string): Parts | string {
  const lines = text.trim().split(/\r?\n/)
  const [, method, path] = firstLine.exec(lines[0]?.trim() ?? '') ?? []
  if (method === undefined || path === undefined) return 'must begin with a method and a path, as in POST /api/lines'
  const gap = lines.findIndex((each) => each.trim() === '')
  const heads = lines.slice(1, gap === -1 ? undefined : gap)
  const headers: [string, string][] = []
  for (const each of heads) {
    const [, name, value] = headerLine.exec(each.trim()) ?? []
    if (name === undefined || value === undefined)
      return `has a line "${each.slice(0, 40)}" that is no header; the body comes after an empty line`
    headers.push([name.toLowerCase(), value])
  }
  const body =
    gap === -1
      ? ''
      : lines
          .slice(gap + 1)
          .join('\n')
          .trim()
  if (body.length > mostBytes) return 'has a body that is too long'
  const given = headers.find(([name]) => name === 'content-type')?.[1] ?? null
  const isJson = given === null ? /^[[{]/.test(body) : given.includes('json')
  const type = body === '' ? null : (given ?? (isJson ? 'application/json' : 'application/x-www-form-urlencoded'))
  return { method: method as Method, path, headers, body, style: isJson ? 'json' : 'url', type }
}

/** What is wrong with it, as the end of a sentence; null when it can be sent. */
export function faultOfRequest(text: string): string | null {
  const parts = partsOf(text)
  if (typeof parts === 'string') return parts
  const faults = [
    faultOfFields(parts.path, requestFields, 'url'),
    ...parts.headers.map(([, value]) => faultOfFields(value, requestFields, 'plain')),
    faultOfFields(parts.body, requestFields, parts.style),
  ]
  return (
    faults.find((each) => each !== null) ??
    (parts.body !== '' && parts.method === 'GET' ? 'has a body, which GET cannot have' : null)
  )
}

/** Throws for what `faultOfRequest` complains about. */
export function readRequest(text: string): Written {
  const parts = partsOf(text)
  if (typeof parts === 'string') throw new Error(parts)
  return {
    method: parts.method,
    path: fieldText(parts.path, 'url'),
    headers: parts.headers.map(([name, value]) => [name, fieldText(value, 'plain')]),
    body: parts.body === '' ? null : fieldText(parts.body, parts.style),
    contentType: parts.type,
  }
}
