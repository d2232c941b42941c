/**
 * The European Central Bank's file of reference rates, imitated from its public form: one euro in each currency, of the last working day.
 * The rates are made up. `docs/imitations.md` lists options and controls.
 */
import { z } from 'zod'
import { type ImitationKind, openKit, readOptions } from '../kit.ts'

const defaults = {
  /** The day that the file is of. Empty: the last working day. */
  day: '',
}

const first: Record<string, string> = {
  USD: '1.0871',
  JPY: '163.52',
  GBP: '0.8345',
  CHF: '0.9361',
  SEK: '11.5920',
  TRY: '37.4510',
}

const Told = z.strictObject({
  day: z.iso.date().optional(),
  rates: z.record(z.string().regex(/^[A-Z]{3}$/), z.string()).optional(),
})

export const ecb: ImitationKind = {
  kind: 'ecb',
  title: 'European Central Bank',
  role: 'rates',
  defaults,
  async create(options) {
    const given = readOptions(defaults, options.options)
    const kit = await openKit(options)
    let { day, rates } = { day: given.day, rates: first }
    const { app } = kit
    app.get('/stats/eurofxref/eurofxref-daily.xml', (c) =>
      c.body(fileOf(day || lastWorkingDay(kit.now()), rates), 200, { 'content-type': 'text/xml' }),
    )
    app.post('/__rates', async (c) => {
      const told = Told.safeParse(await c.req.json().catch(() => null))
      if (!told.success) return c.json({ error: z.prettifyError(told.error) }, 422)
      day = told.data.day ?? day
      rates = told.data.rates ?? rates
      return c.json({ day, rates })
    })
    return kit
  },
}

function lastWorkingDay(now: Temporal.Instant): string {
  const today = now.toZonedDateTimeISO('Europe/Berlin').toPlainDate()
  return today.subtract({ days: Math.max(0, today.dayOfWeek - 5) }).toString()
}

const fileOf = (day: string, rates: Readonly<Record<string, string>>): string => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='${day}'>
${Object.entries(rates)
  .map(([currency, rate]) => `			<Cube currency='${currency}' rate='${rate}'/>`)
  .join('\n')}
		</Cube>
	</Cube>
</gesmes:Envelope>
`
