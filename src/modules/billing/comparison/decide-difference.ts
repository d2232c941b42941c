/** What is done with a difference: money that we did not know is booked by the door of all payments, or it is put aside with a reason. */
import { type Shop, transaction } from '#app.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { type Choice, chosenInvoice, requireCurrency } from '../chosen-invoice.ts'
import { confirm, isMoneyKnown } from '../confirm-payment.ts'
import { findGateway } from '../gateways.ts'
import { attemptOver } from '../mark-received.ts'
import { lockInvoice } from '../queries.ts'
import { tellOpen } from './compare-gateway.ts'
import { lockMoneyDifference, type MoneyDifference } from './differences.ts'

/**
 * Books money that we did not know where a person says, as its gateway listed it. More than is open, or for an invoice that is settled,
 * becomes the customer's balance. The money's own name there is the fact: the database books it once, whoever tells of it.
 */
export async function bookDifference(shop: Shop, id: string, choice: Choice): Promise<void> {
  const now = shop.now()
  try {
    await transaction(shop, 'book-difference', async (tx) => {
      const difference = await lockMoneyDifference(tx, id)
      if (difference.state === 'closed') throw new Refusal('conflict', 'This difference is settled.')
      if (difference.kind !== 'unknown')
        throw new Refusal('conflict', 'This money has its payment already: please look at it there.')
      const { currency, theirsMinor, fact, gatewayAccountId } = difference
      const invoice = await lockInvoice(tx, await chosenInvoice(tx, choice, currency))
      requireCurrency(currency, invoice)
      const rest = invoice.totalMinor - invoice.paidMinor
      const payment = await attemptOver(tx, shop, invoice, gatewayAccountId, rest > 0n ? rest : theirsMinor, now)
      await run(
        tx,
        sql`update payments set remote_ref = ${difference.remoteRef} where business_id = current_business() and id = ${payment.id}`,
      )
      const amount = { minor: theirsMinor, currency }
      await confirm(tx, shop, payment, { amount, factId: fact, kind: 'capture', reference: fact }, now)
      await run(
        tx,
        sql`update money_differences set state = 'closed', because = 'booked', reason = null, payment_id = ${payment.id}, decided_by = ${shop.actor}, decided_at = ${now}, version = version + 1
          where business_id = current_business() and id = ${id}`,
      )
      await record(tx, shop, now, {
        type: 'money_difference.booked',
        subjectType: 'money_difference',
        subjectId: id,
        customerId: payment.customerId,
        data: { payment: payment.id, amount: theirsMinor.toString(), currency },
      })
      await tell(tx, shop, gatewayAccountId, now)
    })
  } catch (error) {
    if (isMoneyKnown(error)) throw new Refusal('conflict', 'This money is booked already.')
    throw error
  }
}

/** A person knows why it is so. It can be taken back, and shows again when the amounts become others. */
export const putDifferenceAside = (shop: Shop, id: string, reason: string): Promise<void> => move(shop, id, reason)

export const takeDifferenceBack = (shop: Shop, id: string): Promise<void> => move(shop, id, null)

const move = (shop: Shop, id: string, reason: string | null): Promise<void> =>
  transaction(shop, 'move-difference', async (tx) => {
    const now = shop.now()
    const difference = await lockMoneyDifference(tx, id)
    const to = reason === null ? 'open' : 'aside'
    if (difference.state === to) return
    if (difference.state === 'closed') throw new Refusal('conflict', 'This difference is settled.')
    await run(
      tx,
      sql`update money_differences set state = ${to}, reason = ${reason}, decided_at = ${reason === null ? null : now}::timestamptz, decided_by = ${reason === null ? null : shop.actor}::text,
        version = version + 1 where business_id = current_business() and id = ${id}`,
    )
    await record(tx, shop, now, {
      type: reason === null ? 'money_difference.taken_back' : 'money_difference.put_aside',
      subjectType: 'money_difference',
      subjectId: id,
      ...(reason === null ? {} : { data: { reason } }),
    })
    await tell(tx, shop, difference.gatewayAccountId, now)
  })

async function tell(tx: Tx, shop: Shop, accountId: MoneyDifference['gatewayAccountId'], now: Instant): Promise<void> {
  const account = await findGateway(tx, accountId)
  if (account !== null) await tellOpen(tx, shop, account, now)
}
