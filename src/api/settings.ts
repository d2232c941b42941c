/** Settings of a business; so far, how it sends mail. */
import { skipMail } from '#modules/checkout/set-up.ts'
import { mailSetting, mailState, readMailSettings, saveMailSettings } from '#modules/messages/mail-settings.ts'
import { sendTest } from '#modules/messages/send-test.ts'
import { hideSecrets } from '#modules/people/settings.ts'
import { type Call, route } from './route.ts'
import { email, resource, text, time, z } from './schemas.ts'

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
