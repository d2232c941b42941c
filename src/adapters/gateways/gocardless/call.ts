/** What an operator gives of his GoCardless account, and one call with it. Requests and answers are wrapped in the name of what they hold. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import type { GatewayContext } from '../gateway.ts'
import { type Call, jsonApi } from '../json-api.ts'

const liveApi = 'https://api.gocardless.com'

export const GocardlessSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default(liveApi)
    .meta({ title: 'API address', help: 'For tests with the sandbox: https://api-sandbox.gocardless.com' }),
  access_token: z
    .string()
    .trim()
    .min(8)
    .max(200)
    .meta({ title: 'Access token', secret: true, help: 'With the right to read and write.' }),
  webhook_secret: z.string().trim().max(500).nullish().meta({
    title: 'Webhook secret',
    help: 'Signs what GoCardless tells us. While you replace it, write both, separated by a space.',
    secret: true,
  }),
  first_payment: z.enum(['debit', 'instant']).default('debit').meta({
    title: 'First payment',
    help: 'instant: a bank transfer that arrives at once (GBP, and EUR in some countries). debit: a direct debit that takes days.',
  }),
})
export type GocardlessSettings = z.infer<typeof GocardlessSettings>

export const isLive = ({ api_base }: Pick<GocardlessSettings, 'api_base'>): boolean =>
  new URL(api_base).hostname === new URL(liveApi).hostname

const Problem = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    errors: z
      .array(
        z.object({
          reason: z.string().nullish(),
          message: z.string().nullish(),
          links: z.object({ conflicting_resource_id: z.string().nullish() }).nullish(),
        }),
      )
      .nullish(),
  }),
})

/** The code of a refusal under a key that was used before; `madeBefore` reads which thing was made with it. */
const conflict = 'made_before/'

export const madeBefore = (error: unknown): string | null =>
  error instanceof ProviderError && error.code.startsWith(conflict) ? error.code.slice(conflict.length) : null

/** Throws `auth_failed(mode_mismatch)` before anything is asked of the wrong address. */
export function caller(settings: GocardlessSettings, { http, livemode }: GatewayContext): Call {
  const api = jsonApi(
    {
      provider: 'gocardless',
      base: settings.api_base,
      headers: { authorization: `Bearer ${settings.access_token}`, 'gocardless-version': '2015-07-06' },
      secrets: [settings.access_token],
      refusalOf: (body) => {
        const problem = Problem.safeParse(body).data?.error
        if (!problem) return null
        const [first] = problem.errors ?? []
        const id = first?.reason === 'idempotent_creation_conflict' ? first.links?.conflicting_resource_id : null
        const code = id ? `${conflict}${id}` : (first?.reason ?? problem.type)
        return { code, message: first?.message ?? problem.message }
      },
    },
    http,
  )
  return async (ask, reply) => {
    if (isLive(settings) !== livemode) {
      const [address, business] = livemode ? ['a test', 'live'] : ['the live', 'test']
      const message = `This is ${address} address, but the business is ${business}.`
      throw new ProviderError('gocardless', 'auth_failed', message, { code: 'mode_mismatch' })
    }
    return api(ask, reply)
  }
}
