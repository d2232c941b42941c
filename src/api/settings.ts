/** Settings of a business; so far, how it sends mail. */
import { skipMail } from '#modules/checkout/set-up.ts'
import { mailSetting, mailState, readMailSettings, saveMailSettings } from '#modules/messages/mail-settings.ts'
import { sendTest } from '#modules/messages/send-test.ts'
import { openShop } from '#modules/people/business.ts'
import { findHostName, proofOf, saveHostName, verifyHostName } from '#modules/people/host-name.ts'
import { hideSecrets } from '#modules/people/settings.ts'
import { type Call, route } from './route.ts'
import { atOr, email, resource, text, time, z } from './schemas.ts'

const MailOut = resource('MailSettings', {
  state: z.enum(['none', 'untested', 'proved']).openapi({ description: '`none`: messages become tasks for staff.' }),
  host: z.string().nullable(),
  port: z.int().nullable(),
  secure: z.string().nullable(),
  user: z.string().nullable(),
  password_set: z.boolean(),
  from_name: z.string().nullable(),
  from_address: z.string().nullable(),
  reply_to: z.string().nullable(),
  certificate: z.string().nullable(),
  show_login: z.boolean().openapi({ description: 'Whether mails carry the TV login, or a link to it.' }),
  tested_at: time.nullable(),
})

const HostOut = resource('HostName', {
  host: z.string().nullable().openapi({ description: 'Null: the shop has no host name of its own.' }),
  state: z.enum(['none', 'claimed', 'proved']).openapi({ description: 'Links lead to it when it is proved.' }),
  record: z
    .strictObject({ name: z.string(), value: z.string() })
    .nullable()
    .openapi({ description: 'The text record of the domain that proves it.' }),
  fault: z.string().nullable().openapi({ description: 'What the last look found wrong.' }),
  looked_at: time.nullable(),
  proved_at: time.nullable(),
  shop_url: z.string(),
})

async function hostOut(call: Call): Promise<z.input<typeof HostOut>> {
  const found = await call.read(findHostName)
  const { baseUrl } = await openShop(call.shop.app, call.shop.businessId, call.shop.actor)
  return {
    host: found?.host ?? null,
    state: found === null ? 'none' : found.verifiedAt === null ? 'claimed' : 'proved',
    record: found === null ? null : proofOf(found),
    fault: found?.fault ?? null,
    looked_at: atOr(found?.lookedAt ?? null),
    proved_at: atOr(found?.verifiedAt ?? null),
    shop_url: baseUrl,
    livemode: call.shop.livemode,
  }
}

const read = (call: Call): Promise<z.input<typeof MailOut>> =>
  call.read(async (tx) => {
    const settings = await readMailSettings(tx, call.shop)
    const { secretsSet } = hideSecrets(mailSetting.schema, settings)
    return {
      state: await mailState(tx, call.shop),
      host: settings.host ?? null,
      port: settings.port ?? null,
      secure: settings.secure ?? null,
      user: settings.user ?? null,
      password_set: secretsSet.includes('password'),
      from_name: settings.from_name ?? null,
      from_address: settings.from_address ?? null,
      reply_to: settings.reply_to ?? null,
      certificate: settings.certificate ?? null,
      show_login: settings.show_login,
      tested_at: settings.tested_at ?? null,
      livemode: call.shop.livemode,
    }
  })

export const settings = [
  route({
    method: 'get',
    path: '/settings/host',
    scope: 'settings:read',
    summary: 'Reads the own host name of the shop, and the record that proves it.',
    answer: HostOut,
    handle: hostOut,
  }),
  route({
    method: 'put',
    path: '/settings/host',
    scope: 'settings:write',
    summary: 'Claims a host name, in place of the one before; null: none any more.',
    body: z.strictObject({ host: text(253).nullable() }),
    answer: HostOut,
    handle: async (call) => {
      await saveHostName(call.shop, call.body.host)
      return hostOut(call)
    },
  }),
  route({
    method: 'post',
    path: '/settings/host/verify',
    scope: 'settings:write',
    summary: 'Looks for the text record of the domain now. From then on links lead to the host name.',
    answer: HostOut,
    refuses: ['conflict'],
    again: true,
    handle: async (call) => {
      await verifyHostName(call.shop)
      return hostOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/settings/mail',
    scope: 'settings:read',
    summary: 'Reads how mail is sent.',
    answer: MailOut,
    handle: read,
  }),
  route({
    method: 'put',
    path: '/settings/mail',
    scope: 'settings:write',
    summary: 'Sets the mail server. A password that is left out stays as it was; send a test afterwards.',
    body: z.strictObject({
      host: text(253),
      port: z.int().min(1).max(65_535),
      secure: z.enum(['starttls', 'tls', 'none']).default('starttls'),
      user: text(320).nullable().optional(),
      password: z.string().max(1_000).nullable().optional(),
      from_name: text(100).default(''),
      from_address: email,
      reply_to: email.nullable().optional(),
      certificate: z.string().max(20_000).nullable().optional(),
      show_login: z.boolean().default(true),
    }),
    answer: MailOut,
    handle: async (call) => {
      await call.write('save-mail-settings', (tx) => saveMailSettings(tx, call.shop, call.body))
      return read(call)
    },
  }),
  route({
    method: 'post',
    path: '/settings/mail/test',
    scope: 'settings:write',
    summary: 'Sends a test mail on the real way and tells what the server said.',
    body: z.strictObject({ to: email }),
    answer: resource('MailTest', {
      message_id: z.string(),
      delivered: z.boolean(),
      status: z.string(),
      detail: z.string(),
    }),
    again: true,
    handle: async (call) => {
      const { messageId, delivered, status, detail } = await sendTest(call.shop, { to: call.body.to })
      return { message_id: messageId, delivered, status, detail, livemode: call.shop.livemode }
    },
  }),
  route({
    method: 'post',
    path: '/settings/mail/skip',
    scope: 'settings:write',
    summary: 'Does without mail: what would be mailed becomes a task for staff. The set-up counts it as decided.',
    answer: MailOut,
    again: true,
    handle: async (call) => {
      await call.write('skip-mail', (tx) => skipMail(tx, call.shop))
      return read(call)
    },
  }),
]
