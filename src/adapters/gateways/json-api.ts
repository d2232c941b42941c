/** Asks a provider whose API is JSON over HTTP; every failure ends in one of our kinds of error. */
import type { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { type OutRequest, redactBody } from '#platform/http-out.ts'
import type { GatewayContext } from './gateway.ts'

export type Ask = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its query, from the base address on. */
  path: string
  json?: unknown
  headers?: Record<string, string>
  /** Whether it may change something there; every method but GET does, unless told. */
  writes?: boolean
}

export type JsonApi = {
  provider: string
  base: string
  /** Sent with every request. */
  headers: Record<string, string>
  /** Never shown in an error. */
  secrets: readonly string[]
  /** The provider's own word for a refusal, from its error's body: null where the body is not an error of its own. */
  refusalOf(body: unknown): { code: string; message: string } | null
}

/** Throws `ProviderError`; its code is `not_found` for 404 and 410, else the provider's word. */
export type Call = <T>(ask: Ask, reply: z.ZodType<T>) => Promise<T>

export function jsonApi(api: JsonApi, http: GatewayContext['http']): Call {
  return async (ask, reply) => {
    const writes = ask.writes ?? ask.method !== 'GET'
    const answer = await http.request(requestOf(api, ask, writes))
    const body = parsedJson(answer.text)
    if (answer.status < 300) {
      const value = reply.safeParse(answer.status === 204 ? null : body)
      if (value.success) return value.data
    }
    const refusal = answer.status < 300 ? null : api.refusalOf(body)
    const said = refusal?.message ?? redactBody(answer.text, api.secrets, 200)
    const where = `${ask.method} ${ask.path.split('?')[0]}`
    throw new ProviderError(
      api.provider,
      kindOf(answer.status, refusal !== null, writes),
      `${where} answered ${answer.status}: ${said}`,
      { code: codeOf(answer.status, refusal?.code) },
    )
  }
}

function requestOf(api: JsonApi, ask: Ask, writes: boolean): OutRequest {
  return {
    provider: api.provider,
    method: ask.method,
    url: `${api.base.replace(/\/+$/, '')}${ask.path}`,
    headers: { accept: 'application/json', ...api.headers, ...ask.headers },
    ...(ask.json === undefined ? {} : { json: ask.json }),
    writes,
  }
}

/** Only the provider's own words refuse for good: a page of some proxy in between says nothing about the payment. */
function kindOf(status: number, refused: boolean, writes: boolean): ProviderError['kind'] {
  if (refused && (status === 401 || status === 403)) return 'auth_failed'
  if (status === 429) return 'unavailable'
  if (refused && status >= 400 && status < 500 && status !== 408) return 'rejected'
  return writes ? 'ambiguous' : 'unavailable'
}

function codeOf(status: number, code: string | undefined): string {
  if (code === undefined) return 'unexpected_answer'
  return status === 404 || status === 410 ? 'not_found' : code
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isRejected = (error: unknown, code?: string): error is ProviderError =>
  error instanceof ProviderError && error.kind === 'rejected' && (code === undefined || error.code === code)

/** What a provider does not know, or what cannot be an id of its. */
export const notFound = (provider: string, ref: string): ProviderError =>
  new ProviderError(provider, 'rejected', `${provider} does not know ${ref.slice(0, 60)}`, { code: 'not_found' })
