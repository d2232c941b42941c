/** The ledger, read: balances, transfers, and revenue as it is earned. */
import type { Shop } from '#app.ts'
import { type AccountBalance, type BookedTransfer, listTransfers, trialBalance } from '#modules/analytics/books.ts'
import { journalCsv } from '#modules/analytics/journal-csv.ts'
import { monthsBetween, type RevenueOfMonth, revenueByPeriod, revenueCsv } from '#modules/analytics/revenue.ts'
import { type RevenueOfTenure, revenueByTenure, tenureCsv } from '#modules/analytics/tenure.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { fileRoute, type Route, route, whole } from './route.ts'
import { at, instantIn, list, listQuery, minor, money, resource, time, z } from './schemas.ts'

const amountIn = (unit: string, value: bigint) => ({ amount: Number(value), unit })
const AmountOut = z.strictObject({ amount: z.int(), unit: z.string() }).openapi('LedgerAmount', {
  description: 'Minor units of a currency, or thousandths of a `credit`.',
})

const BalanceOut = resource('LedgerBalance', {
  account: z.string().openapi({ example: 'clearing/EUR/gwa_01kb3v8s1c9m4t7x2q6z5w0r8d' }),
  kind: z.string(),
  holder: z.string().nullable(),
  debit: AmountOut,
  credit: AmountOut,
  balance: AmountOut.openapi({ description: 'Credits minus debits; all of a unit add up to nothing.' }),
})

const balanceOf = (shop: Shop, each: AccountBalance): z.input<typeof BalanceOut> => ({
  account: each.id,
  kind: each.kind,
  holder: each.holder,
  debit: amountIn(each.unit, each.debit),
  credit: amountIn(each.unit, each.credit),
  balance: amountIn(each.unit, each.balance),
  livemode: shop.livemode,
})

const TransferOut = resource('LedgerTransfer', {
  id: z.string(),
  at: time,
  debit_account: z.string(),
  credit_account: z.string(),
  amount: AmountOut,
  purpose: z.string(),
  cause: z.string(),
  source: z.strictObject({ type: z.enum(['payment', 'invoice', 'refund', 'dispute']), id: z.string() }).nullable(),
  undoes: z.string().nullable(),
})

const transferOf = (shop: Shop, each: BookedTransfer): z.input<typeof TransferOut> => ({
  id: each.id,
  at: at(each.at),
  debit_account: each.debit,
  credit_account: each.credit,
  amount: amountIn(each.unit, each.amount),
  purpose: each.purpose,
  cause: each.cause,
  source: each.source,
  undoes: each.undoes,
  livemode: shop.livemode,
})

const RevenueOut = resource('RevenueOfMonth', {
  month: z.string().openapi({ example: '2026-03' }),
  earned: money.openapi({ description: 'Served in this month, net of tax.' }),
  refunded: money,
  lost: money.openapi({ description: 'By disputes, less what was won again, and small rests that were forgiven.' }),
  fees: money,
  received: money.openapi({
    description: 'Cash: what came from buyers in this month, whatever for and whenever it is served, tax included.',
  }),
  returned: money.openapi({
    description: 'Cash: what buyers got back in this month from where they had paid, by refunds and disputes.',
  }),
  deferred: money.openapi({ description: 'Paid and not served yet, at the end of the month.' }),
})

const revenueOf = (shop: Shop, { month, currency, ...sums }: RevenueOfMonth): z.input<typeof RevenueOut> => ({
  month,
  earned: minor(sums.earned, currency),
  refunded: minor(sums.refunded, currency),
  lost: minor(sums.lost, currency),
  fees: minor(sums.fees, currency),
  received: minor(sums.received, currency),
  returned: minor(sums.returned, currency),
  deferred: minor(sums.deferred, currency),
  livemode: shop.livemode,
})

const TenureOut = resource('RevenueOfTenure', {
  month: z.string().openapi({ example: '2026-03' }),
  months_from: z.int().openapi({
    description: 'Months of the calendar since the one in which its customers first paid; 0: that one.',
  }),
  months_to: z.int().nullable().openapi({ description: 'The last one of this bracket; null: it has no end.' }),
  earned: money.openapi({ description: 'Served in this month, net of tax; all of a month are its revenue.' }),
  customers: z.int(),
})

const tenureOf = (shop: Shop, { month, currency, from, to, earned, customers }: RevenueOfTenure) => ({
  month,
  months_from: from,
  months_to: to,
  earned: minor(earned, currency),
  customers,
  livemode: shop.livemode,
})

export const monthIn = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'A month, like 2026-03.')

const period = z.strictObject({ from: monthIn.optional(), to: monthIn.optional() })

export const monthOf = (now: Temporal.Instant, { zone }: Shop): string =>
  now.toZonedDateTimeISO(zone).toPlainDate().toPlainYearMonth().toString()

/** The last twelve, where nothing is said. */
export function monthsAsked({
  now,
  shop,
  query,
}: {
  now: Temporal.Instant
  shop: Shop
  query: { from?: string | undefined; to?: string | undefined }
}): string[] {
  const to = query.to ?? monthOf(now, shop)
  const from = query.from ?? Temporal.PlainYearMonth.from(to).subtract({ months: 11 }).toString()
  const months = monthsBetween(from, to)
  if (months.length === 0 || months.length > 60)
    throw new Refusal('invalid_input', 'Please check the months.', [
      { pointer: '/from', code: 'out_of_range', detail: 'From is before to, and there are at most 60 months.' },
    ])
  return months
}

/** What is told month by month, as a file. */
const asTable = <Row>(
  path: `/reports/${string}/csv`,
  read: (tx: Tx, months: readonly string[], zone: string) => Promise<Row[]>,
  toCsv: (found: readonly Row[]) => string,
): Route =>
  fileRoute({
    method: 'get',
    path,
    scope: 'transfers:read',
    summary: 'The same as a table, one row a line.',
    query: period,
    media: 'text/csv',
    handle: async (call) => {
      const months = monthsAsked(call)
      return new TextEncoder().encode(toCsv(await call.read((tx) => read(tx, months, call.shop.zone))))
    },
  })

export const ledger = [
  route({
    method: 'get',
    path: '/ledger/balances',
    scope: 'transfers:read',
    summary: 'Lists every account with what was booked on it: the trial balance.',
    query: z.strictObject({ before: instantIn.optional() }),
    answer: list(BalanceOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read((tx) => trialBalance(tx, call.query.before ?? null))).map((each) =>
          balanceOf(call.shop, each),
        ),
      ),
  }),
  route({
    method: 'get',
    path: '/ledger/transfers',
    scope: 'transfers:read',
    summary: 'Lists transfers, newest first: all of them, or those of one account.',
    query: listQuery({
      account: z.string().min(1).max(120).optional(),
      from: instantIn.optional(),
      to: instantIn.optional(),
    }),
    answer: list(TransferOut),
    handle: async (call) => {
      const { account, from, to } = call.query
      const found = await call.read((tx) => listTransfers(tx, { account, from, to }, call.page))
      return call.list(
        found,
        (each) => transferOf(call.shop, each),
        (each) => each.at,
      )
    },
  }),
  fileRoute({
    method: 'get',
    path: '/ledger/journal/csv',
    scope: 'transfers:read',
    summary:
      'The whole journal as a table, oldest first, as long as it is: every transfer, or those of one account or time.',
    query: z.strictObject({
      account: z.string().min(1).max(120).optional(),
      from: instantIn.optional(),
      to: instantIn.optional(),
    }),
    media: 'text/csv',
    handle: async (call) => journalCsv(call.shop, call.query),
  }),
  route({
    method: 'get',
    path: '/reports/revenue',
    scope: 'transfers:read',
    summary:
      'Tells revenue by month as it is earned over the time that was sold, what went back, what is still to be served, and beside it the cash that came and went.',
    query: period,
    answer: list(RevenueOut),
    handle: async (call) => {
      const months = monthsAsked(call)
      const found = await call.read((tx) => revenueByPeriod(tx, months, call.shop.zone))
      return whole(
        call,
        found.map((each) => revenueOf(call.shop, each)),
      )
    },
  }),
  asTable('/reports/revenue/csv', revenueByPeriod, revenueCsv),
  route({
    method: 'get',
    path: '/reports/tenure',
    scope: 'transfers:read',
    summary: 'Tells revenue by month as it is earned, by how long those have paid for whom it was earned.',
    query: period,
    answer: list(TenureOut),
    handle: async (call) => {
      const months = monthsAsked(call)
      const found = await call.read((tx) => revenueByTenure(tx, months, call.shop.zone))
      return whole(
        call,
        found.map((each) => tenureOf(call.shop, each)),
      )
    },
  }),
  asTable('/reports/tenure/csv', revenueByTenure, tenureCsv),
]
