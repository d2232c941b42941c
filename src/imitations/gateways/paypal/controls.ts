/** Routes for tests and for people who try things out; PayPal has none of them. They answer whatever faults are on. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, missing, Refused } from './account.ts'
import { checked } from './amounts.ts'
import { resend } from './notices.ts'
import { approve, settle } from './orders.ts'
import { endDispute, openDispute, settleRefund, takeForDispute } from './refunds.ts'
import { approveSetup } from './setups.ts'

const Pay = z.strictObject({
  order: z.string(),
  mood: z
    .string()
    .regex(/^(pays|pending|[A-Z_]+)$/)
    .default('pays'),
})
const Settle = z.union([
  z.strictObject({ order: z.string(), outcome: z.enum(['COMPLETED', 'DECLINED']) }),
  z.strictObject({ refund: z.string(), outcome: z.enum(['COMPLETED', 'FAILED']) }),
])
const Method = z.strictObject({ token: z.string(), mood: z.string().regex(/^(pays|pending|[A-Z_]+)$/) })
const Disputed = z.union([
  z.strictObject({ capture: z.string(), reason: z.string().default('MERCHANDISE_OR_SERVICE_NOT_RECEIVED') }),
  z.strictObject({ dispute: z.string(), outcome: z.string() }),
  z.strictObject({ dispute: z.string(), taken: z.literal(true) }),
])
const Withdrawn = z.strictObject({
  value: z.string(),
  currency: z.string().default('EUR'),
  status: z.enum(['S', 'P', 'D']).default('S'),
})
const Webhook = z.strictObject({ url: z.url(), id: z.string().min(1).optional() })
const Resend = z.strictObject({ event: z.string() })

/** `changed` says that there may be notices to send; `pump` sends what is due and answers once it has left. */
export function controls(account: Account, changed: () => void, pump: () => Promise<number>): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof Refused) return c.json({ error: error.message }, error.status)
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 422)
    throw error
  })
  const post = <T>(path: string, schema: z.ZodType<T>, act: (given: T) => object) =>
    app.post(path, async (c) => {
      const answer = act(schema.parse(await c.req.json().catch(() => null)))
      await account.kit.store.flush()
      changed()
      return c.json(answer)
    })

  post('/__pay', Pay, ({ order, mood }) =>
    account.setups.get(order) ? approveSetup(account, order) : approve(account, order, mood),
  )
  post('/__settle', Settle, (given) => {
    if ('refund' in given) return settleRefund(account, given.refund, given.outcome)
    return settle(account, account.orders.get(given.order)?.capture ?? '', given.outcome)
  })
  post('/__method', Method, ({ token, mood }) => {
    const kept = account.kept.get(token)
    if (!kept) throw missing('payment token')
    account.kept.put(token, { ...kept, mood })
    return { token, mood }
  })
  post('/__dispute', Disputed, (given) =>
    'capture' in given
      ? openDispute(account, given.capture, given.reason)
      : 'taken' in given
        ? takeForDispute(account, given.dispute)
        : endDispute(account, given.dispute, given.outcome),
  )
  post('/__withdraw', Withdrawn, ({ value, currency, status }) => {
    const amount = { currency_code: currency, value }
    checked(amount)
    const made = { id: account.newId(), status, amount, create_time: account.now().round('second').toString() }
    account.withdrawals.put(made.id, made)
    account.kit.did('withdrawn', { id: made.id, value })
    return made
  })
  post('/__webhook', Webhook, ({ url, id }) => {
    account.settings.webhookUrl = url
    account.settings.webhookId = id ?? account.settings.webhookId
    account.webhooks.put('webhook', { id: account.settings.webhookId, url })
    return { id: account.settings.webhookId, url }
  })
  post('/__resend', Resend, ({ event: id }) => {
    const event = account.events.get(id)
    if (!event) throw missing('event')
    resend(account, event)
    return { event: id }
  })
  app.post('/__pump', async (c) => c.json({ sent: await pump(), waiting: account.deliveries.size }))
  return app
}
