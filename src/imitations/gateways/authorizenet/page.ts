/** The hosted page (Accept Hosted): entered by posting a token that is good for a quarter of an hour. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { guarded, type Html, missingPage, payPage } from '../../kit/pay-page.ts'
import type { Account, PageToken } from './account.ts'
import { payOn } from './transactions.ts'

const reasons: Readonly<Record<string, number>> = { pay: 1, declined: 2, held: 252 }

export function hostedPage(account: Account, changed: () => void): Hono {
  const app = new Hono()

  app.use('/payment/*', guarded)
  app.post('/payment/payment', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const token = account.pages.get(form.get('token') ?? '')
    if (!token || Temporal.Instant.compare(token.until, account.now()) <= 0)
      return c.html(missingPage('Authorize.Net'), 404)
    const how = form.get('how')
    if (how === 'back') return c.redirect(token.cancelUrl, 303)
    const reason = reasons[how ?? '']
    if (reason === undefined) return c.html(pageOf(account, token))
    const made = payOn(account, token, reason)
    changed()
    if (made.responseCode !== 2) account.pages.delete(token.id)
    if (made.responseCode === 2) return c.html(pageOf(account, token, 'This transaction has been declined.'))
    return c.redirect(token.returnUrl, 303)
  })
  return app
}

const pageOf = ({ settings }: Account, { id, amount, description, keeps }: PageToken, said?: string): Html =>
  payPage({
    provider: 'Authorize.Net',
    amount: `${(amount / 100).toFixed(2)} ${settings.currency}`,
    what: description,
    ...(said === undefined ? {} : { said }),
    choices: [
      {
        value: 'pay',
        label: 'Pay',
        detail: `4111 1111 1111 1111, accepted${keeps ? ' and kept for later payments' : ''}`,
      },
      { value: 'declined', label: 'Pay', detail: '4000 0000 0000 0002, declined' },
      { value: 'held', label: 'Pay', detail: 'held for review' },
      { value: 'back', label: 'Cancel', detail: 'pay nothing' },
    ],
    fields: html`<input type="hidden" name="token" value="${id}">`,
  })
