/**
 * The one way out. Panels, gateways and webhooks are other people's machines at addresses that operators type in: every request
 * is limited in time and size, follows no redirect, reaches public addresses only (or those the installation allows), and a
 * failure says whether the request can have been carried out.
 */
import { stopwatch } from './clock.ts'
import { ProviderError } from './errors.ts'
import type { AllowList } from './http-out/addresses.ts'
import { fingerprintOf, type Resolve, shownCertificate, systemResolve } from './http-out/connect.ts'
import { networkExchange } from './http-out/exchange.ts'
import { inProcessExchange } from './http-out/in-process.ts'
import { redactUrl } from './http-out/redact.ts'
import { type Exchange, type Wire, type WireAnswer, WireFault } from './http-out/wire.ts'
import type { Log } from './log.ts'
import { countCall } from './metrics.ts'

export { type AllowList, isGlobalUnicast, mayReach, parseAllowList } from './http-out/addresses.ts'
export { readFingerprint, writtenFingerprint } from './http-out/connect.ts'
export type { InProcessApps } from './http-out/in-process.ts'
export { redactBody, redactUrl } from './http-out/redact.ts'

export type OutRequest = {
  /** Who is asked, for errors and logs: `xui`, `stripe`. */
  provider: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** Sent form-encoded, in this order. At most one of form, json, body. */
  form?: ReadonlyArray<readonly [string, string]>
  json?: unknown
  body?: string | Uint8Array
  /** Whether it may change something there: an answer that never came is then `ambiguous`, else `unavailable`. */
  writes: boolean
  /** From the call to the last byte of the answer, waiting for a free connection included. 20 s unless told. */
  timeoutMs?: number
  /** Of the answer, before and after decompression. 4 MiB unless told. */
  maxBytes?: number
  /** May reach the other side twice without harm (reads may, unless told): repeated once when a kept-alive connection had died. */
  idempotent?: boolean
}

/** Any HTTP status is an answer, also 3xx and 5xx: what it means is the adapter's to say. */
export type OutAnswer = { status: number; headers: Headers; text: string; tookMs: number }

export interface HttpOut {
  /** Throws `ProviderError` `unavailable` (surely not done) or `ambiguous` (may have been done). */
  request(request: OutRequest): Promise<OutAnswer>
  /** The same guards behind the platform's `fetch`, for SDKs. Never follows redirects; failures are `TypeError` with the `ProviderError` as `cause`. */
  fetch: typeof globalThis.fetch
  /** Until when the TLS certificate of a host holds, as this process last saw it; null: it has seen none. */
  certificateEnds(url: string): Temporal.Instant | null
  /** The same way out with the same guards, on which one certificate alone is taken: the one of that fingerprint, whoever signed it. */
  trusting(fingerprint: string): HttpOut
  /** What certificate a host shows, looked at without sending anything. Null: it shows none, or cannot be reached. */
  certificateOf(url: string): Promise<ShownCertificate | null>
}

export type ShownCertificate = {
  /** SHA-256 of all of it: 64 small hexadecimal digits. */
  fingerprint: string
  subject: string
  issuer: string
  ends: Temporal.Instant
}

const defaultTimeoutMs = 20_000
const connectTimeoutMs = 8_000
const connectionsPerOrigin = 16
const defaultMaxBytes = 4 * 1024 * 1024
const userAgent = 'Linekeeper/1.0'

/** Over the network. `now` is a stopwatch in milliseconds; `resolve` gives all addresses of a name. */
export function createHttpOut(options: {
  allowPrivate: AllowList
  log: Log
  now?: () => number
  resolve?: Resolve
  connectTimeoutMs?: number
}): HttpOut {
  const certificates = new Map<string, Temporal.Instant>()
  const limits = {
    allowPrivate: options.allowPrivate,
    resolve: options.resolve ?? systemResolve,
    connectTimeoutMs: options.connectTimeoutMs ?? connectTimeoutMs,
    connectionsPerOrigin,
    certificates,
  }
  const now = options.now ?? stopwatch
  // Connections are kept by what they were made under: what one trusts, another must not use.
  const trusting = new Map<string, HttpOut>()
  const own: Own = {
    trusting(fingerprint) {
      const known = trusting.get(fingerprint)
      if (known !== undefined) return known
      const made = httpOut(networkExchange(limits, fingerprint), certificates, options.log, now, own)
      trusting.set(fingerprint, made)
      return made
    },
    async certificateOf(url) {
      const address = URL.parse(url)
      if (address?.protocol !== 'https:') return null
      const { allowPrivate, resolve, connectTimeoutMs: patience } = limits
      const shown = await shownCertificate(address, allowPrivate, resolve, patience).catch(() => null)
      if (shown === null) return null
      return {
        fingerprint: fingerprintOf(shown),
        subject: shown.subject.replaceAll('\n', ', '),
        issuer: shown.issuer.replaceAll('\n', ', '),
        ends: Temporal.Instant.fromEpochMilliseconds(shown.validToDate.getTime()),
      }
    },
  }
  return httpOut(networkExchange(limits), certificates, options.log, now, own)
}

/** What only a way over the network has. */
type Own = Pick<HttpOut, 'trusting' | 'certificateOf'>

/**
 * For the simulation: origins are answered by apps of this process; an origin nobody answers refuses the connection. `certificates` are
 * what a handshake would have shown, by origin.
 */
export function inProcessHttpOut(
  apps: Parameters<typeof inProcessExchange>[0],
  options: { log: Log; now?: () => number; certificates?: Certificates },
): HttpOut {
  const out: HttpOut = httpOut(
    inProcessExchange(apps),
    options.certificates ?? new Map(),
    options.log,
    options.now ?? stopwatch,
    { trusting: () => out, certificateOf: async () => null },
  )
  return out
}

/** Where a 3xx points, resolved against the request; null when it is none. `toHttps`: only the scheme would change. */
export function redirectOf(
  answer: Pick<OutAnswer, 'status' | 'headers'>,
  requestUrl: string,
): { to: URL; toHttps: boolean } | null {
  const location = answer.headers.get('location')
  if (answer.status < 300 || answer.status > 399 || location === null || !URL.canParse(location, requestUrl))
    return null
  const from = new URL(requestUrl)
  const to = new URL(location, from)
  return { to, toHttps: from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname }
}

/** By origin: when they end. */
type Certificates = ReadonlyMap<string, Temporal.Instant>

function httpOut(exchange: Exchange, certificates: Certificates, log: Log, now: () => number, own: Own): HttpOut {
  async function send(
    provider: string,
    writes: boolean,
    idempotent: boolean,
    wire: Wire,
  ): Promise<WireAnswer & { tookMs: number }> {
    const started = now()
    const note = { provider, method: wire.method, url: redactUrl(wire.url) }
    try {
      const answer = await exchange(wire).catch((fault: unknown) => {
        if (idempotent && fault instanceof WireFault && fault.stale) return exchange(wire)
        throw fault
      })
      const tookMs = Math.round(now() - started)
      log.debug('http.out', { ...note, status: answer.status, bytes: answer.body.length, tookMs })
      return { ...answer, tookMs }
    } catch (fault) {
      if (!(fault instanceof WireFault)) throw fault
      log.info('http.out.failed', { ...note, code: fault.code, sent: fault.sent, tookMs: Math.round(now() - started) })
      const kind = fault.sent && writes ? 'ambiguous' : 'unavailable'
      throw new ProviderError(provider, kind, `${wire.url.host}: ${fault.message}`, {
        code: fault.code,
        cause: fault.cause,
      })
    }
  }

  return {
    ...own,
    certificateEnds: (url) => certificates.get(new URL(url).origin) ?? null,
    async request(request) {
      const wire = toWire(request)
      const answer = await counted(
        request.provider,
        send(request.provider, request.writes, request.idempotent ?? !request.writes, wire),
      )
      return { status: answer.status, headers: answer.headers, text: textOf(answer.body), tookMs: answer.tookMs }
    },
    async fetch(input, init) {
      const request = new Request(input, init)
      const reads = request.method === 'GET' || request.method === 'HEAD'
      const provider = new URL(request.url).hostname
      try {
        const wire = await fetchWire(request)
        const { status, headers, body } = await counted(provider, send(provider, !reads, reads, wire))
        return new Response(bodiless.has(status) ? null : new Uint8Array(body), { status, headers })
      } catch (cause) {
        if (request.signal.aborted) throw request.signal.reason
        throw new TypeError('fetch failed', { cause })
      }
    },
  }
}

/** Every call to the outside is in the metrics, by provider and by how it ended. */
async function counted<T>(provider: string, answer: Promise<T>): Promise<T> {
  try {
    const answered = await answer
    countCall(provider, 'done')
    return answered
  } catch (error) {
    countCall(provider, error instanceof ProviderError ? error.kind : 'unavailable')
    throw error
  }
}

const bodiless = new Set([204, 205, 304])

/** Without a UTF-8 byte order mark: some panels send one before their JSON. */
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)

function toWire(request: OutRequest): Wire {
  const [body, contentType] = encodeBody(request)
  return {
    method: request.method,
    url: checkedUrl(request.provider, request.url),
    headers: {
      'user-agent': userAgent,
      'accept-encoding': 'gzip',
      ...(contentType === null ? {} : { 'content-type': contentType }),
      ...lowerCased(request.headers ?? {}),
    },
    body,
    timeoutMs: request.timeoutMs ?? defaultTimeoutMs,
    maxBytes: request.maxBytes ?? defaultMaxBytes,
  }
}

async function fetchWire(request: Request): Promise<Wire> {
  const bytes = request.body === null ? null : new Uint8Array(await request.arrayBuffer())
  return {
    method: request.method,
    url: checkedUrl(new URL(request.url).hostname, request.url),
    headers: { 'user-agent': userAgent, 'accept-encoding': 'gzip', ...Object.fromEntries(request.headers) },
    body: bytes,
    timeoutMs: 80_000, // The SDKs bring their own, shorter limit as a signal.
    maxBytes: defaultMaxBytes,
    signal: request.signal,
  }
}

function encodeBody({ form, json, body }: OutRequest): [string | Uint8Array | null, string | null] {
  if (form !== undefined)
    return [
      new URLSearchParams(form.map(([name, value]) => [name, value])).toString(),
      'application/x-www-form-urlencoded',
    ]
  if (json !== undefined) return [JSON.stringify(json), 'application/json']
  return [body ?? null, null]
}

/** A user part in an address would travel as a header and end in logs; other schemes have no business here. */
function checkedUrl(provider: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '')
    return url
  throw new ProviderError(
    provider,
    'unavailable',
    'the address must begin with http:// or https:// and hold no user name',
    {
      code: 'address_invalid',
    },
  )
}

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
