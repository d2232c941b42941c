/** History as a file for a spreadsheet. */
import type { Event } from './queries.ts'

const head = [
  'at',
  'what',
  'who',
  'subject',
  'id',
  'customer',
  'why',
  'details',
  'address',
  'agent',
  'request',
  'event',
]

/** UTF-8, one row for each event, in the order given. */
export function auditCsv(events: readonly Event[]): Uint8Array {
  const lines = events.map((each) => [
    ...[each.at.toString(), each.type, each.actor, each.subjectType, each.subjectId, each.customerId ?? ''],
    ...[reasonIn(each.data), JSON.stringify(each.data), each.address ?? '', each.agent ?? ''],
    ...[each.requestId ?? '', each.id],
  ])
  return new TextEncoder().encode(`${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`)
}

const reasonIn = (data: Record<string, unknown>): string => (typeof data.reason === 'string' ? data.reason : '')

/** Quoted where it must be; what a spreadsheet would run as a formula is shown as text. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
