/** Authorize.Net's transactions: how those of one payment are found, and what they say together. */
import { z } from 'zod'
import { fromDecimal, type Money, sum } from '#platform/money.ts'
import { earlierOf, isBefore, laterOf } from '#platform/time.ts'
import { failureOf } from '../declines.ts'
import type { DeclineClass, ListedMoney, PaymentSnapshot, RefundSnapshot, SavedMethod } from '../gateway.ts'
import { type Call, failed } from './call.ts'
import { type Reference, readReference } from './reference.ts'

const words = z.string().nullish()
const number = z.union([z.string(), z.number()]).transform(String)

const Listed = z.object({
  transId: z.string(),
  invoiceNumber: words,
  transactionStatus: z.string(),
  submitTimeUTC: z.string(),
  settleAmount: number.nullish(),
})
export type Listed = z.infer<typeof Listed>

const List = z.object({ transactions: z.array(Listed).nullish() })
const Batches = z.object({ batchList: z.array(z.object({ batchId: z.string() })).nullish() })

export const Detail = z.object({
  transaction: z.object({
    transId: z.string(),
    transactionType: z.string(),
    transactionStatus: z.string(),
    responseCode: number,
    responseReasonCode: number.nullish(),
    authAmount: number,
    settleAmount: number.nullish(),
    order: z.object({ invoiceNumber: words, description: words }).nullish(),
    payment: z.object({ creditCard: z.object({ cardNumber: z.string(), cardType: words }).nullish() }).nullish(),
    profile: z.object({ customerProfileId: z.string(), customerPaymentProfileId: z.string() }).nullish(),
  }),
})
export type Transaction = z.infer<typeof Detail>['transaction']

const pageSize = 1000
const mostPages = 20

/** What happened since the last settlement, and what was settled between two moments. Newest first where that matters to nobody. */
export async function listed(
  call: Call,
  span: { from: Temporal.Instant; to: Temporal.Instant },
  wanted: (each: Listed) => boolean,
): Promise<Listed[]> {
  const found = await pages(call, 'getUnsettledTransactionListRequest', {}, wanted)
  const { batchList } = await call(
    'getSettledBatchListRequest',
    { firstSettlementDate: whole(span.from), lastSettlementDate: whole(span.to) },
    Batches,
  )
  for (const { batchId } of batchList ?? [])
    found.push(...(await pages(call, 'getTransactionListRequest', { batchId }, wanted)))
  return found
}

/** What is not settled yet, then batch by batch: a page is known by the number of its batch, which grow. */
export async function batchAfter(
  call: Call,
  cursor: string | null,
  span: { from: Temporal.Instant; to: Temporal.Instant },
): Promise<{ transactions: Listed[]; next: string | null }> {
  const asked = { firstSettlementDate: whole(span.from), lastSettlementDate: whole(span.to) }
  const all = () => true
  // Before the batches are: what is settled between the two questions is told twice, not never.
  const unsettled = cursor === null ? await pages(call, 'getUnsettledTransactionListRequest', {}, all) : []
  const { batchList } = await call('getSettledBatchListRequest', asked, Batches)
  const ids = (batchList ?? []).map(({ batchId }) => batchId).sort(byNumber)
  const [first, second] = cursor === null ? [null, ids[0]] : ids.filter((each) => byNumber(each, cursor) >= 0)
  const settled = first ? await pages(call, 'getTransactionListRequest', { batchId: first }, all) : []
  return { transactions: [...unsettled, ...settled], next: second ?? null }
}

const byNumber = (a: string, b: string): number => a.length - b.length || a.localeCompare(b)

/** A refund is of the same invoice: its payment is asked about. What has no number of ours has its own name only. */
export function listedOf(each: Listed, currency: string): ListedMoney[] {
  const remoteRef = isReference(each.invoiceNumber) ? each.invoiceNumber : null
  const common = { remoteRef, ourRef: null, refunded: null, at: Temporal.Instant.from(each.submitTimeUTC) }
  if (each.transactionStatus in refundStatuses && !paid.has(each.transactionStatus))
    return remoteRef === null ? [] : [{ ...common, captureId: null, received: null }]
  if (!paid.has(each.transactionStatus)) return []
  const received = each.settleAmount ? amountOf(each.settleAmount, currency) : null
  return [{ ...common, captureId: each.transId, received }]
}

async function pages(call: Call, request: string, more: object, wanted: (each: Listed) => boolean): Promise<Listed[]> {
  const found: Listed[] = []
  for (let offset = 1; offset <= mostPages; offset += 1) {
    const sorting = { orderBy: 'submitTimeUTC', orderDescending: true }
    const { transactions } = await call(request, { ...more, sorting, paging: { limit: pageSize, offset } }, List)
    found.push(...(transactions ?? []).filter(wanted))
    if ((transactions ?? []).length < pageSize) break
  }
  return found
}

const whole = (at: Temporal.Instant): string => at.round('second').toString()

export const detailOf = async (call: Call, transId: string): Promise<Transaction> =>
  (await call('getTransactionDetailsRequest', { transId }, Detail)).transaction

/** All of one payment: its charges, declined ones too, and its refunds. A page is open for a day at most and settles within days. */
export async function transactionsOf(
  call: Call,
  reference: string,
  { over }: Reference,
  now: Temporal.Instant,
): Promise<Transaction[]> {
  const from = over.subtract({ hours: 50 })
  const settled = over.add({ hours: 24 * 5 })
  // What came later than that was held for review; a refund settles in a batch of its own day. A question may span 31 days.
  const spans = [
    { from, to: earlierOf(settled, now) },
    ...(isBefore(settled, now) ? [{ from: laterOf(from, now.subtract({ hours: 24 * 30 })), to: now }] : []),
  ]
  const found = new Map<string, Listed>()
  for (const span of spans)
    for (const each of await listed(call, span, ({ invoiceNumber }) => invoiceNumber === reference))
      found.set(each.transId, each)
  // Their numbers grow: oldest first.
  const ids = [...found.keys()].sort((a, b) => a.length - b.length || a.localeCompare(b))
  return Promise.all(ids.map((id) => detailOf(call, id)))
}

/**
 * Our own names are the first words of the description: `pay_… TV, 1 month`, `ref_… asked for it`. A refund that staff make at Authorize.Net
 * has words of theirs there, or none.
 */
const nameIn = ({ order }: Transaction, of: 'pay' | 'ref'): string | null =>
  new RegExp(`^(${of}_\\w+)`).exec(order?.description ?? '')?.[1] ?? null
const isRefund = ({ transactionType }: Transaction): boolean => transactionType === 'refundTransaction'
const paid = new Set(['capturedPendingSettlement', 'settledSuccessfully', 'settlementError'])
const held = new Set([
  'FDSPendingReview',
  'FDSAuthorizedPendingReview',
  'underReview',
  'approvedReview',
  'authorizedPendingCapture',
])

export const isCharge = (each: Transaction): boolean => !isRefund(each)
export const isPaid = (each: Transaction): boolean => isCharge(each) && paid.has(each.transactionStatus)
export const isSettled = (each: Transaction): boolean => each.transactionStatus === 'settledSuccessfully'

type Facts = { currency: string; livemode: boolean; now: Temporal.Instant; saved: SavedMethod | null }

export function snapshotOf(
  remoteRef: string,
  { minor, over }: Reference,
  all: readonly Transaction[],
  { currency, livemode, now, saved }: Facts,
): PaymentSnapshot {
  const charges = all.filter(isCharge)
  // Whoever opened the page twice can pay on both: what came first names it, the rest is money beyond it.
  const [money, ...more] = charges.filter(isPaid)
  const waiting = charges.find(({ transactionStatus }) => held.has(transactionStatus))
  const voided = charges.find(({ transactionStatus }) => transactionStatus === 'voided')
  const last = money ?? waiting ?? voided ?? charges[0]
  const open = isBefore(now, over)
  // A card that was declined leaves the page open for another; a charge of a kept method has no page.
  const unpaid = open && !charges.some(isOfMerchant) ? 'requires_action' : charges.length > 0 ? 'failed' : 'expired'
  const status = money ? 'succeeded' : waiting ? 'processing' : voided ? 'canceled' : unpaid
  const card = money?.payment?.creditCard
  return {
    remoteRef,
    ourRef: last ? nameIn(last, 'pay') : null,
    status,
    requested: { minor, currency },
    received: sum(currency, money ? [money, ...more].map((each) => amountOf(each.authAmount, currency)) : []),
    captureId: money?.transId ?? null,
    livemode,
    failure: last && !money && !waiting && !voided ? declineOf(last.responseReasonCode ?? null) : null,
    refunds: [
      ...all
        .filter(isRefund)
        .filter(({ responseCode }) => responseCode === '1')
        .map((each) => refundOf(each, currency)),
      ...(voided && !money ? [voidOf(voided, currency)] : []),
    ],
    method: money ? { kind: 'card', brand: card?.cardType ?? null, last4: card?.cardNumber.slice(-4) ?? null } : null,
    saved: money ? saved : null,
  }
}

/** Charged by us in the buyer's absence: its reference is made with a mark of attempt 0, which no page has. */
const isOfMerchant = ({ order }: Transaction): boolean => / \(charged\)$/.test(order?.description ?? '')

const refundStatuses: Readonly<Record<string, RefundSnapshot['status']>> = {
  refundPendingSettlement: 'succeeded',
  refundSettledSuccessfully: 'succeeded',
  settlementError: 'pending',
  voided: 'canceled',
  declined: 'failed',
  generalError: 'failed',
}

export const refundOf = (each: Transaction, currency: string): RefundSnapshot => ({
  ref: each.transId,
  ourRef: nameIn(each, 'ref'),
  amount: amountOf(each.authAmount, currency),
  status: refundStatuses[each.transactionStatus] ?? 'pending',
  reason: each.order?.description?.replace(/^ref_\w+ /, '') ?? null,
})

/** Taken back before it was settled: the whole of it, and without a name of ours. */
export const voidOf = (each: Transaction, currency: string): RefundSnapshot => ({
  ref: `void-${each.transId}`,
  ourRef: null,
  amount: amountOf(each.authAmount, currency),
  status: 'succeeded',
  reason: null,
})

const classes: Readonly<Record<string, DeclineClass>> = {
  ...each('soft_issuer', ['2', '3']),
  ...each('soft_technical', [
    '35',
    '153',
    '19',
    '20',
    '21',
    '22',
    '23',
    '25',
    '26',
    '57',
    '58',
    '59',
    '60',
    '61',
    '62',
    '63',
  ]),
  ...each('method_invalid', ['6', '7', '8', '17', '27', '28', '44', '45', '65', '78', '127', '315', '316', '317']),
  ...each('hard_blocked', ['4', '41']),
  ...each('fraud', ['250', '251', '252', '253', '254']),
  ...each('configuration', ['11', '13', '54', '103', '155']),
}

function each(kind: DeclineClass, codes: readonly string[]): Record<string, DeclineClass> {
  return Object.fromEntries(codes.map((code) => [code, kind]))
}

export const declineOf = (reason: string | null) =>
  failureOf(classes[reason ?? ''] ?? 'unknown', `reason ${reason ?? '?'}`)

/** Of a number that Authorize.Net writes without its last zeros, in the currency of the account, which it never writes down. */
function amountOf(text: string, currency: string): Money {
  const amount = fromDecimal(text, currency)
  if (amount === null) throw failed('unavailable', `${text} is no amount`, 'unexpected_answer')
  return amount
}

export const isReference = (text: string | null | undefined): text is string => !!text && readReference(text) !== null
