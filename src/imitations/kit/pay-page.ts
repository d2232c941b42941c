/** A hosted payment page on which the visitor decides what happens. Plain HTML: it works without scripts and on any phone. */
import type { MiddlewareHandler } from 'hono'
import { html } from 'hono/html'

export type Html = ReturnType<typeof html>

/** One button; `value` is posted as `how`. The first of a page is the one that most people want. */
export type Choice = { value: string; label: string; detail?: string }

export type PayPage = {
  /** `Mollie` */
  provider: string
  /** `10.99 EUR` */
  amount: string
  what: string
  /** What became of it so far, if anything. */
  said?: string
  choices: readonly Choice[]
  /** Where the buyer goes when nothing is left to choose. */
  leave?: string
  /** Shown above the buttons, inside their form. */
  fields?: Html
}

/** Nothing of such a page is kept, framed or told to others. */
export const guarded: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cache-control', 'no-store')
  c.header('referrer-policy', 'no-referrer')
  c.header('x-content-type-options', 'nosniff')
  c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
}

export const payPage = ({ provider, amount, what, said, choices, leave, fields }: PayPage): Html =>
  shell(
    `${provider} (imitation)`,
    html`<h1>${amount}</h1>
      <p class="what">${what}</p>
      ${said === undefined ? '' : html`<p role="status" class="said">${said}</p>`}
      ${choices.length === 0 ? '' : html`<form method="post">${fields ?? ''}${choices.map(button)}</form>`}
      ${leave === undefined ? '' : html`<a class="button main" href="${leave}">Back to the shop</a>`}`,
  )

export const missingPage = (provider: string): Html =>
  shell(`${provider} (imitation)`, html`<h1>Not found</h1><p class="what">There is no such payment page.</p>`)

const button = ({ value, label, detail }: Choice, index: number): Html =>
  html`<button name="how" value="${value}" class="${index === 0 ? 'main' : ''}">${label}${detail === undefined ? '' : html` <small>${detail}</small>`}</button>`

const shell = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: light-dark(#f4f5f7, #101216); color: light-dark(#16181d, #eceef2) }
main { width: 100%; max-width: 420px; padding: 24px; border: 1px solid light-dark(#d5d9e0, #353a44); border-radius: 16px; background: light-dark(#fff, #1a1d23) }
.note { margin: 0 0 16px; padding: 8px 12px; border-radius: 8px; font-size: 14px; font-weight: 600; background: light-dark(#fff3d6, #3a2e10); color: light-dark(#6b4700, #ffdf9e) }
h1 { margin: 0; font-size: 30px; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.what { margin: 4px 0 20px; overflow-wrap: anywhere }
.said { margin: 0 0 16px; font-weight: 600 }
form { display: grid; gap: 10px }
label { display: grid; gap: 4px; font-size: 14px }
button, .button, select, input { font: inherit; color: inherit; border: 1px solid light-dark(#8a93a0, #6b7482); border-radius: 10px; background: transparent; min-height: 44px; padding: 8px 14px }
button, .button { display: block; width: 100%; text-align: center; text-decoration: none; cursor: pointer; font-weight: 600 }
:focus-visible { outline: 3px solid light-dark(#1f5fd6, #7aa7ff); outline-offset: 2px }
.main { background: light-dark(#1f5fd6, #7aa7ff); border-color: light-dark(#1f5fd6, #7aa7ff); color: light-dark(#fff, #0b1526) }
small { display: block; font-weight: 400 }
</style>
</head>
<body><main><p class="note">Imitated payment page: no money moves here.</p>
${body}
</main></body>
</html>`
