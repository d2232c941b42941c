import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { closeAttention, listAttention } from '#modules/people/attention.ts'
import { scenario } from '../support/scenario.ts'
import { read } from '../support/stories.ts'

scenario(
  'no mail server: every message is a task, and nobody is cut off for a mail that he never got',
  { withMail: false },
  async (world) => {
    const ana = await world.customer('ana').buys()
    const line = await ana.line()
    await world.pass({ minutes: 2 })
    expect(await ana.order()).toMatchObject({ status: 'ready' })
    const open = () => read(world.shop, (tx) => listAttention(tx))
    const statuses = async () => new Set((await ana.messages()).map(({ status }) => status))
    expect(await statuses()).not.toContain('sent')
    expect((await open()).filter(({ kind }) => kind === 'mail_missing')).toHaveLength(1)
    expect(
      (await open())
        .filter(({ kind }) => kind === 'message_by_hand')
        .map(({ title }) => title)
        .join('\n'),
    ).toMatch(/ana@example\.net/)

    // Paid time and grace are over: the suspension waits, with its reason, and asks after a week.
    await world.until('2026-03-05T12:00:00Z')
    expect(await ana.subscription()).toMatchObject({ status: 'grace', nextStep: 'suspend' })
    expect(await line.onPanel()).toMatchObject({ enabled: true })
    await world.until('2026-03-12T12:00:00Z')
    expect((await open()).filter(({ kind }) => kind === 'suspension_waits')).toHaveLength(1)
    expect(await line.onPanel()).toMatchObject({ enabled: true })
    // The panel's own expiry did not cut him off meanwhile.
    expect(Temporal.Instant.compare((await line.onPanel())?.until ?? '', world.clock.now())).toBe(1)

    // Staff tell him by hand; then the ladder goes on.
    const told = (await open()).find(({ kind, title }) => kind === 'message_by_hand' && /invoice/i.test(title))
    await transaction(world.shop, 'told', (tx) => closeAttention(tx, told?.id ?? '', 'staff:mem_1', world.clock.now()))
    await world.until('2026-03-14T12:00:00Z')
    expect((await ana.subscription()).status).not.toBe('grace')
    expect(await line.onPanel()).not.toMatchObject({ enabled: true })
    expect((await open()).filter(({ kind }) => kind === 'suspension_waits')).toEqual([])
  },
)

scenario('F80: a mail server that refuses is no sent message, and mail leaves when it is back', async (world) => {
  world.mailbox.fail('defer_recipient')
  const ana = await world.customer('ana').buys()
  const about = async (template: string) =>
    (await ana.messages()).filter((each) => each.template === template).map(({ status }) => status)
  expect(await about('credentials')).toEqual(['queued'])
  await world.pass({ minutes: 20 })
  expect(await about('credentials')).toEqual(['queued'])
  world.mailbox.fail(null)
  await world.pass({ hours: 2 })
  expect(await about('credentials')).toEqual(['sent'])
})

scenario(
  'S6: an answer of the mail server that never came: the login goes again under the same id, a reminder does not',
  async (world) => {
    world.mailbox.fail('drop_after_data', 1)
    const ana = await world.customer('ana').buys()
    await world.pass({ hours: 1 })
    const ids = world.mailbox.mails.map(({ raw }) => /^message-id: (\S+)/im.exec(raw.toString())?.[1])
    expect(ids.length).toBeGreaterThan(new Set(ids).size)
    await world.until('2026-02-25T11:59:00Z')
    world.mailbox.clear()
    world.mailbox.fail('drop_after_data', 1)
    await world.until('2026-02-25T13:00:00Z')
    expect(world.mailbox.mails).toHaveLength(1)
    expect(
      (await ana.messages()).filter(({ template }) => template === 'renewal_reminder').map(({ status }) => status),
    ).toEqual(['failed'])
  },
)
