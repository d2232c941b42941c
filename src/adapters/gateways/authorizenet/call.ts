/** One call to Authorize.Net: JSON that is XML underneath, so that fields come in the order of its schema; answers begin with a byte order mark. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import type { GatewayContext } from '../gateway.ts'
import { type AuthorizenetSettings, isLive } from './settings.ts'

export type Call = <T>(
  request: string,
  fields: Record<string, unknown>,
  reply: z.ZodType<T>,
  options?: { writes?: boolean },
) => Promise<T>

const Messages = z.object({
  messages: z.object({
    resultCode: z.enum(['Ok', 'Error']),
    message: z.array(z.object({ code: z.string(), text: z.string() })).min(1),
  }),
  transactionResponse: z.unknown().optional(),
})

const keyRefused = new Set(['E00005', 'E00006', 'E00007', 'E00008', 'E00010', 'E00011'])
const notNow = new Set(['E00001', 'E00053', 'E00104'])

export function caller(settings: AuthorizenetSettings, context: GatewayContext): Call {
  const url = `${settings.api_base.replace(/\/+$/, '')}/xml/v1/request.api`
  return async (request, fields, reply, { writes = false } = {}) => {
    if (isLive(settings) !== context.livemode) {
      const [address, business] = context.livemode ? ['a test', 'live'] : ['the live', 'test']
      throw new ProviderError(
        'authorizenet',
        'auth_failed',
        `This is ${address} address, but the business is ${business}.`,
        {
          code: 'mode_mismatch',
        },
      )
    }
    const merchantAuthentication = { name: settings.login_id, transactionKey: settings.transaction_key }
    const answer = await context.http.request({
      provider: 'authorizenet',
      method: 'POST',
      url,
      json: { [request]: { merchantAuthentication, ...fields } },
      writes,
      timeoutMs: 40_000,
    })
    const unclear = writes ? 'ambiguous' : 'unavailable'
    const body = parsed(answer.text)
    const said = Messages.safeParse(body).data
    if (answer.status === 429) throw failed('unavailable', 'too many requests', 'too_many_requests')
    if (answer.status !== 200 || !said)
      throw failed(unclear, `${request} answered ${answer.status}`, 'unexpected_answer')
    const [first] = said.messages.message
    const code = first?.code ?? ''
    const text = `${request}: ${first?.text ?? ''} (${code})`
    // A transaction that did not come is told with an error, too: what it says of itself is the answer.
    if (said.messages.resultCode === 'Error' && said.transactionResponse === undefined) {
      if (keyRefused.has(code)) throw failed('auth_failed', text, code)
      throw failed(notNow.has(code) ? unclear : 'rejected', text, code === 'E00040' ? 'not_found' : code)
    }
    const value = reply.safeParse(body)
    if (!value.success) throw failed(unclear, `${request} answered what cannot be read`, 'unexpected_answer')
    return value.data
  }
}

export const failed = (kind: ProviderError['kind'], message: string, code: string) =>
  new ProviderError('authorizenet', kind, message, { code })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}
