/** What an operator gives of his Authorize.Net account, and where its address leads. */
import { z } from 'zod'

export const authorizenetCurrencies = [
  'AUD',
  'CAD',
  'CHF',
  'DKK',
  'EUR',
  'GBP',
  'NOK',
  'NZD',
  'PLN',
  'SEK',
  'USD',
  'ZAR',
]

export const AuthorizenetSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default('https://api.authorize.net')
    .meta({ title: 'API address', help: 'For tests with the sandbox: https://apitest.authorize.net' }),
  login_id: z.string().trim().min(1).max(25).meta({ title: 'API login ID' }),
  transaction_key: z.string().trim().min(1).max(50).meta({ title: 'Transaction key', secret: true }),
  signature_key: z.string().trim().max(600).nullish().meta({
    title: 'Signature key',
    help: 'Signs what Authorize.Net tells us. While you replace it, write both, separated by a space.',
    secret: true,
  }),
  currency: z
    .enum(authorizenetCurrencies as [string, ...string[]])
    .default('USD')
    .meta({ title: 'Currency', help: 'The one that your merchant account settles in.' }),
})
export type AuthorizenetSettings = z.infer<typeof AuthorizenetSettings>

const live = ['api.authorize.net', 'api2.authorize.net']

export const isLive = ({ api_base }: Pick<AuthorizenetSettings, 'api_base'>): boolean =>
  live.includes(new URL(api_base).hostname)

/** Where the browser posts its token. */
export function pageOf(settings: Pick<AuthorizenetSettings, 'api_base'>): string {
  const { hostname, origin } = new URL(settings.api_base)
  if (isLive(settings)) return 'https://accept.authorize.net/payment/payment'
  return hostname === 'apitest.authorize.net'
    ? 'https://test.authorize.net/payment/payment'
    : `${origin}/payment/payment`
}
