/**
 * Mollie, imitated from its public protocol: the API under `/v2`, the payment page under `/checkout/<payment>`, and notices that carry
 * an id. Test mode only; there is no money behind it. `docs/imitations.md` lists options, routes and faults.
 */
import type { Context } from 'hono'
import { z } from 'zod'
import { noticeFaults } from '../kit/notices.ts'
import { openOnce } from '../kit/once.ts'
import { guarded, missingPage, payPage } from '../kit/pay-page.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { openAccount } from './mollie/account.ts'
import { chargebackJson, mandateJson, paymentJson, refundJson } from './mollie/json.ts'
import { choicesOf, isWay, Ways } from './mollie/page.ts'
import { MollieError } from './mollie/values.ts'

const defaults = {
  /** The only key that is accepted. Empty: every `test_…`. */
  key: '',
  /** Of the organization, for balances and settlements. Empty: every `access_…`. */
  organization_token: '',
  /** How long an open payment lives. */
  expires_minutes: '15',
  /** `1`: open payments say that they can be canceled; `0`: only the buyer and time end them. */
  cancelable: '1',
  /** What the profile has switched on. */
  methods: 'ideal,creditcard,paypal,directdebit',
  /** `at_once`, or `queued`: refunds wait for `/__settle`. */
  refunds: 'at_once',
}

export const mollie: ImitationKind = {
  kind: 'mollie',
  title: 'Mollie',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: noticeFaults })
    const account = openAccount(kit, {
      expiresMinutes: Number(given.expires_minutes),
      cancelable: given.cancelable === '1',
      refundsQueued: given.refunds === 'queued',
    })
    const once = openOnce(kit, { hours: 1 }, () =>
      problem(400, 'Bad Request', 'This Idempotency-Key was used for another request'),
    )
    const methods = given.methods.split(',')
    const shown = { account, publicUrl: options.publicUrl }
    const { app } = kit

    app.onError((error, c) => {
      if (error instanceof MollieError) return send(c, problem(error.status, error.title, error.message))
      if (error instanceof z.ZodError) return send(c, problem(422, 'Unprocessable Entity', z.prettifyError(error)))
      throw error
    })
    app.use('/v2/*', async (c, next) => {
      const key = c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
      const books = /^\/v2\/(balances|settlements)\b/.test(c.req.path)
      const wanted = books ? given.organization_token : given.key
      const known = wanted === '' ? (books ? /^access_\w+$/ : /^test_\w+$/).test(key) : key === wanted
      if (!known)
        return send(c, problem(401, 'Unauthorized Request', 'Missing authentication, or failed to authenticate'))
      await next()
      return undefined
    })
    const body = (c: Context): Promise<unknown> => c.req.json().catch(() => null)

    app.get('/v2/methods', (c) =>
      c.json({
        count: methods.length,
        _embedded: { methods: methods.map((id) => ({ resource: 'method', id })) },
        _links: {},
      }),
    )
    app.post('/v2/payments', async (c) => {
      const asked = await body(c)
      return send(c, await once(c, () => ({ status: 201, body: paymentJson(shown, account.createPayment(asked)) })))
    })
    app.get('/v2/payments', (c) => c.json(listOf(c, account.payments(), (each) => paymentJson(shown, each))))
    app.get('/v2/payments/:id', (c) => {
      const embed = (c.req.query('embed') ?? '').split(',')
      return c.json(paymentJson(shown, account.payment(c.req.param('id')), embed))
    })
    app.delete('/v2/payments/:id', (c) => c.json(paymentJson(shown, account.cancel(c.req.param('id')))))
    app.post('/v2/payments/:id/refunds', async (c) => {
      const asked = await body(c)
      const refund = () => refundJson(account.refund(c.req.param('id'), asked))
      return send(c, await once(c, () => ({ status: 201, body: refund() })))
    })
    app.get('/v2/payments/:id/refunds/:refund', (c) => c.json(refundJson(account.refundOf(c.req.param('refund')))))
    app.post('/v2/customers', async (c) => {
      const asked = await body(c)
      return send(c, await once(c, () => ({ status: 201, body: account.createCustomer(asked) })))
    })
    app.get('/v2/customers/:id', (c) => c.json(account.customer(c.req.param('id'))))
    app.get('/v2/customers/:id/payments', (c) => {
      const { id } = account.customer(c.req.param('id'))
      const own = account.payments().filter(({ customerId }) => customerId === id)
      return c.json(listOf(c, own, (each) => paymentJson(shown, each)))
    })
    app.get('/v2/customers/:id/mandates/:mandate', (c) =>
      c.json(mandateJson(account.mandate(c.req.param('id'), c.req.param('mandate')))),
    )
    app.delete('/v2/customers/:id/mandates/:mandate', (c) => {
      account.revoke(c.req.param('id'), c.req.param('mandate'))
      return c.body(null, 204)
    })

    const { balance } = account
    app.get('/v2/balances', (c) => {
      const rows = balance.currencies().map((currency) => ({ id: balance.balanceId(currency), currency }))
      const shownBalance = (each: (typeof rows)[number]) => ({
        resource: 'balance',
        mode: 'test',
        status: 'active',
        ...each,
      })
      return c.json(listOf(c, rows.reverse(), shownBalance, 'balances'))
    })
    app.get('/v2/balances/:id/transactions', (c) =>
      c.json(
        listOf(
          c,
          balance.of(c.req.param('id')).reverse(),
          (each) => balance.movementJson(each),
          'balance_transactions',
        ),
      ),
    )
    app.get('/v2/settlements', (c) =>
      c.json(listOf(c, balance.settlements(), (each) => balance.settlementJson(each), 'settlements')),
    )
    app.get('/v2/settlements/:id', (c) => c.json(balance.settlementJson(balance.settlement(c.req.param('id')))))
    app.get('/v2/settlements/:id/payments', (c) => {
      const rows = balance.members(c.req.param('id'), 'paymentId', 'payment').map((id) => account.payment(id))
      return c.json(listOf(c, rows, (each) => paymentJson(shown, each)))
    })
    app.get('/v2/settlements/:id/refunds', (c) => {
      const rows = balance.members(c.req.param('id'), 'refundId', 'refund').map((id) => account.refundOf(id))
      return c.json(listOf(c, rows, refundJson, 'refunds'))
    })
    app.get('/v2/settlements/:id/chargebacks', (c) => {
      const ids = balance.members(c.req.param('id'), 'chargebackId', 'chargeback')
      return c.json(
        listOf(
          c,
          ids.map((id) => account.chargebackOf(id)),
          chargebackJson,
          'chargebacks',
        ),
      )
    })
    app.post('/__payout', async (c) => {
      const { currency, status } = Payout.parse(await body(c))
      return c.json(balance.settlementJson(balance.settle(currency, status)))
    })
    app.post('/__correct', async (c) => {
      const { type, amount } = Correction.parse(await body(c))
      return c.json(balance.movementJson(balance.corrected(type, amount)))
    })

    app.use('/checkout/*', guarded)
    app.get('/checkout/:id', (c) => {
      const payment = account.find(c.req.param('id'))
      if (!payment) return c.html(missingPage('Mollie'), 404)
      return c.html(payPage({ provider: 'Mollie', ...choicesOf(payment) }))
    })
    app.post('/checkout/:id', async (c) => {
      const payment = account.find(c.req.param('id'))
      if (!payment) return c.html(missingPage('Mollie'), 404)
      const how = String((await c.req.parseBody()).how)
      if (how === 'back') return c.redirect(payment.cancelUrl ?? payment.redirectUrl ?? '/', 303)
      if (!isWay(how)) return c.html(payPage({ provider: 'Mollie', ...choicesOf(payment) }), 422)
      account.pay(payment.id, how)
      return c.redirect(payment.redirectUrl ?? '/', 303)
    })

    app.post('/__pay', async (c) => {
      const { payment, how } = z.object({ payment: z.string(), how: Ways }).parse(await body(c))
      return c.json(paymentJson(shown, account.pay(payment, how)))
    })
    app.post('/__settle', async (c) => {
      const { id, outcome, reason } = Settle.parse(await body(c))
      account.settle(id, outcome, reason)
      return c.json({ id, outcome })
    })
    app.post('/__chargeback', async (c) => {
      const { payment } = z.object({ payment: z.string() }).parse(await body(c))
      return c.json(account.chargeback(payment))
    })
    /** What the next charges of a mandate bring. */
    app.post('/__mandate', async (c) => {
      const { mandate, how } = z.object({ mandate: z.string(), how: Ways }).parse(await body(c))
      return c.json(account.script(mandate, how))
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

const Payout = z.object({
  currency: z.string().default('EUR'),
  status: z.enum(['pending', 'paidout', 'failed']).default('paidout'),
})
const Correction = z.object({
  type: z.string(),
  amount: z.object({ currency: z.string(), value: z.string().regex(/^-?\d+\.\d+$/) }),
})

const Settle = z.object({
  id: z.string(),
  outcome: z.enum(['succeeded', 'failed']),
  reason: z.string().default('AM04'),
})

type Answer = { status: number; body: unknown }

const problem = (status: number, title: string, detail: string): Answer => ({
  status,
  body: { status, title, detail, _links: { documentation: { href: 'https://docs.mollie.com/', type: 'text/html' } } },
})

const send = (c: Context, { status, body }: Answer) =>
  c.body(JSON.stringify(body), status as 200, { 'content-type': 'application/hal+json' })

/** Newest first, in pages that name the next one by its first payment. */
function listOf<Row extends { id: string }>(
  c: Context,
  rows: readonly Row[],
  json: (row: Row) => unknown,
  name = 'payments',
): object {
  const limit = Math.min(Number(c.req.query('limit') ?? 50), 250)
  const newest = rows.toReversed()
  const from = c.req.query('from')
  const start =
    from === undefined
      ? 0
      : Math.max(
          0,
          newest.findIndex(({ id }) => id === from),
        )
  const page = newest.slice(start, start + limit)
  const next = newest[start + limit]
  const href = new URL(c.req.url)
  if (next) href.searchParams.set('from', next.id)
  return {
    count: page.length,
    _embedded: { [name]: page.map((each) => json(each)) },
    _links: {
      self: { href: c.req.url, type: 'application/hal+json' },
      previous: null,
      next: next ? { href: href.href, type: 'application/hal+json' } : null,
    },
  }
}
