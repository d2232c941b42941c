/** One call of a panel that speaks JSON both ways. Which of its answers are refusals, the adapter says. */
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { judgeStatus, readBody } from '../reply.ts'
import type { Trouble } from '../xtream-family/trouble.ts'

export type JsonAsk = {
  /** As it is named in errors, and renamed by `names`. */
  action: string
  method: 'GET' | 'POST'
  /** Under the base address, each part encoded. */
  path: string
  query?: Record<string, string>
  json?: object
  list?: boolean
}
export type JsonAnswer = { status: number; value: object }

const listLimits = { timeoutMs: 60_000, maxBytes: 32 * 1024 * 1024 }
/** With JSON these are the panel's own refusals. */
const refusals = [400, 402, 403, 404, 409, 422]

export function openJsonCall(provider: string, base: string, headers: Record<string, string>, http: HttpOut) {
  return async ({ action, method, path, query, json, list = false }: JsonAsk): Promise<JsonAnswer> => {
    const writes = method === 'POST'
    const url = `${base}${path}${query ? `?${new URLSearchParams(query)}` : ''}`
    const answer = await http.request({
      provider,
      method,
      url,
      headers: { accept: 'application/json', ...headers },
      ...(json ? { json } : {}),
      writes,
      timeoutMs: 30_000,
      ...(list ? listLimits : {}),
    })
    const body = readBody(answer.text)
    if (body.kind === 'json' && refusals.includes(answer.status)) return { status: answer.status, value: body.value }
    judgeStatus(provider, answer, { url, writes, action })
    if (body.kind === 'json') return { status: answer.status, value: body.value }
    throw new ProviderError(provider, writes ? 'ambiguous' : 'unavailable', `${action}: ${whatCame[body.kind]}`, {
      code: `answer_${body.kind}`,
    })
  }
}

const whatCame = {
  html: 'a web page instead of an answer',
  empty: 'nothing instead of an answer',
  unreadable: 'something unreadable instead of an answer',
} as const

/**
 * For the steps of a live test: what answers with a page is not the API, and `hint` says what to look at; what the API does not tell,
 * nothing can be sold without.
 */
export const beginning =
  ({ unusable }: Trouble, hint: string) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (isNoApi(error)) throw unusable(`no API answers there: ${hint}`, 'misconfigured')
      if (error instanceof ProviderError && (error.kind === 'rejected' || error.code.startsWith('answer_')))
        throw unusable(`${error.message}; without it nothing can be sold safely`, error.code)
      throw error
    }
  }

/** Whether an address answers, but not as the API does. */
const isNoApi = (error: unknown): boolean =>
  error instanceof ProviderError && ['answer_html', 'answer_unreadable', 'misconfigured'].includes(error.code)

/**
 * What a refusal's words mean. Nobody has written down all of them, and some echo what was sent: they are told apart by what is in
 * them, never shown.
 */
export function codeOf(words: string): string {
  if (/username|user name|login/i.test(words) && /taken|exist|already|unique/i.test(words)) return 'username_taken'
  if (/credit|balance|funds/i.test(words)) return 'insufficient_credits'
  if (/trial/i.test(words)) return 'trial_not_allowed'
  if (/package/i.test(words)) return 'package_invalid'
  if (/permission|not allowed|forbidden|unauthori[sz]ed/i.test(words)) return 'no_permission'
  if (/not[ _]?found|no query results|does not exist/i.test(words)) return 'not_found'
  return 'invalid_input'
}
