/** For the tests of the Stripe imitation: one that listens, the official SDK in front of it, and a shop that takes notices. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { onTestFinished } from 'vitest'
import { systemClock } from '#platform/clock.ts'
import { serveImitation } from '../../kit.ts'
import { stripe } from '../stripe.ts'

type Notice = { body: string; signature: string }

export async function tryOut(
  more: { options?: Record<string, string>; folder?: string; now?: () => Temporal.Instant } = {},
) {
  const served = await serveImitation(stripe, {
    port: 0,
    folder: more.folder ?? null,
    now: more.now ?? systemClock.now,
    options: more.options,
  })
  let open = true
  const close = async () => {
    if (open) await served.close()
    open = false
  }
  onTestFinished(close)

  const control = async (path: string, given: object) => {
    const answer = await fetch(`${served.url}${path}`, { method: 'POST', body: JSON.stringify(given) })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { url: served.url, faults: served.faults, sdk: sdkFor(served.port), control, close }
}

export const sdkFor = (port: number, key = 'sk_test_imitated') =>
  new Stripe(key, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false })

/** A shop's door for notices; `answer` decides the status by how many came before. */
export async function openShop(answer: (count: number) => number = () => 200) {
  const notices: Notice[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    notices.push({ body, signature: String(request.headers['stripe-signature']) })
    response.writeHead(answer(notices.length - 1)).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/stripe`, notices }
}

export const payment = (
  more: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  client_reference_id: 'pay_1',
  metadata: { attempt: '1' },
  payment_intent_data: { metadata: { attempt: 'pay_1', odd: "it's" } },
  line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1099, product_data: { name: 'Monthly' } } }],
  success_url: 'http://127.0.0.1:9/done?cs={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://127.0.0.1:9/plans',
  ...more,
})
