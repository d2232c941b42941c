/** A customer pays everything that is open at once: one payment over several invoices, the oldest first. */
import { type Shop, transaction } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { type Owed, owedBy, paymentsOf } from './queries.ts'
import { isMoving } from './rules.ts'
import { spendBalance } from './spend-balance.ts'
import { type PayRequest, type PayStarted, startPayment } from './start-payment.ts'

export type OpenSum = { total: Money; invoiceIds: string[] }

/** What can be paid together: a sum per currency, without what money is on its way for. */
export async function openSums(tx: Tx, customerId: string): Promise<OpenSum[]> {
  const free: Owed[] = []
  for (const each of await owedBy(tx, customerId)) if (!(await paymentsOf(tx, each.id)).some(isMoving)) free.push(each)
  return [...Map.groupBy(free, ({ currency }) => currency)].map(([currency, all]) => ({
    total: money(
      all.reduce((sum, { openMinor }) => sum + openMinor, 0n),
      currency,
    ),
    invoiceIds: all.map(({ id }) => id),
  }))
}

export type PayOpenRequest = Omit<PayRequest, 'invoiceId' | 'also'> & {
  customerId: string
  currency: string
  /** What whoever asks has seen: anything else is refused. */
  amount?: Money | undefined
}

/** Null: his balance paid it all. Asked again, it is the same payment. Throws `conflict` where nothing is open, or another sum than was shown. */
export async function payOpen(
  shop: Shop,
  request: PayOpenRequest,
): Promise<(PayStarted & { invoiceId: string }) | null> {
  const { customerId, currency, amount, ...rest } = request
  const before = await sumIn(shop, customerId, currency)
  if (before === null)
    throw new Refusal('conflict', 'Nothing is open that could be paid now: it is paid, or a payment is on its way.')
  if (amount !== undefined && (amount.currency !== currency || amount.minor !== before.total.minor))
    throw new Refusal('conflict', 'What is owed has changed meanwhile. Please look at it again.', [
      { pointer: '/amount', code: 'mismatch', detail: 'This is not what is owed now.' },
    ])
  await spendBalance(shop, customerId)
  const [invoiceId, ...also] = (await sumIn(shop, customerId, currency))?.invoiceIds ?? []
  if (invoiceId === undefined) return null
  return { ...(await startPayment(shop, { ...rest, invoiceId, also })), invoiceId }
}

const sumIn = async (shop: Shop, customerId: string, currency: string): Promise<OpenSum | null> =>
  (await transaction(shop, 'read-owed', (tx) => openSums(tx, customerId))).find(
    ({ total }) => total.currency === currency,
  ) ?? null
