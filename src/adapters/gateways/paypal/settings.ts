/** What an operator gives of his PayPal app, and which mode its address means. */
import { z } from 'zod'
import { activeSecrets } from '../signed-notice.ts'
import { StatementText } from '../statement-text.ts'

export const PaypalSettings = z.object({
  api_base: z
    .url({ protocol: /^https?$/ })
    .default('https://api-m.paypal.com')
    .meta({ title: 'API address', help: 'For tests with PayPal’s sandbox: https://api-m.sandbox.paypal.com' }),
  client_id: z.string().trim().min(1).max(200).meta({ title: 'Client ID' }),
  client_secret: z.string().trim().min(1).max(200).meta({ title: 'Client secret', secret: true }),
  webhook_id: z.string().trim().max(200).nullish().meta({
    title: 'Webhook ID',
    help: 'Shown by PayPal once the webhook exists. While you replace the webhook, write both, separated by a space.',
  }),
  statement_text: StatementText,
})
export type PaypalSettings = z.infer<typeof PaypalSettings>

const hosts = {
  live: ['api-m.paypal.com', 'api.paypal.com'],
  sandbox: ['api-m.sandbox.paypal.com', 'api.sandbox.paypal.com'],
}

export type Place = { mode: 'live' | 'sandbox' | 'double'; origins: readonly string[] }

/** Real money, PayPal's sandbox, or a double at an address of its own; with the origins from which its certificates may come. */
export function placeOf({ api_base }: Pick<PaypalSettings, 'api_base'>): Place {
  const { hostname, origin } = new URL(api_base)
  for (const mode of ['live', 'sandbox'] as const)
    if (hosts[mode].includes(hostname)) return { mode, origins: hosts[mode].map((each) => `https://${each}`) }
  return { mode: 'double', origins: [origin] }
}

export const isLive = (settings: Pick<PaypalSettings, 'api_base'>): boolean => placeOf(settings).mode === 'live'

export const activeWebhooks = ({ webhook_id }: Pick<PaypalSettings, 'webhook_id'>): string[] =>
  activeSecrets(webhook_id)
