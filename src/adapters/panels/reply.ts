/** What a panel's HTTP answer is, before anybody asks what it says: the rules that hold for every panel. */
import { ProviderError } from '#platform/errors.ts'
import { type OutAnswer, redirectOf } from '#platform/http-out.ts'

export type Body = { kind: 'json'; value: object } | { kind: 'html' | 'empty' | 'unreadable' }

/**
 * Panels print PHP notices before their JSON and byte order marks before everything. A bare scalar (`null`, `false`) is how a
 * failed script ends: it is not an answer.
 */
export function readBody(text: string): Body {
  const body = text.replace(/^\uFEFF/, '').trim()
  if (body === '') return { kind: 'empty' }
  const value = parse(body) ?? parseWithin(body)
  if (value !== undefined) return { kind: 'json', value }
  return { kind: body.startsWith('<') ? 'html' : 'unreadable' }
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * Behind a notice: from the first thing that looks like the beginning of JSON, to the very end. Not from a later one: the inside
 * of a truncated answer can be well-formed, and a list cut out of it would pass for a whole one.
 */
function parseWithin(text: string): object | undefined {
  if (/^[[{]/.test(text)) return undefined
  const start = /\{\s*["}]|\[\s*[\]{["\d-]/.exec(text)
  return start ? parse(text.slice(start.index)) : undefined
}

/** Throws for every status that settles the matter without the body. What returns is worth reading. */
export function judgeStatus(
  provider: string,
  answer: OutAnswer,
  asked: { url: string; writes: boolean; action: string },
): void {
  const { status } = answer
  const fail = (kind: ProviderError['kind'], code: string, hint: string) => {
    throw new ProviderError(provider, kind, `${asked.action}: ${hint} (HTTP ${status})`, {
      code,
      ...retryAfter(answer),
    })
  }
  const unsure = asked.writes ? 'ambiguous' : 'unavailable'
  if (status >= 300 && status < 400) {
    if (redirectOf(answer, asked.url)?.toHttps)
      fail('auth_failed', 'misconfigured', 'the panel wants its https address')
    fail('auth_failed', 'misconfigured', 'the panel sends us elsewhere, as it does for addresses that are not its API')
  }
  if (status === 401) fail('auth_failed', 'auth_failed', 'the panel does not accept the key')
  if (status === 403)
    fail('auth_failed', 'auth_failed', 'the panel refuses this server: check its list of allowed addresses')
  if (status === 404) {
    if (readBody(answer.text).kind === 'json') fail('rejected', 'not_found', 'the panel does not find it')
    fail('auth_failed', 'misconfigured', 'no API under this address: check the access code')
  }
  if (status === 422 && readBody(answer.text).kind === 'json')
    fail('rejected', 'invalid_input', 'the panel refuses the values')
  if (status === 429 || status === 503) fail('unavailable', 'busy', 'the panel is too busy')
  if (status < 200 || status >= 300) fail(unsure, 'http_error', 'the panel failed')
}

function retryAfter(answer: OutAnswer): { retryAfterSeconds?: number } {
  const text = answer.headers.get('retry-after') ?? ''
  return /^\d{1,5}$/.test(text) ? { retryAfterSeconds: Number(text) } : {}
}
