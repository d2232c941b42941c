/** Quotes: what is offered to one buyer until a day, at prices that hold until then. */
import type { Shop } from '#app.ts'
import { convertedFrom } from '#modules/catalog/rules/exchange.ts'
import { eachOf } from '#modules/catalog/rules.ts'
import { acceptQuote } from '#modules/checkout/accept-quote.ts'
import { makeQuote } from '#modules/checkout/make-quote.ts'
import { listQuotes, type Quote, quoteState, quoteUrl, readQuote, withdrawQuote } from '#modules/checkout/quotes.ts'
import { sumsOfQuote } from '#modules/checkout/rules/quote.ts'
import { ConvertedOut, convertedOut } from './converted.ts'
import { percent, periods } from './coupons.ts'
import { type Call, route } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  currency,
  email,
  id,
  instantIn,
  lines,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  resource,
  text,
  time,
  z,
} from './schemas.ts'

const QuoteOut = resource('Quote', {
  id: z.string(),
  status: z.enum(['open', 'accepted', 'withdrawn', 'expired']),
  email: z.string(),
  name: z.string(),
  plan_id: z.string(),
  price: money.openapi({ description: 'Of the plan, for the first period and each renewal.' }),
  list_price: money.nullable().openapi({
    description: 'What the list asked for it when the quote was made; null: it was not sold in this currency.',
  }),
  converted: ConvertedOut,
  setup: money.openapi({ description: 'Once, with the first period.' }),
  add_ons: z.array(
    z.strictObject({
      add_on_id: z.string(),
      name: z.string(),
      quantity: z.int(),
      price: money.openapi({ description: 'Of each of so many, for one period.' }),
      list_price: money.nullable().openapi({ description: 'What the list asked for each; null: it was not sold so.' }),
      amount: money.openapi({ description: 'Of all of them.' }),
      converted: ConvertedOut,
    }),
  ),
  discount: z
    .strictObject({ percent: z.number().nullable(), amount: money.nullable(), periods: z.int().nullable() })
    .nullable()
    .openapi({
      description: 'Taken off plan and add-ons, for so many periods; null periods: for as long as it renews.',
    }),
  due_now: money.openapi({ description: 'What is asked for when it is accepted. Tax that is added comes on top.' }),
  renewal: money.openapi({ description: 'What the first renewal asks for.' }),
  note: z.string(),
  valid_until: time,
  url: z.string().nullable().openapi({ description: 'Where the buyer accepts it, while it is open.' }),
  order_id: z.string().nullable(),
  accepted_at: time.nullable(),
  created_at: time,
})

const quoteOf = (shop: Shop, quote: Quote, now: Temporal.Instant): z.input<typeof QuoteOut> => {
  const status = quoteState(quote, now)
  const { currency: code, discount } = quote
  const sums = sumsOfQuote(quote)
  return {
    id: quote.id,
    status,
    email: quote.email,
    name: quote.name,
    plan_id: quote.planId,
    price: minor(quote.priceMinor, code),
    list_price: minorOr(quote.listMinor, code),
    converted: convertedOut(convertedFrom(quote.converted)),
    setup: minor(quote.setupMinor, code),
    add_ons: quote.addOns.map((each) => ({
      add_on_id: each.addOnId,
      name: each.name,
      quantity: each.quantity,
      price: minor(eachOf(each, each.quantity), code),
      list_price: minorOr(each.listMinor, code),
      amount: minor(eachOf(each, each.quantity) * BigInt(each.quantity), code),
      converted: convertedOut(convertedFrom(each.converted)),
    })),
    discount: discount && {
      percent: discount.percent === null ? null : discount.percent / 100,
      amount: minorOr(discount.amountMinor, code),
      periods: discount.periods,
    },
    due_now: minor(sums.today, code),
    renewal: minor(sums.renewal, code),
    note: quote.note,
    valid_until: at(quote.validUntil),
    url: status === 'open' ? quoteUrl(shop, quote) : null,
    order_id: quote.orderId,
    accepted_at: atOr(quote.acceptedAt),
    created_at: at(quote.createdAt),
    livemode: shop.livemode,
  }
}

const bigOr = (sum: number | null | undefined): bigint | null => (sum == null ? null : BigInt(sum))
const minorOr = (sum: bigint | null, code: string) => (sum === null ? null : minor(sum, code))

const read = async (call: Call, quoteId: string): Promise<z.input<typeof QuoteOut>> =>
  quoteOf(call.shop, await call.read((tx) => readQuote(tx, quoteId)), call.now)

export const quotes = [
  route({
    method: 'get',
    path: '/quotes',
    scope: 'orders:read',
    summary: 'Lists quotes, newest first.',
    query: listQuery({}),
    answer: list(QuoteOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listQuotes(tx, call.page)),
        (each) => quoteOf(call.shop, each, call.now),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/quotes',
    scope: 'orders:write',
    summary:
      'Makes a quote: a plan with add-ons for one buyer, at the prices of the list or at others, until a day. `url` is where it is accepted.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      email,
      name: text(120).default(''),
      plan_id: id('plan'),
      currency: currency.optional().openapi({ description: 'Without a price; the shop’s own, unless told.' }),
      price: moneyIn.nullable().default(null).openapi({
        description:
          'Of the plan, for each period. Null: as the list has it just now, by its own price or by rate, with its set-up fee.',
      }),
      setup_amount: amount.nullable().default(null).openapi({
        description: 'Once, with the first period. Null: that of the list where the price is the list’s, or else none.',
      }),
      add_ons: z
        .array(
          z.strictObject({
            add_on_id: id('addon'),
            quantity: z.int().min(1).max(49),
            price_amount: amount.nullable().default(null).openapi({
              description: 'Of each, whatever their number. Null: as the list has it, at the tier of their number.',
            }),
          }),
        )
        .max(20)
        .default([]),
      discount: z
        .strictObject({
          percent: percent.default(null),
          amount: amount.min(1).nullable().default(null).openapi({ description: 'Where it is no percentage.' }),
          periods: periods.default(1),
        })
        .refine((each) => (each.percent === null) !== (each.amount === null), 'Either a percentage or an amount.')
        .nullable()
        .default(null)
        .openapi({ description: 'Taken off plan and add-ons, not off the set-up fee.' }),
      note: lines(1_000).default(''),
      valid_until: instantIn,
    }),
    answer: QuoteOut,
    handle: async (call) => {
      const { email: to, name, plan_id, price, setup_amount, add_ons, discount, note, valid_until } = call.body
      const made = await call.write('make-quote', (tx) =>
        makeQuote(
          tx,
          call.shop,
          {
            ...{ email: to, name, planId: plan_id, note, validUntil: valid_until },
            currency: price?.currency ?? call.body.currency ?? call.shop.currency,
            priceMinor: bigOr(price?.amount),
            setupMinor: bigOr(setup_amount),
            addOns: add_ons.map((each) => ({
              addOnId: each.add_on_id,
              quantity: each.quantity,
              priceMinor: bigOr(each.price_amount),
            })),
            discount: discount && {
              percent: discount.percent === null ? null : Math.round(discount.percent * 100),
              amountMinor: bigOr(discount.amount),
              periods: discount.periods,
            },
          },
          call.now,
        ),
      )
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/quotes/{id}',
    scope: 'orders:read',
    summary: 'Reads a quote.',
    params: byId('quo'),
    answer: QuoteOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/quotes/{id}/accept',
    scope: 'orders:write',
    summary: 'Accepts a quote for its buyer: it becomes an order, which waits for its payment.',
    needsKey: true,
    params: byId('quo'),
    body: z.strictObject({
      mac: text(40).optional(),
      accept_unusual_mac: z.boolean().optional(),
      username: text(64).optional(),
    }),
    answer: QuoteOut,
    refuses: ['conflict', 'not_sellable'],
    handle: async (call) => {
      await read(call, call.params.id)
      const { accept_unusual_mac: acceptUnusualMac, ...wishes } = call.body
      await acceptQuote(call.shop, call.params.id, { ...wishes, acceptUnusualMac, source: 'api' })
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/quotes/{id}/withdraw',
    scope: 'orders:write',
    summary: 'Withdraws an open quote: nobody can accept it any more.',
    needsKey: true,
    params: byId('quo'),
    answer: QuoteOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await withdrawQuote(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
]
