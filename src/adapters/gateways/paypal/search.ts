/** PayPal's transaction search: it knows money only, and knows it up to three hours late. */
import { z } from 'zod'
import { ProviderError } from '#platform/errors.ts'
import { type Money, negate } from '#platform/money.ts'
import type { ListedMoney, ListedMove, ListedMoves, ListedPage, ListedPayouts, ListRequest } from '../gateway.ts'
import { isRejected } from '../json-api.ts'
import { fromPaypalAmount } from './amounts.ts'
import type { Ask, Call } from './call.ts'
import { ourRefOf } from './snapshot.ts'

const Page = z.object({
  transaction_details: z
    .array(
      z.object({
        transaction_info: z.object({ transaction_id: z.string(), custom_field: z.string().nullish() }),
      }),
    )
    .nullish(),
  total_pages: z.int().nullish(),
})

const Capture = z.object({
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string().nullish() }).nullish() }).nullish(),
})

const Listing = z.object({
  transaction_details: z
    .array(
      z.object({
        transaction_info: z.object({
          transaction_id: z.string(),
          transaction_event_code: z.string(),
          transaction_initiation_date: z.string(),
          transaction_amount: z.object({ currency_code: z.string().length(3), value: z.string() }),
          transaction_status: z.string().nullish(),
          fee_amount: z.object({ currency_code: z.string().length(3), value: z.string() }).nullish(),
          bank_reference_id: z.string().nullish(),
          paypal_reference_id: z.string().nullish(),
          custom_field: z.string().nullish(),
        }),
      }),
    )
    .nullish(),
  total_pages: z.int().nullish(),
})
type Transaction = NonNullable<z.infer<typeof Listing>['transaction_details']>[number]['transaction_info']

const mostPages = 60
/** The longest span that may be asked for at once; older attempts have their answers. */
const span = { hours: 24 * 30 }

/** The orders with money under our reference. A span with more than 30,000 transactions cannot be looked through: `unavailable`. */
export async function findOrders(call: Call, ourRef: string, now: Temporal.Instant): Promise<string[]> {
  const found = new Set<string>()
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    if (page > mostPages)
      throw new ProviderError('paypal', 'unavailable', 'there are too many transactions to look through', {
        code: 'too_many',
      })
    const reply = await call(pageOf(now.subtract(span), now, 500, page), Page)
    pages = reply.total_pages ?? 1
    for (const { transaction_info: each } of reply.transaction_details ?? [])
      if (ourRefOf(each.custom_field) === ourRef) found.add(each.transaction_id)
  }
  const orders = await Promise.all([...found].map((id) => orderOf(call, id)))
  return [...new Set(orders.filter((each) => each !== null))]
}

/** Throws `auth_failed` where the app may not search. */
export async function trySearch(call: Call, now: Temporal.Instant): Promise<void> {
  await call(pageOf(now.subtract({ hours: 1 }), now, 1, 1), Page)
}

/** A page is known by its number. The search knows what happened up to three hours late. */
export async function listMoney(call: Call, { from, until, cursor, most }: ListRequest): Promise<ListedPage> {
  const page = cursor === null ? 1 : Number(cursor)
  const reply = await call(pageOf(from, until, most, page), Listing)
  const moneys = (reply.transaction_details ?? []).flatMap(({ transaction_info: each }) => listedOf(each))
  return { moneys, next: page < (reply.total_pages ?? 1) ? String(page + 1) : null }
}

/**
 * Event codes (developer.paypal.com, transaction event codes): T00 payments, T11 reversals, of which T1107 is a refund by the seller. A
 * refund names the capture whose payment is to be asked about. Money that we paid has a minus.
 */
function listedOf(each: Transaction): ListedMoney[] {
  const at = Temporal.Instant.from(offsetOf(each.transaction_initiation_date))
  const ourRef = ourRefOf(each.custom_field)
  if (each.transaction_event_code === 'T1107')
    return [
      { remoteRef: null, ourRef, captureId: each.paypal_reference_id ?? null, received: null, refunded: null, at },
    ]
  const isMoney = each.transaction_event_code.startsWith('T00') && each.transaction_status === 'S'
  if (!isMoney || each.transaction_amount.value.startsWith('-')) return []
  const received = fromPaypalAmount(each.transaction_amount)
  return [{ remoteRef: null, ourRef, captureId: each.transaction_id, received, refunded: null, at }]
}

async function listed(call: Call, { from, until, cursor, most }: ListRequest) {
  const page = cursor === null ? 1 : Number(cursor)
  const reply = await call(pageOf(from, until, most, page), Listing)
  const next = page < (reply.total_pages ?? 1) ? String(page + 1) : null
  return { found: (reply.transaction_details ?? []).map((each) => each.transaction_info), next }
}

const settled = ({ transaction_status: status }: Transaction): boolean => status === 'S'
const isWithdrawal = ({ transaction_event_code: code }: Transaction): boolean => code.startsWith('T04')

/** Every transaction with what PayPal kept of it; withdrawals to the bank are payouts. */
export async function listMoves(call: Call, request: ListRequest): Promise<ListedMoves> {
  const { found, next } = await listed(call, request)
  return { moves: found.filter((each) => settled(each) && !isWithdrawal(each)).map(moveOf), next }
}

/** T04: withdrawals from the balance. PayPal does not say of which payments one is made. */
export async function listPayouts(call: Call, request: ListRequest): Promise<ListedPayouts> {
  const { found, next } = await listed(call, request)
  const sent = found.filter((each) => isWithdrawal(each) && each.transaction_amount.value.startsWith('-'))
  return {
    payouts: sent.map((each) => {
      const amount = negate(signed(each.transaction_amount))
      const at = Temporal.Instant.from(offsetOf(each.transaction_initiation_date))
      return {
        ref: each.transaction_id,
        amount,
        fee: feeOf(each, amount),
        state: settled(each) ? 'arrived' : each.transaction_status === 'P' ? 'coming' : 'failed',
        arrivesOn: at.toZonedDateTimeISO('UTC').toPlainDate().toString(),
        bankText: each.bank_reference_id ?? null,
      }
    }),
    next,
  }
}

/** T00 payments, T01 fees that PayPal bills by themselves, T11 and T12 what went back and what a dispute took, T0106 what that cost. */
function kindOf(code: string, amount: Money): ListedMove['kind'] {
  if (code === 'T1107') return 'refund'
  if (/^T1[12]|^T0106$/.test(code)) return 'dispute'
  if (code.startsWith('T01')) return 'fee'
  return code.startsWith('T00') && amount.minor > 0n ? 'payment' : 'other'
}

function moveOf(each: Transaction): ListedMove {
  const amount = signed(each.transaction_amount)
  const kind = kindOf(each.transaction_event_code, amount)
  const about = {
    ref: each.transaction_id,
    kind,
    captureId: kind === 'payment' ? each.transaction_id : kind === 'refund' ? (each.paypal_reference_id ?? null) : null,
    ourRef: kind === 'payment' ? ourRefOf(each.custom_field) : null,
    // The search names a disputed payment, not its case.
    disputeRef: null,
    original: null,
    at: Temporal.Instant.from(offsetOf(each.transaction_initiation_date)),
  } as const
  // Billed by itself: the whole of it is the fee.
  if (kind === 'fee') return { ...about, amount: { ...amount, minor: 0n }, fee: negate(amount) }
  return { ...about, amount, fee: feeOf(each, amount) }
}

/** PayPal writes what it kept below zero. */
const feeOf = ({ fee_amount: fee }: Transaction, amount: Money): Money =>
  fee ? negate(signed(fee)) : { ...amount, minor: 0n }

function signed({ currency_code, value }: Transaction['transaction_amount']): Money {
  const amount = fromPaypalAmount({ currency_code, value: value.replace(/^-/, '') })
  return value.startsWith('-') ? negate(amount) : amount
}

/** PayPal writes `+0000`, which is no offset of RFC 3339. */
const offsetOf = (text: string): string => text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')

function pageOf(from: Temporal.Instant, to: Temporal.Instant, size: number, page: number): Ask {
  const query = new URLSearchParams({
    start_date: whole(from),
    end_date: whole(to),
    fields: 'transaction_info',
    page_size: String(size),
    page: String(page),
  })
  return { method: 'GET', path: `/v1/reporting/transactions?${query}` }
}

const whole = (at: Temporal.Instant): string => at.round('second').toString()

/** Null for what is no capture: a refund is found under the same reference. */
async function orderOf(call: Call, transactionId: string): Promise<string | null> {
  try {
    const path = `/v2/payments/captures/${encodeURIComponent(transactionId)}`
    return (await call({ method: 'GET', path }, Capture)).supplementary_data?.related_ids?.order_id ?? null
  } catch (error) {
    if (isRejected(error, 'not_found')) return null
    throw error
  }
}
