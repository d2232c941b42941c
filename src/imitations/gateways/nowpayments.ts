/**
 * NOWPayments, imitated from its public protocol: invoices, payments of one coin, their page under `/payment`, and signed IPNs. No
 * coins move. `docs/imitations.md` lists options, routes and faults.
 */
import type { Context } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import { noticeFaults } from '../kit/notices.ts'
import { guarded, missingPage, payPage } from '../kit/pay-page.ts'
import { Refused } from '../kit/refused.ts'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'
import { openLedger } from './nowpayments/payments.ts'

const defaults = {
  key: 'nowpayments_key',
  ipn_secret: 'nowpayments_secret',
  /** What one unit of the coin costs, in every currency. */
  rate: '2.5',
  /** The least price, below which coins would be lost. */
  least_price: '1',
  coins: 'BTC,LTC,USDTTRC20',
}

const words: Record<string, string> = {
  waiting: 'Waiting for coins.',
  confirming: 'Seen, not yet confirmed.',
  partially_paid: 'Too little arrived. You can send the rest.',
  finished: 'Paid. (No coins moved.)',
  failed: 'The payment failed.',
  expired: 'The time for this rate is over.',
}

export const nowpayments: ImitationKind = {
  kind: 'nowpayments',
  title: 'NOWPayments',
  role: 'gateway',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options, { faults: noticeFaults })
    const ledger = openLedger(kit, {
      secret: given.ipn_secret,
      rate: Number(given.rate),
      leastPrice: Number(given.least_price),
      publicUrl: options.publicUrl,
    })
    const { app } = kit
    const body = (c: Context): Promise<unknown> => c.req.json().catch(() => null)

    app.onError((error, c) => {
      if (error instanceof Refused)
        return c.json(
          { status: false, statusCode: error.status, code: error.code, message: error.message },
          error.status,
        )
      if (error instanceof z.ZodError)
        return c.json({ status: false, statusCode: 400, code: 'BAD_REQUEST', message: z.prettifyError(error) }, 400)
      throw error
    })
    app.use('/v1/*', async (c, next) => {
      if (c.req.header('x-api-key') !== given.key) throw new Refused(403, 'INVALID_API_KEY', 'Invalid api key')
      await next()
    })
    app.get('/v1/merchant/coins', (c) => c.json({ selectedCurrencies: given.coins.split(',') }))
    app.post('/v1/invoice', async (c) => c.json(ledger.invoice(await body(c))))
    app.post('/v1/invoice-payment', async (c) => c.json(ledger.pay(await body(c)), 201))
    app.get('/v1/payment/:id', (c) => c.json(ledger.shown(c.req.param('id'))))

    app.use('/payment', guarded)
    app.get('/payment', (c) => {
      const payment = ledger.find(c.req.query('paymentId') ?? '')
      if (!payment) return c.html(missingPage('NOWPayments'), 404)
      return c.html(
        payPage({
          provider: 'NOWPayments',
          amount: `${payment.price_amount} ${payment.price_currency.toUpperCase()}`,
          what: `${payment.order_description}: ${payment.pay_amount} ${payment.pay_currency.toUpperCase()}`,
          said: words[payment.payment_status] ?? payment.payment_status,
          choices: [
            { value: 'send', label: 'Send coins', detail: 'confirmed at once' },
            { value: 'send_seen', label: 'Send coins', detail: 'seen, and confirmed later' },
            { value: 'back', label: 'Back to the shop' },
          ],
          fields: html`<label>Percent of the amount <input name="percent" inputmode="numeric" value="100" /></label>`,
        }),
      )
    })
    app.post('/payment', async (c) => {
      const payment = ledger.find(c.req.query('paymentId') ?? '')
      const form = await c.req.parseBody()
      const how = z.enum(['send', 'send_seen', 'back']).safeParse(form.how).data
      if (!payment || how === undefined) return c.html(missingPage('NOWPayments'), 404)
      const percent = z.coerce.number().min(1).max(1000).catch(100).parse(form.percent)
      if (how !== 'back') ledger.send(payment.payment_id, { percent, settled: how === 'send' })
      return c.redirect(how === 'back' ? payment.cancel_url : payment.success_url, 303)
    })

    app.post('/__send', async (c) => {
      const { payment, ...coins } = Sending.parse(await body(c))
      return c.json(ledger.send(payment, coins))
    })
    app.post('/__settle', async (c) => {
      const { payment, outcome } = Settling.parse(await body(c))
      return c.json(ledger.settle(payment, outcome))
    })

    return {
      ...kit,
      async close() {
        ledger.close()
        await kit.close()
      },
    }
  },
}

const Sending = z.object({
  payment: z.string(),
  percent: z.number().positive().default(100),
  settled: z.boolean().default(true),
})
const Settling = z.object({ payment: z.string(), outcome: z.enum(['finished', 'failed', 'refunded']) })
