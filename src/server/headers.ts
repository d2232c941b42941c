/** Headers of every answer that did not bring its own: nothing may be run, framed, guessed or kept. */
import type { App } from '#app.ts'

const strict: Record<string, string> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Pages and files set their own and keep them. */
export function hardened(app: App, response: Response, requestId: string): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(strict)) if (!headers.has(name)) headers.set(name, value)
  if (app.publicUrl.startsWith('https:') && !headers.has('strict-transport-security'))
    headers.set('strict-transport-security', 'max-age=31536000')
  headers.set('x-request-id', requestId)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}
