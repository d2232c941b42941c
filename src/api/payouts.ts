/** Payouts: what gateways have paid out to the bank, and what they hold still. */
import type { Shop } from '#app.ts'
import { matchByHand, settlePayout, unmatchByHand } from '#modules/billing/payouts/match-payouts.ts'
import { type GatewayMove, listMoves } from '#modules/billing/payouts/moves.ts'
import {
  findPayout,
  heldByGateways,
  listPayouts,
  type PayoutSeen,
  seePayouts,
} from '#modules/billing/payouts/payouts.ts'
import { askToReadBalance } from '#modules/billing/payouts/read-balance.ts'
import { recordPayout, undoPayout } from '#modules/billing/payouts/record-payout.ts'
import { netOf, type Payout, payoutDifferenceKinds, payoutStates } from '#modules/billing/payouts/rules.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, route, whole } from './route.ts'
import {
  at,
  atOr,
  byId,
  id,
  list,
  listQuery,
  minor,
  money,
  moneyIn,
  moneyOf,
  resource,
  time,
  words,
  z,
} from './schemas.ts'

const day = z.iso.date().openapi({ example: '2026-03-31' })

const PayoutOut = resource('Payout', {
  id: z.string(),
  gateway: z.string(),
  amount: money.openapi({ description: 'What arrived at the bank.' }),
  fee: money.openapi({ description: 'What the gateway kept of it.' }),
  reference: z.string(),
  state: z.enum(payoutStates).openapi({
    description: '`coming`: told by the gateway, and in no books yet. What staff entered has arrived.',
  }),
  gateway_reference: z
    .string()
    .nullable()
    .openapi({ description: 'The gateway’s own name of it, once it has told of it.' }),
  arrived_on: day.openapi({ description: 'When it arrived, or is expected.' }),
  parts: z
    .strictObject({ payments: money, refunds: money, disputes: money, other: money, fees: money, net: money })
    .nullable()
    .openapi({ description: 'What it is made of, where its gateway says so; what went is below zero.' }),
  bank_entry: z.string().nullable().openapi({ description: 'The entry of a bank’s statement as which it arrived.' }),
  differences: z.array(z.strictObject({ kind: z.enum(payoutDifferenceKinds), amount: money })).openapi({
    description:
      '`parts`: what it is made of is not what was sent; `unknown`: it holds money that is not in our books; `bank`: another sum arrived; `missing`: it is on no statement.',
  }),
  settled_at: time.nullable(),
  settled_reason: z.string().nullable(),
  by: z.string(),
  created_at: time,
  undone_at: time.nullable(),
})

const partsOf = ({ parts }: PayoutSeen, { currency }: Payout) =>
  parts === null
    ? null
    : {
        payments: minor(parts.paymentsMinor, currency),
        refunds: minor(parts.refundsMinor, currency),
        disputes: minor(parts.disputesMinor, currency),
        other: minor(parts.otherMinor, currency),
        fees: minor(parts.feesMinor, currency),
        net: minor(netOf(parts), currency),
      }

const payoutOf = (shop: Shop, each: Payout, seen: PayoutSeen): z.input<typeof PayoutOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  amount: minor(each.amountMinor, each.currency),
  fee: minor(each.feeMinor, each.currency),
  reference: each.reference,
  state: each.state,
  gateway_reference: each.remoteRef,
  arrived_on: each.arrivedOn,
  parts: partsOf(seen, each),
  bank_entry: each.entryId,
  differences: seen.differences.map(({ kind, minor: off }) => ({ kind, amount: minor(off, each.currency) })),
  settled_at: atOr(each.settledAt),
  settled_reason: each.settledReason,
  by: each.by,
  created_at: at(each.createdAt),
  undone_at: atOr(each.undoneAt),
  livemode: shop.livemode,
})

const MoveOut = resource('GatewayMove', {
  id: z.string(),
  gateway: z.string(),
  kind: z.enum(['payment', 'refund', 'dispute', 'fee', 'other']),
  gateway_reference: z.string().openapi({ description: 'The gateway’s own name of it.' }),
  payment_id: z.string().nullable(),
  payout_id: z.string().nullable(),
  amount: money.openapi({ description: 'Before the fee; below zero: it went.' }),
  fee: money.openapi({ description: 'What the gateway kept; below zero: gave back.' }),
  net: money,
  original: money.nullable().openapi({ description: 'Before the gateway made it another currency.' }),
  state: z.enum(['waiting', 'booked']).openapi({ description: '`waiting`: about money that is not in our books.' }),
  moved_at: time,
  created_at: time,
})

const moveOf = (shop: Shop, each: GatewayMove): z.input<typeof MoveOut> => ({
  id: each.id,
  gateway: each.gatewayAccountId,
  kind: each.kind,
  gateway_reference: each.ref,
  payment_id: each.paymentId,
  payout_id: each.payoutId,
  amount: minor(each.amountMinor, each.currency),
  fee: minor(each.feeMinor, each.currency),
  net: minor(each.amountMinor - each.feeMinor, each.currency),
  original:
    each.originalCurrency === null || each.originalMinor === null
      ? null
      : minor(each.originalMinor, each.originalCurrency),
  state: each.state,
  moved_at: at(each.movedAt),
  created_at: at(each.createdAt),
  livemode: shop.livemode,
})

const HeldOut = resource('HeldByGateway', { gateway: z.string(), held: money })

async function withParts(
  tx: Tx,
  found: readonly (Payout | null)[],
): Promise<{ id: string; payout: Payout; seen: PayoutSeen }[]> {
  const payouts = found.filter((each) => each !== null)
  const seen = await seePayouts(tx, payouts)
  const nothing = { parts: null, entry: null, differences: [] }
  return payouts.map((payout) => ({ id: payout.id, payout, seen: seen.get(payout.id) ?? nothing }))
}

const read = async (call: Call, payoutId: string): Promise<z.input<typeof PayoutOut>> => {
  const [found] = await call.read(async (tx) => withParts(tx, [await findPayout(tx, payoutId)]))
  if (found === undefined) throw new Refusal('not_found', 'There is no such payout.')
  return payoutOf(call.shop, found.payout, found.seen)
}

export const payouts = [
  route({
    method: 'get',
    path: '/payouts',
    scope: 'payments:read',
    summary: 'Lists payouts, newest first.',
    query: listQuery({ gateway: id('gwa').optional(), state: z.enum(payoutStates).optional() }),
    answer: list(PayoutOut),
    handle: async (call) => {
      const { gateway, state } = call.query
      const found = await call.read(async (tx) =>
        withParts(tx, await listPayouts(tx, { gatewayAccountId: gateway, state }, call.page)),
      )
      return call.list(
        found,
        ({ payout, seen }) => payoutOf(call.shop, payout, seen),
        ({ payout }) => payout.createdAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/held_by_gateways',
    scope: 'payments:read',
    summary: 'Tells what each gateway holds for the business, by the books.',
    answer: list(HeldOut),
    handle: async (call) =>
      whole(
        call,
        (await call.read(heldByGateways)).map((each) => ({
          gateway: each.gatewayAccountId,
          held: minor(each.minor, each.currency),
          livemode: call.shop.livemode,
        })),
      ),
  }),
  route({
    method: 'get',
    path: '/payouts/{id}',
    scope: 'payments:read',
    summary: 'Reads a payout.',
    params: byId('pyo'),
    answer: PayoutOut,
    handle: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/payouts',
    scope: 'payments:write',
    summary: 'Enters what a gateway has paid out, once per reference.',
    description: 'Where a gateway tells its fees by itself (`/gateway_moves`), a payout has none of its own.',
    status: 201,
    needsKey: true,
    body: z.strictObject({
      gateway: id('gwa'),
      amount: moneyIn,
      fee: moneyIn.optional(),
      reference: words(120),
      arrived_on: day,
    }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      const { gateway, amount, fee, reference, arrived_on } = call.body
      const made = await recordPayout(call.shop, {
        gatewayAccountId: gateway,
        amount: moneyOf(amount),
        fee: fee === undefined ? null : moneyOf(fee),
        reference,
        arrivedOn: Temporal.PlainDate.from(arrived_on),
      })
      return read(call, made)
    },
    retell: (call, made) => read(call, made ?? ''),
  }),
  route({
    method: 'post',
    path: '/payouts/{id}/undo',
    scope: 'payments:write',
    summary: 'Takes back a payout that was entered by mistake.',
    needsKey: true,
    params: byId('pyo'),
    answer: PayoutOut,
    handle: async (call) => {
      await undoPayout(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/payouts/{id}/match',
    scope: 'payments:write',
    summary: 'Says which entry of a bank’s statement a payout arrived as.',
    needsKey: true,
    params: byId('pyo'),
    body: z.strictObject({ bank_entry: id('ben') }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await matchByHand(call.shop, call.params.id, call.body.bank_entry)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/payouts/{id}/unmatch',
    scope: 'payments:write',
    summary: 'Says that a payout arrived as another entry after all; the entry waits again.',
    needsKey: true,
    params: byId('pyo'),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await unmatchByHand(call.shop, call.params.id)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'post',
    path: '/payouts/{id}/settle',
    scope: 'payments:write',
    summary:
      'Accepts what does not agree about a payout. What arrived less or more than was sent is booked with the fees.',
    needsKey: true,
    params: byId('pyo'),
    body: z.strictObject({ reason: words(500) }),
    answer: PayoutOut,
    refuses: ['conflict'],
    handle: async (call) => {
      await settlePayout(call.shop, call.params.id, call.body.reason)
      return read(call, call.params.id)
    },
    retell: (call) => read(call, call.params.id),
  }),
  route({
    method: 'get',
    path: '/gateway_moves',
    scope: 'payments:read',
    summary: 'Lists what moved at gateways as they tell it, with what they kept of it, newest first.',
    query: listQuery({
      gateway: id('gwa').optional(),
      payment: id('pay').optional(),
      payout: id('pyo').optional(),
      state: z.enum(['waiting', 'booked']).optional(),
    }),
    answer: list(MoveOut),
    handle: async (call) => {
      const { gateway, payment, payout, state } = call.query
      const filter = { gatewayAccountId: gateway, paymentId: payment, payoutId: payout, state }
      return call.list(
        await call.read((tx) => listMoves(tx, filter, call.page)),
        (each) => moveOf(call.shop, each),
        (each) => each.createdAt,
      )
    },
  }),
  route({
    method: 'post',
    path: '/gateways/{id}/read_balance',
    scope: 'payments:write',
    summary: 'Asks a gateway now what it kept of payments and what it paid out.',
    description: 'It happens by itself every day. One that is under way goes on.',
    params: byId('gwa'),
    body: z.strictObject({}),
    answer: resource('AskedGateway', { gateway: z.string() }),
    again: true,
    refuses: ['conflict'],
    handle: async (call) => {
      await call.write('read-balance', (tx) => askToReadBalance(tx, call.shop, call.params.id))
      return { gateway: call.params.id, livemode: call.shop.livemode }
    },
  }),
]
