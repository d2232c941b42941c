/** One request and its whole answer over undici, with a limit on time, on bytes and on decompressed bytes. Redirects are answers. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { Agent, type Dispatcher } from 'undici'
import type { AllowList } from './addresses.ts'
import { AddressRefused, CertificateChanged, guardedConnector, type Resolve } from './connect.ts'
import { type Exchange, type Wire, type WireAnswer, WireFault } from './wire.ts'

type Limits = {
  allowPrivate: AllowList
  resolve: Resolve
  connectTimeoutMs: number
  connectionsPerOrigin: number
  /** By origin, when its certificate ends: written at each handshake. */
  certificates: Map<string, Temporal.Instant>
}

/** Each origin has its own pool of connections, so a sick host fills only its own. */
export function networkExchange(limits: Limits, trusted: string | null = null): Exchange {
  const agent = new Agent({
    connect: guardedConnector(
      limits.allowPrivate,
      limits.resolve,
      limits.connectTimeoutMs,
      limits.certificates,
      trusted,
    ),
    connections: limits.connectionsPerOrigin,
    pipelining: 1, // A second request behind an unanswered one would share its fate.
    headersTimeout: 0, // The total time below covers both.
    bodyTimeout: 0,
  })
  return async (wire) => {
    const { status, headers, chunks } = await overWire(agent, wire)
    return { status, headers, body: await decompress(Buffer.concat(chunks), headers, wire) }
  }
}

type RawAnswer = { status: number; headers: Headers; chunks: Buffer[] }

/** Settles once, and at the latest after `timeoutMs`; a request that was still waiting for a connection then is never sent. */
function overWire(agent: Agent, wire: Wire): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const answer: RawAnswer = { status: 0, headers: new Headers(), chunks: [] }
    let controller: Dispatcher.DispatchController | null = null
    let settled = false
    let bytes = 0

    const settle = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      wire.signal?.removeEventListener('abort', onAbort)
      act()
    }
    const fail = (code: string, message: string, cause?: unknown) => {
      const stale = controller !== null && answer.status === 0 && code === 'connection_lost'
      settle(() => reject(new WireFault(code, message, { sent: controller !== null, stale, cause })))
      controller?.abort(new Error(message))
    }
    const onAbort = () => fail('aborted', 'the request was given up', wire.signal?.reason)
    const timer = setTimeout(() => fail('timeout', `no complete answer within ${wire.timeoutMs} ms`), wire.timeoutMs)
    if (wire.signal?.aborted) return onAbort()
    wire.signal?.addEventListener('abort', onAbort)

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (settled) return started.abort(new Error('given up before it was sent'))
        controller = started
      },
      onResponseStart(_, status, headers) {
        if (status < 200) return
        answer.status = status
        answer.headers = toHeaders(headers)
      },
      onResponseData(_, chunk) {
        bytes += chunk.length
        if (bytes > wire.maxBytes) return fail('response_too_large', `the answer is larger than ${wire.maxBytes} bytes`)
        answer.chunks.push(chunk)
      },
      onResponseEnd() {
        settle(() => resolve(answer))
      },
      onResponseError(_, error) {
        fail(...explain(error, controller !== null))
      },
    }
    try {
      agent.dispatch(
        {
          origin: wire.url.origin,
          path: `${wire.url.pathname}${wire.url.search}`,
          method: wire.method as Dispatcher.HttpMethod,
          headers: wire.headers,
          body: wire.body,
        },
        handler,
      )
    } catch (error) {
      fail('request_invalid', 'the request cannot be written as HTTP', error)
    }
  })
}

/** A stable code and a sentence for staff. The error's own text stays in `cause`. */
function explain(error: Error, sent: boolean): [code: string, message: string, cause: unknown] {
  const code = String((error as NodeJS.ErrnoException).code ?? '')
  if (error instanceof AddressRefused || error instanceof CertificateChanged)
    return [error.code, error.message, undefined]
  if (sent) {
    // Its error carries the answer's bytes: not for a log.
    if (error.name === 'HTTPParserError') return ['not_http', 'the answer is not HTTP', undefined]
    return ['connection_lost', 'the connection ended before the answer was complete', error]
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ['name_not_found', 'the host name cannot be resolved', error]
  if (code === 'ECONNREFUSED') return ['connection_refused', 'the host refuses connections on this port', error]
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return ['connect_timeout', 'the host does not answer', error]
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(code))
    return ['certificate_refused', `its TLS certificate is not trusted (${code})`, error]
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return ['tls_failed', 'the TLS handshake failed', error]
  return ['connect_failed', `no connection could be made${code ? ` (${code})` : ''}`, error]
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const each of Array.isArray(value) ? value : value === undefined ? [] : [value]) headers.append(name, each)
  }
  return headers
}

const decoders: Record<string, (input: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/** We ask for gzip only, but proxies send what they like. One layer: a body packed twice is somebody's bomb. */
async function decompress(body: Uint8Array, headers: Headers, wire: Wire): Promise<WireAnswer['body']> {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '' || body.length === 0) return body
  const decode = decoders[encoding]
  if (!decode) throw new WireFault('not_readable', 'the answer is encoded in a way we do not read', { sent: true })
  try {
    const plain = await decode(body, { maxOutputLength: wire.maxBytes })
    headers.delete('content-encoding')
    headers.delete('content-length')
    return plain
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new WireFault('response_too_large', `the answer is larger than ${wire.maxBytes} bytes when unpacked`, {
        sent: true,
      })
    throw new WireFault('not_readable', 'the compressed answer is damaged', { sent: true, cause })
  }
}
