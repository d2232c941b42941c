/** The routes that PayPal has. Each handler runs without a pause: two requests never mix. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Account, type Amount, type Capture, missing, type Refund, Refused, type Withdrawal } from './account.ts'
import { checked } from './amounts.ts'
import { resend } from './notices.ts'
import { capture, create, NewOrder, patch, read, shown, shownCapture, shownRefund } from './orders.ts'
import { NewRefund, readCapture, refund, shownDispute } from './refunds.ts'
import { createSetup, exchange, NewSetup, NewToken, readSetup, shownSetup, shownToken } from './setups.ts'

const names = {
  400: 'INVALID_REQUEST',
  401: 'AUTHENTICATION_FAILURE',
  403: 'NOT_AUTHORIZED',
  404: 'RESOURCE_NOT_FOUND',
  422: 'UNPROCESSABLE_ENTITY',
}

/** How long a `PayPal-Request-Id` is remembered, in hours. */
const remembered = { orders: 6, refunds: 45 * 24, vault: 3 }
const tokenSeconds = 32_400

/** `changed` is called after every request that may have made events. */
export function paypalApi(account: Account, changed: () => void): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error
    const details = [{ issue: error.issue, description: error.message }]
    const debug_id = account.newId().toLowerCase().slice(0, 13)
    return c.json(
      { name: names[error.status], message: 'The request was not carried out.', debug_id, details },
      error.status,
    )
  })

  app.post('/v1/oauth2/token', (c) => {
    const { clientId, clientSecret } = account.settings
    const given = Buffer.from((c.req.header('authorization') ?? '').replace(/^Basic /, ''), 'base64').toString()
    if (given !== `${clientId}:${clientSecret}`)
      return c.json({ error: 'invalid_client', error_description: 'Client Authentication failed' }, 401)
    const token = `A21AA${account.newId()}${account.newId()}`
    account.tokens.put(token, { until: account.now().add({ seconds: tokenSeconds }).toString() })
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: tokenSeconds })
  })

  app.get('/v1/notifications/certs/:name', (c) =>
    c.req.param('name') === account.signer.name ? c.text(account.signer.chain) : c.notFound(),
  )

  app.use('/v1/*', (c, next) => authorized(account, c, next))
  app.use('/v2/*', (c, next) => authorized(account, c, next))
  app.use('/v3/*', (c, next) => authorized(account, c, next))

  const write = async <T>(c: Context, schema: z.ZodType<T>, hours: number, act: (asked: T) => object) => {
    const asked = schema.safeParse(await c.req.json().catch(() => null))
    if (!asked.success) throw new Refused(400, 'INVALID_PARAMETER_VALUE', z.prettifyError(asked.error))
    const answer = once(account, c, hours, () => act(asked.data))
    changed()
    return c.json(answer, 201)
  }

  app.post('/v2/checkout/orders', (c) =>
    write(c, NewOrder, remembered.orders, (asked) => shown(account, create(account, asked))),
  )
  app.get('/v2/checkout/orders/:id', (c) => c.json(shown(account, read(account, c.req.param('id')))))
  app.patch('/v2/checkout/orders/:id', async (c) => {
    const [change] = Patch.parse(await c.req.json())
    patch(account, c.req.param('id'), change.path, change.value)
    return c.body(null, 204)
  })
  app.post('/v2/checkout/orders/:id/capture', (c) =>
    write(c, z.object({}), remembered.orders, () => shown(account, capture(account, c.req.param('id')))),
  )

  app.get('/v2/payments/captures/:id', (c) => c.json(shownCapture(account, readCapture(account, c.req.param('id')))))
  app.post('/v2/payments/captures/:id/refund', (c) =>
    write(c, NewRefund, remembered.refunds, (asked) => shownRefund(account, refund(account, c.req.param('id'), asked))),
  )
  app.post('/v3/vault/setup-tokens', (c) =>
    write(c, NewSetup, remembered.vault, (asked) => shownSetup(account, createSetup(account, asked))),
  )
  app.get('/v3/vault/setup-tokens/:id', (c) => c.json(shownSetup(account, readSetup(account, c.req.param('id')))))
  app.post('/v3/vault/payment-tokens', (c) =>
    write(c, NewToken, remembered.vault, (asked) => shownToken(account, exchange(account, asked))),
  )
  app.delete('/v3/vault/payment-tokens/:id', (c) => {
    const kept = account.kept.get(c.req.param('id'))
    if (!kept || kept.gone) throw missing('payment token')
    account.kept.put(kept.id, { ...kept, gone: true })
    account.kit.did('method_forgotten', { token: kept.id })
    return c.body(null, 204)
  })
  app.get('/v1/customer/disputes/:id', (c) => {
    const dispute = account.disputes.get(c.req.param('id'))
    if (!dispute) throw missing('dispute')
    return c.json(shownDispute(account, dispute))
  })
  addSearch(app, account)
  addWebhooks(app, account, changed)
  return app
}

const Patch = z.tuple([z.object({ op: z.literal('replace'), path: z.string(), value: z.string().max(255) })])

async function authorized(account: Account, c: Context, next: () => Promise<void>): Promise<void> {
  const token = account.tokens.get((c.req.header('authorization') ?? '').replace(/^Bearer /, ''))
  if (!token || Temporal.Instant.compare(token.until, account.now()) <= 0)
    throw new Refused(401, 'INVALID_ACCESS_TOKEN', 'Token signature verification failed')
  await next()
}

/** The same id again is answered as before, whatever the body says; a refusal is not remembered. */
function once(account: Account, c: Context, hours: number, act: () => object): object {
  const id = c.req.header('paypal-request-id')
  if (id !== undefined && id.length > 108) throw new Refused(400, 'INVALID_STRING_MAX_LENGTH')
  const place = `${c.req.path}/${id}`
  const before = id === undefined ? undefined : account.replies.get(place)
  if (before && Temporal.Instant.compare(before.until, account.now()) > 0) return before.body as object
  const body = act()
  if (id !== undefined) account.replies.put(place, { until: account.now().add({ hours }).toString(), body })
  return body
}

/** As at PayPal: so much of a hundred, and a little for each. Nothing of it comes back with a refund. */
const keptOf = ({ currency_code, value }: Amount): Amount => {
  const cents = Math.round(checked({ currency_code, value }) * 0.034) + 35
  return { currency_code, value: `-${(cents / 100).toFixed(2)}` }
}

/** Captures, refunds and withdrawals as transactions, none of the last minutes while the fault `search_lag` says so. */
function addSearch(app: Hono, account: Account): void {
  app.get('/v1/reporting/transactions', (c) => {
    if (!account.settings.maySearch) throw new Refused(403, 'PERMISSION_DENIED')
    const asked = Span.safeParse(c.req.query())
    if (!asked.success) throw new Refused(400, 'INVALID_REQUEST', z.prettifyError(asked.error))
    const { start_date: from, end_date: to, page, page_size: size } = asked.data
    if (Temporal.Instant.compare(Temporal.Instant.from(from).add({ hours: 31 * 24 }), to) < 0)
      throw new Refused(400, 'INVALID_REQUEST', 'Date range is greater than 31 days')
    const lag = account.kit.faults.list().find(({ fault }) => fault === 'search_lag')
    const newest = account.now().subtract({ milliseconds: lag?.ms ?? 0 })
    const refunds = [...account.refunds.values()].filter(({ status }) => status === 'COMPLETED')
    const withdrawals = [...account.withdrawals.values()]
    const rows: (Capture | Refund | Withdrawal)[] = [...account.captures.values(), ...refunds, ...withdrawals].filter(
      ({ create_time: at }) =>
        Temporal.Instant.compare(at, from) >= 0 &&
        Temporal.Instant.compare(at, to) <= 0 &&
        Temporal.Instant.compare(at, newest) <= 0,
    )
    return c.json({
      transaction_details: rows.slice((page - 1) * size, page * size).map((each) => ({
        transaction_info: {
          transaction_id: each.id,
          transaction_initiation_date: each.create_time.replace('Z', '+0000'),
          ...('capture' in each
            ? {
                transaction_event_code: 'T1107',
                paypal_reference_id: each.capture,
                transaction_amount: { ...each.amount, value: `-${each.amount.value}` },
              }
            : 'order' in each
              ? {
                  transaction_event_code: 'T0006',
                  transaction_amount: each.amount,
                  fee_amount: keptOf(each.amount),
                }
              : {
                  transaction_event_code: 'T0400',
                  transaction_amount: { ...each.amount, value: `-${each.amount.value}` },
                }),
          transaction_status: ['PENDING', 'P'].includes(each.status)
            ? 'P'
            : ['DECLINED', 'D'].includes(each.status)
              ? 'D'
              : 'S',
          ...('invoice_id' in each ? { invoice_id: each.invoice_id } : {}),
          ...('custom_id' in each ? { custom_field: each.custom_id } : {}),
        },
      })),
      page,
      total_items: rows.length,
      total_pages: Math.ceil(rows.length / size),
    })
  })
}

const Span = z.object({
  start_date: z.iso.datetime({ offset: true }),
  end_date: z.iso.datetime({ offset: true }),
  page: z.coerce.number().int().positive().default(1),
  page_size: z.coerce.number().int().positive().max(500).default(100),
})

function addWebhooks(app: Hono, account: Account, changed: () => void): void {
  app.get('/v1/notifications/webhooks/:id', (c) => {
    const { webhookId: id, webhookUrl: url } = account.settings
    if (c.req.param('id') !== id) throw missing('webhook')
    return c.json({ id, url, event_types: [{ name: '*' }] })
  })
  app.get('/v1/notifications/webhooks-events', (c) =>
    c.json({ events: [...account.events.values()].map(({ body }) => body), count: account.events.size }),
  )
  app.post('/v1/notifications/webhooks-events/:id/resend', (c) => {
    const event = account.events.get(c.req.param('id'))
    if (!event) throw missing('event')
    resend(account, event)
    changed()
    return c.json(event.body, 202)
  })
}
