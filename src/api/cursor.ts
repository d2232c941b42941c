/** Cursors: opaque, signed, and good only for the list, the filter and the business that they were made for. */
import type { App } from '#app.ts'
import { deriveKey, equalSecrets, hmac } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'

export type Place = { at: Temporal.Instant; id: string }

const markLength = 22

/** `list` names route, business and filter: the same three give the same mark. */
export function writeCursor(app: App, list: string, { at, id }: Place): string {
  const body = Buffer.from(JSON.stringify([at.toString(), id])).toString('base64url')
  return `${body}${markOf(app, list, body)}`
}

export function readCursor(app: App, list: string, cursor: string): Place {
  const body = cursor.slice(0, -markLength)
  if (body === '' || !equalSecrets(cursor.slice(-markLength), markOf(app, list, body)))
    throw new Refusal('bad_request', 'This cursor does not belong to this list and filter: begin again without one.')
  const [at, id] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [string, string]
  return { at: Temporal.Instant.from(at), id }
}

const keys = new WeakMap<App, Uint8Array>()

function markOf(app: App, list: string, body: string): string {
  const key = keys.get(app) ?? deriveKey(app.masterKey, 'cursors')
  keys.set(app, key)
  return hmac(key, `${list}\n${body}`).toString('base64url').slice(0, markLength)
}
