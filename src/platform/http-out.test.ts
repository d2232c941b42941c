import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { localhostPair, otherPair, selfSigned } from '../../test/support/tls-pair.ts'
import { ProviderError } from './errors.ts'
import {
  createHttpOut,
  inProcessHttpOut,
  type OutRequest,
  parseAllowList,
  readFingerprint,
  redactBody,
  redactUrl,
  redirectOf,
  writtenFingerprint,
} from './http-out.ts'
import { silentLog } from './log.ts'

const open: net.Server[] = []
const sockets = new Set<net.Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done))))
})

async function listen(server: net.Server): Promise<string> {
  open.push(server)
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = (listener: RequestListener) => listen(createServer(listener))

/** Speaks raw bytes after the request's first byte arrived. */
const serveRaw = (speak: (socket: net.Socket) => void) =>
  listen(net.createServer((socket) => void socket.on('error', () => {}).once('data', () => speak(socket))))

const allowPrivate = parseAllowList('127.0.0.0/8')
const http = createHttpOut({ allowPrivate, log: silentLog })
const read = (url: string, more: Partial<OutRequest> = {}): OutRequest => ({
  provider: 'p',
  method: 'GET',
  url,
  writes: false,
  timeoutMs: 2000,
  ...more,
})
const write = (url: string, more: Partial<OutRequest> = {}): OutRequest =>
  read(url, { method: 'POST', writes: true, form: [['a', '1']], ...more })

const failure = (promise: Promise<unknown>): Promise<ProviderError> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(ProviderError)
      return error as ProviderError
    },
  )

describe('requests', () => {
  test('a form keeps its order, repeats and special characters', async () => {
    let seen = ''
    const url = await serve(async (request, response) => {
      seen = `${request.headers['content-type']}|${request.headers['user-agent']}|`
      for await (const chunk of request) seen += chunk
      response.end('ok')
    })
    const form = [
      ['x[]', '1'],
      ['x[]', '2'],
      ['p', 'a+b &=ü'],
    ] as const
    const answer = await http.request(write(url, { form }))
    expect(answer).toMatchObject({ status: 200, text: 'ok' })
    expect(answer.tookMs).toBeGreaterThanOrEqual(0)
    expect(seen).toBe('application/x-www-form-urlencoded|Linekeeper/1.0|x%5B%5D=1&x%5B%5D=2&p=a%2Bb+%26%3D%C3%BC')
  })

  test('JSON and plain bodies, headers of the caller win', async () => {
    const url = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.end(`${request.headers['content-type']} ${body}`)
    })
    expect((await http.request(read(url, { method: 'PUT', json: { a: 1 } }))).text).toBe('application/json {"a":1}')
    const headers = { 'Content-Type': 'text/plain' }
    expect((await http.request(read(url, { method: 'POST', body: 'hi', headers }))).text).toBe('text/plain hi')
  })

  test.each([400, 401, 404, 429, 500, 503])('HTTP %i is an answer', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end('why'))
    expect(await http.request(write(url))).toMatchObject({ status, text: 'why' })
  })

  test('connections are kept and hundreds of requests pass quickly', async () => {
    let connections = 0
    const server = createServer((_, response) => response.end('ok')).on('connection', () => connections++)
    const url = await listen(server)
    const started = performance.now()
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 25 }, () => http.request(read(url))))
    expect(performance.now() - started).toBeLessThan(5000)
    expect(connections).toBeLessThanOrEqual(16)
  })

  test('a sick host does not keep others waiting', async () => {
    const sick = await serve(() => {})
    const well = await serve((_, response) => response.end('ok'))
    const hanging = Array.from({ length: 40 }, () => failure(http.request(write(sick, { timeoutMs: 300 }))))
    expect(await http.request(read(well, { timeoutMs: 250 }))).toMatchObject({ text: 'ok' })
    const kinds = (await Promise.all(hanging)).map((error) => error.kind)
    // Those that never got a connection were never sent, and say so.
    expect(kinds.filter((kind) => kind === 'ambiguous')).toHaveLength(16)
    expect(kinds.filter((kind) => kind === 'unavailable')).toHaveLength(24)
  })
})

describe('what a failure says: nothing was sent, or perhaps it was', () => {
  const afterSending: [string, string, (socket: net.Socket) => void][] = [
    ['a reset', 'connection_lost', (socket) => socket.resetAndDestroy()],
    ['a connection closed without an answer', 'connection_lost', (socket) => socket.end()],
    ['silence', 'timeout', () => {}],
    ['half an answer', 'connection_lost', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
    [
      'half a chunk',
      'connection_lost',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\nhalf'),
    ],
    ['something that is not HTTP', 'not_http', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    [
      'headers without end',
      'connection_lost',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`),
    ],
    [
      'a slow drip',
      'timeout',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
        const timer = setInterval(() => socket.write('.'), 20)
        socket.on('close', () => clearInterval(timer))
      },
    ],
  ]
  test.each(afterSending)('%s', async (_, code, speak) => {
    const url = await serveRaw(speak)
    expect(await failure(http.request(write(url, { timeoutMs: 250 })))).toMatchObject({ kind: 'ambiguous', code })
    expect(await failure(http.request(read(url, { timeoutMs: 250 })))).toMatchObject({ kind: 'unavailable', code })
  })

  test('a half-closed connection that still answers is an answer', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'))
    })
    expect(await http.request(write(await listen(server)))).toMatchObject({ text: 'until the end' })
  })

  test('a refused connection, an unknown name, a silent name server', async () => {
    const closed = await serve(() => {})
    await new Promise((done) => open.pop()?.close(done))
    expect(await failure(http.request(write(closed)))).toMatchObject({
      kind: 'unavailable',
      code: 'connection_refused',
    })

    const unknown = createHttpOut({
      allowPrivate,
      log: silentLog,
      resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    })
    expect(await failure(unknown.request(write('http://panel.example')))).toMatchObject({
      kind: 'unavailable',
      code: 'name_not_found',
    })

    const silent = createHttpOut({
      allowPrivate,
      log: silentLog,
      resolve: () => new Promise(() => {}),
      connectTimeoutMs: 100,
    })
    expect(await failure(silent.request(write('http://panel.example')))).toMatchObject({
      kind: 'unavailable',
      code: 'connect_timeout',
    })
  })

  test('TLS to a machine that speaks none', async () => {
    const url = await serveRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await failure(http.request(write(url.replace('http:', 'https:'))))).toMatchObject({ kind: 'unavailable' })
  })

  test('the certificate that a host shows is remembered until another is shown', async () => {
    setDefaultCACertificates([...getCACertificates('default'), localhostPair.cert])
    const url = (await listen(createSecureServer(localhostPair, (_, response) => response.end('{}')))).replace(
      'http://127.0.0.1',
      'https://localhost',
    )
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const secure = createHttpOut({ allowPrivate, log: silentLog, resolve })
    expect(secure.certificateEnds(url)).toBeNull()
    for (let time = 0; time < 2; time++) await secure.request(read(`${url}/x`))
    expect(secure.certificateEnds(`${url}/y`)?.toString()).toBe('2126-10-28T11:49:55Z')
    expect(secure.certificateEnds('http://127.0.0.1')).toBeNull()
  })

  test('a certificate that signs itself is taken only by its fingerprint, and no other there; without a byte sent', async () => {
    let asked = 0
    const secureAt = async (pair: typeof localhostPair) => {
      const server = createSecureServer(pair, (_, response) => response.end(String(++asked)))
      return (await listen(server)).replace('http://127.0.0.1', 'https://localhost')
    }
    const [url, other] = [await secureAt(selfSigned), await secureAt(otherPair)]
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    const strict = createHttpOut({ allowPrivate, log: silentLog, resolve })
    expect(await failure(strict.request(write(url)))).toMatchObject({
      kind: 'unavailable',
      code: 'certificate_refused',
    })
    const shown = await strict.certificateOf(url)
    expect(shown).toMatchObject({ subject: 'CN=localhost', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(asked).toBe(0)

    const trusting = strict.trusting(shown?.fingerprint ?? '')
    for (let time = 1; time <= 2; time++)
      expect(await trusting.request(write(`${url}/x`))).toMatchObject({ text: String(time) })
    const changed = await failure(trusting.request(write(other)))
    expect(changed).toMatchObject({ kind: 'unavailable', code: 'certificate_changed' })
    expect(changed.message).toContain(writtenFingerprint((await strict.certificateOf(other))?.fingerprint ?? ''))
    // What one panel trusts, nobody else does.
    expect(await failure(strict.request(write(url)))).toMatchObject({ code: 'certificate_refused' })
    expect(asked).toBe(2)
    // The guards are the same.
    const guarded = createHttpOut({ allowPrivate: parseAllowList(''), log: silentLog, resolve })
    expect(await guarded.certificateOf(url)).toBeNull()
    expect(await failure(guarded.trusting(shown?.fingerprint ?? '').request(write(url)))).toMatchObject({
      code: 'address_refused',
    })
    expect(await strict.certificateOf('http://localhost')).toBeNull()
  })

  test.each([
    [`${'AB:'.repeat(31)}ab`, 'ab'.repeat(32)],
    [`sha256 Fingerprint=${'ab'.repeat(32)}`, null],
    [`SHA-256: ${'ab '.repeat(32)}`, 'ab'.repeat(32)],
    ['ab'.repeat(20), null],
    ['', null],
  ])('a fingerprint as people write it: %s', (text, read) => expect(readFingerprint(text)).toBe(read))

  test('a read is repeated once when its kept connection had died; a write never', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      asked += 1
      if (asked % 2 === 1) request.socket.destroy()
      else response.end('ok')
    })
    expect(await http.request(read(url))).toMatchObject({ text: 'ok' })
    expect(asked).toBe(2)
    expect(await failure(http.request(write(url)))).toMatchObject({ kind: 'ambiguous' })
    expect(asked).toBe(3)
  })
})

describe('size', () => {
  test('12 MB are cut off, without reading them all', async () => {
    let sent = 0
    const url = await serve((_, response) => {
      const more = () => {
        while (sent < 12_000_000 && response.write(Buffer.alloc(100_000))) sent += 100_000
      }
      response.on('drain', more)
      more()
    })
    expect(await failure(http.request(read(url, { maxBytes: 1_000_000 })))).toMatchObject({
      code: 'response_too_large',
    })
    expect(sent).toBeLessThan(12_000_000)
  })

  test('a gzip bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect(await failure(http.request(write(url)))).toMatchObject({ kind: 'ambiguous', code: 'response_too_large' })
  })

  test.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['identity', Buffer.from('hello')],
  ])('%s is unpacked', async (encoding, body) => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
    expect(await http.request(read(url))).toMatchObject({ text: 'hello' })
  })

  test.each([
    ['gzip', gzipSync('hello').subarray(0, 12)],
    ['gzip, gzip', gzipSync(gzipSync('hello'))],
    ['zstd', Buffer.from('?')],
  ])('what cannot be unpacked (%s) is not an answer', async (encoding, body) => {
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body))
    expect(await failure(http.request(write(url)))).toMatchObject({ kind: 'ambiguous', code: 'not_readable' })
  })
})

describe('addresses', () => {
  const strict = createHttpOut({ allowPrivate: [], log: silentLog })

  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://169.254.169.254/latest/meta-data',
    'https://10.0.0.1',
  ])('%s is refused before anything is sent', async (url) =>
    expect(await failure(strict.request(write(url)))).toMatchObject({ kind: 'unavailable', code: 'address_refused' }),
  )

  test('a literal and a name reach nothing on this machine, with a listener there to notice', async () => {
    let reached = 0
    const server = net.createServer(() => reached++)
    const url = await listen(server)
    const port = new URL(url).port
    const named = createHttpOut({
      allowPrivate: [],
      log: silentLog,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    })
    expect(await failure(strict.request(read(url)))).toMatchObject({ code: 'address_refused' })
    expect(await failure(named.request(read(`http://panel.example:${port}`)))).toMatchObject({
      code: 'address_refused',
    })
    expect(await failure(strict.request(read(`http://localhost:${port}`)))).toMatchObject({ code: 'address_refused' })
    expect(reached).toBe(0)
  })

  test('one private address among public ones refuses them all', async () => {
    const mixed = createHttpOut({
      allowPrivate: [],
      log: silentLog,
      resolve: async () => [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ],
    })
    expect(await failure(mixed.request(read('http://panel.example')))).toMatchObject({ code: 'address_refused' })
  })

  test('a resolver that changes its mind is not asked twice for one connection', async () => {
    let asked = 0
    const url = await serve((request, response) => response.end(request.headers.host))
    const rebinding = createHttpOut({
      allowPrivate: parseAllowList('127.0.0.1/32'),
      log: silentLog,
      resolve: async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }],
    })
    const named = url.replace('127.0.0.1', 'panel.example')
    expect(await rebinding.request(read(named))).toMatchObject({ text: new URL(named).host })
    expect(asked).toBe(1)
    const backInItsPool = () => new Promise((done) => setTimeout(done, 20))
    await backInItsPool()
    await rebinding.request(read(named)) // The same connection, judged when it was made.
    expect(asked).toBe(1)
    await backInItsPool()
    const concurrent = await Promise.allSettled([rebinding.request(read(named)), rebinding.request(read(named))])
    expect(asked).toBe(2)
    expect(
      concurrent.filter((each) => each.status === 'rejected').map((each) => (each.reason as ProviderError).code),
    ).toEqual(['address_refused'])
  })

  test('the allow-list is exact about the port', async () => {
    const url = await serve((_, response) => response.end('ok'))
    const port = Number(new URL(url).port)
    const exact = createHttpOut({ allowPrivate: parseAllowList(`127.0.0.1:${port}`), log: silentLog })
    const other = createHttpOut({
      allowPrivate: parseAllowList(`127.0.0.1:${port === 1 ? 2 : port - 1}`),
      log: silentLog,
    })
    expect(await exact.request(read(url))).toMatchObject({ text: 'ok' })
    expect(await failure(other.request(read(url)))).toMatchObject({ code: 'address_refused' })
  })

  test.each([
    'ftp://panel.example',
    'file:///etc/passwd',
    'http://user:pass@panel.example',
    'http://user@panel.example',
    'panel.example',
    '',
  ])('%j is no address', async (url) =>
    expect(await failure(http.request(write(url)))).toMatchObject({ kind: 'unavailable', code: 'address_invalid' }),
  )

  test('a redirect is an answer and is not followed', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.writeHead(302, { location: '/login' }).end()
    })
    const answer = await http.request(write(url))
    expect(answer.status).toBe(302)
    expect(asked).toBe(1)
    expect(redirectOf(answer, url)).toEqual({ to: new URL('/login', url), toHttps: false })
    const upgrade = { status: 301, headers: new Headers({ location: 'https://panel.example/x' }) }
    expect(redirectOf(upgrade, 'http://panel.example:8080/x')?.toHttps).toBe(true)
    expect(redirectOf({ status: 200, headers: new Headers({ location: '/' }) }, url)).toBeNull()
  })
})

describe('the same behind fetch', () => {
  test('sends, answers, follows nothing', async () => {
    const url = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      if (request.url === '/moved') return response.writeHead(302, { location: '/elsewhere' }).end()
      response.setHeader('x-asked', `${request.method} ${request.headers['x-y']}`).end(body)
    })
    const answer = await http.fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b' }),
      headers: { 'x-y': 'z' },
    })
    expect([answer.status, answer.headers.get('x-asked'), await answer.text()]).toEqual([200, 'POST z', 'a=b'])
    expect((await http.fetch(`${url}/moved`)).status).toBe(302)
  })

  test('fails as fetch does, with the outcome as cause', async () => {
    const url = await serve((request) => void request.socket.destroy())
    await expect(http.fetch(url, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      name: 'TypeError',
      cause: { kind: 'ambiguous' },
    })
    await expect(http.fetch('http://10.0.0.1/')).rejects.toMatchObject({
      cause: { kind: 'unavailable', code: 'address_refused' },
    })
  })

  test('can be given up', async () => {
    const url = await serve(() => {})
    const reason = new Error('enough')
    await expect(http.fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 50)
    await expect(http.fetch(url, { signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('in process', () => {
  const local = inProcessHttpOut(
    {
      'http://well.example': async (request) =>
        new Response(`${request.method} ${await request.text()}`, { status: 201 }),
      'http://broken.example': () => Response.error(),
      'http://gone.example': () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
        ),
      'http://silent.example': () => new Promise(() => {}),
      'http://large.example': () => new Response('x'.repeat(1000)),
    },
    { log: silentLog },
  )

  test('answers by origin', async () => {
    expect(await local.request(write('http://well.example/x?y=1'))).toMatchObject({ status: 201, text: 'POST a=1' })
    expect(await (await local.fetch('http://well.example', { method: 'PUT', body: 'x' })).text()).toBe('PUT x')
  })

  test.each([
    ['http://broken.example', 'ambiguous', 'connection_lost'],
    ['http://gone.example', 'unavailable', 'connection_refused'],
    ['http://nobody.example', 'unavailable', 'connection_refused'],
    ['http://silent.example', 'ambiguous', 'timeout'],
    ['http://large.example', 'ambiguous', 'response_too_large'],
  ])('%s is %s: %s', async (url, kind, code) => {
    expect(await failure(local.request(write(url, { timeoutMs: 50, maxBytes: 100 })))).toMatchObject({ kind, code })
  })
})

test('nothing secret is left in an address or a body', () => {
  expect(redactUrl('http://panel.example:8080/get.php?username=u&password=p#x')).toBe(
    'http://panel.example:8080/get.php',
  )
  for (const mac of ['00:1A:79:12:34:56', '00%3A1A%3A79%3A12%3A34%3A56', '00-1a-79-12-34-56'])
    expect(redactUrl(`http://panel.example/api/accounts/${mac}/x`)).toBe('http://panel.example/api/accounts/[mac]/x')
  expect(redactUrl('nonsense')).toBe('[address]')
  const password = 'a+b/"ü'
  const forms = [password, encodeURIComponent(password), 'a%2Bb%2F%22%C3%BC', JSON.stringify(password)]
  const clean = redactBody(forms.join(' '), [password, 'a+b'])
  expect(clean).toBe('[redacted] [redacted] [redacted] "[redacted]"')
  expect(redactBody('x'.repeat(600), []).length).toBe(501)
})
