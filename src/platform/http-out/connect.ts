/**
 * The connector beneath every outgoing request. The name is resolved once, every address it has is judged, and the connection is
 * made to exactly those addresses: a resolver that answers differently the second time (DNS rebinding) is never asked again.
 */
import { createHash, type X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import { type AllowList, mayReach } from './addresses.ts'

export type Resolved = { address: string; family: number }
export type Resolve = (hostname: string) => Promise<readonly Resolved[]>

export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true })

/** The address is not ours to visit. Nothing was sent. */
export class AddressRefused extends Error {
  readonly code = 'address_refused'

  constructor(host: string) {
    super(
      `${host} is not a public address; an administrator of this installation can allow it in LINEKEEPER_ALLOW_PRIVATE_HOSTS`,
    )
    this.name = 'AddressRefused'
  }
}

/** The host shows another certificate than the one that a person accepted for it. Nothing was sent. */
export class CertificateChanged extends Error {
  readonly code = 'certificate_changed'

  constructor(host: string, shown: string) {
    super(
      `${host} shows another certificate than the one that was accepted for it (SHA-256 ${writtenFingerprint(shown)}). Nothing was sent: look whether it was changed there, and accept the new one`,
    )
    this.name = 'CertificateChanged'
  }
}

/** `AB:CD:…`, as panels and browsers write it. */
export const writtenFingerprint = (fingerprint: string): string =>
  fingerprint.toUpperCase().match(/../g)?.join(':') ?? ''

/** As it is kept: 64 small hexadecimal digits. Null: it is none. */
export function readFingerprint(text: string): string | null {
  const plain = text
    .replace(/^\s*SHA-?256\s*[:=]?/i, '')
    .replace(/[\s:]/g, '')
    .toLowerCase()
  return /^[0-9a-f]{64}$/.test(plain) ? plain : null
}

/**
 * `connectTimeoutMs` covers resolving, connecting and the TLS handshake. `trusted`: the fingerprint of the one certificate that is taken,
 * whoever signed it, in place of all that authorities vouch for.
 */
export function guardedConnector(
  allowed: AllowList,
  resolve: Resolve,
  connectTimeoutMs: number,
  certificates: Map<string, Temporal.Instant>,
  trusted: string | null = null,
): buildConnector.connector {
  const once = singleFlight(resolve)
  // One per port: the lookup below must know it, and a connector keeps the TLS sessions that make reconnecting cheap.
  const connectors = new Map<number, buildConnector.connector>()
  const connectorOf = (port: number) => {
    const known = connectors.get(port)
    if (known) return known
    const made = buildConnector({
      timeout: connectTimeoutMs,
      lookup: judgedLookup(once, port, allowed),
      // What is shown is judged below, before a byte of ours is sent. A resumed session would show nothing.
      ...(trusted === null ? {} : { rejectUnauthorized: false, maxCachedSessions: 0 }),
    })
    connectors.set(port, made)
    return made
  }

  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
    // A custom lookup is never asked about an address that is written out, so that case is judged here.
    if (isIP(host) !== 0 && !mayReach(host, port, allowed)) {
      callback(new AddressRefused(host), null)
      return
    }
    connectorOf(port)(options, (...[error, socket]) => {
      if (error) return callback(error, null)
      // The last word has the connection itself, whatever happened between the name and the socket.
      if (!mayReach(socket.remoteAddress ?? '', port, allowed)) {
        socket.destroy()
        return callback(new AddressRefused(host), null)
      }
      if (socket instanceof TLSSocket) {
        const shown = socket.getPeerX509Certificate()
        const fingerprint = shown === undefined ? '' : fingerprintOf(shown)
        if (trusted !== null && fingerprint !== trusted) {
          socket.destroy()
          return callback(new CertificateChanged(host, fingerprint), null)
        }
        const ends = shown?.validToDate
        if (ends !== undefined)
          certificates.set(originOf(options), Temporal.Instant.fromEpochMilliseconds(ends.getTime()))
      }
      callback(null, socket)
    })
  }
}

export const fingerprintOf = ({ raw }: X509Certificate): string => createHash('sha256').update(raw).digest('hex')

/** What certificate an address shows: a handshake, and nothing is sent. */
export function shownCertificate(
  url: URL,
  allowed: AllowList,
  resolve: Resolve,
  connectTimeoutMs: number,
): Promise<X509Certificate | null> {
  const port = Number(url.port) || 443
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !mayReach(host, port, allowed)) return Promise.reject(new AddressRefused(host))
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: judgedLookup(resolve, port, allowed),
    rejectUnauthorized: false,
    maxCachedSessions: 0,
  })
  return new Promise((done, failed) =>
    connect(
      { hostname: url.hostname, host: url.host, protocol: 'https:', port: String(port) },
      (...[error, socket]) => {
        if (error) return failed(error)
        const isOurs = mayReach(socket.remoteAddress ?? '', port, allowed)
        const shown = socket instanceof TLSSocket ? (socket.getPeerX509Certificate() ?? null) : null
        socket.destroy()
        if (isOurs) done(shown)
        else failed(new AddressRefused(host))
      },
    ),
  )
}

/** As `URL` writes it. */
const originOf = ({ hostname, port }: buildConnector.Options): string =>
  new URL(`https://${hostname}${port ? `:${port}` : ''}`).origin

function judgedLookup(resolve: Resolve, port: number, allowed: AllowList): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const first = found[0]
        if (!first) return callback(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '')
        // One private address among public ones is refused too: which one is dialed would be luck.
        const bad = found.some(({ address }) => !mayReach(address, port, allowed))
        if (bad) return callback(new AddressRefused(hostname), '')
        if (options.all) return callback(null, [...found])
        callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
}

/** The system's resolver has four threads: a name whose server is silent may hold one of them, not all. */
function singleFlight(resolve: Resolve): Resolve {
  const flying = new Map<string, Promise<readonly Resolved[]>>()
  return (hostname) => {
    const known = flying.get(hostname)
    if (known) return known
    const fresh = resolve(hostname).finally(() => flying.delete(hostname))
    flying.set(hostname, fresh)
    return fresh
  }
}
