/** The page on which a buyer decides what happens. Plain HTML: it works without scripts and on any phone. */
import { html } from 'hono/html'
import { money, toDecimal } from '#platform/money.ts'
import type { SandboxDispute } from './disputes.ts'
import { ChargeOutcome } from './methods.ts'
import { DeclineCode, type SandboxPayment } from './payments.ts'
import type { SandboxSetup } from './setups.ts'

type Html = ReturnType<typeof html>

export function payPage(payment: SandboxPayment, dispute?: SandboxDispute): Html {
  const open = payment.status === 'open' || payment.status === 'declined'
  return page(
    'Sandbox payment',
    html`<p class="amount">${amountOf(payment)}</p>
      <p class="what">${payment.description || 'Payment'}</p>
      ${open && !payment.charged ? choices(payment) : outcome(payment, dispute)}
      <p class="ref">Reference <code>${payment.reference}</code></p>`,
  )
}

/** Keeps a method and takes nothing. */
export function setupPage(setup: SandboxSetup): Html {
  const open = setup.status === 'open' || setup.status === 'declined'
  return page(
    'Sandbox: save a payment method',
    html`<p class="what">Nothing is charged now.</p>
      ${open ? setupChoices(setup) : setupOutcome(setup)}
      <p class="ref">Reference <code>${setup.reference}</code></p>`,
  )
}

const setupChoices = (setup: SandboxSetup): Html =>
  html`${setup.status === 'declined' ? html`<p role="status" class="said">Declined. You can try again.</p>` : ''}
    <form method="post">
      ${laterCharges()}
      <button class="main" name="how" value="pay">Save it</button>
      <div class="row">
        <button name="how" value="decline">Decline</button>
        <select name="decline_code" aria-label="Reason for declining">${codes()}</select>
      </div>
      <button class="quiet" name="how" value="back">Back to the shop</button>
    </form>`

const setupOutcome = (setup: SandboxSetup): Html =>
  html`<p role="status" class="said">${setup.status === 'saved' ? 'The method is saved.' : 'This page has expired.'}</p>
    <a class="button main" href="${setup.return_url}">Back to the shop</a>`

const codes = () =>
  DeclineCode.options.map((code) => html`<option value="${code}">${code.replaceAll('_', ' ')}</option>`)

export const missingPage = (): Html => page('Sandbox payment', html`<p class="what">There is no such payment.</p>`)

function choices(payment: SandboxPayment): Html {
  return html`${payment.status === 'declined' ? html`<p role="status" class="said">Declined. You can try again.</p>` : ''}
    <form method="post">
      ${payment.save_for ? laterCharges() : ''}
      <button class="main" name="how" value="pay">Pay</button>
      <div class="row">
        <button name="how" value="decline">Decline</button>
        <select name="decline_code" aria-label="Reason for declining">${codes()}</select>
      </div>
      <button name="how" value="later">Pay later <small>pending first, then paid</small></button>
      <button name="how" value="never">Never answer <small>pending for ever</small></button>
      <button class="quiet" name="how" value="back">Back to the shop</button>
    </form>`
}

/** The shop keeps the method: what later charges of it will bring is decided here. */
const laterCharges = (): Html => html`<div class="kept">
    <p class="what">The shop keeps this method for renewals.</p>
    <label>Later charges <select name="later_charges">
      ${ChargeOutcome.options.map((outcome) => html`<option value="${outcome}">${outcome.replaceAll('_', ' ')}</option>`)}
    </select></label>
  </div>`

const words: Record<SandboxPayment['status'], string> = {
  open: 'Waiting for you.',
  pending: 'Started, not yet settled.',
  paid: 'Paid. (No money moved.)',
  declined: 'Declined.',
  canceled: 'This payment was canceled.',
  expired: 'This payment has expired.',
}

const disputeWords: Record<SandboxDispute['status'], string> = {
  asked: 'Your bank asks the shop about it.',
  taken: 'Disputed: your bank has taken the money back until it is decided.',
  won: 'Disputed, and decided for the shop.',
  lost: 'Disputed, and decided for you.',
  closed: 'Disputed, and taken back by you.',
}

const outcome = (payment: SandboxPayment, dispute: SandboxDispute | undefined): Html =>
  html`<p role="status" class="said">${dispute === undefined ? words[payment.status] : disputeWords[dispute.status]}</p>
    ${payment.status === 'paid' ? complaints(dispute) : ''}
    <a class="button main" href="${payment.return_url}">Back to the shop</a>`

/** The buyer goes to his bank; afterwards the bank speaks. */
const complaints = (dispute: SandboxDispute | undefined): Html | '' => {
  if (dispute === undefined)
    return html`<form method="post"><button class="quiet" name="how" value="dispute">Dispute it <small>as a buyer does at his bank</small></button></form>`
  if (dispute.status !== 'asked' && dispute.status !== 'taken') return ''
  return html`<form method="post">
      <button name="how" value="won">The bank decides for the shop</button>
      <button name="how" value="lost">The bank decides for the buyer</button>
      <button class="quiet" name="how" value="closed">The buyer takes it back</button>
    </form>`
}

/** `1099` in EUR is `10.99 EUR`. */
const amountOf = ({ amount, currency }: SandboxPayment): string => `${toDecimal(money(amount, currency))} ${currency}`

const page = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
:root { --ground: #f4f5f7; --card: #fff; --ink: #16181d; --soft: #5a6270; --edge: #d5d9e0; --main: #1f5fd6; --on: #fff; --warn: #fff3d6; --warnink: #6b4700 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #101216; --card: #1a1d23; --ink: #eceef2; --soft: #a3abb8; --edge: #353a44; --main: #7aa7ff; --on: #0b1526; --warn: #3a2e10; --warnink: #ffdf9e }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--edge); border-radius: 16px; overflow: hidden }
.banner { margin: 0; padding: 12px 24px; background: var(--warn); color: var(--warnink); font-size: 14px; font-weight: 600; text-align: center }
.body { padding: 24px }
h1 { margin: 0; font-size: 14px; font-weight: 600; color: var(--soft) }
.amount { margin: 4px 0 0; font-size: 34px; font-weight: 700; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.what, .said { margin: 4px 0 20px; overflow-wrap: anywhere }
.said { font-weight: 600 }
form { display: grid; gap: 10px }
button, .button, select { font: inherit; color: inherit; border: 1px solid var(--edge); border-radius: 10px; background: transparent; min-height: 44px; padding: 8px 14px }
button, .button { display: block; width: 100%; text-align: center; text-decoration: none; cursor: pointer; font-weight: 600 }
button:hover, .button:hover { border-color: var(--soft) }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px }
.main { background: var(--main); border-color: var(--main); color: var(--on) }
.quiet { border-color: transparent; color: var(--soft) }
small { display: block; font-weight: 400; color: var(--soft) }
.row { display: grid; grid-template-columns: 1fr 1.5fr; gap: 10px }
.row select { min-width: 0; font-size: 14px }
.kept { font-size: 14px }
.ref { margin: 20px 0 0; color: var(--soft); font-size: 13px; overflow-wrap: anywhere }
</style>
</head>
<body><main>
<p class="banner">This is a sandbox. No money moves.</p>
<div class="body"><h1>${title}</h1>
${body}
</div></main></body>
</html>`
