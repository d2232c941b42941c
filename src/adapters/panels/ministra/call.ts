/** One call of the REST API of version 1. It answers HTTP 200 to nearly everything; `status` and `results` are the verdict. */
import { ProviderError } from '#platform/errors.ts'
import type { HttpOut, OutAnswer } from '#platform/http-out.ts'
import { judgeStatus, readBody } from '../reply.ts'
import { isRow } from '../xtream-family/row.ts'
import { troubleOf } from '../xtream-family/trouble.ts'
import type { MinistraSettings } from './settings.ts'

export const provider = 'ministra'
export const trouble = troubleOf(provider)

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type Fields = Readonly<Record<string, string>>
/** `done` is false for a refusal and for "OK" with `results: false`, which means that nothing was done. */
export type Verdict = { done: boolean; error: string; results: unknown }
export type Call = (method: Method, resource: string, id?: string, fields?: Fields) => Promise<Verdict>

/** Every account comes in one answer: there are no pages. */
const listing = { timeoutMs: 90_000, maxBytes: 64 * 1024 * 1024 }

export function openCall(
  settings: Pick<MinistraSettings, 'url' | 'login' | 'password'>,
  http: HttpOut,
  { anonymous = false } = {},
): Call {
  const basic = `Basic ${Buffer.from(`${settings.login}:${settings.password}`).toString('base64')}`

  return async (method, resource, id, fields) => {
    const action = `${method} ${resource}`
    const url = `${settings.url}${resource}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
    const writes = method !== 'GET'
    const answer = await http.request({
      provider,
      method,
      url,
      headers: { accept: 'application/json', ...(anonymous ? {} : { authorization: basic }) },
      ...(fields === undefined ? {} : { form: Object.entries(fields) }),
      writes,
      ...(resource === 'accounts' && id === undefined && !writes ? listing : {}),
    })
    refuseWhenOff(answer)
    judgeStatus(provider, answer, { url, writes, action })
    return verdictOf(answer.text, action, writes)
  }
}

function refuseWhenOff({ status, text }: OutAnswer): void {
  if (status === 404 && /api not enabled/i.test(text))
    throw trouble.unusable(
      'The portal answers "API not enabled": set enable_api = true in its custom.ini',
      'misconfigured',
    )
}

function verdictOf(text: string, action: string, writes: boolean): Verdict {
  const body = readBody(text)
  const reply = body.kind === 'json' && isRow(body.value) ? body.value : null
  if (reply === null || (reply.status !== 'OK' && reply.status !== 'ERROR'))
    throw new ProviderError(
      provider,
      writes ? 'ambiguous' : 'unavailable',
      `${action}: ${body.kind === 'html' ? 'a web page' : 'nothing that can be read'} instead of an answer`,
      { code: `answer_${body.kind === 'json' ? 'unreadable' : body.kind}` },
    )
  const done = reply.status === 'OK' && reply.results !== false
  return { done, error: typeof reply.error === 'string' ? reply.error : '', results: reply.results }
}

/** Whose words are known is told by its code; everything else is a refusal of the values. */
export function refusal(action: string, { error }: Verdict): ProviderError {
  const code = codes.find(([words]) => words.test(error))?.[1] ?? 'invalid_input'
  const words = /^[\w .,:-]{1,80}$/.test(error) ? error : 'no reason'
  return trouble.refused(code, `${action}: the portal refused with ${words}`)
}

const codes: readonly (readonly [RegExp, string])[] = [
  [/login already in use/i, 'username_taken'],
  [/mac address already in use/i, 'mac_taken'],
  [/not valid mac/i, 'mac_invalid'],
  [/not found/i, 'not_found'],
]
