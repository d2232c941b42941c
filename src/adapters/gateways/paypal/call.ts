/** One call to PayPal: a token that is kept until shortly before its end, answers that are parsed, failures in our four kinds. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { redactBody } from '#platform/http-out.ts'
import type { GatewayContext } from '../gateway.ts'
import { isLive, type PaypalSettings } from './settings.ts'

export type Ask = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  json?: unknown
  /** `PayPal-Request-Id`: the same again within hours (orders) or weeks (refunds) is answered as before. */
  requestId?: string
}

export type Call = <T>(ask: Ask, reply: z.ZodType<T>) => Promise<T>

const Token = z.object({ access_token: z.string().min(1), expires_in: z.number() })
const Trouble = z.object({
  name: z.string(),
  message: z.string().nullish(),
  debug_id: z.string().nullish(),
  details: z.array(z.object({ issue: z.string().nullish(), description: z.string().nullish() })).nullish(),
})

export function caller(settings: PaypalSettings, context: GatewayContext): Call {
  const base = settings.api_base.replace(/\/+$/, '')
  const secrets = [settings.client_secret]
  let token: { value: string; until: Temporal.Instant } | null = null

  async function authorization(): Promise<string> {
    if (token !== null && Temporal.Instant.compare(context.now(), token.until) < 0) return `Bearer ${token.value}`
    const basic = Buffer.from(`${settings.client_id}:${settings.client_secret}`).toString('base64')
    const answer = await context.http.request({
      provider: 'paypal',
      method: 'POST',
      url: `${base}/v1/oauth2/token`,
      headers: { authorization: `Basic ${basic}` },
      form: [['grant_type', 'client_credentials']],
      writes: false,
    })
    const given = Token.safeParse(json(answer.text)).data
    if (answer.status === 200 && given) {
      token = {
        value: given.access_token,
        until: context.now().add({ seconds: Math.max(0, Math.floor(given.expires_in) - 60) }),
      }
      return `Bearer ${token.value}`
    }
    const refused = answer.status === 401 || answer.status === 400
    throw new ProviderError(
      'paypal',
      refused ? 'auth_failed' : 'unavailable',
      refused ? 'PayPal does not accept this client id and secret.' : `PayPal gave no token (HTTP ${answer.status}).`,
      { code: refused ? 'key_unknown' : 'unexpected_answer' },
    )
  }

  async function send(ask: Ask, again: boolean) {
    const answer = await context.http.request({
      provider: 'paypal',
      method: ask.method,
      url: `${base}${ask.path}`,
      headers: {
        authorization: await authorization(),
        prefer: 'return=representation',
        ...(ask.requestId === undefined ? {} : { 'paypal-request-id': ask.requestId }),
      },
      ...(ask.method === 'POST' || ask.method === 'PATCH' ? { json: ask.json ?? {} } : {}),
      writes: ask.method !== 'GET',
      timeoutMs: 40_000, // A capture asks the payer's bank.
    })
    if (answer.status !== 401 || again) return answer
    token = null // Ended before its time: what was refused for that was not done.
    return send(ask, true)
  }

  return async (ask, reply) => {
    if (isLive(settings) !== context.livemode) {
      const [address, business] = context.livemode ? ['a test', 'live'] : ['the live', 'test']
      throw new ProviderError('paypal', 'auth_failed', `This is ${address} address, but the business is ${business}.`, {
        code: 'mode_mismatch',
      })
    }
    const answer = await send(ask, false)
    const body = json(answer.text)
    const value = reply.safeParse(body)
    if (answer.status < 300 && value.success) return value.data
    const trouble = Trouble.safeParse(body).data
    const detail = trouble?.details?.[0]
    const said = detail?.description ?? trouble?.message ?? answer.text
    const debug = trouble?.debug_id ? ` (debug id ${trouble.debug_id})` : ''
    const action = `${ask.method} ${ask.path.split('?')[0]}`
    throw new ProviderError(
      'paypal',
      kindOf(answer.status, trouble?.name, ask.method !== 'GET'),
      `${action} answered ${answer.status}: ${redactBody(said, secrets, 300)}${debug}`,
      { code: codeOf(answer.status, trouble) },
    )
  }
}

/** Only its own words refuse for good: a page of some proxy in between says nothing about the payment. */
function kindOf(status: number, name: string | undefined, writes: boolean): ProviderError['kind'] {
  if (status === 429) return 'unavailable'
  if (name === undefined && status !== 401) return writes ? 'ambiguous' : 'unavailable'
  if (status === 401 || status === 403) return 'auth_failed'
  if (status >= 400 && status < 500) return 'rejected'
  return writes ? 'ambiguous' : 'unavailable'
}

function codeOf(status: number, trouble: z.infer<typeof Trouble> | undefined): string {
  if (status === 404 && trouble !== undefined) return 'not_found'
  return trouble?.details?.[0]?.issue ?? trouble?.name ?? 'unexpected_answer'
}

/** An empty answer (204) is read as `null`. */
function json(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
