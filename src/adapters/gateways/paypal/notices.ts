/**
 * PayPal's notices, verified without asking PayPal: RSA over `id|time|webhook|CRC-32 of the body`, by a certificate that only PayPal's
 * own address may give and that a trusted authority signed. They are not refused by age: PayPal repeats one for three days as it was.
 */
import { createVerify, type KeyObject, X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { type GatewayContext, type Hint, NoticeError, type RawNotice, type VerifiedNotice } from '../gateway.ts'
import { activeSecrets, noticeJson } from '../signed-notice.ts'
import { type PaypalSettings, type Place, placeOf } from './settings.ts'
import { instantOf, ourRefOf } from './snapshot.ts'

const mostCertificates = 20

/** Keeps the keys of the certificates it has seen; they change every few months. */
export function noticeVerifier(settings: PaypalSettings, context: GatewayContext) {
  const place = placeOf(settings)
  const seen = new Map<string, X509Certificate>()

  async function keyAt(url: string, now: Temporal.Instant): Promise<KeyObject> {
    const known = seen.get(url)
    if (known && isValid(known, now)) return known.publicKey
    const leaf = trustedLeaf(await fetchCertificates(context, url), place, now)
    if (seen.size >= mostCertificates) seen.clear()
    seen.set(url, leaf)
    return leaf.publicKey
  }

  return async ({ body, headers, receivedAt }: RawNotice): Promise<VerifiedNotice> => {
    const webhooks = activeSecrets(settings.webhook_id)
    if (webhooks.length === 0) throw new NoticeError('cannot_verify_now', 'no webhook id is set for this account')
    const { id, time, signature, url } = signedParts(headers)
    checkPlace(url, place)
    const key = await keyAt(url, receivedAt)
    const fits = webhooks.some((webhook) => isSigned(key, signedText(id, time, webhook, body), signature))
    if (!fits) throw new NoticeError('forged', 'the signature does not fit')
    return readEvent(body)
  }
}

/** What PayPal signs. The checksum is of the raw bytes, an unsigned decimal. */
export const signedText = (id: string, time: string, webhookId: string, body: Uint8Array): string =>
  `${id}|${time}|${webhookId}|${crc32(body)}`

export const isSigned = (key: KeyObject, text: string, signature: string): boolean =>
  createVerify('sha256').update(text).verify(key, signature, 'base64')

function signedParts(headers: Record<string, string>) {
  const [id, time, signature, url, algorithm] = ['id', 'time', 'sig']
    .map((each) => `paypal-transmission-${each}`)
    .concat('paypal-cert-url', 'paypal-auth-algo')
    .map((name) => headers[name] ?? '')
  if (!id || !time || !signature || !url) throw new NoticeError('forged', 'a header of the signature is missing')
  if ([id, time, signature, url].some((each) => each.length > 2_000) || id.includes('|') || time.includes('|'))
    throw new NoticeError('forged', 'a header of the signature cannot be read')
  if (algorithm?.toLowerCase() !== 'sha256withrsa')
    throw new NoticeError('forged', 'the signature is of another kind than SHA256withRSA')
  return { id, time, signature, url }
}

/** Anything else than PayPal's own store of certificates would be somebody else's key, and a request to wherever he wants. */
function checkPlace(address: string, { origins }: Place): void {
  const url = URL.parse(address)
  const ours =
    url !== null &&
    origins.includes(url.origin) &&
    /^\/v1\/notifications\/certs\/[\w.-]+$/.test(url.pathname) &&
    url.username + url.password + url.search + url.hash === ''
  if (!ours) throw new NoticeError('forged', 'the certificate lies elsewhere than with PayPal')
}

async function fetchCertificates(context: GatewayContext, url: string): Promise<X509Certificate[]> {
  const answer = await context.http
    .request({ provider: 'paypal', method: 'GET', url, writes: false, maxBytes: 100_000 })
    .catch((error: unknown) => {
      if (!(error instanceof ProviderError)) throw error
      throw new NoticeError('cannot_verify_now', `the certificate could not be fetched: ${error.message}`)
    })
  if (answer.status === 404) throw new NoticeError('forged', 'PayPal has no such certificate')
  try {
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
    const found = answer.text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    if (found.length === 0) throw new Error('it holds none')
    return found.slice(0, 10).map((each) => new X509Certificate(each))
  } catch (error) {
    throw new NoticeError('cannot_verify_now', `the certificate could not be read: ${(error as Error).message}`)
  }
}

/**
 * The first certificate, when it is PayPal's for this mode and a chain leads from it to an authority that is trusted. A double's
 * authority is its own and counts for nothing but the double.
 */
export function trustedLeaf(
  chain: readonly X509Certificate[],
  { mode }: Place,
  now: Temporal.Instant,
): X509Certificate {
  const [leaf] = chain
  const name = /^CN=(.+)$/m.exec(leaf?.subject ?? '')?.[1]?.toLowerCase() ?? ''
  const ofSandbox = name.includes('.sandbox.')
  if (!leaf || !isValid(leaf, now)) throw new NoticeError('forged', 'the certificate is not valid now')
  if (!name.endsWith('.paypal.com') || ofSandbox === (mode === 'live'))
    throw new NoticeError('forged', `the certificate is of ${name || 'nobody'}`)
  const roots = mode === 'double' ? chain.filter(isSelfSigned) : trustedRoots()
  if (!leadsTo(leaf, chain, roots, now)) throw new NoticeError('forged', 'no trusted authority signed the certificate')
  return leaf
}

function leadsTo(
  from: X509Certificate,
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Temporal.Instant,
): boolean {
  let each = from
  for (let depth = 0; depth < 5; depth += 1) {
    const signedBy = (issuer: X509Certificate) =>
      issuer.ca && isValid(issuer, now) && each.checkIssued(issuer) && each.verify(issuer.publicKey)
    if (roots.some(signedBy)) return true
    const issuer = chain.find((other) => other !== each && signedBy(other))
    if (!issuer) return false
    each = issuer
  }
  return false
}

const isSelfSigned = (each: X509Certificate): boolean => each.checkIssued(each) && each.verify(each.publicKey)

const isValid = (each: X509Certificate, now: Temporal.Instant): boolean =>
  each.validFromDate.getTime() <= now.epochMilliseconds && now.epochMilliseconds <= each.validToDate.getTime()

let parsedRoots: X509Certificate[] | null = null

function trustedRoots(): X509Certificate[] {
  parsedRoots ??= rootCertificates.map((each) => new X509Certificate(each))
  return parsedRoots
}

const words = z.string().nullish()

const Event = z.object({
  id: z.string().min(1).max(200),
  event_type: z.string(),
  create_time: words,
  resource: z.object({
    id: words,
    custom_id: words,
    supplementary_data: z.object({ related_ids: z.object({ order_id: words }).nullish() }).nullish(),
    purchase_units: z.array(z.object({ custom_id: words })).nullish(),
    dispute_id: words,
    disputed_transactions: z.array(z.object({ seller_transaction_id: words, custom: words })).nullish(),
  }),
})
type Event = z.infer<typeof Event>

/** `body` is already proved to be PayPal's. What happened is asked, not believed. */
export function readEvent(body: Uint8Array): VerifiedNotice {
  const event = Event.safeParse(noticeJson(body)).data
  if (!event) throw new NoticeError('forged', 'the signed body is not an event')
  return {
    dedupeKey: event.id,
    eventType: event.event_type,
    occurredAt: instantOf(event.create_time),
    hints: hintsOf(event),
  }
}

function hintsOf({ event_type: type, resource }: Event): Hint[] {
  const hint = (
    object: Hint['object'],
    remoteRef: string | null | undefined,
    custom: string | null | undefined,
  ): Hint[] => (remoteRef ? [{ object, remoteRef, ourRef: ourRefOf(custom), type }] : [])
  const order = resource.supplementary_data?.related_ids?.order_id ?? resource.id

  if (type.startsWith('CHECKOUT.ORDER.')) return hint('payment', resource.id, resource.purchase_units?.[0]?.custom_id)
  if (type === 'PAYMENT.CAPTURE.REFUNDED' || type === 'PAYMENT.CAPTURE.REVERSED' || type.startsWith('PAYMENT.REFUND.'))
    return hint('refund', order, resource.custom_id)
  if (type.startsWith('PAYMENT.CAPTURE.')) return hint('payment', order, resource.custom_id)
  if (type.startsWith('CUSTOMER.DISPUTE.'))
    return (resource.disputed_transactions ?? []).flatMap((each) =>
      hint('dispute', each.seller_transaction_id, each.custom).map((told) => ({
        ...told,
        ...(resource.dispute_id ? { disputeRef: resource.dispute_id } : {}),
      })),
    )
  return []
}
