/** Tax: where a business is registered, how its prices are meant, and its rates. */

import { bases, treatments } from '#modules/billing/rules/tax.ts'
import { builtInRates, type Rate } from '#modules/billing/rules/tax-rates.ts'
import { periodOf, quarterOf, taxReport, taxReportCsv } from '#modules/billing/tax/report.ts'
import {
  ownRates,
  removeRate,
  saveRate,
  saveTaxSettings,
  type TaxSettings,
  taxSetting,
} from '#modules/billing/tax/settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, fileRoute, route, whole } from './route.ts'
import { at, country, list, minor, money, resource, time, z } from './schemas.ts'

const region = z
  .string()
  .regex(/^[A-Z0-9]{0,3}$/)
  .openapi({ description: 'A state of the United States, such as `NY`; empty elsewhere.' })

const shape = {
  prices: z
    .enum(['inclusive', 'exclusive'])
    .openapi({ description: 'Whether prices hold the tax, or it is added to them.' }),
  registrations: z
    .array(
      z.strictObject({
        country,
        region: region.default(''),
        number: z.string().max(40).default('').openapi({ description: 'The number under which it is declared.' }),
        oss: z
          .boolean()
          .default(false)
          .openapi({ description: 'Sales to consumers of all member states are declared there (One-Stop-Shop).' }),
      }),
    )
    .max(100)
    .openapi({ description: 'None: no tax is taken.' }),
  unchecked: z.enum(['charge', 'trust']).openapi({
    description: 'Of a VAT number that the register has not answered for: tax is charged, or the buyer is believed.',
  }),
  note: z
    .string()
    .max(300)
    .openapi({ description: 'What invoices say where no tax is taken at all, such as an exemption.' }),
  street: z.string().max(120).openapi({ description: 'Of the seller, for electronic invoices; so are the next four.' }),
  city: z.string().max(80),
  postal_code: z.string().max(20),
  contact: z.string().max(80),
  phone: z.string().max(40),
}
const SettingsOut = resource('TaxSettings', shape)

const settings = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => ({
    ...(await readSetting<TaxSettings>(tx, call.shop, taxSetting)),
    livemode: call.shop.livemode,
  }))

const day = z.iso.date()
const key = { country, region: region.default(''), valid_from: day }
const percent = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,4})?$/)
  .openapi({ description: 'As a decimal.', example: '25.5' })

const RateOut = resource('TaxRate', {
  country: z.string(),
  region: z.string(),
  valid_from: z.string().openapi({ description: 'The first day on which it applies, in the business’s zone.' }),
  percent: z.string(),
  own: z.boolean().openapi({ description: 'Yours, and not of the table that comes with the program.' }),
})

const rateOf = (rate: Rate, own: boolean, livemode: boolean): z.input<typeof RateOut> => ({
  country: rate.country,
  region: rate.region,
  valid_from: rate.validFrom,
  percent: rate.percent,
  own,
  livemode,
})

const rates = async (call: Call) => {
  const { livemode } = call.shop
  const own = await call.read(ownRates)
  return whole(call, [
    ...own.map((each) => rateOf(each, true, livemode)),
    ...builtInRates.map((each) => rateOf(each, false, livemode)),
  ])
}

const ReportOut = resource('TaxReport', {
  period: z.string(),
  basis: z.enum(bases),
  from: time,
  until: time,
  rows: z.array(
    z.strictObject({
      scheme: z.enum(['home', 'direct', 'oss']).nullable(),
      treatment: z.enum(treatments),
      country: z.string(),
      region: z.string(),
      rate: z.string(),
      net: money,
      tax: money,
      own: z
        .strictObject({
          net: money,
          tax: money,
          waiting: z.int().openapi({
            description: 'Papers of which no exchange rate is known yet: they are in none of the two sums.',
          }),
        })
        .openapi({
          description: 'The same in the money of the state that the tax is owed to, as each paper states it.',
        }),
      invoices: z.int(),
      credit_notes: z.int(),
      evidence_missing: z.int().openapi({
        description: 'Invoices under the One-Stop-Shop with fewer than two pieces of evidence that agree.',
      }),
    }),
  ),
})

const reportQuery = z.strictObject({
  period: z.string().max(10).optional().openapi({ description: '`2026-03`, `2026-Q1` or `2026`; else this quarter.' }),
  basis: z.enum(bases).default('issued').openapi({ description: 'By the day of the papers, or of the money.' }),
})

type ReportCall = Call<unknown, z.output<typeof reportQuery>>

async function report({ shop, now, query, read }: ReportCall) {
  const period = periodOf(query.period ?? quarterOf(now, shop.zone), shop.zone)
  return { period, rows: await read((tx) => taxReport(tx, period, query.basis)) }
}

export const tax = [
  route({
    method: 'get',
    path: '/tax_report',
    scope: 'invoices:read',
    summary: 'Sums what was taxed within a period, by country and rate, less what credit notes took back.',
    query: reportQuery,
    answer: ReportOut,
    handle: async (call) => {
      const { period, rows } = await report(call)
      return {
        period: period.name,
        basis: call.query.basis,
        from: at(period.from),
        until: at(period.until),
        rows: rows.map((row) => ({
          scheme: row.scheme,
          treatment: row.treatment,
          country: row.country,
          region: row.region,
          rate: row.rate,
          net: minor(row.netMinor, row.currency),
          tax: minor(row.taxMinor, row.currency),
          own: {
            net: minor(row.ownNetMinor, row.ownCurrency),
            tax: minor(row.ownTaxMinor, row.ownCurrency),
            waiting: row.waiting,
          },
          invoices: row.invoices,
          credit_notes: row.creditNotes,
          evidence_missing: row.unproved,
        })),
        livemode: call.shop.livemode,
      }
    },
  }),
  fileRoute({
    method: 'get',
    path: '/tax_report/csv',
    scope: 'invoices:read',
    summary: 'The same as a table, one row a line.',
    query: reportQuery,
    media: 'text/csv',
    handle: async (call) => {
      const { period, rows } = await report(call)
      return new TextEncoder().encode(taxReportCsv(period, call.query.basis, rows))
    },
  }),
  route({
    method: 'get',
    path: '/settings/tax',
    scope: 'settings:read',
    summary: 'Reads where tax is taken, and how.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/tax',
    scope: 'settings:write',
    summary: 'Sets where tax is taken, and how. What is invoiced already stays as it is.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-tax-settings', (tx) => saveTaxSettings(tx, call.shop, call.body))
      return settings(call)
    },
  }),
  route({
    method: 'get',
    path: '/tax_rates',
    scope: 'settings:read',
    summary: 'Lists rates with the days on which they begin: your own, then those that come with the program.',
    answer: list(RateOut),
    handle: rates,
  }),
  route({
    method: 'put',
    path: '/tax_rates',
    scope: 'settings:write',
    summary: 'Sets a rate of your own from a day on. The same day again replaces it; what is invoiced already stays.',
    body: z.strictObject({ ...key, percent }),
    answer: list(RateOut),
    handle: async (call) => {
      const { valid_from, ...rate } = call.body
      await call.write('save-tax-rate', (tx) => saveRate(tx, call.shop, { ...rate, validFrom: valid_from }))
      return rates(call)
    },
  }),
  route({
    method: 'post',
    path: '/tax_rates/remove',
    scope: 'settings:write',
    summary: 'Removes a rate of your own; the one before it, or that of the table, counts again.',
    body: z.strictObject(key),
    answer: list(RateOut),
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      const { valid_from, ...rate } = call.body
      await call.write('remove-tax-rate', (tx) => removeRate(tx, call.shop, { ...rate, validFrom: valid_from }))
      return rates(call)
    },
  }),
]
