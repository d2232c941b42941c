/** Quotes: what is offered to one buyer at a price of its own, until a day. */
import type { Shop } from '#app.ts'
import { acceptQuote } from '#modules/checkout/accept-quote.ts'
import {
  listQuotes,
  makeQuote,
  type Quote,
  quoteState,
  quoteUrl,
  readQuote,
  withdrawQuote,
} from '#modules/checkout/quotes.ts'
import { type Call, route } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
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
  price: money.openapi({ description: 'Of the first period, and of each renewal.' }),
  setup: money.openapi({ description: 'Once, with the first period.' }),
  note: z.string(),
  valid_until: time,
  url: z.string().nullable().openapi({ description: 'Where the buyer accepts it, while it is open.' }),
  order_id: z.string().nullable(),
  accepted_at: time.nullable(),
  created_at: time,
})

const quoteOf = (shop: Shop, quote: Quote, now: Temporal.Instant): z.input<typeof QuoteOut> => {
  const status = quoteState(quote, now)
  return {
    id: quote.id,
    status,
    email: quote.email,
    name: quote.name,
    plan_id: quote.planId,
    price: minor(quote.priceMinor, quote.currency),
    setup: minor(quote.setupMinor, quote.currency),
    note: quote.note,
    valid_until: at(quote.validUntil),
    url: status === 'open' ? quoteUrl(shop, quote) : null,
    order_id: quote.orderId,
    accepted_at: atOr(quote.acceptedAt),
    created_at: at(quote.createdAt),
    livemode: shop.livemode,
  }
}

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
    summary: 'Makes a quote: a plan for one buyer at a price of its own, until a day. `url` is where it is accepted.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      email,
      name: text(120).default(''),
      plan_id: id('plan'),
      price: moneyIn,
      setup_amount: amount
        .default(0)
        .openapi({ description: 'Once, with the first period; in the currency of the price.' }),
      note: lines(1_000).default(''),
      valid_until: instantIn,
    }),
    answer: QuoteOut,
    handle: async (call) => {
      const { email: to, name, plan_id, price, setup_amount, note, valid_until } = call.body
      const facts = {
        email: to,
        name,
        planId: plan_id,
        note,
        validUntil: valid_until,
        setupMinor: BigInt(setup_amount),
      }
      const made = await call.write('make-quote', (tx) =>
        makeQuote(
          tx,
          call.shop,
          { ...facts, price: { minor: BigInt(price.amount), currency: price.currency } },
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
    body: z.strictObject({ mac: text(40).optional(), username: text(64).optional() }),
    answer: QuoteOut,
    refuses: ['conflict', 'not_sellable'],
    handle: async (call) => {
      await read(call, call.params.id)
      await acceptQuote(call.shop, call.params.id, { ...call.body, source: 'api' })
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
