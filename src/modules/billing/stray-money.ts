/**
 * Money that came in another currency than its payment asked for. It is booked in its own, once, to nobody: nothing of an invoice is paid by it
 * until a person has said where it belongs (`decide-stray.ts`).
 */
import type { PaymentSnapshot } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { format, type Money } from '#platform/money.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { post, type Transfer } from '../ledger/post.ts'
import { clearing, suspense } from '../ledger/rules.ts'
import { raise, settle } from '../people/attention.ts'
import { chargeEnded } from './after-charge.ts'
import { paymentMoved } from './jobs.ts'
import { lockPayment, type Payment, type Refund } from './queries.ts'
import { isFinal, type PaymentStatus } from './rules.ts'

export const strayStates = ['open', 'counted', 'kept', 'returned'] as const

export type StrayMoney = {
  id: string
  paymentId: string
  customerId: string
  gatewayAccountId: string
  /** The gateway's own name of it. */
  factId: string
  currency: string
  amountMinor: bigint
  /** Of it: what its payment was made for was paid with it; became the customer's balance; went back at the gateway. */
  countedMinor: bigint
  keptMinor: bigint
  returnedMinor: bigint
  /** What the counted part is worth, in the currency that was asked for. */
  worthMinor: bigint
  worthCurrency: string
  /** The day's rate that was proposed when it was counted; null: none was known, or it was not counted. */
  rate: { rate: string; day: string; source: string } | null
  reason: string | null
  decidedBy: string | null
  decidedAt: Instant | null
  createdAt: Instant
  /** `open` as long as some of it belongs to nobody. */
  state: (typeof strayStates)[number]
}

const columns = sql`id, payment_id as "paymentId", customer_id as "customerId", gateway_account_id as "gatewayAccountId", fact_id as "factId", currency, amount_minor as "amountMinor",
  counted_minor as "countedMinor", kept_minor as "keptMinor", returned_minor as "returnedMinor", worth_minor as "worthMinor", worth_currency as "worthCurrency", rate, reason,
  decided_by as "decidedBy", decided_at as "decidedAt", created_at as "createdAt", state`

export const findStray = (tx: Tx, id: string): Promise<StrayMoney | null> =>
  maybe(tx, sql<StrayMoney>`select ${columns} from stray_moneys where business_id = current_business() and id = ${id}`)

/** Of one payment, the oldest first. */
export const strayOf = (tx: Tx, { id, stray }: Pick<Payment, 'id' | 'stray'>): Promise<StrayMoney[]> =>
  stray
    ? rows(
        tx,
        sql<StrayMoney>`select ${columns} from stray_moneys where business_id = current_business() and payment_id = ${id} order by created_at, id`,
      )
    : Promise.resolve([])

export const listStray = (
  tx: Tx,
  filter: { state?: StrayMoney['state'] | undefined; paymentId?: string | undefined },
  page: Page,
): Promise<StrayMoney[]> =>
  rowsOfPage(
    tx,
    sql<StrayMoney>`select ${columns} from stray_moneys where business_id = current_business()
      and (${filter.state ?? null}::text is null or state = ${filter.state ?? null})
      and (${filter.paymentId ?? null}::text is null or payment_id = ${filter.paymentId ?? null})`,
    page,
  )

/** With its payment, which is locked before it, as everywhere. */
export async function lockStray(tx: Tx, id: string): Promise<{ stray: StrayMoney; payment: Payment }> {
  const found = await findStray(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such money.')
  const payment = await lockPayment(tx, found.paymentId)
  // Whoever decides about it holds its payment: read after that lock, it is as it stays.
  const stray = await findStray(tx, id)
  return { stray: stray ?? found, payment }
}

/** What of it belongs to nobody yet. */
export const leftOf = ({
  amountMinor,
  countedMinor,
  keptMinor,
  returnedMinor,
}: Pick<StrayMoney, 'amountMinor' | 'countedMinor' | 'keptMinor' | 'returnedMinor'>): bigint =>
  amountMinor - countedMinor - keptMinor - returnedMinor

/** Whether the money that a gateway tells of is in another currency than was asked for. */
export const isForeign = (payment: Pick<Payment, 'currency'>, { status, received }: PaymentSnapshot): boolean =>
  status === 'succeeded' && received.minor > 0n && received.currency !== payment.currency

/**
 * Books what the gateway tells of beyond what is on record, however often it is told: the payment is locked, and the money's own name there is a fact
 * that the database takes once. The attempt keeps its state: its money is here, so nothing charges for it again, and who wants to pay anew gets a page of his own.
 */
export async function bookStray(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  { received, captureId, remoteRef }: PaymentSnapshot,
  now: Instant,
): Promise<PaymentStatus> {
  await run(
    tx,
    sql`update payments set stray = true, remote_ref = coalesce(remote_ref, ${remoteRef}), next_check_at = null, fetched_at = ${now}, superseded_at = coalesce(superseded_at, ${now})
      where business_id = current_business() and id = ${payment.id}`,
  )
  const known = (await strayOf(tx, payment)).filter(({ currency }) => currency === received.currency)
  const before = known.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const amount = { ...received, minor: received.minor - before }
  if (amount.minor <= 0n) return payment.status
  const fact = captureId ?? remoteRef
  await keep(tx, shop, payment, amount, before === 0n ? fact : `${fact}/${received.minor}`, now)
  return payment.status
}

async function keep(tx: Tx, shop: Shop, payment: Payment, amount: Money, factId: string, now: Instant): Promise<void> {
  const { gatewayAccountId, customerId } = payment
  const id = newId('stm', shop.app.clock)
  await run(
    tx,
    sql`insert into money_facts (business_id, gateway_account_id, kind, fact_id, payment_id, amount_minor, currency, at)
      values (${shop.businessId}, ${gatewayAccountId}, 'capture', ${factId}, ${payment.id}, ${amount.minor}, ${amount.currency}, ${now})`,
  )
  await run(
    tx,
    sql`insert into stray_moneys (business_id, id, payment_id, customer_id, gateway_account_id, fact_id, currency, amount_minor, worth_currency, created_at)
      values (${shop.businessId}, ${id}, ${payment.id}, ${customerId}, ${gatewayAccountId}, ${factId}, ${amount.currency}, ${amount.minor}, ${payment.currency}, ${now})`,
  )
  const came: Transfer = {
    debit: clearing(amount.currency, gatewayAccountId),
    credit: suspense(amount.currency),
    amount: amount.minor,
    purpose: `stray/${factId}`,
  }
  await post(tx, shop, [came], { id: payment.id, at: now })
  await tellStray(tx, shop, payment, amount, now)
  await record(tx, shop, now, {
    type: 'payment.stray_money',
    subjectType: 'payment',
    subjectId: payment.id,
    customerId,
    data: { amount: amount.minor.toString(), currency: amount.currency, invoice: payment.invoiceId, stray_money: id },
  })
}

const tellStray = (tx: Tx, shop: Shop, payment: Payment, amount: Money, now: Instant): Promise<boolean> =>
  raise(
    tx,
    shop,
    {
      kind: 'stray_money',
      subjectType: 'payment',
      subjectId: payment.id,
      title: `${format(amount)} came for an invoice in ${payment.currency}`,
      detail:
        'It is booked, and pays nothing yet. At its payment it is counted for the invoice, kept as the customer’s balance, or given back.',
      severity: 'bad',
    },
    now,
  )

/** It left the gateway after a person had decided about it: the books go on saying what was decided, and a person is told. */
export const tellGone = (
  tx: Tx,
  shop: Shop,
  { id }: Payment,
  amount: Money,
  how: string,
  now: Instant,
): Promise<boolean> =>
  raise(
    tx,
    shop,
    {
      kind: 'payment_mismatch',
      subjectType: 'payment',
      subjectId: id,
      title: `${format(amount)} that had its place was ${how}`,
      detail:
        'It was counted for its invoice or kept as the customer’s balance before. Settle it with him, and put the difference aside that the next comparison shows.',
      severity: 'bad',
    },
    now,
  )

/** What moved of it is kept, and who waits for a decision is told no more once nothing is left. */
export async function moveStray(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  strayId: string,
  by: { returned: bigint },
  now: Instant,
): Promise<void> {
  await run(
    tx,
    sql`update stray_moneys set returned_minor = returned_minor + ${by.returned}, version = version + 1 where business_id = current_business() and id = ${strayId}`,
  )
  const moved = await findStray(tx, strayId)
  if (moved === null) return
  const left = leftOf(moved)
  if (left > 0n) await tellStray(tx, shop, payment, { minor: left, currency: moved.currency }, now)
  else await afterStray(tx, shop, payment, now)
}

/** Once all of it has its place. An attempt that nothing came of for its invoice is over: the invoice is asked for again. */
export async function afterStray(tx: Tx, shop: Shop, { id }: Pick<Payment, 'id'>, now: Instant): Promise<void> {
  const payment = await lockPayment(tx, id)
  if ((await strayOf(tx, payment)).some(({ state }) => state === 'open')) return
  await settle(tx, 'stray_money', id, shop.actor, now)
  if (isFinal(payment.status)) return
  await run(
    tx,
    sql`update payments set status = 'canceled', next_check_at = null, version = version + 1 where business_id = current_business() and id = ${id}`,
  )
  if (payment.methodId !== null) await chargeEnded(tx, shop, payment, null, now)
  await record(tx, shop, now, {
    type: 'payment.canceled',
    subjectType: 'payment',
    subjectId: id,
    customerId: payment.customerId,
    data: { invoice: payment.invoiceId },
  })
  await paymentMoved(tx, shop, payment)
}

/** Of a refund that is of such money: it leaves by the gateway that it came by. */
export const transferBack = (
  { currency, amountMinor }: Pick<Refund, 'currency' | 'amountMinor'>,
  payment: Payment,
): Transfer => ({
  debit: suspense(currency),
  credit: clearing(currency, payment.gatewayAccountId),
  amount: amountMinor,
  purpose: 'refund/stray',
})
