/** Every refusal is a problem document (RFC 9457) with our code; what is not a refusal becomes one here, and is logged. */
import type { Context } from 'hono'
import type { App } from '#app.ts'
import { limitHeaders, RateLimited } from '#modules/people/rate-limits.ts'
import { isDuplicate } from '#platform/db.ts'
import { ProviderError, Refusal, refusals } from '#platform/errors.ts'

/** The one sentence for absent, foreign and malformed ids: which of them it was is not told. */
export const absent = 'There is nothing here that this key opens.'

type Vars = { Variables: { requestId: string } }

export function problem<E extends Vars>(app: App, c: Context<E>, error: unknown): Response {
  const refusal = refusalOf(app, c as unknown as Context<Vars>, error)
  const { status, title } = refusals[refusal.code]
  const headers = new Headers(c.res.headers)
  headers.delete('content-length')
  if (refusal.code === 'unauthenticated') headers.set('www-authenticate', 'Bearer')
  if (refusal.code === 'unavailable') headers.set('retry-after', '5')
  if (refusal instanceof RateLimited)
    for (const [name, value] of Object.entries(limitHeaders(refusal.state, true))) headers.set(name, value)
  const requestId = (c as unknown as Context<Vars>).get('requestId')
  if (wantsPage(c.req.raw)) {
    headers.set('content-type', 'text/html; charset=utf-8')
    return new Response(page(title, `${refusal.code}, ${requestId}`), { status, headers })
  }
  headers.set('content-type', 'application/problem+json')
  const body = {
    type: `${app.publicUrl}/api/docs/errors#${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    errors: refusal.fields,
    request_id: requestId,
  }
  return new Response(JSON.stringify(body), { status, headers })
}

function refusalOf(app: App, c: Context<Vars>, error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const told = { requestId: c.get('requestId'), method: c.req.method, path: c.req.path, error }
  if (error instanceof ProviderError) {
    app.log.warn('provider failed', told)
    return providerRefusal(app, error)
  }
  const known = databaseRefusal(error)
  // Validation comes before the database: its error reaching a caller is a bug, answered decently.
  app.log.error('request failed', told)
  return known ?? new Refusal('internal', 'This is a fault of ours. We have noted it.')
}

function providerRefusal(app: App, { kind, provider, message }: ProviderError): Refusal {
  if (kind === 'unavailable')
    return new Refusal('unavailable', 'Another machine does not answer now; nothing was done.')
  if (kind === 'ambiguous') return new Refusal('outcome_unknown', 'Another machine did not answer in time.')
  return new Refusal(
    app.gateways.has(provider) || provider.startsWith('gwa_') ? 'gateway_failed' : 'panel_failed',
    message,
  )
}

/** The net under the validation, by SQLSTATE. No text of the database leaves. */
function databaseRefusal(error: unknown): Refusal | null {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (isDuplicate(error)) return new Refusal('conflict', 'Something with these values exists already.')
  if (/^(22...|23502|23503|23514)$/.test(code)) return new Refusal('invalid_input', 'Some values cannot be stored.')
  if (code === '42501') return new Refusal('not_found', absent)
  if (/^(40001|40P01|25006|57P..|53...|08...|ECONN.*|ETIMEDOUT)$/.test(code))
    return new Refusal('unavailable', 'The database is not available now; nothing was done.')
  return null
}

/** A person who opened the address in a browser gets a sentence, not JSON. */
const wantsPage = (request: Request): boolean =>
  !new URL(request.url).pathname.startsWith('/api/v1') && (request.headers.get('accept') ?? '').includes('text/html')

const page = (title: string, mark: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${mark}</p></html>\n`
