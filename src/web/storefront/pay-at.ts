import { html } from 'hono/html'
import { redirect } from 'react-router'
import { openForm } from '#modules/billing/payment-form.ts'
import { webOf } from '#web/context.ts'
import { translator } from '#web/i18n/translate.ts'
import type { Route } from './+types/pay-at.ts'
import { shopOf } from './shop.server.ts'

/** On the way to a gateway whose page wants a form: it posts itself; without a script there is a button. */
export async function loader({ context, params }: Route.LoaderArgs) {
  const web = webOf(context)
  const shop = await shopOf(web)
  const form = await openForm(shop, params.token)
  if (form.kind === 'over') throw redirect(form.backTo, 303)
  web.formTargets.push(new URL(form.action).origin)
  const t = translator(web.locale)
  const page = html`<!doctype html>
    <html lang="${web.locale}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${t('store.payAt.title')}</title>
        <style nonce="${web.nonce}">
          :root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
          body { display: grid; place-content: center; gap: 1rem; min-height: 90vh; margin: 0; padding: 1rem; text-align: center; }
          button { min-height: 3rem; padding: 0 1.5rem; font: inherit; }
        </style>
      </head>
      <body>
        <h1>${t('store.payAt.title')}</h1>
        <form method="post" action="${form.action}" id="go">
          ${Object.entries(form.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          <button>${t('store.payAt.go')}</button>
        </form>
        <script nonce="${web.nonce}">document.getElementById('go').submit()</script>
      </body>
    </html>`
  return new Response(String(await page), {
    headers: { 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer' },
  })
}
