/** What a business says about its tax: where it is registered, how its prices are meant, rates of its own. Nothing said: it takes none. */
import { z } from 'zod'
import type { Shop } from '#app.ts'
import { maybe, onceIn, rows, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { dateOf } from '#platform/time.ts'
import { changesOf } from '../../events/changes.ts'
import { record } from '../../events/record.ts'
import { forgetAfter } from '../../people/business.ts'
import { defineSetting, readSetting, saveSetting } from '../../people/settings.ts'
import type { TaxRules } from '../rules/tax.ts'
import { euCountries, type Rate, rateOn } from '../rules/tax-rates.ts'

export const countryCode = z.string().regex(/^[A-Z]{2}$/, 'Please give a country by its two letters, like DE.')
export const regionCode = z.string().regex(/^[A-Z0-9]{0,3}$/, 'Please give a state by its letters, like NY.')

const TaxSettings = z.object({
  prices: z.enum(['inclusive', 'exclusive']).default('inclusive'),
  registrations: z
    .array(
      z.object({
        country: countryCode,
        region: regionCode.default(''),
        number: z.string().max(40).default(''),
        oss: z.boolean().default(false),
      }),
    )
    .max(100)
    .default([]),
  unchecked: z.enum(['charge', 'trust']).default('charge'),
  note: z.string().max(300).default(''),
  /** Of the seller, in parts, as electronic invoices want them. */
  street: z.string().max(120).default(''),
  city: z.string().max(80).default(''),
  postal_code: z.string().max(20).default(''),
  contact: z.string().max(80).default(''),
  phone: z.string().max(40).default(''),
})
export type TaxSettings = z.infer<typeof TaxSettings>

export const taxSetting = defineSetting('tax', TaxSettings as z.ZodType<TaxSettings>)

export const ownRates = (tx: Tx): Promise<Rate[]> =>
  rows(
    tx,
    sql<Rate>`select country, region, valid_from::text as "validFrom", percent from tax_rates
      where business_id = current_business() order by country, region, valid_from desc`,
  )

/** What decides on tax, kept with the shop for a moment: every invoice asks for it. */
export const taxRules = (tx: Tx, shop: Shop): Promise<TaxRules> =>
  onceIn(tx, 'tax', () =>
    shop.keep('tax', async () => {
      const { prices, registrations, unchecked, note } = await readSetting(tx, shop, taxSetting)
      return {
        ...{ prices, registrations, unchecked },
        note: note.trim() || null,
        rates: registrations.length === 0 ? [] : await ownRates(tx),
        home: shop.country,
      }
    }),
  )

/** Refuses a registration that could not be charged: one twice, or one without a rate. What was invoiced before stays. */
export async function saveTaxSettings(tx: Tx, shop: Shop, given: TaxSettings): Promise<void> {
  const settings = taxSetting.schema.parse(given)
  const now = shop.now()
  const rates = await ownRates(tx)
  const faults = settings.registrations.flatMap(({ country, region, oss }, index): FieldError[] => {
    const pointer = `/registrations/${index}`
    const twice = settings.registrations.findIndex((each) => each.country === country && each.region === region)
    if (twice < index) return [{ pointer, code: 'duplicate', detail: 'This registration is named twice.' }]
    if (country === 'US' && region === '')
      return [{ pointer: `${pointer}/region`, code: 'required', detail: 'Please name the state, like NY.' }]
    if (country !== 'US' && region !== '')
      return [{ pointer: `${pointer}/region`, code: 'invalid', detail: 'Only the United States have rates by state.' }]
    if (oss && !euCountries.has(country))
      return [
        { pointer: `${pointer}/oss`, code: 'invalid', detail: 'The One-Stop-Shop is one of a member state of the EU.' },
      ]
    if (rateOn(rates, country, region, dateOf(now, shop.zone)) === null)
      return [{ pointer, code: 'no_rate', detail: 'There is no rate for it yet: please add one first.' }]
    return []
  })
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the registrations.', faults)
  await saveSetting(tx, shop, taxSetting, settings)
  forgetAfter(tx, shop)
  await changed(tx, shop, 'tax', now)
}

/** A rate from a day on, in place of what the table says from then on. The same day again replaces it; what was invoiced stays. */
export async function saveRate(tx: Tx, shop: Shop, { country, region, validFrom, percent }: Rate): Promise<void> {
  const before = (await ownRates(tx)).find(
    (each) => each.country === country && each.region === region && each.validFrom === validFrom,
  )
  await run(
    tx,
    sql`insert into tax_rates (business_id, country, region, valid_from, percent, created_at)
      values (${shop.businessId}, ${country}, ${region}, ${validFrom}::date, ${percent}, ${shop.now()})
      on conflict (business_id, country, region, valid_from) do update set percent = excluded.percent`,
  )
  forgetAfter(tx, shop)
  const rate = { country, region, valid_from: validFrom }
  await changed(tx, shop, 'tax_rates', shop.now(), { ...rate, ...changesOf(before ?? {}, { percent }) })
}

/** Removes a rate of the operator's own. Throws where a registration would be left without any. */
export async function removeRate(
  tx: Tx,
  shop: Shop,
  { country, region, validFrom }: Omit<Rate, 'percent'>,
): Promise<void> {
  const found = await maybe(
    tx,
    sql<{
      percent: string
    }>`delete from tax_rates where business_id = current_business() and country = ${country} and region = ${region} and valid_from = ${validFrom}::date
      returning percent`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such rate.')
  const { registrations } = await readSetting(tx, shop, taxSetting)
  const rates = await ownRates(tx)
  if (
    registrations.some((each) => each.country === country && each.region === region) &&
    rateOn(rates, country, region, dateOf(shop.now(), shop.zone)) === null
  )
    throw new Refusal('conflict', 'You are registered there: without this rate nothing could be charged.')
  forgetAfter(tx, shop)
  const rate = { country, region, valid_from: validFrom }
  await changed(tx, shop, 'tax_rates', shop.now(), { ...rate, ...changesOf(found, { percent: null }) })
}

const changed = (
  tx: Tx,
  shop: Shop,
  setting: string,
  now: Temporal.Instant,
  more: Record<string, unknown> = {},
): Promise<void> =>
  record(tx, shop, now, {
    type: 'settings.changed',
    subjectType: 'business',
    subjectId: shop.businessId,
    data: { setting, ...more },
  })
