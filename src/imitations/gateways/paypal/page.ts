/** PayPal's approval page: a plain form that works without JavaScript, on which the buyer chooses what happens. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { type Account, type Order, Refused, type Setup } from './account.ts'
import { approve, read } from './orders.ts'
import { approveSetup, readSetup } from './setups.ts'

/** What a button means for the capture that follows. */
const moods: Readonly<Record<string, string>> = {
  pay: 'pays',
  declined: 'INSTRUMENT_DECLINED',
  held: 'pending',
}

export function approvalPage(account: Account, changed: () => void): Hono {
  const app = new Hono()
  const found = <Row>(id: string | undefined, look: (account: Account, id: string) => Row): Row | null => {
    try {
      return look(account, id ?? '')
    } catch (error) {
      if (error instanceof Refused) return null
      throw error
    }
  }

  const find = (id: string | undefined): Order | null => found(id, read)

  app.get('/checkoutnow', (c) => {
    const order = find(c.req.query('token'))
    if (!order) return c.html(page('Not found', html`<p>This payment is over. Nothing was charged.</p>`), 404)
    return c.html(page('Pay', content(order)), 200, { 'cache-control': 'no-store' })
  })

  app.post('/checkoutnow', async (c) => {
    const order = find(c.req.query('token'))
    if (!order) return c.html(page('Not found', html`<p>This payment is over. Nothing was charged.</p>`), 404)
    const how = new URLSearchParams(await c.req.text()).get('how') ?? ''
    if (how === 'back') return c.redirect(named(order.cancel_url, order), 303)
    const mood = moods[how]
    if (mood === undefined || order.capture) return c.html(page('Pay', content(order)), 422)
    approve(account, order.id, mood)
    changed()
    return c.redirect(named(order.return_url, order), 303)
  })

  app.get('/agreements/approve', (c) => {
    const setup = found(c.req.query('approval_session_id'), readSetup)
    if (!setup) return c.html(page('Not found', html`<p>This page is over. Nothing was kept.</p>`), 404)
    return c.html(page('Agree', agreement(setup)), 200, { 'cache-control': 'no-store' })
  })

  app.post('/agreements/approve', async (c) => {
    const setup = found(c.req.query('approval_session_id'), readSetup)
    if (!setup) return c.html(page('Not found', html`<p>This page is over. Nothing was kept.</p>`), 404)
    const how = new URLSearchParams(await c.req.text()).get('how') ?? ''
    if (how === 'back') return c.redirect(setup.cancel_url, 303)
    if (how !== 'agree') return c.html(page('Agree', agreement(setup)), 422)
    approveSetup(account, setup.id)
    changed()
    return c.redirect(setup.return_url, 303)
  })
  return app
}

/** PayPal adds the order and the payer to the address that it was given. */
function named(address: string, order: Order): string {
  const url = new URL(address)
  url.searchParams.set('token', order.id)
  if (order.payer) url.searchParams.set('PayerID', order.payer)
  return url.href
}

function content(order: Order) {
  if (order.capture)
    return html`<p>This payment is complete.</p><p><a class="button" href="${named(order.return_url, order)}">Return to the shop</a></p>`
  return html`<h1>${order.unit.amount.value} ${order.unit.amount.currency_code}</h1>
    <p>${order.unit.description ?? ''}</p>
    ${order.keeps ? html`<p>The shop may charge this PayPal account later.</p>` : ''}
    <form method="post">
      ${button('pay', 'Pay now', 'with the balance', true)}
      ${button('declined', 'Pay now', 'with a card that will be declined')}
      ${button('held', 'Pay now', 'and PayPal holds it for review')}
      ${button('back', 'Cancel and return', 'pay nothing')}
    </form>`
}

const agreement = ({ status, return_url }: Setup) =>
  status === 'PAYER_ACTION_REQUIRED'
    ? html`<h1>Keep this PayPal account</h1>
        <p>The shop may charge it later. Nothing is charged now.</p>
        <form method="post">
          ${button('agree', 'Agree and continue', 'the shop keeps it', true)}
          ${button('back', 'Cancel and return', 'keep nothing')}
        </form>`
    : html`<p>This PayPal account is kept.</p><p><a class="button" href="${return_url}">Return to the shop</a></p>`

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
        h1 { margin: 0 0 0.5rem; font-size: 1.75rem; }
        button, .button { display: block; box-sizing: border-box; width: 100%; margin-top: 0.6rem; padding: 0.7rem 1rem; font: inherit; text-align: left; text-decoration: none; cursor: pointer; color: inherit; background: transparent; border: 1px solid #8a93a0; border-radius: 0.4rem; }
        button.main { color: #fff; background: #3d4ed8; border-color: #3d4ed8; }
        small { display: block; opacity: 0.85; }
      </style>
    </head>
    <body>
      <main>
        <p class="note">Imitated PayPal: no money moves here.</p>
        ${body}
      </main>
    </body>
  </html>`
