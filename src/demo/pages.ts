/** The demo's own pages: the mail catcher at `/demo/mail`, the payment provider below `/demo/sandbox`. */
import { type Context, Hono } from 'hono'
import { html, raw } from 'hono/html'
import { type ParsedMail, simpleParser } from 'mailparser'
import type { Imitation } from '#imitations/kit.ts'
import type { CaughtMail, Mailbox } from '#imitations/mailbox.ts'
import { sandboxFetch, sandboxPath } from './imitations.ts'
import { mailStyle } from './mail-style.ts'

type Html = ReturnType<typeof html>

const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
/** What the mail's own markup may do: be seen, and lead somewhere when clicked. */
const frameFlags = 'allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'
const framePolicy = `sandbox ${frameFlags}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'`

export function demoPages(parts: { sandbox: Imitation; mailbox: Mailbox }): (request: Request) => Promise<Response> {
  const app = new Hono()
  app.get('/demo/', (c) => c.redirect('/demo/mail'))
  app.get('/demo/mail', async (c) => show(c, await list(parts.mailbox)))
  app.get('/demo/mail/:id{[0-9]+}', async (c) => {
    const mail = find(parts.mailbox, c.req.param('id'))
    if (mail === undefined) return show(c, missing(), 404)
    return show(c, view(mail, await simpleParser(mail.raw), c.req.query('as') === 'text'))
  })
  app.get('/demo/mail/:id{[0-9]+}/html', async (c) => {
    const mail = find(parts.mailbox, c.req.param('id'))
    if (mail === undefined) return show(c, missing(), 404)
    const { html: body } = await simpleParser(mail.raw)
    c.header('content-security-policy', framePolicy)
    // Links lead out of the frame.
    return c.html(
      (body || '<head></head><p>This mail has no HTML part.</p>').replace(/<head[^>]*>/i, '$&<base target="_top">'),
    )
  })
  app.all(`${sandboxPath}/*`, (c) => sandboxFetch(parts.sandbox, c.req.raw))
  app.notFound((c) => show(c, missing(), 404))
  return async (request) => app.fetch(request)
}

const find = ({ mails }: Mailbox, id: string): CaughtMail | undefined => mails.find((mail) => mail.id === Number(id))

function show(c: Context, page: Html, status: 200 | 404 = 200): Response | Promise<Response> {
  c.header('content-security-policy', pagePolicy)
  return c.html(page, status)
}

async function list({ mails }: Mailbox): Promise<Html> {
  const newest = mails.toReversed()
  const subjects = await Promise.all(newest.map(({ raw: text }) => subjectOf(text)))
  const rows = newest.map(
    (mail, index) =>
      html`<li><a href="/demo/mail/${mail.id}"><strong>${subjects[index]}</strong><span>${mail.to.join(', ')}</span>
        <time datetime="${mail.receivedAt.toString()}">${shownTime(mail.receivedAt)}</time></a></li>`,
  )
  return frame(
    'Caught mail',
    html`<p class="lead">Every mail of the demo ends here; none leaves this machine. The newest 200 are kept.</p>
      ${rows.length === 0 ? html`<p class="empty">No mail yet. Buy a plan, and the first arrives.</p>` : html`<ol class="mails">${rows}</ol>`}`,
  )
}

/** Parsing 200 whole mails for one page would be slow: only the head is looked at. */
async function subjectOf(text: Buffer): Promise<string> {
  const end = text.indexOf('\r\n\r\n')
  const { subject } = await simpleParser(end === -1 ? text : text.subarray(0, end + 4))
  return subject ?? '(no subject)'
}

function view(mail: CaughtMail, parsed: ParsedMail, asText: boolean): Html {
  const tab = (label: string, text: boolean) =>
    text === asText
      ? html`<a aria-current="page" href="/demo/mail/${mail.id}${text ? '?as=text' : ''}">${label}</a>`
      : html`<a href="/demo/mail/${mail.id}${text ? '?as=text' : ''}">${label}</a>`
  return frame(
    parsed.subject ?? '(no subject)',
    html`<p><a href="/demo/mail">All mail</a></p>
      <dl><dt>From</dt><dd>${parsed.from?.text ?? mail.from}</dd><dt>To</dt><dd>${mail.to.join(', ')}</dd>
      <dt>Received</dt><dd><time datetime="${mail.receivedAt.toString()}">${shownTime(mail.receivedAt)}</time></dd></dl>
      <nav aria-label="Parts">${tab('As seen', false)}${tab('Plain text', true)}</nav>
      ${
        asText
          ? html`<pre>${parsed.text ?? ''}</pre>`
          : html`<iframe title="The mail as its reader sees it" sandbox="${frameFlags}" src="/demo/mail/${mail.id}/html"></iframe>`
      }`,
  )
}

const missing = (): Html =>
  frame('Not found', html`<p class="lead">There is no such page in the demo. <a href="/demo/mail">Caught mail</a></p>`)

const shownTime = (at: Temporal.Instant): string =>
  `${at.toString({ smallestUnit: 'second' }).replace('T', ' ').replace('Z', '')} UTC`

const frame = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title} · Demo mail</title><style>${raw(mailStyle)}</style></head>
<body><header><p class="banner">Demo</p></header><main><h1>${title}</h1>${body}</main></body></html>`
