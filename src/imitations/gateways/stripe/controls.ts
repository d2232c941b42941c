/** Routes for tests and for people who try things out; no real Stripe has them. They answer whatever faults are on. */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { isWay, passTime, payOn, settleIntent, ways } from './checkout.ts'
import { disputeCharge, settleDispute } from './disputes.ts'
import { addEndpoint } from './endpoints.ts'
import { ApiError, noSuch } from './errors.ts'
import { behaveAs } from './methods.ts'
import { resend } from './notices.ts'
import { payOut, settlePayout } from './payouts.ts'
import { settleRefund } from './refunds.ts'

const Pay = z.strictObject({
  session: z.string(),
  how: z.string().refine(isWay, `one of ${ways.join(', ')} or a pm_card_… name`),
  email: z.email().optional(),
})
const Settle = z.union([
  z.strictObject({ payment_intent: z.string(), outcome: z.enum(['succeeded', 'failed']) }),
  z.strictObject({ refund: z.string(), outcome: z.enum(['succeeded', 'failed']) }),
  z.strictObject({ dispute: z.string(), outcome: z.enum(['won', 'lost']) }),
  z.strictObject({ payout: z.string(), outcome: z.enum(['paid', 'failed']) }),
])
const PaidOut = z.strictObject({
  currency: z.string().default('eur'),
  amount: z.number().int().positive().nullable().default(null),
  fee: z.number().int().min(0).default(0),
  status: z.enum(['pending', 'in_transit', 'paid']).default('paid'),
})
const Webhook = z.strictObject({
  url: z.url(),
  secret: z.string().startsWith('whsec_').optional(),
  events: z.array(z.string()).optional(),
})
const Resend = z.strictObject({ event: z.string(), copies: z.number().int().min(1).max(1000).default(1) })
const Behaves = z.strictObject({ payment_method: z.string(), behaves: z.string() })
const Disputed = z.strictObject({ payment_intent: z.string(), reason: z.string().default('fraudulent') })

/** `changed` says that there may be notices to send; `pump` sends them and answers once everything that was due has left. */
export function controls(account: Account, changed: () => void, pump: () => Promise<number>): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json({ error: error.message }, error.status as 400)
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 422)
    throw error
  })

  const post = <T>(path: string, schema: z.ZodType<T>, act: (given: T) => object) =>
    app.post(path, async (c) => {
      const given = schema.parse(await c.req.json().catch(() => null))
      passTime(account)
      const answer = act(given)
      await account.kit.store.flush()
      changed()
      return c.json(answer)
    })

  post('/__pay', Pay, ({ session, how, email }) =>
    payOn(account, account.sessions.get(session) ?? noSuch('checkout.session', session), how, email ?? null),
  )
  post('/__settle', Settle, (given) => {
    if ('payment_intent' in given) {
      return settleIntent(
        account,
        account.intents.get(given.payment_intent) ?? noSuch('payment_intent', given.payment_intent),
        given.outcome,
      )
    }
    if ('refund' in given)
      return settleRefund(account, account.refunds.get(given.refund) ?? noSuch('refund', given.refund), given.outcome)
    if ('payout' in given)
      return settlePayout(account, account.payouts.get(given.payout) ?? noSuch('payout', given.payout), given.outcome)
    return settleDispute(
      account,
      account.disputes.get(given.dispute) ?? noSuch('dispute', given.dispute),
      given.outcome,
    )
  })
  post('/__dispute', Disputed, ({ payment_intent: id, reason }) => {
    const intent = account.intents.get(id) ?? noSuch('payment_intent', id)
    return disputeCharge(
      account,
      account.charges.get(intent.latest_charge ?? '') ?? noSuch('charge', 'of this intent'),
      reason,
    )
  })
  /** To the bank: all that waits, or an amount that somebody sends by hand. */
  post('/__payout', PaidOut, (given) => payOut(account, given))
  /** A kept method behaves from now on as another test card does. */
  post('/__method', Behaves, ({ payment_method: id, behaves }) =>
    behaveAs(account, account.methods.get(id) ?? noSuch('PaymentMethod', id, 'payment_method'), behaves),
  )
  post('/__webhooks', Webhook, ({ url, secret, events }) => {
    const endpoint = addEndpoint(account, { url, ...(secret ? { secret } : {}), ...(events ? { events } : {}) })
    return { id: endpoint.id, url: endpoint.url, secret: account.settings.webhookSecrets.get(endpoint.id) }
  })
  post('/__resend', Resend, ({ event, copies }) => {
    resend(account, account.events.get(event) ?? noSuch('event', event), copies)
    return { event, copies }
  })
  /** Lets the clock take effect now and sends what is due: answers when it has been sent. */
  app.post('/__pump', async (c) => {
    passTime(account)
    const sent = await pump()
    return c.json({ sent, waiting: account.deliveries.size })
  })
  return app
}
