/** A list of lines as people keep them: user name, password, e-mail address, end, plan. Pure. */
import { parse } from 'csv-parse/sync'
import { Refusal } from '#platform/errors.ts'
import type { Instant, Zone } from '#platform/time.ts'

export type FiledLine = {
  username: string
  password: string | null
  email: string | null
  expiresAt: Instant | null
  /** Its id or its name. */
  plan: string | null
}

const columns = {
  username: ['username', 'user name', 'user', 'login', 'line'],
  password: ['password', 'pass'],
  email: ['email', 'e-mail', 'mail'],
  expires: ['expires', 'expires at', 'expiry', 'exp date', 'end', 'until'],
  plan: ['plan', 'package', 'product'],
} as const
type Column = keyof typeof columns

export const mostFiled = 50_000

/** Refuses (`invalid_input`, with the row) what cannot be read: nothing of such a file is taken. Days without a time end with the day, in `zone`. */
export function readFile(text: string, zone: Zone): FiledLine[] {
  const table = tableOf(text)
  const [head = [], ...rows] = table
  const placed = new Map<Column, number>()
  for (const name of Object.keys(columns) as Column[]) {
    const at = head.findIndex((each) => (columns[name] as readonly string[]).includes(plain(each)))
    if (at >= 0) placed.set(name, at)
  }
  if (!placed.has('username'))
    throw wrong('The first row must name the columns: username, password, email, expires, plan.')
  if (rows.length === 0) throw wrong('There is no line in it.')
  if (rows.length > mostFiled) throw wrong(`It has more than ${mostFiled} lines. Please hand it in in parts.`)
  const seen = new Set<string>()
  return rows.map((row, index) => {
    const cell = (name: Column) => row[placed.get(name) ?? -1]?.trim() || null
    const username = cell('username')
    if (username === null) throw wrong(`Row ${index + 2} has no user name.`)
    if (seen.has(username)) throw wrong(`Row ${index + 2}: ${username} is in it twice.`)
    seen.add(username)
    const expires = cell('expires')
    const expiresAt = expires === null ? null : instantOf(expires, zone)
    if (expires !== null && expiresAt === null)
      throw wrong(`Row ${index + 2}: ${expires} is no date. Write 2026-12-31, or 2026-12-31T18:00:00Z.`)
    return { username, password: cell('password'), email: cell('email'), expiresAt, plan: cell('plan') }
  })
}

function tableOf(text: string): string[][] {
  try {
    const options = { bom: true, skip_empty_lines: true, relax_column_count: true, delimiter: [',', ';', '\t'] }
    return parse(text, options) as string[][]
  } catch {
    throw wrong('This is not a table of commas or semicolons.')
  }
}

const plain = (word: string) =>
  word
    .trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ')

const wrong = (detail: string) =>
  new Refusal('invalid_input', 'Please check the file.', [{ pointer: '/csv', code: 'invalid', detail }])

function instantOf(text: string, zone: Zone): Instant | null {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text))
      return Temporal.PlainDate.from(text).add({ days: 1 }).toZonedDateTime(zone).toInstant()
    if (/^\d{4}-\d{2}-\d{2}[T ][\d:]+$/.test(text))
      return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(zone).toInstant()
    return Temporal.Instant.from(text)
  } catch {
    return null
  }
}
