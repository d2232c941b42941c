/** Where the mails of a test twin end: they are put down for whoever works there, and reach nobody. */
import type { Transport } from '#adapters/transports/transport.ts'
import { type Shop, single } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import type { Mailer } from './mail-settings.ts'
import type { TemplateKey } from './render/definitions.ts'

/**
 * What lets its reader in is not put down: a person's sign-in is one for all businesses of the house, and whoever could read it here
 * would be let in as him elsewhere.
 */
export const letsIn: readonly TemplateKey[] = ['magic_link', 'email_change', 'staff_invite', 'reseller_invite']

export function catcher(shop: Shop): Mailer {
  const transport: Transport = {
    async send({ messageId, text, html }) {
      await single(
        shop,
        'catch-mail',
        sql`insert into caught_mails (business_id, message_id, body_text, body_html, caught_at)
          select m.business_id, m.id, ${text}, ${html}, ${shop.now()} from messages m
          where m.business_id = current_business() and m.id = ${idOf(messageId)} and m.template <> all (${[...letsIn]}::text[])
          on conflict (business_id, message_id) do nothing returning message_id`,
      )
      return { outcome: 'accepted', detail: caught }
    },
    checkConnection: async () => ({ outcome: 'accepted', detail: caught }),
    close: async () => {},
  }
  return { transport, name: 'caught', from: { name: shop.name, address: 'test@twin.invalid' }, replyTo: null }
}

const caught = 'Caught in test mode: it reached nobody.'

/** `<msg_…@host>` */
const idOf = (messageId: string): string => messageId.replace(/^<|@.*$/g, '')

export type CaughtMail = { text: string; html: string }

export const findCaughtMail = (tx: Tx, messageId: string): Promise<CaughtMail | null> =>
  maybe(
    tx,
    sql<CaughtMail>`select body_text as text, body_html as html from caught_mails where business_id = current_business() and message_id = ${messageId}`,
  )
