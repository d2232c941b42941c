/** Gateways that are lent to resellers: what is collected for them, statements of it, and what was paid out. */
import {
  type Loan,
  lendGateway,
  listLoans,
  loansToUs,
  readLoan,
  takeBackGateway,
} from '#modules/reselling/collecting/loans.ts'
import { printStatement } from '#modules/reselling/collecting/paper.ts'
import {
  listResellerPayouts,
  payoutsToUs,
  payReseller,
  type ResellerPayout,
  readResellerPayout,
} from '#modules/reselling/collecting/pay-reseller.ts'
import { type LoanTerms, payableOf, type Standing, standardLoan } from '#modules/reselling/collecting/rules.ts'
import {
  closeStatement,
  linesOfStatement,
  listStatements,
  type ResellerStatement,
  readStatement,
  standings,
  statementNumber,
  statementsToUs,
} from '#modules/reselling/collecting/statements.ts'
import { readReseller } from '#modules/reselling/queries.ts'
import { type Call, fileRoute, route, whole } from './route.ts'
import {
  amount,
  at,
  atOr,
  byId,
  currency,
  flag,
  id,
  list,
  listQuery,
  minor,
  money,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const byCurrency = z.record(currency, amount)
const terms = {
  kept_bps: z
    .int()
    .min(0)
    .max(10_000)
    .openapi({ description: 'Hundredths of a percent of each payment: 250 is 2.5 %.' }),
  kept_fixed: byCurrency.openapi({ description: 'And so many minor units of each, by currency.' }),
  hold_days: z.int().min(0).max(365).openapi({ description: 'So long a payment is held back before it is paid out.' }),
  least_payout: byCurrency.openapi({ description: 'Less than this is not paid out, by currency.' }),
  refunds: z.enum(['owed', 'any']).openapi({
    description: '`owed`: the reseller gives back no more than what he is still owed; `any`: it is advanced for him.',
  }),
  monthly: z.boolean().openapi({ description: 'Whether a statement closes by itself with each month.' }),
}
const LoanOut = resource('GatewayLoan', {
  id: z.string(),
  lender_id: z.string(),
  reseller_id: z.string(),
  gateway_id: z.string().nullable().openapi({ description: 'Of the lender; null to the reseller.' }),
  reseller_gateway_id: z.string().openapi({ description: 'The same gateway among those of the reseller.' }),
  name: z.string(),
  kind: z.string(),
  ...terms,
  created_at: time,
  ended_at: time.nullable(),
})

const loanOf = (
  call: Call,
  each: Omit<Loan, 'gatewayAccountId'> & { gatewayAccountId?: string },
): z.input<typeof LoanOut> => ({
  id: each.id,
  lender_id: each.lenderId,
  reseller_id: each.resellerId,
  gateway_id: each.gatewayAccountId ?? null,
  reseller_gateway_id: each.childAccountId,
  name: each.gatewayName,
  kind: each.gatewayKind,
  kept_bps: each.keptBps,
  kept_fixed: { ...each.keptFixed },
  hold_days: each.holdDays,
  least_payout: { ...each.leastPayout },
  refunds: each.refunds,
  monthly: each.monthly,
  created_at: at(each.createdAt),
  ended_at: atOr(each.endedAt),
  livemode: call.shop.livemode,
})

const loan = async (call: Call, loanId: string) => loanOf(call, await call.read((tx) => readLoan(tx, loanId)))

const StandingOut = z
  .strictObject({
    lender_id: z.string(),
    reseller_id: z.string(),
    currency: z.string(),
    owed: money.openapi({ description: 'Collected and not paid out; below nothing where more went back.' }),
    held: money.openapi({ description: 'Of that, what may still be taken back.' }),
    held_until: time.nullable(),
    payable: money,
    livemode: z.boolean(),
  })
  .openapi('CollectedStanding')

const standingOf = (call: Call, lenderId: string, resellerId: string, each: Standing): z.input<typeof StandingOut> => ({
  lender_id: lenderId,
  reseller_id: resellerId,
  currency: each.currency,
  owed: minor(each.balanceMinor, each.currency),
  held: minor(each.heldMinor, each.currency),
  held_until: atOr(each.heldUntil),
  payable: minor(payableOf(each), each.currency),
  livemode: call.shop.livemode,
})

const Line = z.strictObject({
  id: z.string(),
  at: time,
  kind: z.enum(['payment', 'refund', 'dispute', 'dispute_fee', 'payout']),
  about: z.string().openapi({ description: 'The reseller’s payment, or the reference of a payout.' }),
  amount: money,
  kept: money,
})
const statementShape = {
  id: z.string(),
  number: z.string(),
  lender_id: z.string(),
  reseller_id: z.string(),
  from: time,
  until: time,
  opening: money,
  payments: money,
  refunds: money,
  disputes: money,
  kept: money,
  paid_out: money,
  closing: money,
  payable: money,
  held_until: time.nullable(),
  created_at: time,
}
const StatementOut = resource('ResellerStatement', statementShape)
const StatementWithLines = resource('ResellerStatementWithLines', { ...statementShape, lines: z.array(Line) })

const statementOf = (call: Call, each: ResellerStatement): z.input<typeof StatementOut> => ({
  id: each.id,
  number: statementNumber(each),
  lender_id: each.lenderId,
  reseller_id: each.resellerId,
  from: at(each.from),
  until: at(each.until),
  opening: minor(each.openingMinor, each.currency),
  payments: minor(each.paymentsMinor, each.currency),
  refunds: minor(each.refundsMinor, each.currency),
  disputes: minor(each.disputesMinor, each.currency),
  kept: minor(each.keptMinor, each.currency),
  paid_out: minor(each.paidMinor, each.currency),
  closing: minor(each.closingMinor, each.currency),
  payable: minor(each.payableMinor, each.currency),
  held_until: atOr(each.heldUntil),
  created_at: at(each.createdAt),
  livemode: call.shop.livemode,
})

const withLines = (call: Call, statementId: string): Promise<z.input<typeof StatementWithLines>> =>
  call.read(async (tx) => {
    const statement = await readStatement(tx, statementId)
    const { currency: unit } = statement
    return {
      ...statementOf(call, statement),
      lines: (await linesOfStatement(tx, statement)).map((each) => ({
        id: each.id,
        at: at(each.at),
        kind: each.kind,
        about: each.about,
        amount: minor(each.amountMinor, unit),
        kept: minor(each.keptMinor, unit),
      })),
    }
  })

const PayoutOut = resource('ResellerPayout', {
  id: z.string(),
  lender_id: z.string(),
  reseller_id: z.string(),
  amount: money,
  reference: z.string(),
  paid_on: z.string(),
  statement_id: z.string().nullable(),
  created_at: time,
})
const payoutOf = (call: Call, each: ResellerPayout): z.input<typeof PayoutOut> => ({
  id: each.id,
  lender_id: each.lenderId,
  reseller_id: each.resellerId,
  amount: minor(each.amountMinor, each.currency),
  reference: each.reference,
  paid_on: each.paidOn,
  statement_id: each.statementId,
  created_at: at(each.createdAt),
  livemode: call.shop.livemode,
})

const payout = async (call: Call, payoutId: string) =>
  payoutOf(call, await call.read((tx) => readResellerPayout(tx, payoutId)))

const toUs = flag
  .optional()
  .openapi({ description: '`true`: what others collect for this business, instead of what it collects for others.' })

export const collecting = [
  route({
    method: 'get',
    path: '/gateway_loans',
    scope: 'gateways:read',
    summary: 'Lists gateways that are lent to resellers, or (`to_us`) that this business was lent.',
    query: z.strictObject({ reseller_id: id('biz').optional(), to_us: toUs }),
    answer: list(LoanOut),
    handle: async (call) => {
      const { reseller_id, to_us } = call.query
      const found: (Omit<Loan, 'gatewayAccountId'> & { gatewayAccountId?: string })[] = to_us
        ? await call.read(loansToUs)
        : await call.read((tx) => listLoans(tx, reseller_id ?? null))
      return whole(
        call,
        found.map((each) => loanOf(call, each)),
      )
    },
  }),
  route({
    method: 'post',
    path: '/gateway_loans',
    scope: 'gateways:write',
    summary: 'Lends a gateway to a direct reseller, or changes what was agreed about it.',
    description:
      'The reseller has it among his own gateways, switched off, and never sees its settings. One that was taken back is lent again.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      reseller_id: id('biz'),
      gateway_id: id('gwa'),
      kept_bps: terms.kept_bps.default(standardLoan.keptBps),
      kept_fixed: terms.kept_fixed.default({}),
      hold_days: terms.hold_days.default(standardLoan.holdDays),
      least_payout: terms.least_payout.default({}),
      refunds: terms.refunds.default(standardLoan.refunds),
      monthly: terms.monthly.default(standardLoan.monthly),
    }),
    answer: LoanOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { reseller_id, gateway_id, ...body } = call.body
      const agreed: LoanTerms = {
        keptBps: body.kept_bps,
        keptFixed: body.kept_fixed,
        holdDays: body.hold_days,
        leastPayout: body.least_payout,
        refunds: body.refunds,
        monthly: body.monthly,
      }
      const made = await lendGateway(call.shop, {
        resellerId: reseller_id,
        gatewayAccountId: gateway_id,
        terms: agreed,
      })
      return loan(call, made)
    },
    retell: (call, made) => loan(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/gateway_loans/{id}/take_back',
    scope: 'gateways:write',
    summary: 'Takes a lent gateway back: no new payment begins there, what is under way ends properly.',
    needsKey: true,
    params: byId('gwl'),
    answer: LoanOut,
    handle: async (call) => {
      await takeBackGateway(call.shop, call.params.id)
      return loan(call, call.params.id)
    },
    retell: (call) => loan(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/resellers/{id}/collected',
    scope: 'payments:read',
    summary: 'Tells what was collected for a reseller and is owed to him, by currency.',
    params: byId('biz'),
    answer: list(StandingOut),
    handle: async (call) => {
      const { businessId } = call.shop
      const found = await call.read(async (tx) => {
        await readReseller(tx, call.params.id)
        return standings(tx, { lenderId: businessId, resellerId: call.params.id }, call.shop.now())
      })
      return whole(
        call,
        found.map((each) => standingOf(call, businessId, call.params.id, each)),
      )
    },
  }),
  route({
    method: 'get',
    path: '/collected_for_us',
    scope: 'payments:read',
    summary: 'Tells what was collected for this business by others, and is owed to it.',
    answer: list(StandingOut),
    handle: async (call) => {
      const { businessId } = call.shop
      const found = await call.read(async (tx) => {
        const lenders = [...new Set((await loansToUs(tx)).map(({ lenderId }) => lenderId))]
        const all: z.input<typeof StandingOut>[] = []
        for (const lenderId of lenders)
          for (const each of await standings(tx, { lenderId, resellerId: businessId }, call.shop.now()))
            all.push(standingOf(call, lenderId, businessId, each))
        return all
      })
      return whole(call, found)
    },
  }),
  route({
    method: 'get',
    path: '/reseller_statements',
    scope: 'payments:read',
    summary: 'Lists statements of what was collected, newest first.',
    query: listQuery({ reseller_id: id('biz').optional(), to_us: toUs }),
    answer: list(StatementOut),
    handle: async (call) => {
      const { reseller_id, to_us } = call.query
      const found = await call.read((tx) =>
        to_us ? statementsToUs(tx, call.page) : listStatements(tx, { resellerId: reseller_id }, call.page),
      )
      return call.list(
        found,
        (each) => statementOf(call, each),
        ({ createdAt }) => createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/reseller_statements',
    scope: 'payments:write',
    summary: 'Closes a statement now, over what was collected and paid out since the one before.',
    status: 201,
    needsKey: true,
    body: z.strictObject({ reseller_id: id('biz'), currency }),
    answer: StatementWithLines,
    refuses: ['conflict'],
    handle: async (call) => {
      const { reseller_id, currency: unit } = call.body
      return withLines(call, await closeStatement(call.shop, { resellerId: reseller_id, currency: unit }))
    },
    retell: (call, made) => withLines(call, made ?? ''),
  }),
  route({
    method: 'get',
    path: '/reseller_statements/{id}',
    scope: 'payments:read',
    summary: 'Reads a statement with its lines, on either side of it.',
    params: byId('rst'),
    answer: StatementWithLines,
    handle: (call) => withLines(call, call.params.id),
  }),
  fileRoute({
    method: 'get',
    path: '/reseller_statements/{id}/pdf',
    scope: 'payments:read',
    summary: 'The same as a PDF.',
    media: 'application/pdf',
    params: byId('rst'),
    handle: async ({ params, read }) => {
      const { statement, lines } = await read(async (tx) => {
        const found = await readStatement(tx, params.id)
        return { statement: found, lines: await linesOfStatement(tx, found) }
      })
      return printStatement(statement, lines)
    },
  }),
  route({
    method: 'get',
    path: '/reseller_payouts',
    scope: 'payments:read',
    summary: 'Lists what was paid out to a direct reseller, or (`to_us`) to this business, newest first.',
    query: listQuery({ reseller_id: id('biz').optional(), to_us: toUs }),
    answer: list(PayoutOut),
    handle: async (call) => {
      const { reseller_id, to_us } = call.query
      const found = await call.read((tx) =>
        to_us ? payoutsToUs(tx, call.page) : listResellerPayouts(tx, reseller_id ?? null, call.page),
      )
      return call.list(
        found,
        (each) => payoutOf(call, each),
        ({ createdAt }) => createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/reseller_payouts',
    scope: 'payments:write',
    summary: 'Notes that what was collected for a reseller was paid out to him, once per reference.',
    description: 'Never more than what is free. Without an amount: all of it.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      reseller_id: id('biz'),
      currency,
      amount: amount.min(1).optional(),
      reference: words(80),
      paid_on: z.iso.date(),
    }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { reseller_id, currency: unit, amount: wanted, reference, paid_on } = call.body
      const made = await payReseller(call.shop, {
        resellerId: reseller_id,
        currency: unit,
        amountMinor: wanted === undefined ? null : BigInt(wanted),
        reference,
        paidOn: Temporal.PlainDate.from(paid_on),
      })
      return payout(call, made)
    },
    retell: (call, made) => payout(call, made ?? ''),
  }),
]
