/**
 * Mollie's balances and settlements: what moved with what Mollie kept of it, and what went to the bank. Told to a token of the organization
 * only; the key of a profile may not ask.
 */
import { z } from 'zod'
import { type Money, minus, negate, zero } from '#platform/money.ts'
import type { ListedMove, ListedMoves, ListedPayout, ListedPayouts, ListRequest } from '../gateway.ts'
import type { Call } from '../json-api.ts'
import { Amount, amountOf } from './snapshot.ts'

const words = z.string().nullish()
const Next = z.object({ next: z.object({ href: z.string() }).nullish() })

const Balances = z.object({ _embedded: z.object({ balances: z.array(z.object({ id: z.string() })) }) })

const Transaction = z.object({
  id: z.string(),
  type: z.string(),
  createdAt: z.string(),
  initialAmount: Amount,
  resultAmount: Amount,
  /** Below zero. */
  deductions: Amount.nullish(),
  deductionDetails: z.object({ fees: Amount.nullish(), commissions: Amount.nullish() }).nullish(),
  context: z.record(z.string(), z.unknown()).nullish(),
})
type Transaction = z.infer<typeof Transaction>
const Transactions = z.object({ _embedded: z.object({ balance_transactions: z.array(Transaction) }), _links: Next })

const Settlement = z.object({
  id: z.string(),
  reference: words,
  createdAt: words,
  settledAt: words,
  status: z.string(),
  amount: Amount,
  balanceId: words,
})
const Settlements = z.object({ _embedded: z.object({ settlements: z.array(Settlement) }), _links: Next })

/** `organization`: with its token; `testmode`: of the balances, settlements have none. */
export type MollieBooks = { call: Call; testmode: boolean; hasSettlements: boolean }

const mostAtOnce = 250

/** Balance by balance, newest first in each. The cursor says where the next page begins: a balance, and the transaction in it. */
export async function listMoves({ call, testmode }: MollieBooks, request: ListRequest): Promise<ListedMoves> {
  const { from, until, cursor, most } = request
  const path = `/v2/balances?limit=${mostAtOnce}${testmode ? '&testmode=true' : ''}`
  const balances = (await call({ method: 'GET', path }, Balances))._embedded.balances.map(({ id }) => id)
  const [balance = balances[0], start = ''] = cursor?.split('/') ?? []
  if (balance === undefined) return { moves: [], next: null }
  const { rows, next } = await transactionsOf(call, balance, { start, testmode, limit: Math.min(most, mostAtOnce) })
  const isIn = (at: Temporal.Instant) => Temporal.Instant.compare(at, from) >= 0
  const moves = rows.flatMap(movesOf).filter(({ at }) => isIn(at) && Temporal.Instant.compare(at, until) <= 0)
  if (next !== null && rows.every(({ createdAt }) => isIn(Temporal.Instant.from(createdAt))))
    return { moves, next: `${balance}/${next}` }
  const after = balances[balances.indexOf(balance) + 1]
  return { moves, next: after === undefined ? null : `${after}/` }
}

async function transactionsOf(
  call: Call,
  balance: string,
  { start, testmode, limit }: { start: string; testmode: boolean; limit: number },
): Promise<{ rows: Transaction[]; next: string | null }> {
  const query = new URLSearchParams({ limit: String(limit) })
  if (start !== '') query.set('from', start)
  if (testmode) query.set('testmode', 'true')
  const path = `/v2/balances/${encodeURIComponent(balance)}/transactions?${query}`
  const { _embedded, _links } = await call({ method: 'GET', path }, Transactions)
  return { rows: _embedded.balance_transactions, next: fromOf(_links) }
}

const fromOf = ({ next }: z.infer<typeof Next>): string | null =>
  (next && URL.parse(next.href)?.searchParams.get('from')) || null

/** What stands there of a payment, in whichever of the two shapes that Mollie has for it. */
function about({ context }: Transaction, name: string): string | null {
  const inner = Object.values(context ?? {}).find((each): each is Record<string, unknown> => isRecord(each))
  const found = context?.[name] ?? inner?.[name]
  return typeof found === 'string' ? found : null
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Of what the rest are about our books know no place: reserves, loans, money that was moved by hand. */
const kinds: Readonly<Record<string, ListedMove['kind']>> = {
  payment: 'payment',
  capture: 'payment',
  refund: 'refund',
  'refund-compensation': 'refund',
  'returned-refund': 'refund',
  'returned-refund-compensation': 'refund',
  chargeback: 'dispute',
  'chargeback-reversal': 'dispute',
  'chargeback-compensation': 'dispute',
  'reversed-chargeback-compensation': 'dispute',
  'failed-payment': 'dispute',
  'unauthorized-direct-debit': 'dispute',
  'payment-fee': 'fee',
  'failed-payment-fee': 'fee',
  'reimbursement-fee': 'fee',
  'managed-fee': 'fee',
  'returned-managed-fee': 'fee',
  'balance-charge-fee': 'fee',
  'fee-prepayment': 'fee',
  'invoice-compensation': 'fee',
  'invoice-rounding-compensation': 'fee',
}

/** What went to the bank, or came back from there, is told by its settlement. */
const transfers = new Set([
  'outgoing-transfer',
  'canceled-outgoing-transfer',
  'canceled-transfer',
  'returned-transfer',
  'outgoing-custom-amount-transfer',
])

export function movesOf(transaction: Transaction): ListedMove[] {
  const { id, type, createdAt, initialAmount, resultAmount } = transaction
  const amount = amountOf(initialAmount)
  const none = zero(amount.currency)
  const { fee, held } = keptOf(transaction)
  const kind = kinds[type] ?? 'other'
  const chargeback = about(transaction, 'chargebackId')
  const payment = about(transaction, 'paymentId')
  const facts = {
    captureId: kind === 'other' ? null : payment,
    ourRef: null,
    disputeRef: null,
    original: null,
    at: Temporal.Instant.from(createdAt),
  }
  const move = (ref: string, of: Partial<ListedMove>): ListedMove => ({ ...facts, ref, kind, amount, fee: none, ...of })
  // Set aside or paid back of a loan: no cost, and the money's own way.
  const aside = held.minor === 0n ? [] : [move(`${id}/held`, { kind: 'other', captureId: null, amount: negate(held) })]
  const keptAlone = fee.minor === 0n ? [] : [move(`${id}/fee`, { kind: 'fee', amount: none, fee })]
  if (transfers.has(type)) return [...keptAlone, ...aside]
  if (kind === 'fee') return [move(id, { amount: none, fee: negate(amountOf(resultAmount)) })]
  // What a dispute costs here is told by nobody else, and a dispute's own move books nothing.
  if (kind === 'dispute') {
    const disputeRef = payment !== null && chargeback !== null ? `${payment}/${chargeback}` : null
    return [move(id, { disputeRef }), ...keptAlone, ...aside]
  }
  return [move(id, { fee }), ...aside]
}

/** Both above zero where something was taken. Without details all of it is a fee. */
function keptOf({ initialAmount, deductions, deductionDetails }: Transaction): { fee: Money; held: Money } {
  const none = zero(initialAmount.currency)
  const all = deductions ? negate(amountOf(deductions)) : none
  if (!deductionDetails) return { fee: all, held: none }
  const fee = [deductionDetails.fees, deductionDetails.commissions].reduce(
    (sum, each) => (each ? minus(sum, amountOf(each)) : sum),
    none,
  )
  return { fee, held: minus(all, fee) }
}

const states: Readonly<Record<string, ListedPayout['state']>> = { paidout: 'arrived', failed: 'failed' }

/** Newest first. `open` is what Mollie still gathers. */
export async function listPayouts(books: MollieBooks, { from, cursor, most }: ListRequest): Promise<ListedPayouts> {
  if (!books.hasSettlements) return { payouts: [], next: null }
  const query = new URLSearchParams({ limit: String(Math.min(most, mostAtOnce)) })
  if (cursor !== null) query.set('from', cursor)
  const { _embedded, _links } = await books.call({ method: 'GET', path: `/v2/settlements?${query}` }, Settlements)
  const rows = _embedded.settlements
  const recent = rows.filter((each) => {
    const at = each.settledAt ?? each.createdAt
    return !at || Temporal.Instant.compare(at, from) >= 0
  })
  const next = recent.length === rows.length ? fromOf(_links) : null
  return { payouts: recent.filter(({ status }) => status !== 'open').map(payoutOf), next }
}

function payoutOf({ id, reference, createdAt, settledAt, status, amount }: z.infer<typeof Settlement>): ListedPayout {
  const sum = amountOf(amount)
  const day = settledAt ?? createdAt ?? '1970-01-01'
  return {
    ref: id,
    amount: sum,
    fee: zero(sum.currency),
    state: states[status] ?? 'coming',
    arrivesOn: day.slice(0, 10),
    bankText: reference ?? null,
  }
}

/** So many transactions back; a settlement that reaches farther is not explained. */
const mostPages = 40

const Named = z.object({ id: z.string() })
const parts = {
  payments: z.object({ _embedded: z.object({ payments: z.array(Named) }), _links: Next }),
  refunds: z.object({ _embedded: z.object({ refunds: z.array(Named) }), _links: Next }),
  chargebacks: z.object({ _embedded: z.object({ chargebacks: z.array(Named) }), _links: Next }),
}

/**
 * A settlement names its payments, refunds and chargebacks, its balance has them with what was kept. What moved and names none of
 * them (a correction, a fee of the month) belongs to the settlement that took the balance next.
 */
export async function listPayoutMoves({ call, testmode }: MollieBooks, payoutRef: string): Promise<ListedMoves | null> {
  const path = `/v2/settlements/${encodeURIComponent(payoutRef)}`
  const { balanceId } = await call({ method: 'GET', path }, Settlement)
  if (!balanceId) return null
  const wanted = await membersOf(call, path)
  const found: Transaction[] = []
  let place: 'after' | 'within' | 'before' = 'after'
  for (let page = 0, start = ''; page < mostPages; page += 1) {
    const { rows, next } = await transactionsOf(call, balanceId, { start, testmode, limit: mostAtOnce })
    for (const row of rows) {
      if (row.type === 'outgoing-transfer') {
        place = about(row, 'settlementId') === payoutRef ? 'within' : place === 'within' ? 'before' : place
        if (place === 'within' && about(row, 'settlementId') === payoutRef) found.push(row)
        continue
      }
      const name = nameOf(row)
      if (name === null ? place === 'within' : wanted.delete(name)) found.push(row)
    }
    if (next === null || (place === 'before' && wanted.size === 0)) break
    start = next
  }
  return wanted.size === 0 ? { moves: found.flatMap(movesOf), next: null } : null
}

/** As a settlement and its balance name the same thing. Null: a settlement does not list such. */
function nameOf(row: Transaction): string | null {
  if (row.type === 'refund') return about(row, 'refundId')
  if (row.type === 'chargeback') return about(row, 'chargebackId')
  return row.type === 'payment' ? about(row, 'paymentId') : null
}

async function membersOf(call: Call, path: string): Promise<Set<string>> {
  const names = new Set<string>()
  const read = async <Page extends { _links: z.infer<typeof Next> }>(
    what: string,
    schema: z.ZodType<Page>,
    rows: (page: Page) => { id: string }[],
  ) => {
    for (let start: string | null = ''; start !== null; ) {
      const query = new URLSearchParams({ limit: String(mostAtOnce), ...(start === '' ? {} : { from: start }) })
      const page: Page = await call({ method: 'GET', path: `${path}/${what}?${query}` }, schema)
      for (const { id } of rows(page)) names.add(id)
      start = fromOf(page._links)
    }
  }
  await read('payments', parts.payments, (page) => page._embedded.payments)
  await read('refunds', parts.refunds, (page) => page._embedded.refunds)
  await read('chargebacks', parts.chargebacks, (page) => page._embedded.chargebacks)
  return names
}
