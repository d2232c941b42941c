/** Vouchers: batches of codes, each good for one period of a plan, and their redemption onto a line. */
import type { Shop } from '#app.ts'
import { readSubscription } from '#modules/subscriptions/queries.ts'
import { makeBatch, mostVouchers } from '#modules/vouchers/make-batch.ts'
import { makeCodesIn } from '#modules/vouchers/make-codes.ts'
import { printCards } from '#modules/vouchers/print-cards.ts'
import {
  type Batch,
  findVoucher,
  listBatches,
  ownStock,
  readBatch,
  type Voucher,
  vouchersOf,
} from '#modules/vouchers/queries.ts'
import { redeemMoney } from '#modules/vouchers/redeem-money.ts'
import { redeemOnto } from '#modules/vouchers/redeem-onto.ts'
import { stateOf } from '#modules/vouchers/rules.ts'
import { voidVouchers } from '#modules/vouchers/void-vouchers.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  id,
  instantIn,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const BatchOut = resource('VoucherBatch', {
  id: z.string(),
  name: z.string(),
  plan_id: z.string().nullable(),
  value: money.nullable().openapi({ description: 'What one puts on the balance; null: it is good for a plan.' }),
  price: money.nullable().openapi({ description: 'What one was sold for; null: given away.' }),
  sold_to: z.string(),
  reseller_id: z.string().nullable().openapi({ description: 'The reseller it was handed to.' }),
  count: z.int(),
  unused: z.int(),
  redeemed: z.int(),
  voided: z.int(),
  last_use_at: time.nullable(),
  codes_made_at: time.nullable().openapi({ description: 'When their codes were made, and shown once.' }),
  created_at: time,
})

const batchOf = (shop: Shop, batch: Batch): z.input<typeof BatchOut> => ({
  id: batch.id,
  name: batch.name,
  plan_id: batch.planId,
  value:
    batch.valueCurrency === null || batch.valueMinor === null ? null : minor(batch.valueMinor, batch.valueCurrency),
  price: batch.currency === null || batch.priceMinor === null ? null : minor(batch.priceMinor, batch.currency),
  sold_to: batch.soldTo,
  reseller_id: batch.resellerId,
  count: batch.count,
  unused: batch.unused,
  redeemed: batch.redeemed,
  voided: batch.voided,
  last_use_at: atOr(batch.lastUseAt),
  codes_made_at: atOr(batch.codesMadeAt),
  created_at: at(batch.createdAt),
  livemode: shop.livemode,
})

const read = async (call: Call, batchId: string): Promise<z.input<typeof BatchOut>> =>
  batchOf(call.shop, await call.read((tx) => readBatch(tx, batchId)))

const states = ['unused', 'redeemed', 'void', 'expired'] as const
const VoucherOut = resource('Voucher', {
  id: z.string(),
  batch_id: z.string(),
  number: z.int(),
  hint: z.string().nullable().openapi({ description: 'The last four characters of its code.' }),
  status: z.enum(states),
  customer_id: z.string().nullable(),
  subscription_id: z.string().nullable(),
  invoice_id: z.string().nullable(),
  redeemed_at: time.nullable(),
  voided_at: time.nullable(),
  void_reason: z.string().nullable(),
  created_at: time,
})

const voucherOf = (call: Call, batch: Pick<Batch, 'lastUseAt'>, voucher: Voucher): z.input<typeof VoucherOut> => ({
  id: voucher.id,
  batch_id: voucher.batchId,
  number: voucher.number,
  hint: voucher.hint,
  status: stateOf(voucher.status, batch.lastUseAt, call.now),
  customer_id: voucher.customerId,
  subscription_id: voucher.subscriptionId,
  invoice_id: voucher.invoiceId,
  redeemed_at: atOr(voucher.redeemedAt),
  voided_at: atOr(voucher.voidedAt),
  void_reason: voucher.voidReason,
  created_at: at(voucher.createdAt),
  livemode: call.shop.livemode,
})

const readVoucher = (call: Call, voucherId: string) =>
  call.read(async (tx) => {
    const voucher = await findVoucher(tx, voucherId)
    if (voucher === null) throw new Refusal('not_found', 'There is no such voucher.')
    return { voucher, batch: await readBatch(tx, voucher.batchId) }
  })

const shownVoucher = async (call: Call, voucherId: string): Promise<z.input<typeof VoucherOut>> => {
  const { voucher, batch } = await readVoucher(call, voucherId)
  return voucherOf(call, batch, voucher)
}

const Codes = resource('VoucherCodes', {
  batch_id: z.string(),
  codes: z
    .array(z.strictObject({ number: z.int(), code: z.string() }))
    .nullable()
    .openapi({ description: 'Shown once. Null where the answer was lost before it could be kept: make them anew.' }),
  cards_pdf: z.string().nullable().openapi({ description: 'Base64 of a PDF, where `cards` asked for it.' }),
})

export const vouchers = [
  route({
    method: 'get',
    path: '/voucher_batches',
    scope: 'vouchers:read',
    summary: 'Lists batches of vouchers, newest first.',
    query: listQuery({}),
    answer: list(BatchOut),
    handle: async (call) =>
      call.list(
        await call.read((tx) => listBatches(tx, call.page)),
        (each) => batchOf(call.shop, each),
        (each) => each.createdAt,
      ),
  }),
  route({
    method: 'post',
    path: '/voucher_batches',
    scope: 'vouchers:write',
    summary:
      'Makes a batch of vouchers, each for one period of a plan or over an amount of money. Their codes are made next, and shown once.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      name: words(80),
      plan_id: id('plan').nullable().default(null).openapi({ description: 'Either this or `value`.' }),
      value: moneyIn.nullable().default(null).openapi({ description: 'What one puts on its holder’s balance.' }),
      count: z.int().min(1).max(mostVouchers),
      price: moneyIn.nullable().default(null).openapi({ description: 'What one was sold for; null: given away.' }),
      sold_to: text(200).default('').openapi({ description: 'A note: who bought them.' }),
      reseller_id: id('biz').nullable().default(null).openapi({
        description: 'Of the own branch: he sells them, and sees in `/voucher_stock` how many were redeemed.',
      }),
      last_use_at: instantIn.nullable().default(null),
    }),
    answer: BatchOut,
    handle: async (call) => {
      const { name, plan_id, value, count, price, sold_to, reseller_id, last_use_at } = call.body
      const facts = {
        name,
        planId: plan_id,
        value: value && moneyOf(value),
        count,
        soldTo: sold_to,
        resellerId: reseller_id,
        lastUseAt: last_use_at,
      }
      const made = await call.write('make-vouchers', (tx) =>
        makeBatch(tx, call.shop, { ...facts, price: price && moneyOf(price) }, call.now),
      )
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/voucher_stock',
    scope: 'vouchers:read',
    summary: 'Lists batches that a supplier handed to this business to sell. They are redeemed in his shop.',
    answer: list(
      resource('VoucherStock', {
        id: z.string(),
        name: z.string(),
        issuer: z.string(),
        plan: z.string().nullable(),
        value: money.nullable(),
        count: z.int(),
        unused: z.int(),
        redeemed: z.int(),
        voided: z.int(),
        last_use_at: time.nullable(),
        created_at: time,
      }),
    ),
    handle: async (call) =>
      whole(
        call,
        (await call.read(ownStock)).map((each) => ({
          id: each.id,
          name: each.name,
          issuer: each.issuer,
          plan: each.plan,
          value:
            each.valueCurrency === null || each.valueMinor === null ? null : minor(each.valueMinor, each.valueCurrency),
          count: each.count,
          unused: each.unused,
          redeemed: each.redeemed,
          voided: each.voided,
          last_use_at: atOr(each.lastUseAt),
          created_at: at(each.createdAt),
          livemode: call.shop.livemode,
        })),
      ),
  }),
  route({
    method: 'get',
    path: '/voucher_batches/{id}',
    scope: 'vouchers:read',
    summary: 'Reads a batch: how many were redeemed.',
    params: byId('vcb'),
    answer: BatchOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/voucher_batches/{id}/codes',
    scope: 'vouchers:write',
    summary:
      'Makes the codes of a batch and shows them, once. `anew`: in place of those made before, while none is redeemed.',
    needsKey: true,
    params: byId('vcb'),
    body: z.strictObject({
      anew: z.boolean().default(false),
      cards: z.boolean().default(false).openapi({ description: 'As cards to print, too.' }),
    }),
    answer: Codes,
    refuses: ['conflict'],
    handle: async (call) => {
      await read(call, call.params.id)
      const made = await call.write('make-voucher-codes', (tx) =>
        makeCodesIn(tx, call.shop, call.params.id, { anew: call.body.anew }, call.now),
      )
      const codes = made.map(({ number, code }) => ({ number, code }))
      const cards = call.body.cards ? await printCards(call.shop, call.params.id, made) : null
      return {
        batch_id: call.params.id,
        codes,
        cards_pdf: cards === null ? null : Buffer.from(cards).toString('base64'),
        livemode: call.shop.livemode,
      }
    },
    retell: async (call) => ({ batch_id: call.params.id, codes: null, cards_pdf: null, livemode: call.shop.livemode }),
  }),
  route({
    method: 'get',
    path: '/voucher_batches/{id}/vouchers',
    scope: 'vouchers:read',
    summary: 'Lists the vouchers of a batch, without their codes.',
    params: byId('vcb'),
    query: listQuery({
      status: z.enum(['unused', 'redeemed', 'void']).optional(),
      search: words(20).optional().openapi({ description: 'A number, or the last four characters of a code.' }),
    }),
    answer: list(VoucherOut),
    handle: async (call) => {
      const batch = await call.read((tx) => readBatch(tx, call.params.id))
      const { status, search } = call.query
      return call.list(
        await call.read((tx) => vouchersOf(tx, batch.id, { status, search }, call.page)),
        (each) => voucherOf(call, batch, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/voucher_batches/{id}/void',
    scope: 'vouchers:write',
    summary: 'Takes back what is left of a batch: nobody can redeem it any more.',
    needsKey: true,
    params: byId('vcb'),
    body: z.strictObject({ reason: words(200) }),
    answer: BatchOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await voidVouchers(call.shop, { batchId: call.params.id }, call.body.reason)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/vouchers/{id}',
    scope: 'vouchers:read',
    summary: 'Reads a voucher, without its code.',
    params: byId('vch'),
    answer: VoucherOut,
    handle: (call) => shownVoucher(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/vouchers/{id}/void',
    scope: 'vouchers:write',
    summary: 'Takes back one unused voucher.',
    needsKey: true,
    params: byId('vch'),
    body: z.strictObject({ reason: words(200) }),
    answer: VoucherOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { voucher } = await readVoucher(call, call.params.id)
      await voidVouchers(call.shop, { batchId: voucher.batchId, voucherId: voucher.id }, call.body.reason)
      return shownVoucher(call, voucher.id)
    },
    retell: (call) => shownVoucher(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/customers/{id}/redeem_voucher',
    scope: 'customers:write',
    summary: 'Redeems a voucher over money: it is put on the customer’s balance.',
    needsKey: true,
    params: byId('cus'),
    body: z.strictObject({ voucher: words(40) }),
    answer: resource('RedeemedMoney', {
      customer_id: z.string(),
      amount: money.nullable().openapi({ description: 'Null where the answer was lost before it could be kept.' }),
    }),
    refuses: ['customer_frozen'],
    handle: async (call) => {
      const { minor: worth, currency } = await redeemMoney(call.shop, call.body.voucher, call.params.id)
      return { customer_id: call.params.id, amount: minor(worth, currency), livemode: call.shop.livemode }
    },
    retell: async (call) => ({ customer_id: call.params.id, amount: null, livemode: call.shop.livemode }),
  }),
  route({
    method: 'post',
    path: '/subscriptions/{id}/redeem_voucher',
    scope: 'subscriptions:write',
    summary: 'Redeems a voucher for a line that is there: it pays for its next period.',
    needsKey: true,
    params: byId('sub'),
    body: z.strictObject({ voucher: words(40) }),
    answer: resource('RedeemedOnto', { subscription_id: z.string(), paid_through: time.nullable() }),
    refuses: ['conflict', 'in_progress'],
    handle: async (call) => {
      await call.read((tx) => readSubscription(tx, call.params.id))
      await redeemOnto(call.shop, call.body.voucher, call.params.id)
      return redeemedOnto(call)
    },
    retell: (call) => redeemedOnto(call),
  }),
]

async function redeemedOnto(call: Call<{ id: string }>) {
  const { id: subscriptionId, paidThrough } = await call.read((tx) => readSubscription(tx, call.params.id))
  return { subscription_id: subscriptionId, paid_through: atOr(paidThrough), livemode: call.shop.livemode }
}
