/**
 * Signed links: they open one thing without a sign-in, for a time, and carry all they need. The order page, "pay this invoice",
 * "renew this plan" in mails. Scope is the kind: a link to an order cannot pay another's invoice.
 */
import type { App } from '#app.ts'
import { deriveKey, equalSecrets, hmac } from '#platform/crypto.ts'
import { Refusal } from '#platform/errors.ts'

export type LinkKind = 'order' | 'pay' | 'renew' | 'invoice' | 'unsubscribe' | 'mail_test' | 'quote' | 'reseller'
export type Link = { kind: LinkKind; businessId: string; id: string }

const keys = new WeakMap<App, Uint8Array>()

function keyOf(app: App): Uint8Array {
  const known = keys.get(app) ?? deriveKey(app.masterKey, 'links')
  keys.set(app, known)
  return known
}

/** A token without padding or dots. The same link, signed at different times, differs by its end only. */
export function signLink(app: App, link: Link, expires: Temporal.Instant): string {
  const body = Buffer.from(
    JSON.stringify([link.kind, link.businessId, link.id, Math.floor(expires.epochMilliseconds / 1000)]),
  ).toString('base64url')
  return `${body}${signature(app, body)}`
}

/** Throws `not_found` for anything but a genuine link of that kind whose time is not over. */
export function openLink(app: App, kind: LinkKind, token: string, now: Temporal.Instant): Link {
  const link = readLink(app, token)
  if (link === null || link.kind !== kind || link.expires < now.epochMilliseconds / 1000)
    throw new Refusal('not_found', 'This link is not valid any more.')
  return { kind: link.kind, businessId: link.businessId, id: link.id }
}

function readLink(app: App, token: string): (Link & { expires: number }) | null {
  const [body, mark] = [token.slice(0, -signatureLength), token.slice(-signatureLength)]
  if (body === '' || !equalSecrets(mark, signature(app, body))) return null
  const [kind, businessId, id, expires] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [
    LinkKind,
    string,
    string,
    number,
  ]
  return { kind, businessId, id, expires }
}

const signatureLength = 22
const signature = (app: App, body: string): string =>
  hmac(keyOf(app), body).toString('base64url').slice(0, signatureLength)
