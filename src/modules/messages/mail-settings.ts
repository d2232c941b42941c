/** How a business sends mail: its own server, or the installation's, or not at all. */
import { z } from 'zod'
import { SmtpSettings } from '#adapters/transports/smtp-settings.ts'
import type { Transport } from '#adapters/transports/transport.ts'
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { record } from '../events/record.ts'
import { settle } from '../people/attention.ts'
import { forgetAfter } from '../people/business.ts'
import { defineSetting, keepSecrets, parseSettings, readSetting, saveSetting } from '../people/settings.ts'
import { catcher } from './catch-mail.ts'

/** Null until an own server is set up. `tested_at` is set by a test mail that the server accepted. */
const Smtp = z
  .object(SmtpSettings.shape)
  .partial()
  .extend({ tested_at: z.string().nullish(), show_login: z.boolean().default(true) })

export const mailSetting = defineSetting('mail', Smtp as z.ZodType<z.infer<typeof Smtp>>)

/** What the console shows and a form sends. `show_login` decides whether mails carry the TV login or a link to it. */
export type MailSettings = z.infer<typeof Smtp>

export const readMailSettings = (tx: Tx, shop: Shop): Promise<MailSettings> => readSetting(tx, shop, mailSetting)

/** As `readMailSettings`, for sending: at most a second behind. */
export const keptMailSettings = (tx: Tx, shop: Shop): Promise<MailSettings> =>
  shop.keep('mail', () => readMailSettings(tx, shop))

/** Changed settings count as untested. An empty password keeps the stored one. */
export async function saveMailSettings(tx: Tx, shop: Shop, facts: Record<string, unknown>): Promise<void> {
  const before = await readMailSettings(tx, shop)
  const { show_login, tested_at: _, ...server } = keepSecrets(Smtp, facts, before as Record<string, unknown>)
  // Who takes the user name away means a server that asks for none: the stored password goes with it.
  if (!facts.user && !facts.password) delete server.password
  const parsed = parseSettings(SmtpSettings, server)
  await saveSetting(tx, shop, mailSetting, {
    ...parsed,
    show_login: show_login !== false,
    tested_at: null,
  } as MailSettings)
  forgetTransport(shop)
  await changed(tx, shop)
}

/** Whether mails carry the TV login or a link to it; the server stays as it is, and as proved as it was. */
export async function saveShowLogin(tx: Tx, shop: Shop, showLogin: boolean): Promise<void> {
  await saveSetting(tx, shop, mailSetting, { ...(await readMailSettings(tx, shop)), show_login: showLogin })
  await changed(tx, shop)
}

/** Back to the installation's own mailer, or to none. */
export async function removeMailServer(tx: Tx, shop: Shop): Promise<void> {
  const { show_login } = await readMailSettings(tx, shop)
  await saveSetting(tx, shop, mailSetting, { show_login, tested_at: null })
  forgetTransport(shop)
  await changed(tx, shop)
}

async function changed(tx: Tx, shop: Shop): Promise<void> {
  forgetAfter(tx, shop)
  await record(tx, shop, shop.now(), {
    type: 'mail_settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
  })
}

/** A test mail was accepted: set-up counts as done, and the alarm ends. */
export async function markMailTested(tx: Tx, shop: Shop, now: Temporal.Instant): Promise<void> {
  const settings = await readMailSettings(tx, shop)
  await saveSetting(tx, shop, mailSetting, { ...settings, tested_at: now.toString() })
  forgetAfter(tx, shop)
  await settle(tx, 'mail_failing', shop.businessId, shop.actor, now)
}

export type Mailer = {
  transport: Transport
  /** As the log of messages calls it. */
  name: 'smtp' | 'caught'
  from: { name: string; address: string }
  replyTo: string | null
}

const open = new Map<string, { mailer: Mailer; settings: string }>()

/** The mailer of a business, or null when mail leaves nowhere (S1-51): then messages become tasks for staff. */
export async function mailerOf(tx: Tx, shop: Shop): Promise<Mailer | null> {
  if (shop.twinOf !== null) return catcher(shop)
  const settings = await keptMailSettings(tx, shop)
  if (!settings.host || !settings.from_address) {
    const shared = shop.app.mailer
    return shared === null
      ? null
      : { transport: shared.transport, name: 'smtp', from: { name: shop.name, address: shared.from }, replyTo: null }
  }
  const key = JSON.stringify(settings)
  const kept = open.get(shop.businessId)
  if (kept?.settings === key) return kept.mailer
  forgetTransport(shop)
  const kind = shop.app.transports.get('smtp')
  if (kind === undefined) return null
  const transport = kind.open(kind.settings.parse(settings), {
    log: shop.app.log,
    now: () => shop.now(),
    allowPrivate: shop.app.allowPrivate,
  })
  const mailer: Mailer = {
    transport,
    name: 'smtp',
    from: { name: settings.from_name || shop.name, address: settings.from_address },
    replyTo: settings.reply_to ?? null,
  }
  open.set(shop.businessId, { mailer, settings: key })
  return mailer
}

function forgetTransport(shop: Pick<Shop, 'businessId'>): void {
  open
    .get(shop.businessId)
    ?.mailer.transport.close()
    .catch(() => {})
  open.delete(shop.businessId)
}

/** Whether a message could leave at all, and whether that was proved. */
export async function mailState(tx: Tx, shop: Shop): Promise<'none' | 'untested' | 'proved'> {
  if (shop.twinOf !== null) return 'proved'
  const settings = await readMailSettings(tx, shop)
  if (!settings.host && shop.app.mailer === null) return 'none'
  return settings.tested_at || !settings.host ? 'proved' : 'untested'
}
