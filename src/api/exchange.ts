/** Selling by exchange rate: in which currencies, by whose rates, and the rates themselves. */
import {
  type ExchangeSettings,
  exchangeSetting,
  type KnownRate,
  listRates,
  loadExchange,
  saveExchange,
  typeRate,
} from '#modules/catalog/exchange.ts'
import { readRatesSoon } from '#modules/catalog/jobs.ts'
import { findReading } from '#modules/catalog/read-rates.ts'
import { marginPattern, rateSources, roundings, withoutRate } from '#modules/catalog/rules/exchange.ts'
import { readSetting } from '#modules/people/settings.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, currency, list, resource, time, webAddress, z } from './schemas.ts'

const shape = {
  source: z
    .enum(rateSources)
    .openapi({ description: '`ecb`: the European Central Bank’s file, read every hour; `staff`: what is typed in.' }),
  base: z
    .union([currency, z.literal('')])
    .openapi({ description: 'What prices are converted from; empty: the business’s own currency.' }),
  currencies: z
    .array(
      z.strictObject({
        currency,
        margin_percent: z
          .string()
          .regex(marginPattern)
          .default('0')
          .openapi({ description: 'Put on the rate, as a decimal.', example: '2.5' }),
        rounding: z.enum(roundings).default('minor').openapi({
          description: 'To 0.01 (`minor`), 0.10 (`tenth`), 0.50 (`half`), or to the nearest price that ends in .99.',
        }),
      }),
    )
    .max(30)
    .openapi({ description: 'Sold by rate where a plan has no price of its own in them. None: nothing is.' }),
  max_age_days: z.int().min(1).max(60).openapi({ description: 'A rate that is older sells nothing new.' }),
  feed_url: webAddress.openapi({ description: 'Where the bank’s file is.' }),
}

const SettingsOut = resource('ExchangeSettings', {
  ...shape,
  feed_url: z.string(),
  base: z.string(),
  tried_at: time.nullable().openapi({ description: 'When the source was asked last.' }),
  read_at: time.nullable(),
  last_error: z.string().nullable(),
  without_rate: z.array(z.string()).openapi({ description: 'Currencies that nothing new is sold in by rate now.' }),
})

const settings = (call: Call): Promise<z.input<typeof SettingsOut>> =>
  call.read(async (tx) => {
    const exchange = await loadExchange(tx, call.shop)
    const reading = await findReading(tx)
    return {
      ...(await readSetting<ExchangeSettings>(tx, call.shop, exchangeSetting)),
      tried_at: atOr(reading?.triedAt ?? null),
      read_at: atOr(reading?.readAt ?? null),
      last_error: reading?.lastError ?? null,
      without_rate: withoutRate(exchange),
      livemode: call.shop.livemode,
    }
  })

const RateOut = resource('ExchangeRate', {
  source: z.enum(rateSources),
  base: z.string().openapi({ description: 'One of it …' }),
  currency: z.string().openapi({ description: '… is so many of this.' }),
  rate: z.string(),
  day: z.string(),
  read_at: time,
  by: z.string(),
})

const rateOf = ({ readAt, ...rate }: KnownRate, livemode: boolean): z.input<typeof RateOut> => ({
  ...rate,
  read_at: at(readAt),
  livemode,
})

const rates = async (call: Call) => {
  const known = await call.read((tx) => listRates(tx, call.shop))
  return whole(
    call,
    known.map((each) => rateOf(each, call.shop.livemode)),
  )
}

export const exchange = [
  route({
    method: 'get',
    path: '/settings/exchange',
    scope: 'settings:read',
    summary: 'Reads in which currencies is sold by exchange rate, and how the rates come.',
    answer: SettingsOut,
    handle: settings,
  }),
  route({
    method: 'put',
    path: '/settings/exchange',
    scope: 'settings:write',
    summary: 'Sets in which currencies is sold by exchange rate. What was sold keeps its price.',
    body: z.strictObject(shape),
    answer: SettingsOut,
    handle: async (call) => {
      await call.write('save-exchange', (tx) => saveExchange(tx, call.shop, call.body))
      return settings(call)
    },
  }),
  route({
    method: 'get',
    path: '/exchange_rates',
    scope: 'settings:read',
    summary: 'Lists the latest rates of the present source.',
    answer: list(RateOut),
    handle: rates,
  }),
  route({
    method: 'put',
    path: '/exchange_rates',
    scope: 'settings:write',
    summary:
      'Sets what one of the base currency is worth since a day. The same day again replaces it; what was sold by it stays.',
    body: z.strictObject({
      currency,
      rate: z.string().max(20).openapi({ description: 'As a decimal.', example: '1.0871' }),
      day: z.iso.date(),
    }),
    answer: list(RateOut),
    handle: async (call) => {
      await call.write('type-rate', (tx) => typeRate(tx, call.shop, call.body))
      return rates(call)
    },
  }),
  route({
    method: 'post',
    path: '/exchange_rates/read',
    scope: 'settings:write',
    summary: 'Asks the European Central Bank for today’s rates now.',
    answer: list(RateOut),
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('ask-for-rates', async (tx) => {
        const { source, currencies } = await readSetting(tx, call.shop, exchangeSetting)
        if (source !== 'ecb' || currencies.length === 0)
          throw new Refusal('conflict', 'Nothing is sold by rates that somebody else tells.')
        await readRatesSoon(tx, call.shop)
      })
      return rates(call)
    },
  }),
]
