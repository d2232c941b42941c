/** One call of the API under an access code. The panel answers HTTP 200 whatever happens; the verdict is in the body. */
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut } from '#platform/http-out.ts'
import { isSuccess } from '../normalize.ts'
import { judgeStatus, readBody } from '../reply.ts'
import { type Trouble, troubleOf } from './trouble.ts'

export type Fields = ReadonlyArray<readonly [string, string]>

/** `word` is the panel's own (`STATUS_EXISTS_USERNAME`). `data` is the envelope's content, or a bare list; `permissions` stand beside it in `user_info`. */
export type Verdict = { success: boolean; word: string; error: string; data: unknown; permissions?: unknown }

export type Ask = { fields?: Fields; writes: boolean; list?: boolean; keyIn?: 'body' | 'query' }
export type Call = { (action: string, ask: Ask): Promise<Verdict>; provider: string; trouble: Trouble }

/** Where and with which key. */
export type Access = { url: string; api_key: string; credentials_in: 'body' | 'query' }

const listLimits = { timeoutMs: 60_000, maxBytes: 32 * 1024 * 1024 }

/** A caller's `Call`. Throws `ProviderError` for everything but a readable verdict; a wrong key is `auth_failed`. */
export function openCall(provider: string, settings: Access, http: HttpOut): Call {
  const call = async (
    action: string,
    { fields = [], writes, list = false, keyIn = settings.credentials_in }: Ask,
  ): Promise<Verdict> => {
    const key: Fields = [
      ['api_key', settings.api_key],
      ['action', action],
    ]
    const url =
      keyIn === 'query'
        ? `${settings.url}?${new URLSearchParams(key.map(([name, value]) => [name, value]))}`
        : settings.url
    const answer = await http.request({
      provider,
      method: 'POST',
      url,
      headers: { accept: 'application/json' },
      form: keyIn === 'query' ? fields : [...key, ...fields],
      writes,
      ...(list ? listLimits : {}),
    })
    judgeStatus(provider, answer, { url: settings.url, writes, action })

    const body = readBody(answer.text)
    if (body.kind !== 'json') {
      // Over a login page nothing was done, but other pages look the same: a write is looked up, never assumed.
      const kind = writes ? 'ambiguous' : 'unavailable'
      throw new ProviderError(provider, kind, `${action}: ${whatCame[body.kind]} instead of an answer`, {
        code: `answer_${body.kind}`,
      })
    }
    return verdictOf(provider, action, body.value, writes)
  }
  return Object.assign(call, { provider, trouble: troubleOf(provider) })
}

const whatCame = { html: 'a web page', empty: 'nothing', unreadable: 'something unreadable' } as const

function verdictOf(provider: string, action: string, value: object, writes: boolean): Verdict {
  if (Array.isArray(value)) return { success: true, word: 'STATUS_SUCCESS', error: '', data: value }
  const reply = value as Record<string, unknown>
  const stated = ['status', 'result', 'success', 'ok'].find((name) => reply[name] !== undefined)
  const error = typeof reply.error === 'string' ? reply.error : ''
  if (stated === undefined && error === '') {
    throw new ProviderError(provider, writes ? 'ambiguous' : 'unavailable', `${action}: an answer without a verdict`, {
      code: 'answer_unreadable',
    })
  }
  const verdict = stated === undefined ? false : reply[stated]
  if (/api[ _-]?key/i.test(error))
    throw new ProviderError(provider, 'auth_failed', `${action}: the panel does not accept the API key`)
  return { success: isSuccess(verdict), word: wordOf(verdict), error, data: reply.data, permissions: reply.permissions }
}

/** The rest of a failure echoes what was submitted, passwords included: only a word of the known form is kept. */
const wordOf = (verdict: unknown): string =>
  typeof verdict === 'string' && /^[A-Z][A-Z_]{1,60}$/.test(verdict) ? verdict : 'no known status'

const codes: Record<string, string> = {
  STATUS_EXISTS_USERNAME: 'username_taken',
  STATUS_EXISTS_MAC: 'mac_taken',
  STATUS_INVALID_MAC: 'mac_invalid',
  STATUS_INVALID_DATE: 'invalid_date',
  STATUS_INVALID_PACKAGE: 'package_invalid',
  STATUS_INVALID_TYPE: 'package_invalid',
  STATUS_NO_TRIALS: 'trial_not_allowed',
  STATUS_INSUFFICIENT_CREDITS: 'insufficient_credits',
  STATUS_NO_PERMISSIONS: 'no_permission',
  STATUS_NOT_ADMIN: 'no_permission',
}

/** The refusal that a verdict other than success is. Newer builds refuse what comes at the same moment as another, and want it again. */
export function refusal({ provider }: Pick<Call, 'provider'>, action: string, verdict: Verdict): ProviderError {
  if (/send again/i.test(verdict.error))
    return new ProviderError(provider, 'unavailable', `${action}: the panel was at it already`, { code: 'busy' })
  const invalidAction = /invalid action/i.test(verdict.error)
  const code = invalidAction ? 'unsupported' : (codes[verdict.word] ?? 'invalid_input')
  return new ProviderError(provider, 'rejected', `${action}: the panel answered ${verdict.word}`, { code })
}
