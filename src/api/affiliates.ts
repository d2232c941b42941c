/** Affiliates: the programme, who takes part, what they earned and how they were paid. */
import { changeAffiliate, joinProgramme } from '#modules/affiliates/join-programme.ts'
import { payByHandIn } from '#modules/affiliates/pay-affiliate.ts'
import { type Programme, programmeSetting, saveProgramme } from '#modules/affiliates/programme.ts'
import {
  type Affiliate,
  type AffiliatePayout,
  affiliatePayouts,
  affiliateStandings,
  type Commission,
  commissionsOf,
  listAffiliates,
  readAffiliate,
  readAffiliatePayout,
  type StandingIn,
} from '#modules/affiliates/queries.ts'
import { balanceOf, payableOf } from '#modules/affiliates/rules.ts'
import { takeBackPayoutIn } from '#modules/affiliates/take-back-payout.ts'
import { readSetting } from '#modules/people/settings.ts'
import { type Call, route } from './route.ts'
import {
  at,
  atOr,
  byId,
  currency,
  flag,
  given,
  id,
  list,
  listQuery,
  minor,
  money,
  resource,
  text,
  time,
  words,
  z,
} from './schemas.ts'

const rule = {
  kind: z.enum(['percent', 'amount', 'none']),
  value: z.int().min(0).max(100_000_000).openapi({
    description: '`percent`: hundredths of a percent, 1000 is 10 %; `amount`: minor units of the shop’s currency.',
  }),
  payments: z.int().min(0).max(120).openapi({ description: 'The first so many payments of a customer; 0: all.' }),
}

const programme = {
  on: z.boolean(),
  open: z.boolean().openapi({ description: 'Whether customers join by themselves.' }),
  rule: z.strictObject(rule),
  products: z
    .array(z.strictObject({ product_id: z.string().max(60), ...rule }))
    .max(200)
    .openapi({ description: 'Products with a rule of their own.' }),
  hold_days: z.int().min(0).max(365).openapi({ description: 'So long a commission is held after the payment.' }),
  link_days: z.int().min(1).max(365).openapi({ description: 'So long after the click an order still counts.' }),
  least_payout: z.int().min(0).max(100_000_000).openapi({ description: 'Less is not paid out by itself.' }),
  below: z
    .int()
    .min(0)
    .max(100_000_000)
    .nullable()
    .openapi({ description: 'How far an account may fall below nothing; null: as far as it takes.' }),
  by_hand: z.boolean().openapi({ description: 'Whether affiliates may choose to be paid outside of the shop.' }),
  credit_price: z
    .int()
    .min(1)
    .max(100_000_000)
    .nullable()
    .openapi({ description: 'What a credit costs an affiliate who is a reseller; null: no credits.' }),
}
const ProgrammeOut = resource('AffiliateProgramme', programme)

const readProgramme = async (call: Call): Promise<z.input<typeof ProgrammeOut>> => ({
  ...(await call.read((tx) => readSetting(tx, call.shop, programmeSetting))),
  livemode: call.shop.livemode,
})

const ways = z.enum(['balance', 'by_hand', 'credits'])
const Standing = z.strictObject({
  currency: z.string(),
  balance: money.openapi({ description: 'Earned and not paid out; below nothing where more went back.' }),
  held: money.openapi({ description: 'Of that, what may still be asked back, or is disputed.' }),
  payable: money,
  paid_out: money,
})
const AffiliateOut = resource('Affiliate', {
  id: z.string(),
  customer_id: z.string(),
  code: z.string(),
  link: z.string(),
  active: z.boolean(),
  way: ways,
  pay_to: z.string(),
  reseller_id: z.string().nullable(),
  brought: z.int().openapi({ description: 'Customers who came by his link.' }),
  standings: z.array(Standing),
  next_look_at: time
    .nullable()
    .openapi({ description: 'When payments are counted next; null: he has brought nobody.' }),
  created_at: time,
})

const standingOf = (each: StandingIn): z.input<typeof Standing> => ({
  currency: each.currency,
  balance: minor(balanceOf(each), each.currency),
  held: minor(each.held, each.currency),
  payable: minor(payableOf(each), each.currency),
  paid_out: minor(each.paidOut, each.currency),
})

const affiliateOf = (call: Call, each: Affiliate, standings: readonly StandingIn[]): z.input<typeof AffiliateOut> => ({
  id: each.id,
  customer_id: each.customerId,
  code: each.code,
  link: `${call.shop.baseUrl}/?ref=${each.code}`,
  active: each.active,
  way: each.way,
  pay_to: each.payTo,
  reseller_id: each.resellerId,
  brought: each.brought,
  standings: standings.map(standingOf),
  next_look_at: atOr(each.nextLookAt),
  created_at: at(each.createdAt),
  livemode: call.shop.livemode,
})

const read = (call: Call, affiliateId: string): Promise<z.input<typeof AffiliateOut>> =>
  call.read(async (tx) => {
    const found = await readAffiliate(tx, affiliateId)
    return affiliateOf(call, found, await affiliateStandings(tx, [found.id], call.now))
  })

const CommissionOut = resource('Commission', {
  id: z.string(),
  customer_id: z.string(),
  invoice_id: z.string(),
  earned: money,
  kept: money.openapi({ description: 'What is left of it; less where money went back.' }),
  let_go: money.openapi({ description: 'What went back after it was paid out and was not taken back.' }),
  disputed: z.boolean(),
  free_at: time,
  created_at: time,
})

const commissionOf = (call: Call, each: Commission): z.input<typeof CommissionOut> => ({
  id: each.id,
  customer_id: each.customerId,
  invoice_id: each.invoiceId,
  earned: minor(each.earnedMinor, each.currency),
  kept: minor(each.keptMinor, each.currency),
  let_go: minor(each.letGoMinor, each.currency),
  disputed: each.disputed,
  free_at: at(each.freeAt),
  created_at: at(each.createdAt),
  livemode: call.shop.livemode,
})

const PayoutOut = resource('AffiliatePayout', {
  id: z.string(),
  amount: money,
  way: ways,
  reference: z.string(),
  reseller_id: z.string().nullable(),
  credits_milli: z.int().nullable(),
  created_at: time,
  taken_back_at: time
    .nullable()
    .openapi({ description: 'Since when it counts as not paid: it had been noted by mistake.' }),
  taken_back_reason: z.string().nullable(),
})

const payoutOf = (call: Call, each: AffiliatePayout): z.input<typeof PayoutOut> => ({
  id: each.id,
  amount: minor(each.amountMinor, each.currency),
  way: each.way,
  reference: each.reference,
  reseller_id: each.resellerId,
  credits_milli: each.creditsMilli === null ? null : Number(each.creditsMilli),
  created_at: at(each.createdAt),
  taken_back_at: atOr(each.takenBackAt),
  taken_back_reason: each.takenBackReason,
  livemode: call.shop.livemode,
})

const readPayout = (call: Call, affiliateId: string, payoutId: string): Promise<z.input<typeof PayoutOut>> =>
  call.read(async (tx) => payoutOf(call, await readAffiliatePayout(tx, affiliateId, payoutId)))

export const affiliates = [
  route({
    method: 'get',
    path: '/settings/affiliates',
    scope: 'settings:read',
    summary: 'Reads the programme for affiliates.',
    answer: ProgrammeOut,
    handle: readProgramme,
  }),
  route({
    method: 'put',
    path: '/settings/affiliates',
    scope: 'settings:write',
    summary: 'Sets the programme for affiliates. What was counted before stays as it was counted.',
    body: z.strictObject(programme),
    answer: ProgrammeOut,
    handle: async (call) => {
      await call.write('save-programme', (tx) => saveProgramme(tx, call.shop, call.body satisfies Programme))
      return readProgramme(call)
    },
  }),
  route({
    method: 'get',
    path: '/affiliates',
    scope: 'affiliates:read',
    summary: 'Lists affiliates, newest first.',
    query: listQuery({ search: words(80).optional(), active: flag.optional() }),
    answer: list(AffiliateOut),
    handle: async (call) => {
      const { found, standings } = await call.read(async (tx) => {
        const found = await listAffiliates(tx, call.query, call.page)
        const ids = found.map(({ id }) => id)
        return {
          found,
          standings: Map.groupBy(await affiliateStandings(tx, ids, call.now), (each) => each.affiliateId),
        }
      })
      return call.list(
        found,
        (each) => affiliateOf(call, each, standings.get(each.id) ?? []),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/affiliates',
    scope: 'affiliates:write',
    summary: 'Makes a customer an affiliate. Who is one already is answered as he is.',
    status: 201,
    body: z.strictObject({ customer_id: id('cus') }),
    answer: AffiliateOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { customer_id } = call.body
      const made = await call.write('make-affiliate', (tx) =>
        joinProgramme(tx, call.shop, customer_id, { himself: false }, call.now),
      )
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/affiliates/{id}',
    scope: 'affiliates:read',
    summary: 'Reads an affiliate: his link, what he has earned, what is held and what was paid.',
    params: byId('aff'),
    answer: AffiliateOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'patch',
    path: '/affiliates/{id}',
    scope: 'affiliates:write',
    summary: 'Changes his code, how he is paid, or whether what he brings still counts.',
    params: byId('aff'),
    body: z.strictObject({
      code: z.string().max(20).optional(),
      active: z.boolean().optional(),
      way: ways.optional(),
      pay_to: text(200).optional(),
      reseller_id: id('biz').nullable().optional(),
    }),
    answer: AffiliateOut,
    handle: async (call) => {
      const { code, active, way, pay_to, reseller_id } = call.body
      const change = given({ code, active, way, payTo: pay_to, resellerId: reseller_id })
      await call.write('change-affiliate', (tx) =>
        changeAffiliate(tx, call.shop, call.params.id, change, { himself: false }, call.now),
      )
      return read(call, call.params.id)
    },
  }),
  route({
    method: 'get',
    path: '/affiliates/{id}/commissions',
    scope: 'affiliates:read',
    summary: 'Lists what an affiliate earned, newest first.',
    params: byId('aff'),
    query: listQuery({}),
    answer: list(CommissionOut),
    handle: async (call) => {
      await call.read((tx) => readAffiliate(tx, call.params.id))
      return call.list(
        await call.read((tx) => commissionsOf(tx, call.params.id, call.page)),
        (each) => commissionOf(call, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/affiliates/{id}/payouts',
    scope: 'affiliates:read',
    summary: 'Lists what an affiliate was paid, newest first.',
    params: byId('aff'),
    query: listQuery({}),
    answer: list(PayoutOut),
    handle: async (call) => {
      await call.read((tx) => readAffiliate(tx, call.params.id))
      return call.list(
        await call.read((tx) => affiliatePayouts(tx, call.params.id, call.page)),
        (each) => payoutOf(call, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/affiliates/{id}/payouts',
    scope: 'affiliates:write',
    summary: 'Notes that an affiliate was paid by hand everything that is free in a currency.',
    status: 201,
    needsKey: true,
    params: byId('aff'),
    body: z.strictObject({ currency, reference: words(200) }),
    answer: AffiliateOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.read((tx) => readAffiliate(tx, call.params.id))
      await call.write('pay-affiliate', (tx) => payByHandIn(tx, call.shop, call.params.id, call.body, call.now))
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/affiliates/{id}/payouts/{payout_id}/take_back',
    scope: 'affiliates:write',
    summary:
      'Takes back a payout that was noted by hand and did not reach him: what it was over is free again. One to his balance or in credits stays.',
    needsKey: true,
    params: z.strictObject({ id: id('aff'), payout_id: id('apo') }),
    body: z.strictObject({ reason: words(500) }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { id: affiliateId, payout_id: payoutId } = call.params
      await call.write('take-back-payout', (tx) =>
        takeBackPayoutIn(tx, call.shop, { affiliateId, payoutId, reason: call.body.reason }, call.now),
      )
      return readPayout(call, affiliateId, payoutId)
    },
    retell: (call) => readPayout(call, call.params.id, call.params.payout_id),
  }),
]
