import { expect } from 'vitest'
import { scenario } from '../support/scenario.ts'
import type { Purchase } from '../support/stories.ts'
import type { World } from '../support/world.ts'

/** `2026-02-28 renewal_reminder`, oldest first, in the zone's days; what was overtaken by its payment is marked and never left. */
async function told(purchase: Purchase, zone: string): Promise<string[]> {
  return (await purchase.messages()).map(({ template, status, at }) => {
    const day = at.toZonedDateTimeISO(zone).toPlainDate()
    return `${day} ${template}${status === 'sent' ? '' : ` (${status})`}`
  })
}

const utc = (local: string, zone: string): string =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone).toInstant().toString()

/** Fourteen months: on time, early, late in grace, late after suspension, and then never again. */
async function live(world: World, zone: string): Promise<void> {
  const at = (local: string) => utc(local, zone)
  const go = (local: string) => world.until(at(local))
  const ana = world.customer('ana')
  const tv = await ana.buys()
  const line = await tv.line()
  const ends = async () => (await tv.subscription()).paidThrough?.toString()

  // Bought on 31 January at ten: the term clamps to the month's end, and the panel expires a day after the planned cut-off.
  expect(await ends()).toBe(at('2026-02-28T10:00'))
  expect(await line.onPanel()).toMatchObject({ enabled: true, until: at('2026-03-04T10:00') })

  // On time, at the moment it ends: back to the 31st.
  await go('2026-02-28T10:00')
  await ana.paysOpenInvoice()
  expect(await ends()).toBe(at('2026-03-31T10:00'))
  expect(await line.onPanel()).toMatchObject({ enabled: true, until: at('2026-04-04T10:00') })

  // Early, before an invoice was sent: no day is lost, and nobody asks for that month again.
  await go('2026-03-15T09:00')
  await tv.renews()
  expect(await ends()).toBe(at('2026-04-30T10:00'))
  expect(await line.onPanel()).toMatchObject({ enabled: true, until: at('2026-05-04T10:00') })

  // Late, in grace: the line never went off, so the term begins where the old one ended.
  await go('2026-05-02T20:00')
  expect((await tv.subscription()).status).toBe('grace')
  expect(await line.onPanel()).toMatchObject({ enabled: true })
  await ana.paysOpenInvoice()
  expect(await ends()).toBe(at('2026-05-31T10:00'))

  // Late, after suspension: days without a line are not billed; the new anchor is the day of the payment.
  await go('2026-06-05T18:30')
  expect((await tv.subscription()).status).toBe('suspended')
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  await ana.paysOpenInvoice()
  expect((await tv.subscription()).status).toBe('active')
  expect(await ends()).toBe(at('2026-07-05T18:30'))
  expect(await line.onPanel()).toMatchObject({ enabled: true, until: at('2026-07-09T18:30') })

  // A quiet year's end: on time each month, over both clock changes.
  for (const month of ['07', '08', '09', '10', '11', '12']) {
    await go(`2026-${month}-04T12:00`)
    await ana.paysOpenInvoice()
  }
  await go('2027-01-04T12:00')
  await ana.paysOpenInvoice()
  expect(await ends()).toBe(at('2027-02-05T18:30'))
  const password = await line.password()
  expect(await line.onPanel()).toMatchObject({ enabled: true, password, until: at('2027-02-09T18:30') })

  // He does not come back: reminded, suspended, ended, and the line is gone from the panel.
  await go('2027-02-08T18:29')
  expect(await line.onPanel()).toMatchObject({ enabled: true })
  await go('2027-02-08T18:31')
  expect(await line.onPanel()).toMatchObject({ enabled: false })
  await go('2027-03-31T12:00')
  expect(await tv.subscription()).toMatchObject({ status: 'terminated', terminatedBecause: 'unpaid' })
  expect(await line.onPanel()).toBeNull()

  await soldIsServed(world, tv)
  expect(await told(tv, zone)).toEqual(messagesOfThatLife)
  // One user name and password from the first day to the last.
  expect(await line.password()).toBe(password)
}

/** Twelve terms were paid, and the line was up for exactly as long. */
async function soldIsServed(world: World, tv: Purchase): Promise<void> {
  const periods = await tv.periods()
  expect(periods).toHaveLength(12)
  const sold = periods.reduce((sum, { starts, ends }) => sum + (ends.epochMilliseconds - starts.epochMilliseconds), 0)
  const { rows } = await world.db.pool.query<{ type: string; at: Temporal.Instant }>(
    `select type, at from events where subject_id = $1 and type in ('subscription.activated', 'subscription.suspended', 'subscription.restored', 'subscription.terminated') order by at, id`,
    [tv.subscriptionId],
  )
  expect(rows.map(({ type }) => type.replace('subscription.', ''))).toEqual([
    'activated',
    'suspended',
    'restored',
    'suspended',
    'terminated',
  ])
  const [on, off, again, last] = rows.map(({ at }) => at.epochMilliseconds) as [number, number, number, number, number]
  // Up from the payment to each cut-off, which is three days of grace after the end; those of the first one were not paid afterwards.
  const grace = 2 * 72 * 3_600_000
  expect(off - on + (last - again) - grace).toBe(sold)
}

const on = (day: string, ...templates: string[]) => templates.map((template) => `${day} ${template}`)
/** Invoice and reminders, each on its day; then the money. */
const onTime = (invoice: string, reminder: string, paid: string) => [
  ...on(invoice, 'renewal_invoice'),
  ...on(reminder, 'renewal_reminder'),
  ...on(paid, 'receipt', 'renewed'),
]

const messagesOfThatLife = [
  // The order was paid before its confirmation could leave, so the receipt speaks for it.
  ...on('2026-01-31', 'credentials', 'order_received (expired)', 'receipt'),
  ...on('2026-02-21', 'renewal_invoice'),
  ...on('2026-02-25', 'renewal_reminder'),
  ...on('2026-02-27', 'renewal_reminder'),
  ...on('2026-02-28', 'grace', 'receipt', 'renewal_reminder', 'renewed'),
  // Paid early: no invoice and no reminder for the month that is paid already.
  ...on('2026-03-15', 'receipt', 'renewed'),
  ...on('2026-04-23', 'renewal_invoice'),
  ...on('2026-04-27', 'renewal_reminder'),
  ...on('2026-04-29', 'renewal_reminder'),
  ...on('2026-04-30', 'grace', 'renewal_reminder'),
  ...on('2026-05-02', 'receipt', 'renewed'),
  ...on('2026-05-24', 'renewal_invoice'),
  ...on('2026-05-28', 'renewal_reminder'),
  ...on('2026-05-30', 'renewal_reminder'),
  ...on('2026-05-31', 'grace', 'renewal_reminder'),
  ...on('2026-06-03', 'suspended'),
  ...on('2026-06-05', 'receipt', 'resumed'),
  ...onTime('2026-06-28', '2026-07-02', '2026-07-04'),
  ...onTime('2026-07-29', '2026-08-02', '2026-08-04'),
  ...onTime('2026-08-29', '2026-09-02', '2026-09-04'),
  ...onTime('2026-09-28', '2026-10-02', '2026-10-04'),
  ...onTime('2026-10-29', '2026-11-02', '2026-11-04'),
  ...onTime('2026-11-28', '2026-12-02', '2026-12-04'),
  ...onTime('2026-12-29', '2027-01-02', '2027-01-04'),
  ...on('2027-01-29', 'renewal_invoice'),
  ...on('2027-02-02', 'renewal_reminder'),
  ...on('2027-02-04', 'renewal_reminder'),
  ...on('2027-02-05', 'grace', 'renewal_reminder'),
  ...on('2027-02-08', 'suspended'),
  ...on('2027-02-12', 'terminated'),
]

scenario('a life of fourteen months in Berlin', { start: utc('2026-01-31T10:00', 'Europe/Berlin') }, (world) =>
  live(world, 'Europe/Berlin'),
)

scenario(
  'the same life in Sydney, where summer is elsewhere',
  { start: utc('2026-01-31T10:00', 'Australia/Sydney'), zone: 'Australia/Sydney' },
  (world) => live(world, 'Australia/Sydney'),
)
