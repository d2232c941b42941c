/** The hosted payment page: a plain form that works without JavaScript, on which the buyer chooses what his card does. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Account } from './account.ts'
import { shown } from './amounts.ts'
import { isWay, passTime, payOn } from './checkout.ts'
import { ApiError } from './errors.ts'
import { debitOf } from './methods.ts'
import type { Session } from './objects.ts'

export function paymentPage(account: Account, changed: () => void): Hono {
  const app = new Hono()

  app.get('/c/pay/:session', (c) => {
    passTime(account)
    changed()
    const session = account.sessions.get(c.req.param('session'))
    if (!session) return c.html(page('Not found', html`<p>There is no such payment page.</p>`), 404)
    return c.html(page('Pay', content(account, session)), 200, { 'cache-control': 'no-store' })
  })

  app.post('/c/pay/:session', async (c) => {
    const fields = new URLSearchParams(await c.req.text())
    passTime(account)
    const session = account.sessions.get(c.req.param('session'))
    if (!session) return c.html(page('Not found', html`<p>There is no such payment page.</p>`), 404)
    const how = fields.get('how') ?? ''
    if (!isWay(how)) return c.html(page('Pay', content(account, session)), 400)
    if (how === 'back' && session.status === 'open') return c.redirect(cancelUrl(session) ?? here(session), 303)

    try {
      const after = payOn(account, session, how, fields.get('email') || null)
      changed()
      return c.redirect(after.status === 'complete' ? returnUrl(after) : here(after), 303)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return c.html(
        page('Pay', html`<p class="bad" role="alert">${error.message}</p>${content(account, session)}`),
        409,
      )
    }
  })

  /** Where an intent without a session sends its payer to be recognized by the bank. */
  app.get('/c/authenticate/:intent', (c) =>
    c.html(
      page('Your bank', html`<p>This payment waits for its payer. Settle it through <code>POST /__settle</code>.</p>`),
    ),
  )
  return app
}

const here = (session: Session) => `/c/pay/${session.id}`

/** Stripe puts the session's id where the shop asked for it. */
const named = (url: string, session: Session) => url.replaceAll('{CHECKOUT_SESSION_ID}', session.id)
const returnUrl = (session: Session): string => named(session.success_url ?? '', session)
const cancelUrl = (session: Session) => (session.cancel_url === null ? null : named(session.cancel_url, session))

function content(account: Account, session: Session) {
  if (session.status === 'expired')
    return html`<p role="alert">This payment page has expired. Nothing was charged.</p>${back(session)}`
  if (session.status === 'complete') {
    return html`<p>This payment is complete.</p><p><a class="button" href="${returnUrl(session)}">Return to the shop</a></p>`
  }
  const intent = session.payment_intent === null ? undefined : account.intents.get(session.payment_intent)
  return html`${summary(account, session)}
    ${intent?.last_payment_error ? html`<p class="bad" role="alert">${intent.last_payment_error.message}</p>` : ''}
    <form method="post">
      ${intent?.status === 'requires_action' ? bank : choices(session)}
    </form>`
}

function summary(account: Account, session: Session) {
  const lines = account.lineItems.get(session.id) ?? []
  if (session.mode === 'setup') return html`<h1>Save a payment method</h1>`
  return html`<h1>${shown(session.amount_total ?? 0, session.currency ?? '')}</h1>
    <ul>
      ${lines.map((line) => html`<li>${line.quantity} × ${line.description}</li>`)}
    </ul>`
}

function choices(session: Session) {
  const debit = debitOf[session.currency ?? '']
  const delayed = session.mode === 'payment' && debit !== undefined && session.payment_method_types.includes(debit)
  return html`<label>
      Email
      <input type="email" name="email" autocomplete="email" value="${session.customer_email ?? ''}" ${session.customer_email ? 'readonly' : ''} />
    </label>
    ${button('card', 'Pay by card', '4242 4242 4242 4242, accepted', true)}
    ${button('declined', 'Pay by card', '4000 0000 0000 9995, declined: insufficient funds')}
    ${session.mode === 'payment' ? button('authenticate', 'Pay by card', '4000 0025 0000 3155, the bank asks') : ''}
    ${delayed ? button('delayed', 'Pay by bank debit', 'takes days, then succeeds') : ''}
    ${delayed ? button('delayed_fails', 'Pay by bank debit', 'takes days, then fails') : ''}
    ${button('back', 'Go back', 'pay nothing')}`
}

const bank = html`<h2>Your bank</h2>
  <p>Is it you who is paying?</p>
  ${button('authenticated', 'Yes', 'complete the payment', true)} ${button('not_authenticated', 'No', 'refuse')}`

function button(how: string, label: string, detail: string, main = false) {
  return html`<button name="how" value="${how}" class="${main ? 'main' : ''}">${label} <small>${detail}</small></button>`
}

function back(session: Session) {
  const url = cancelUrl(session)
  return url === null ? '' : html`<p><a class="button" href="${url}">Return to the shop</a></p>`
}

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
        h1 { margin: 0 0 0.5rem; font-size: 1.75rem; }
        ul { margin: 0 0 1rem; padding: 0; list-style: none; }
        label { display: block; margin-bottom: 1rem; }
        input { display: block; box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid #8a93a0; border-radius: 0.4rem; }
        button, .button { display: block; box-sizing: border-box; width: 100%; margin-top: 0.6rem; padding: 0.7rem 1rem; font: inherit; text-align: left; text-decoration: none; cursor: pointer; color: inherit; background: transparent; border: 1px solid #8a93a0; border-radius: 0.4rem; }
        button.main { color: #fff; background: #3d4ed8; border-color: #3d4ed8; }
        small { display: block; opacity: 0.85; }
        .bad { padding: 0.6rem 0.8rem; border-left: 4px solid #c5303a; background: light-dark(#fdecec, #3a1d20); }
      </style>
    </head>
    <body>
      <main>
        <p class="note">Imitated payment page: no money moves here.</p>
        ${body}
      </main>
    </body>
  </html>`
