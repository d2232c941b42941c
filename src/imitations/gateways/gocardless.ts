/**
 * GoCardless, imitated from its public protocol: billing requests with their page under `/flow`, mandates, payments whose bank answers
 * days later and may take the money back, refunds, signed events. No money moves. `docs/imitations.md` lists options, routes and faults.
 */
import type { Context } from 'hono'
import { z } from 'zod'
import { noticeFaults } from '../kit/notices.ts'
import { guarded, missingPage, payPage } from '../kit/pay-page.ts'
import { Refused } from '../kit/refused.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { type Account, Answers, openAccount, TakenBack } from './gocardless/account.ts'
import { choicesOf } from './gocardless/page.ts'
import { openPayouts } from './gocardless/payouts.ts'

const defaults = {
  access_token: 'sandbox_gocardless',
  webhook_secret: 'gocardless_secret',
  /** Where notices go. Empty: nowhere, until `/__webhook` says. */
  webhook_url: '',
  /** Hours until a bank answers a debit; 0: at once. */
  confirm_hours: '96',
  /** `at_once`, or `by_hand`: refunds wait for `/__settle`. */
  refunds: 'at_once',
}

export const gocardless: ImitationKind = {
  kind: 'gocardless',
  title: 'GoCardless',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: noticeFaults })
    const account = openAccount(kit, {
      secret: given.webhook_secret,
      webhookUrl: given.webhook_url,
      confirmHours: Number(given.confirm_hours),
      refundsByHand: given.refunds === 'by_hand',
    })
    const { app } = kit
    const body = (c: Context): Promise<unknown> => c.req.json().catch(() => null)

    app.onError((error, c) => {
      if (error instanceof Refused) return c.json(problem(error.status, error.code, error.message), error.status)
      if (error instanceof z.ZodError) return c.json(problem(422, 'validation_failed', z.prettifyError(error)), 422)
      throw error
    })
    const payouts = openPayouts(kit, account)
    addControls(kit.app, account, body)
    app.post('/__payout', async (c) => {
      const { currency, status } = Paying.parse((await body(c)) ?? {})
      return c.json(payouts.send(currency, status))
    })
    app.post('/__bounce', async (c) =>
      c.json(payouts.bounce(z.object({ payout: z.string() }).parse(await body(c)).payout)),
    )
    addPage(app, account)

    app.use(async (c, next) => {
      if (c.req.path.startsWith('/__') || c.req.path.startsWith('/flow/')) return next()
      if (c.req.header('authorization') !== `Bearer ${given.access_token}`)
        throw new Refused(401, 'access_token_not_found', 'Your access token was not found')
      if (c.req.header('gocardless-version') !== '2015-07-06')
        throw new Refused(400, 'missing_version_header', 'No version of the API was named')
      return next()
    })
    const keys = kit.store.shelf<string>('idempotency')

    /** A key makes one thing: asked again, what was made is named and not shown. */
    const create = (
      name: string,
      make: (json: unknown) => { id: string },
      shown = (row: { id: string }): object => row,
    ) =>
      app.post(`/${name}`, async (c) => {
        const key = c.req.header('idempotency-key')
        const known = key === undefined ? undefined : keys.get(`${name}/${key}`)
        if (known !== undefined) return c.json(conflict(known), 409)
        const wrapped = z.record(z.string(), z.unknown()).parse(await body(c))
        const made = make(wrapped[name])
        if (key !== undefined) keys.put(`${name}/${key}`, made.id)
        return c.json({ [name]: shown(made) }, 201)
      })
    const read = (name: string, one: (id: string) => object) =>
      app.get(`/${name}/:id`, (c) => c.json({ [name]: one(c.req.param('id')) }))
    /** Newest first, by cursor; `filters` name what a question may narrow it to. */
    const list = <Row extends { id: string; created_at?: string }>(
      name: string,
      rows: () => Row[],
      filters: Record<string, (row: Row) => string | null | undefined> = {},
    ) =>
      app.get(`/${name}`, (c) => {
        const asked = Object.entries(filters).flatMap(([filter, wordOf]) => {
          const wanted = c.req.query(filter)
          return wanted === undefined ? [] : [(row: Row) => wordOf(row) === wanted]
        })
        const [since, until] = [c.req.query('created_at[gte]'), c.req.query('created_at[lte]')]
        const within = ({ created_at: at }: { created_at?: string }) =>
          at === undefined ||
          ((since === undefined || !isEarlier(at, since)) && (until === undefined || !isEarlier(until, at)))
        const all = rows().filter((row) => asked.every((fits) => fits(row)) && within(row))
        const limit = Math.min(Number(c.req.query('limit') ?? 50), 500)
        const from = all.findIndex(({ id }) => id === c.req.query('after')) + 1
        const page = all.slice(from, from + limit)
        const after = from + limit < all.length ? (page.at(-1)?.id ?? null) : null
        return c.json({ [name]: page, meta: { cursors: { before: null, after }, limit } })
      })

    list('creditors', () => [{ id: 'CR00000000001', name: 'Imitated Shop' }])
    create('billing_requests', account.createRequest)
    create('billing_request_flows', account.createFlow, (flow) => ({
      ...flow,
      authorisation_url: `${options.publicUrl()}/flow/${flow.id}`,
    }))
    list('billing_requests', account.requests)
    read('billing_requests', account.request)
    app.post('/billing_requests/:id/actions/cancel', (c) =>
      c.json({ billing_requests: account.cancelRequest(c.req.param('id')) }),
    )
    create('payments', account.createPayment)
    const told = () =>
      account.payments().map((each) => ({
        ...each,
        amount_refunded: account
          .refunds()
          .filter(({ links, status }) => links.payment === each.id && status !== 'bounced')
          .reduce((sum, { amount }) => sum + amount, 0),
      }))
    list('payments', told, { mandate: ({ links }) => links.mandate })
    read('payments', account.payment)
    read('mandates', account.mandate)
    app.post('/mandates/:id/actions/cancel', (c) => c.json({ mandates: account.cancelMandate(c.req.param('id')) }))
    read('customer_bank_accounts', (id) => ({
      id,
      account_number_ending: '3000',
      bank_name: 'Imitated Bank',
      enabled: true,
    }))
    create('refunds', (json) => account.createRefund(json))
    list('refunds', account.refunds, { payment: ({ links }) => links.payment })
    read('refunds', account.refund)
    list('payouts', payouts.all)
    read('payouts', payouts.one)
    app.get('/payout_items', (c) => {
      const all = payouts.items(c.req.query('payout') ?? '')
      const [from, limit] = [Number(c.req.query('after') ?? 0), Math.min(Number(c.req.query('limit') ?? 50), 500)]
      const after = from + limit < all.length ? String(from + limit) : null
      return c.json({ payout_items: all.slice(from, from + limit), meta: { cursors: { before: null, after }, limit } })
    })
    list('events', account.events, {
      payment: ({ links }) => links.payment,
      resource_type: (event) => event.resource_type,
      action: ({ action }) => action,
    })

    return {
      ...kit,
      async close() {
        account.close()
        await kit.close()
      },
    }
  },
}

const isEarlier = (a: string, b: string): boolean => Temporal.Instant.compare(a, b) < 0

function addPage(app: Parameters<typeof addControls>[0], account: Account): void {
  app.use('/flow/*', guarded)
  app.get('/flow/:id', (c) => {
    const flow = account.flow(c.req.param('id'))
    if (!flow) return c.html(missingPage('GoCardless'), 404)
    return c.html(payPage({ provider: 'GoCardless', ...choicesOf(account.request(flow.links.billing_request)) }))
  })
  app.post('/flow/:id', async (c) => {
    const flow = account.flow(c.req.param('id'))
    const { how } = await c.req.parseBody()
    if (!flow) return c.html(missingPage('GoCardless'), 404)
    if (how === 'back') return c.redirect(flow.exit_uri, 303)
    account.fulfil(flow.links.billing_request, Answers.parse(how))
    return c.redirect(flow.redirect_uri, 303)
  })
}

const Paying = z.strictObject({
  currency: z.string().length(3).default('EUR'),
  status: z.enum(['pending', 'paid', 'bounced']).default('paid'),
})
const Fulfil = z.strictObject({ request: z.string(), next: Answers.default('pays') })
const Settle = z.strictObject({ id: z.string(), next: Answers.default('pays') })
const TakeBack = z.strictObject({ payment: z.string(), how: TakenBack })
const Method = z.strictObject({ mandate: z.string(), next: Answers })
const Webhook = z.strictObject({ url: z.url() })

/** For tests and people who try things out; the original has none of them. */
function addControls(app: import('hono').Hono, account: Account, body: (c: Context) => Promise<unknown>): void {
  const post = <T>(path: string, schema: z.ZodType<T>, act: (given: T) => object) =>
    app.post(path, async (c) => c.json(act(schema.parse(await body(c)))))
  post('/__pay', Fulfil, ({ request, next }) => account.fulfil(request, next))
  post('/__settle', Settle, ({ id, next }) => account.settle(id, next))
  post('/__take_back', TakeBack, ({ payment, how }) => account.takeBack(payment, how))
  post('/__method', Method, ({ mandate, next }) => account.script(mandate, next))
  post('/__webhook', Webhook, ({ url }) => {
    account.settings.webhookUrl = url
    return { url }
  })
}

const typeOf = (status: number): string =>
  status === 422 || status === 409 ? 'invalid_state' : status < 500 ? 'invalid_api_usage' : 'gocardless'

const problem = (code: number, reason: string, message: string, links: object = {}) => ({
  error: {
    message,
    type: reason === 'validation_failed' ? reason : typeOf(code),
    code,
    errors: [{ reason, message, ...links }],
    documentation_url: 'https://developer.gocardless.com/api-reference#errors',
    request_id: 'imitated',
  },
})

const conflict = (id: string) =>
  problem(409, 'idempotent_creation_conflict', 'A resource has already been created with this idempotency key', {
    links: { conflicting_resource_id: id },
  })
