/** What went wrong elsewhere, told as our own stories: the nightly run, its neighbours, and what it says. */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { savePanel } from '#modules/lines/panels.ts'
import { mailSetting, saveMailSettings } from '#modules/messages/mail-settings.ts'
import { startMailbox } from '../../src/imitations/mailbox.ts'
import { xuiDefaults } from '../../src/imitations/panels/xui.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present } from '../support/stories.ts'

scenario('F36: ten days of downtime are caught up in order, and nobody loses the time to come back', async (world) => {
  const ana = await world.customer('ana').buys()
  const line = await ana.line()
  await world.until('2026-02-20T12:00:00Z')
  world.clock.set('2026-03-10T12:00:00Z') // Nothing ran from before the invoice until after the planned end.
  await world.settle()
  expect((await ana.messages()).map(({ template }) => template)).not.toContain('suspended')
  expect((await world.customer('ana').invoices()).filter(({ status }) => status === 'open')).toHaveLength(1)
  // The first word about the money came a moment ago: a day lies between it and the end of the picture.
  await world.pass({ hours: 23 })
  expect((await ana.subscription()).status).toBe('grace')
  await world.pass({ hours: 2 })
  expect((await ana.subscription()).status).toBe('suspended')
  const templates = (await ana.messages()).map(({ template }) => template)
  expect(
    templates.filter((each) => each === 'renewal_invoice' || each === 'grace' || each === 'suspended').sort(),
  ).toEqual(['grace', 'renewal_invoice', 'suspended'])
  expect(templates.filter((each) => each === 'renewal_reminder').length).toBeLessThanOrEqual(1) // Stale ones are dropped.
  // Four days lie between suspension and end; they lie there now, too.
  await world.pass({ days: 3 })
  expect((await ana.subscription()).status).toBe('suspended')
  await world.customer('ana').paysOpenInvoice()
  expect(await line.onPanel()).toMatchObject({ enabled: true })
})

scenario('F90: no word of a suspension to somebody who has paid meanwhile', async (world) => {
  const ana = await world.customer('ana').buys()
  await world.until('2026-03-03T10:59:00Z')
  world.mailbox.fail('defer_recipient')
  await world.until('2026-03-03T12:30:00Z')
  expect((await ana.subscription()).status).toBe('suspended')
  await world.customer('ana').paysOpenInvoice()
  world.mailbox.clear()
  world.mailbox.fail(null)
  await world.pass({ days: 1 })
  const suspended = (await ana.messages()).filter(({ template }) => template === 'suspended')
  expect(suspended.map(({ status }) => status)).toEqual(['expired'])
  expect((await parsedMails(world.mailbox.mails)).map(({ subject }) => subject).join('\n')).not.toMatch(
    /suspended|switched off/i,
  )
})

scenario('F94: one dead panel delays nobody else', async (world) => {
  const dead = await world.another('dead')
  const there = await world.customer('ben', dead.shop).orders()
  await transaction(dead.shop, 'move', (tx) =>
    savePanel(
      tx,
      dead.shop,
      {
        name: 'Panel B',
        kind: 'xui',
        settings: {
          url: `http://nobody.test/${xuiDefaults.access_code}/`,
          api_key: xuiDefaults.api_key,
          viewer_scheme: 'http',
          viewer_host: 'tv.example',
          viewer_port: 8080,
        },
        weight: 1,
        capacity: null,
        drained: false,
      },
      dead.panelId,
    ),
  )
  await there.pays()
  await world.settle()
  const here = await world.customer('ana').buys()
  expect(await here.order()).toMatchObject({ status: 'ready' })
  await world.pass({ hours: 2 })
  await here.renews()
  expect((await here.subscription()).paidThrough?.toString().slice(0, 10)).toBe('2026-03-31')
  expect(await there.order()).toMatchObject({ status: 'delayed' })
})

scenario('F95: one bad subscription harms only itself, and status follows the panel', async (world) => {
  const [bad, good] = [await world.customer('bad').buys(), await world.customer('good').buys()]
  await world.until('2026-02-20')
  await world.tamper(`update subscriptions set policy_id = 'pol_lost' where id = '${bad.subscriptionId}'`)
  await world.until('2026-02-22')
  expect(world.failures.length).toBeGreaterThan(0)
  expect((await good.messages()).map(({ template }) => template)).toContain('renewal_invoice')
  expect((await bad.messages()).map(({ template }) => template)).not.toContain('renewal_invoice')
  expect((await world.proof()).broken.map(({ id }) => id)).toContain('T3-subscriptions-policy_id')
  world.failures.length = 0
  await world.tamper(`update subscriptions set policy_id = 'pol_default', next_step_at = '${world.clock.now()}'`)
  await world.pass({ minutes: 1 })
  expect((await bad.messages()).map(({ template }) => template)).toContain('renewal_invoice')
})

/** What each setting changes, seen in a mail or at the server. A setting without a line here fails the test. */
const effects = ['from_address', 'from_name', 'reply_to', 'host', 'port', 'user', 'password', 'show_login'] as const
/** Seen elsewhere: TLS in the transport's own tests, and what the test mail leaves behind in the mail settings'. */
const elsewhere = ['secure', 'certificate', 'tested_at']

scenario('F96: every mail setting has its effect', async (world) => {
  const shape = (mailSetting.schema as unknown as { shape: Record<string, unknown> }).shape
  expect(
    Object.keys(shape).filter((name) => !(effects as readonly string[]).includes(name) && !elsewhere.includes(name)),
  ).toEqual([])
  const login = { user: 'shop', password: 'correct horse' }
  const own = await startMailbox({ login, now: () => world.clock.now() })
  try {
    const settings = {
      host: '127.0.0.1',
      port: own.port,
      secure: 'none',
      ...login,
      from_address: 'hello@northwind.example',
      from_name: 'Northwind',
      reply_to: 'desk@northwind.example',
    }
    await transaction(world.shop, 'mail', (tx) => saveMailSettings(tx, world.shop, { ...settings, show_login: true }))
    const ana = await world.customer('ana').buys()
    const password = await (await ana.line()).password()
    const [shown] = (await parsedMails(own.mails)).filter(({ text }) => text?.includes(password))
    expect(present(shown).from?.value).toEqual([{ name: 'Northwind', address: 'hello@northwind.example' }])
    expect(present(shown).replyTo?.value).toMatchObject([{ address: 'desk@northwind.example' }])
    expect(world.mailbox.mails).toHaveLength(0)

    await transaction(world.shop, 'mail', (tx) => saveMailSettings(tx, world.shop, { ...settings, show_login: false }))
    const ben = await world.customer('ben').buys()
    const hidden = await (await ben.line()).password()
    expect(
      (await ben.messages()).filter(({ template }) => template === 'credentials').map(({ status }) => status),
    ).toEqual(['sent'])
    expect((await parsedMails(own.mails)).filter(({ text, html }) => `${text}${html}`.includes(hidden))).toEqual([])

    await transaction(world.shop, 'mail', (tx) => saveMailSettings(tx, world.shop, { ...settings, password: 'wrong' }))
    const cem = await world.customer('cem').buys()
    expect(
      (await cem.messages()).filter(({ template }) => template === 'credentials').map(({ status }) => status),
    ).toEqual(['queued'])
  } finally {
    await own.stop()
  }
})
