/** What a message tells, and the text that comes of it. */
import type { OutgoingMessage } from '#adapters/transports/transport.ts'
import type { Shop, Teller } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { signLink } from '../people/links.ts'
import type { Mailer } from './mail-settings.ts'
import { samplesOf, type TemplateKey } from './render/definitions.ts'
import { renderMessage } from './render/render-message.ts'
import { brandOf, templateFor } from './templates.ts'

/** A message as who sends it sees it. */
export type Message = {
  id: string
  template: TemplateKey
  kind: 'service' | 'marketing' | 'staff'
  customerId: string | null
  to: string
  language: string
  about: Record<string, string>
  tries: number
  repeatable: boolean
  sendUntil: Temporal.Instant | null
  /** Another process had begun to send it and never said how it ended. */
  begun: boolean
}

/** What a message tells, as its teller answers; null when that is no longer so. */
export type Variables = Awaited<ReturnType<Teller>>

/** A message whose text is on the way. */
export type Letter = { message: Message; mailer: Mailer; outgoing: Promise<OutgoingMessage> }

type Facts = { message: Message; mailer: Mailer; variables: NonNullable<Variables> }

type Style = { template: Awaited<ReturnType<typeof templateFor>>; brand: Awaited<ReturnType<typeof brandOf>> }

/** What the message tells, as it is now; a staff member's own test of a text is filled with examples. */
export async function factsOf(
  tx: Tx,
  shop: Shop,
  message: Pick<Message, 'kind' | 'customerId' | 'about'> & { template: string },
): Promise<Variables> {
  if (message.kind === 'staff' && message.about.sample === 'yes') return samplesOf(message.template as TemplateKey)
  const teller = shop.app.tellers.get(message.template)
  assert(teller !== undefined, `a teller for ${message.template}`)
  return teller(tx, shop, { ...message.about, customer_id: message.customerId ?? '' })
}

/** Its text is written while what was done so far is committed; should that fail, it was for nothing. */
export async function writeLetter(tx: Tx, shop: Shop, facts: Facts, now: Temporal.Instant): Promise<Letter> {
  const { message, mailer } = facts
  const template = await shop.keep(`template/${message.template}/${message.language}`, () =>
    templateFor(tx, message.template, message.language, shop.language),
  )
  const brand = await shop.keep('brand', () => brandOf(tx, shop))
  const outgoing = compose(shop, { ...facts, template, brand }, now)
  outgoing.then((text) => mailer.transport.compose?.(text)).catch(() => {})
  return { message, mailer, outgoing }
}

async function compose(
  shop: Shop,
  { message, mailer, variables, template, brand }: Facts & Style,
  now: Temporal.Instant,
): Promise<OutgoingMessage> {
  const marketing = message.kind === 'marketing'
  const unsubscribeUrl = `${shop.baseUrl}/unsubscribe/${signLink(shop.app, { kind: 'unsubscribe', businessId: shop.businessId, id: message.customerId ?? '' }, now.add({ hours: 24 * 365 }))}`
  const rendered = await renderMessage(shop.app.templates, {
    template,
    brand,
    variables,
    kind: marketing ? 'marketing' : 'service',
    ...(marketing ? { unsubscribeUrl } : {}),
  })
  return {
    messageId: `<${message.id}@${new URL(shop.app.publicUrl).hostname}>`,
    from: mailer.from,
    to: { name: '', address: message.to },
    replyTo: mailer.replyTo,
    ...rendered,
    headers: marketing
      ? { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
      : {},
  }
}
