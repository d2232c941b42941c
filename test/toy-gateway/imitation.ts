/** The toy provider itself: JSON over HTTP, a page for buyers, notices, with the faults and controls that every imitation has. */
import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { openNotices } from '../../src/imitations/kit/notices.ts'
import { guarded, missingPage, payPage } from '../../src/imitations/kit/pay-page.ts'
import { type ImitationKind, openKit, readOptions } from '../../src/imitations/kit.ts'

export const toyDefaults = { key: 'toy-key-0123456789', notice_secret: 'toy-notices' }

type Asked = {
  key: string
  reference: string
  amount: string
  currency: string
  text: string
  back: string
  cancel: string
  until: string
  tell: string
}
type Refund = { id: string; reference: string; amount: string; reason: string }
type Payment = Asked & { id: string; state: string; declined: string | null; refunds: Refund[] }

export const toyImitation: ImitationKind = {
  kind: 'toy_pay',
  title: 'Toy payments',
  role: 'gateway',
  defaults: toyDefaults,
  async create(options) {
    const { key, notice_secret } = readOptions(toyDefaults, options.options)
    const kit = await openKit(options)
    const { app, store, did } = kit
    const payments = store.shelf<Payment>('payments')
    const outgoing = openNotices(kit, ({ body }) => ({
      'x-toy-signature': createHmac('sha256', notice_secret).update(body).digest('hex'),
    }))
    const cents = (amount: string) => Math.round(Number(amount) * 100)
    const shown = (payment: Payment) => ({ ...payment, page: `${options.publicUrl()}/pay/${payment.id}` })
    const nothing = (c: Context) => c.json({ error: 'nothing' }, 404)

    const move = (payment: Payment, state: string, declined: string | null = null): Payment => {
      const next = { ...payment, state, declined }
      payments.put(payment.id, next)
      did(state, { payment: payment.id })
      const event = { id: `note_${store.next('note')}`, event: state, payment: next.id, reference: next.reference }
      outgoing.tell({ type: state, url: next.tell, contentType: 'application/json', body: JSON.stringify(event) })
      return next
    }
    const find = (id: string): Payment | undefined => {
      const payment = payments.get(id)
      const over = payment?.state === 'open' && Temporal.Instant.compare(payment.until, kit.now()) <= 0
      return over ? move(payment, 'over') : payment
    }
    const pay = (id: string, how: string): boolean => {
      const payment = find(id)
      if (payment?.state !== 'open') return false
      if (how === 'declined') move(payment, 'open', 'funds')
      else move(payment, how === 'later' ? 'waiting' : 'paid')
      return true
    }

    app.post('/__pay', async (c) => {
      const { payment, how } = (await c.req.json()) as { payment: string; how: string }
      return pay(payment, how) ? c.json({}) : nothing(c)
    })
    app.post('/__settle', async (c) => {
      const payment = payments.get(((await c.req.json()) as { payment: string }).payment)
      return payment ? c.json(move(payment, 'paid')) : nothing(c)
    })

    app.use('/pay/*', guarded)
    app.get('/pay/:id', (c) => {
      const payment = find(c.req.param('id'))
      if (payment?.state !== 'open') return c.html(missingPage('Toy payments'), 404)
      return c.html(
        payPage({
          provider: 'Toy payments',
          amount: `${payment.amount} ${payment.currency}`,
          what: payment.text,
          choices: [
            { value: 'pays', label: 'Pay' },
            { value: 'later', label: 'Pay', detail: 'arrives later' },
          ],
        }),
      )
    })
    app.post('/pay/:id', async (c) => {
      const { how } = await c.req.parseBody()
      const payment = payments.get(c.req.param('id'))
      if (!payment || !pay(payment.id, String(how))) return c.html(missingPage('Toy payments'), 404)
      return c.redirect(payment.back, 303)
    })

    app.use(async (c, next) => {
      if (c.req.path.startsWith('/__') || c.req.header('authorization') === `Bearer ${key}`) return next()
      return c.json({ error: 'key' }, 401)
    })
    app.get('/me', (c) => c.json({ name: 'The toy provider' }))
    app.post('/payments', async (c) => {
      const asked = (await c.req.json()) as Asked
      const known = [...payments.values()].find((each) => each.key === asked.key)
      if (known) return c.json(shown(known))
      const made = { ...asked, id: `toy_${store.next('payment')}`, state: 'open', declined: null, refunds: [] }
      payments.put(made.id, made)
      did('payment', { payment: made.id })
      return c.json(shown(made), 201)
    })
    app.get('/payments', (c) => {
      const found = [...payments.values()].filter(({ reference }) => reference === c.req.query('reference'))
      return c.json({ payments: found.map(({ id }) => shown(find(id) as Payment)) })
    })
    app.get('/payments/:id', (c) => {
      const payment = find(c.req.param('id'))
      return payment ? c.json(shown(payment)) : nothing(c)
    })
    app.post('/payments/:id/close', (c) => {
      const payment = find(c.req.param('id'))
      if (!payment) return nothing(c)
      return c.json(shown(payment.state === 'open' ? move(payment, 'closed') : payment))
    })
    app.post('/payments/:id/refunds', async (c) => {
      const payment = payments.get(c.req.param('id'))
      if (!payment) return nothing(c)
      const asked = (await c.req.json()) as Omit<Refund, 'id'>
      const known = payment.refunds.find(({ reference }) => reference === asked.reference)
      if (known) return c.json(known)
      const back = payment.refunds.reduce((sum, { amount }) => sum + cents(amount), cents(asked.amount))
      if (payment.state !== 'paid' || back > cents(payment.amount)) return c.json({ error: 'too_much' }, 422)
      const made = { ...asked, id: `back_${store.next('refund')}` }
      payments.put(payment.id, { ...payment, refunds: [...payment.refunds, made] })
      did('refund', { payment: payment.id })
      return c.json(made, 201)
    })
    return {
      ...kit,
      async close() {
        outgoing.close()
        await kit.close()
      },
    }
  },
}
