/** The credits that a business holds with its parent: what is there, how it is bought, when it is told; and the packs it sells to its own resellers. */
import type { Shop } from '#app.ts'
import {
  buyCredits,
  mostPacks,
  packsForSale,
  purchasesOf,
  readTopUp,
  saveTopUp,
} from '#modules/reselling/buy-credits.ts'
import { lostSoon } from '#modules/reselling/expire-credits.ts'
import { runwayOf } from '#modules/reselling/forecast.ts'
import { findPack, listPacks, type Pack, savePack } from '#modules/reselling/packs.ts'
import { ownTerms, ownWallet, type WalletEntry, walletEntries } from '#modules/reselling/queries.ts'
import { alarmModes, deductions, resumeOrders } from '#modules/reselling/rules.ts'
import { saveResumeOrder } from '#modules/reselling/save-resume-order.ts'
import {
  type AlarmWish,
  readAlarmOf,
  readOwnAlarm,
  saveAlarm,
  saveOwnAlarm,
  standardDays,
  type WalletAlarm,
} from '#modules/reselling/wallet-alarm.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import { at, atOr, byId, id, list, listQuery, minor, money, moneyIn, resource, time, words, z } from './schemas.ts'

export const milli = z
  .int()
  .min(0)
  .max(1_000_000_000_000)
  .openapi({ description: 'Thousandths of a credit: 1500 is 1.5.' })
export const anyMilli = z.int().openapi({ description: 'Thousandths of a credit: 1500 is 1.5.' })

export const WalletEntryOut = z
  .strictObject({
    id: z.string(),
    purpose: z.string(),
    amount_milli: anyMilli.openapi({ description: 'Below nothing: taken from the wallet.' }),
    balance_milli: anyMilli.openapi({ description: 'After it.' }),
    seller_id: z.string().nullable(),
    plan: z.string().nullable(),
    username: z.string().nullable(),
    period_starts: time.nullable(),
    period_ends: time.nullable(),
    reason: z.string().nullable(),
    actor: z.string().nullable().openapi({
      description:
        'Who it goes back to: of a debit whoever opened the period, of a purchase who ordered it. People of another business are told as `business:<id>`.',
    }),
    at: time,
  })
  .openapi('WalletEntry')

const entryOf = (each: WalletEntry): z.input<typeof WalletEntryOut> => ({
  id: each.id,
  purpose: each.purpose,
  amount_milli: Number(each.amount),
  balance_milli: Number(each.balance),
  seller_id: each.sellerId,
  plan: each.plan,
  username: each.username,
  period_starts: atOr(each.starts),
  period_ends: atOr(each.ends),
  reason: each.reason,
  actor: each.actor,
  at: at(each.at),
})
export const entriesOf = async (call: Call, holder: string) => {
  const { limit, before } = call.page
  const found = await call.read((tx) => walletEntries(tx, holder, limit, before ?? null))
  return call.list(found, entryOf, (each) => each.at)
}
const PackOut = resource('CreditPack', {
  id: z.string(),
  name: z.string(),
  credits_milli: anyMilli,
  price: money,
  active: z.boolean(),
})

const packOf = (shop: Shop, pack: Pack): z.input<typeof PackOut> => ({
  id: pack.id,
  name: pack.name,
  credits_milli: Number(pack.creditsMilli),
  price: minor(pack.priceMinor, pack.currency),
  active: pack.active,
  livemode: shop.livemode,
})

const packShape = { name: words(80), credits_milli: milli.min(1), price: moneyIn, active: z.boolean() }

const factsOf = (body: {
  name: string
  credits_milli: number
  price: { amount: number; currency: string }
  active: boolean
}) => ({
  name: body.name,
  creditsMilli: BigInt(body.credits_milli),
  currency: body.price.currency,
  priceMinor: BigInt(body.price.amount),
  active: body.active,
})

const TopUpOut = resource('TopUp', {
  under_milli: anyMilli.nullable(),
  up_to_milli: anyMilli.nullable().openapi({
    description: 'As many packs as fill the wallet up to so many free credits, in one order; null: one pack.',
  }),
  pack_id: z.string().nullable(),
  per_day: z.int().nullable(),
})

const topUpOut = async (call: Call): Promise<z.input<typeof TopUpOut>> => {
  const found = await readTopUp(call.shop)
  return {
    under_milli: found === null ? null : Number(found.underMilli),
    up_to_milli: found?.toMilli == null ? null : Number(found.toMilli),
    pack_id: found?.packId ?? null,
    per_day: found?.perDay ?? null,
    livemode: call.shop.livemode,
  }
}

const alarmShape = {
  mode: z.enum(alarmModes).openapi({
    description: `\`standard\`: when they end within ${standardDays} days, as the forecast says. \`own\`: by the bound and the days given. \`off\`: never before lines wait.`,
  }),
  under_milli: milli.min(1).nullable().openapi({ description: 'When fewer are free.' }),
  days: z.int().min(1).max(60).nullable().openapi({ description: 'When they end within so many days.' }),
}

const AlarmOut = resource('WalletAlarm', {
  ...alarmShape,
  low_since: time.nullable().openapi({ description: 'Holder and issuer were told; null: there are enough.' }),
})

const alarmOf = (shop: Shop, found: WalletAlarm): z.input<typeof AlarmOut> => ({
  mode: found.mode,
  under_milli: found.underMilli === null ? null : Number(found.underMilli),
  days: found.days,
  low_since: atOr(found.lowSince),
  livemode: shop.livemode,
})

const alarmBody = z.strictObject({
  mode: alarmShape.mode,
  under_milli: alarmShape.under_milli.optional(),
  days: alarmShape.days.optional(),
})

const alarmWish = ({ mode, under_milli = null, days = null }: z.output<typeof alarmBody>): AlarmWish => {
  if (mode !== 'own' && (under_milli !== null || days !== null))
    throw new Refusal('invalid_input', 'Please check when to tell.', [
      { pointer: '/mode', code: 'mismatch', detail: 'A bound or days of your own go with the mode `own`.' },
    ])
  return { mode, underMilli: under_milli === null ? null : BigInt(under_milli), days }
}

const ownAlarmOut = async (call: Call): Promise<z.input<typeof AlarmOut>> => {
  const found = await readOwnAlarm(call.shop)
  if (found === null) throw new Refusal('conflict', 'Your business has no supplier here.')
  return alarmOf(call.shop, found)
}

const ResumeOrderOut = resource('ResumeOrder', {
  resumes: z.enum(resumeOrders).nullable().openapi({
    description:
      '`oldest`: who waits longest is first. `most_valuable`: for whose period most was paid before tax, in the currency of the business; then, by its credits, what has no such price; then the oldest. Null: no parent.',
  }),
})

const resumeOrderOut = async (call: Call): Promise<z.input<typeof ResumeOrderOut>> => ({
  resumes: (await call.read(ownTerms))?.resumes ?? null,
  livemode: call.shop.livemode,
})

const WalletOut = resource('Wallet', {
  issuer_id: z
    .string()
    .nullable()
    .openapi({ description: 'Whose credits they are; null: this business has no parent.' }),
  issuer_name: z.string().nullable(),
  balance_milli: anyMilli,
  held_milli: anyMilli,
  waiting: z.int().openapi({ description: 'Paid periods that wait for credits of this wallet.' }),
  ends_at: time.nullable().openapi({ description: 'When they end at the present pace; null: not within a year.' }),
  would_wait: z.int().openapi({ description: 'Renewals of the next 14 days that would find no credits.' }),
  floor_milli: anyMilli.openapi({ description: 'About what a week takes.' }),
  credits_last_days: z
    .int()
    .nullable()
    .openapi({ description: 'Credits that are older are lost; null: they last for ever.' }),
  lost_soon_milli: anyMilli.openapi({ description: 'What is lost within 14 days, unless some are used before.' }),
  deducts: z
    .enum(deductions)
    .nullable()
    .openapi({ description: 'When the parent deducts credits, as in `/resellers/{id}/terms`; null: no parent.' }),
  resumes: z.enum(resumeOrders).nullable().openapi({
    description: 'Who waits is served so, when credits come again: `/wallet/resume_order` sets it; null: no parent.',
  }),
})
export const wallet = [
  route({
    method: 'get',
    path: '/wallet',
    scope: 'wallets:read',
    summary: 'Reads the credits that the business holds with its parent.',
    answer: WalletOut,
    handle: async (call) => {
      const [found, ahead, old, terms] = await call.read(
        async (tx) =>
          [
            await ownWallet(tx),
            await runwayOf(tx, call.now),
            await lostSoon(tx, call.shop.businessId, call.now),
            await ownTerms(tx),
          ] as const,
      )
      return {
        issuer_id: found?.issuer ?? null,
        issuer_name: found?.issuerName ?? null,
        balance_milli: Number(found?.balance ?? 0n),
        held_milli: Number(found?.held ?? 0n),
        waiting: found?.waiting ?? 0,
        ends_at: atOr(ahead?.endsAt ?? null),
        would_wait: ahead?.wouldWait ?? 0,
        floor_milli: Number(ahead?.floorMilli ?? 0n),
        credits_last_days: old?.lastDays ?? null,
        lost_soon_milli: Number(old?.milli ?? 0n),
        deducts: terms?.deducts ?? null,
        resumes: terms?.resumes ?? null,
        livemode: call.shop.livemode,
      }
    },
  }),
  route({
    method: 'get',
    path: '/wallet/entries',
    scope: 'wallets:read',
    summary: 'Lists every movement of these credits, newest first, with the balance after each.',
    query: listQuery({}),
    answer: list(WalletEntryOut),
    handle: (call) => entriesOf(call, call.shop.businessId),
  }),
  route({
    method: 'get',
    path: '/wallet/packs',
    scope: 'wallets:read',
    summary: 'Lists the packs of credits that the parent sells, the smallest first.',
    answer: list(PackOut),
    handle: async (call) =>
      whole(
        call,
        (await packsForSale(call.shop)).map((each) => packOf(call.shop, each)),
      ),
  }),
  route({
    method: 'get',
    path: '/wallet/purchases',
    scope: 'wallets:read',
    summary: 'Lists the last purchases of credits, newest first; what is still owed has its `pay_url`.',
    answer: list(
      z
        .strictObject({
          id: z.string(),
          invoice_id: z.string(),
          credits_milli: anyMilli,
          status: z.enum(['open', 'given', 'dropped']),
          automatic: z.boolean().openapi({ description: 'Bought by itself, because the wallet fell under its bound.' }),
          pay_url: z.string().nullable(),
          created_at: time,
        })
        .openapi('WalletPurchase'),
    ),
    handle: async (call) =>
      whole(
        call,
        (await purchasesOf(call.shop)).map((each) => ({
          id: each.id,
          invoice_id: each.invoiceId,
          credits_milli: Number(each.creditsMilli),
          status: each.status,
          automatic: each.automatic,
          pay_url: each.payUrl,
          created_at: at(each.createdAt),
        })),
      ),
  }),
  route({
    method: 'post',
    path: '/wallet/purchases',
    scope: 'wallets:write',
    summary: 'Buys a pack of credits, or several of one: they are there when the invoice is paid at `pay_url`.',
    status: 201,
    needsKey: true,
    body: z.strictObject({ pack_id: id('pck'), quantity: z.int().min(1).max(mostPacks).optional() }),
    answer: resource('CreditPurchase', { id: z.string(), invoice_id: z.string(), pay_url: z.string() }),
    refuses: ['conflict'],
    handle: async (call) => {
      const bought = await buyCredits(call.shop, call.body.pack_id, call.body.quantity)
      return { id: bought.id, invoice_id: bought.invoiceId, pay_url: bought.payUrl, livemode: call.shop.livemode }
    },
    // Its effect lies in the parent's books: at worst a second invoice is made that nobody pays.
    again: true,
  }),
  route({
    method: 'get',
    path: '/wallet/top_up',
    scope: 'wallets:read',
    summary: 'Reads when credits are bought by themselves; all null: never.',
    answer: TopUpOut,
    handle: topUpOut,
  }),
  route({
    method: 'put',
    path: '/wallet/top_up',
    scope: 'wallets:write',
    summary:
      'Sets when credits are bought by themselves, with the payment method that the parent keeps; all null: never.',
    body: z.strictObject({
      under_milli: milli.min(1).nullable(),
      up_to_milli: milli.min(1).nullable().optional(),
      pack_id: id('pck').nullable(),
      per_day: z.int().min(1).max(20).nullable(),
    }),
    answer: TopUpOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { under_milli, up_to_milli = null, pack_id, per_day } = call.body
      const all = under_milli !== null && pack_id !== null && per_day !== null
      if (!all && (under_milli !== null || up_to_milli !== null || pack_id !== null || per_day !== null))
        throw new Refusal('invalid_input', 'Please set all three, or none.', [
          { pointer: '/under_milli', code: 'required', detail: 'Bound, pack and number go together.' },
        ])
      const toMilli = up_to_milli === null ? null : BigInt(up_to_milli)
      const wish = all ? { underMilli: BigInt(under_milli), toMilli, packId: pack_id, perDay: per_day } : null
      await saveTopUp(call.shop, wish)
      return topUpOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/wallet/alarm',
    scope: 'wallets:read',
    summary: 'Reads when this business and its supplier are told that its credits run low.',
    answer: AlarmOut,
    refuses: ['conflict'],
    handle: ownAlarmOut,
  }),
  route({
    method: 'put',
    path: '/wallet/alarm',
    scope: 'wallets:write',
    summary:
      'Sets when this business and its supplier are told that its credits run low: once each time, and again after there were enough.',
    body: alarmBody,
    answer: AlarmOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await saveOwnAlarm(call.shop, alarmWish(call.body))
      return ownAlarmOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/alarm',
    scope: 'wallets:read',
    summary: 'Reads when a direct reseller and this business are told that his credits run low.',
    params: byId('biz'),
    answer: AlarmOut,
    handle: async (call) => alarmOf(call.shop, await readAlarmOf(call.shop, call.params.id)),
  }),
  route({
    method: 'put',
    path: '/resellers/{id}/alarm',
    scope: 'wallets:write',
    summary:
      'Sets when a direct reseller and this business are told that his credits run low. Either of the two may; the last one counts.',
    params: byId('biz'),
    body: alarmBody,
    answer: AlarmOut,
    handle: async (call) => {
      await saveAlarm(call.shop, call.params.id, alarmWish(call.body))
      return alarmOf(call.shop, await readAlarmOf(call.shop, call.params.id))
    },
  }),
  route({
    method: 'get',
    path: '/wallet/resume_order',
    scope: 'wallets:read',
    summary: 'Reads whom the own wallet serves first when credits come again.',
    answer: ResumeOrderOut,
    handle: resumeOrderOut,
  }),
  route({
    method: 'put',
    path: '/wallet/resume_order',
    scope: 'wallets:write',
    summary:
      'Sets whom the own wallet serves first when credits come again: who waits longest, or whose customer paid most.',
    body: z.strictObject({ resumes: z.enum(resumeOrders) }),
    answer: ResumeOrderOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await saveResumeOrder(call.shop, call.body.resumes)
      return resumeOrderOut(call)
    },
  }),
  route({
    method: 'get',
    path: '/credit_packs',
    scope: 'wallets:read',
    summary: 'Lists the packs of credits that this business sells, the smallest first.',
    answer: list(PackOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read((tx) => listPacks(tx))).map((each) => packOf(call.shop, each)),
      ),
  }),
  route({
    method: 'put',
    path: '/credit_packs/{id}',
    scope: 'wallets:write',
    summary: 'Changes a pack of credits. What was bought stays as it was bought.',
    params: byId('pck'),
    body: z.strictObject(packShape),
    answer: PackOut,
    handle: async (call) =>
      packOf(
        call.shop,
        await call.write('save-pack', (tx) => savePack(tx, call.shop, factsOf(call.body), call.params.id)),
      ),
  }),
  route({
    method: 'post',
    path: '/credit_packs',
    scope: 'wallets:write',
    summary: 'Makes a pack of credits for resellers to buy.',
    status: 201,
    body: z.strictObject(packShape),
    answer: PackOut,
    handle: async (call) =>
      packOf(call.shop, await call.write('save-pack', (tx) => savePack(tx, call.shop, factsOf(call.body)))),
    retell: async (call, packId) => {
      const found = await call.read((tx) => findPack(tx, packId ?? ''))
      if (found === null) throw new Refusal('not_found', 'There is no such pack.')
      return packOf(call.shop, found)
    },
  }),
]
