/** The reference page, `/api/docs`: Scalar from our own server, and the page of the error codes. Nothing is loaded from elsewhere. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Hono } from 'hono'
import { marked } from 'marked'
import type { Env } from './env.ts'

const root = new URL('../../', import.meta.url)

/** Scalar writes style elements as it goes and reads only our own document. Everything else stays shut. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ')

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Linekeeper API</title><link rel="icon" href="data:,"></head>
<body><noscript>The reference needs JavaScript; the document itself is <a href="/api/v1/openapi.json">openapi.json</a>.</noscript>
<div id="reference"></div>
<script src="/api/docs/scalar.js"></script>
<script src="/api/docs/start.js"></script></body>
</html>
`

const start = `Scalar.createApiReference('#reference', {
  url: '/api/v1/openapi.json', operationTitleSource: 'path', withDefaultFonts: false, telemetry: false, hideClientButton: true, showDeveloperTools: 'never',
  agent: { disabled: true }, mcp: { disabled: true }, defaultOpenAllTags: false, documentDownloadType: 'json', persistAuth: false,
})
`

export function docs(): Hono<Env> {
  const router = new Hono<Env>()
  const scalar = once(readScalar)
  const errors = once(readErrors)
  router.get('/', (c) => c.html(page, 200, { 'content-security-policy': policy, 'cache-control': 'no-cache' }))
  router.get('/start.js', (c) =>
    c.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }),
  )
  router.get('/scalar.js', async (c) => {
    const { plain, packed } = await scalar()
    const type = {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=86400',
      vary: 'accept-encoding',
    }
    if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return c.body(plain, 200, type)
    return c.body(packed, 200, { ...type, 'content-encoding': 'gzip' })
  })
  router.get('/errors', async (c) =>
    c.html(await errors(), 200, { 'content-security-policy': policy, 'cache-control': 'no-cache' }),
  )
  return router
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}

async function readScalar(): Promise<{ plain: Uint8Array<ArrayBuffer>; packed: Uint8Array<ArrayBuffer> }> {
  const entry = createRequire(import.meta.url).resolve('@scalar/api-reference')
  const plain = await readFile(join(dirname(entry), 'browser', 'standalone.js'))
  return { plain: new Uint8Array(plain), packed: new Uint8Array(await promisify(gzip)(plain)) }
}

/** A heading per code, so that the `type` of a problem leads to its section. */
async function readErrors(): Promise<string> {
  const text = await readFile(new URL('docs/errors.md', root), 'utf8')
  const html = (await marked.parse(text)).replaceAll(
    /<h2><code>(\w+)<\/code><\/h2>/g,
    '<h2 id="$1"><code>$1</code></h2>',
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Errors: Linekeeper API</title>
<style>body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;color-scheme:light dark}pre{overflow:auto}</style></head>
<body>${html}</body>
</html>
`
}
