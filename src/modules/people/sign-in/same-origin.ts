/**
 * Whether a request that changes something comes from a page of ours. Cookies travel with forms of other sites too; what a
 * browser says about the origin does not lie. Programs with an API key send neither header and carry no cookie.
 */
import { Refusal } from '#platform/errors.ts'

const harmless = ['GET', 'HEAD', 'OPTIONS']

/** `origin` is the one this page was served under: that of the host name that was asked for. Throws `forbidden`. */
export function refuseCrossSite(request: Pick<Request, 'method' | 'headers'>, origin: string): void {
  if (isCrossSite(request, origin))
    throw new Refusal('forbidden', 'This form came from another site. Open the page again and send it from there.')
}

export const isCrossSite = (request: Pick<Request, 'method' | 'headers'>, origin: string): boolean =>
  !harmless.includes(request.method) && !isOurs(request.headers, origin)

function isOurs(headers: Headers, origin: string): boolean {
  const from = headers.get('origin')
  if (from !== null && from !== 'null') return from === origin
  const site = headers.get('sec-fetch-site')
  // A page without a referrer sends `Origin: null` with its own forms; what the browser says about the site still tells.
  if (site !== null) return site === 'same-origin'
  // Neither: no browser of the last years. Without a cookie there is nothing to misuse.
  return from === null && !headers.has('cookie')
}
