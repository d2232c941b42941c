/**
 * A customer's balance pays what he owes: a surplus, a refund that was kept. By itself it pays an invoice whole, the oldest first; staff and he
 * himself may use it for a part. While money for an invoice is on its way the balance keeps off it, so that it is never paid by both.
 */
import { type Shop, transaction } from '#app.ts'
import { asked, byId, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Money, money } from '#platform/money.ts'
import { record } from '../events/record.ts'
import { available } from '../ledger/holds.ts'
import { customerBalance } from '../ledger/rules.ts'
import { readSetting } from '../people/settings.ts'
import { lifeSetting } from '../subscriptions/life-settings.ts'
import { payWithBalance } from './confirm-payment.ts'
import { isFrozen, refuseFrozen } from './disputes/freeze.ts'
import { findInvoice, type Invoice, lockInvoice, owedBy, type Payment, paymentsOf } from './queries.ts'
import { isFinal, isMoving } from './rules.ts'
import { cancelAttempt } from './start-payment.ts'

/** What the balance would pay of an invoice now. */
export async function coveredBy(tx: Tx, invoice: Invoice): Promise<Money> {
  const open = invoice.totalMinor - invoice.paidMinor
  const asked = invoice.status === 'open' || invoice.status === 'draft' ? open : 0n
  const free = asked > 0n ? await available(tx, customerBalance(invoice.currency, invoice.customerId)) : 0n
  return money(free < asked ? free : asked, invoice.currency)
}

/** As far as it reaches; `conflict` where there is nothing to use, or a payment is on its way. Answers what it paid. */
export async function spendBalanceFor(shop: Shop, invoiceId: string): Promise<Money> {
  const { paid, pages } = await transaction(shop, 'spend-balance', async (tx) => {
    const invoice = await lockInvoice(tx, invoiceId)
    if (invoice.status === 'paid') throw new Refusal('already_settled', 'This invoice is paid already.')
    await refuseFrozen(tx, invoice.customerId)
    const attempts = await paymentsOf(tx, invoiceId)
    if (attempts.some(isMoving)) throw new Refusal('in_progress', 'A payment for this invoice is on its way.')
    const paid = await coveredBy(tx, invoice)
    if (paid.minor === 0n) throw new Refusal('conflict', 'There is no balance that this invoice could be paid from.')
    await spend(tx, shop, invoice, paid.minor, shop.now())
    return { paid, pages: openPages(attempts) }
  })
  for (const page of pages) await cancelAttempt(shop, page)
  return paid
}

/** What came in, or was invoiced just now: everything that the balance covers whole, oldest first. Safe to repeat. */
export async function spendBalance(shop: Shop, customerId: string): Promise<void> {
  const invoices = await transaction(shop, 'read-owed', async (tx) => {
    const { balance } = await readSetting(tx, shop, lifeSetting)
    if (balance === 'when_asked' || (await isFrozen(tx, customerId))) return []
    return owedBy(tx, customerId)
  })
  for (const { id } of invoices) await payWhole(shop, id)
}

/** Before a buyer is sent to a gateway: true when his balance has paid it all, and there is nothing to pay any more. */
export async function payByBalance(shop: Shop, invoiceId: string): Promise<boolean> {
  const wanted = await transaction(shop, 'read-owed', async (tx) => {
    const invoice = await findInvoice(tx, invoiceId)
    if (invoice === null || (await coveredBy(tx, invoice)).minor === 0n) return false
    return (
      (await readSetting(tx, shop, lifeSetting)).balance === 'by_itself' && !(await isFrozen(tx, invoice.customerId))
    )
  })
  return wanted && payWhole(shop, invoiceId)
}

async function payWhole(shop: Shop, invoiceId: string): Promise<boolean> {
  const pages = await transaction(shop, 'spend-balance', (tx) => spendWhole(tx, shop, invoiceId))
  for (const page of pages ?? []) await cancelAttempt(shop, page)
  return pages !== null
}

/** Null: it does not cover it, or money is on its way. */
async function spendWhole(tx: Tx, shop: Shop, invoiceId: string): Promise<Payment[] | null> {
  const invoice = await lockInvoice(tx, invoiceId)
  const attempts = await paymentsOf(tx, invoiceId)
  const covered = await coveredBy(tx, invoice)
  const whole = covered.minor > 0n && covered.minor === invoice.totalMinor - invoice.paidMinor
  if (!whole || attempts.some(isMoving)) return null
  await spend(tx, shop, invoice, covered.minor, shop.now())
  return openPages(attempts)
}

/** Pages that ask for money which is not owed any more: what is paid there all the same becomes balance again. */
const openPages = (attempts: readonly Payment[]): Payment[] =>
  attempts.filter((each) => !isFinal(each.status) && each.remoteRef !== null)

async function spend(tx: Tx, shop: Shop, invoice: Invoice, minor: bigint, now: Temporal.Instant): Promise<void> {
  await payWithBalance(tx, shop, invoice, minor, now)
  await record(tx, shop, now, {
    type: 'balance.used',
    subjectType: 'invoice',
    subjectId: invoice.id,
    customerId: invoice.customerId,
    data: { amount: minor.toString(), currency: invoice.currency },
  })
}

export const hasBalance = async (tx: Tx, customerId: string): Promise<boolean> =>
  (await asked(tx, withBalance, customerId)).length > 0

const withBalance = byId<{ id: string }>(
  (ids) => sql`select distinct holder_id as id from accounts
    where business_id = current_business() and kind = 'customer' and balance > held and holder_id = any(${ids}::text[])`,
)
