import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

type Asset = { body: Buffer; type: string; etag: string; packed: Map<Encoding, Promise<Buffer>> }
type Encoding = 'br' | 'gzip'

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}

/**
 * The built files for browsers, all in memory: a build that runs beside us replaces them on disk, and pages that were
 * already sent still ask for the old ones. Files under `/assets` carry a hash in their name and never change.
 */
export async function loadAssets(folder: string): Promise<(request: Request) => Promise<Response | null>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const assets = new Map<string, Asset>()
  for (const file of files.filter((each) => each.isFile())) {
    const path = join(file.parentPath, file.name)
    const type = types[file.name.split('.').at(-1) ?? '']
    if (!type) continue
    const body = await readFile(path)
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
    assets.set(`/${relative(folder, path).split(sep).join('/')}`, { body, type, etag, packed: new Map() })
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    const asset = assets.get(pathname)
    if (!asset || (request.method !== 'GET' && request.method !== 'HEAD')) return null
    const headers = new Headers({
      'content-type': asset.type,
      'cache-control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
      etag: asset.etag,
      vary: 'accept-encoding',
    })
    if (request.headers.get('if-none-match') === asset.etag) return new Response(null, { status: 304, headers })
    const encoding = encodingFor(request, asset.type)
    if (encoding) headers.set('content-encoding', encoding)
    const body = encoding ? await packed(asset, encoding) : asset.body
    return new Response(request.method === 'HEAD' ? null : new Uint8Array(body), { headers })
  }
}

/** The best encoding that the browser takes; null for what is packed already. */
export function encodingFor(request: Request, type: string): Encoding | null {
  if (!/^(text\/(?!event-stream)|application\/(json|manifest)|image\/svg)/.test(type)) return null
  const accepted = request.headers.get('accept-encoding') ?? ''
  if (/\bbr\b/.test(accepted)) return 'br'
  return /\bgzip\b/.test(accepted) ? 'gzip' : null
}

function packed(asset: Asset, encoding: Encoding): Promise<Buffer> {
  const known = asset.packed.get(encoding)
  if (known) return known
  const packing =
    encoding === 'br'
      ? promisify(brotliCompress)(asset.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
      : promisify(gzip)(asset.body, { level: 9 })
  asset.packed.set(encoding, packing)
  return packing
}
