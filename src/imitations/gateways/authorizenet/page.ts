/** The hosted page (Accept Hosted): entered by posting a token that is good for a quarter of an hour. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Account, PageToken } from './account.ts'
import { payOn } from './transactions.ts'

const reasons: Readonly<Record<string, number>> = { pay: 1, declined: 2, held: 252 }

export function hostedPage(account: Account, changed: () => void): Hono {
  const app = new Hono()
  const isPaid = ({ invoiceNumber }: PageToken) =>
    [...account.transactions.values()].some((each) => each.invoiceNumber === invoiceNumber && each.responseCode !== 2)

  app.post('/payment/payment', async (c) => {
    const form = new URLSearchParams(await c.req.text())
    const token = account.pages.get(form.get('token') ?? '')
    if (!token || Temporal.Instant.compare(token.until, account.now()) <= 0 || isPaid(token))
      return c.html(page('Not found', html`<p>This page is over. Please go back to the shop.</p>`), 404)
    const how = form.get('how')
    if (how === 'back') return c.redirect(token.cancelUrl, 303)
    const reason = reasons[how ?? '']
    if (reason === undefined) return c.html(page('Pay', content(token, null)), 200, { 'cache-control': 'no-store' })
    const made = payOn(account, token, reason)
    changed()
    if (made.responseCode === 2) return c.html(page('Pay', content(token, 'This transaction has been declined.')))
    return c.redirect(token.returnUrl, 303)
  })
  return app
}

const content = (token: PageToken, error: string | null) => html`<h1>${(token.amount / 100).toFixed(2)}</h1>
  ${error ? html`<p role="alert">${error}</p>` : ''}
  ${token.keeps ? html`<p>The card is kept for later payments.</p>` : ''}
  <form method="post" action="/payment/payment">
    <input type="hidden" name="token" value="${token.id}" />
    ${button('pay', 'Pay', '4111 1111 1111 1111, accepted', true)} ${button('declined', 'Pay', '4000 0000 0000 0002, declined')}
    ${button('held', 'Pay', 'held for review')} ${button('back', 'Cancel', 'pay nothing')}
  </form>`

const button = (how: string, label: string, detail: string, main = false) =>
  html`<button name="how" value="${how}" class="${main ? 'main' : ''}">${label} <small>${detail}</small></button>`

const page = (title: string, body: unknown) => html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>${title} (imitation)</title>
      <style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { margin: 0; padding: 2rem 1rem; background: light-dark(#f4f5f7, #111418); color: light-dark(#15181d, #e9ecf0); }
        main { max-width: 26rem; margin: 0 auto; padding: 1.5rem; border-radius: 0.75rem; background: light-dark(#fff, #1b2027); }
        .note { margin: 0 0 1rem; font-size: 0.875rem; color: light-dark(#5a4300, #f2cf7a); }
        button { display: block; width: 100%; margin-top: 0.6rem; padding: 0.7rem 1rem; font: inherit; text-align: left; cursor: pointer; color: inherit; background: transparent; border: 1px solid #8a93a0; border-radius: 0.4rem; }
        button.main { color: #fff; background: #3d4ed8; border-color: #3d4ed8; }
        small { display: block; opacity: 0.85; }
      </style>
    </head>
    <body>
      <main>
        <p class="note">Imitated payment page: no money moves here.</p>
        ${body}
      </main>
    </body>
  </html>`
