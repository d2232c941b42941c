/**
 * Where money belongs that came in another currency than was asked for: a person counts it for its invoice, keeps it as the customer's balance, or gives it
 * back. Each act takes all that is left of it, under the lock of its payment: a second one finds nothing and is refused.
 */
import { type Shop, transaction } from '#app.ts'
import { json, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { exchange as converted, isPositive, type Money, ratioOf } from '#platform/money.ts'
import { dateOf, type Instant, plusSeconds } from '#platform/time.ts'
import { rateOfDay } from '../catalog/exchange.ts'
import type { Rate, RateSource } from '../catalog/rules/exchange.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { customerBalance, exchange, suspense } from '../ledger/rules.ts'
import { chargeSucceeded } from './after-charge.ts'
import { confirm } from './confirm-payment.ts'
import { findGateway, openGateway } from './gateways.ts'
import { paymentMoved, spendBalanceSoon } from './jobs.ts'
import { refuseBeyondOwed } from './lent-refunds.ts'
import { type Payment, refundsOf } from './queries.ts'
import { carryOut, refuseBeyondRole } from './refund-payment.ts'
import { afterStray, leftOf, lockStray, type StrayMoney } from './stray-money.ts'

export type Worth = { worth: Money; rate: Rate & { source: RateSource } }

/** What is left of it at the day's rate, in the currency that was asked for; null: no rate of these days is known. */
export async function worthOf(tx: Tx, shop: Shop, stray: StrayMoney): Promise<Worth | null> {
  const [from, to] = [stray.currency, stray.worthCurrency]
  const rate = await rateOfDay(tx, shop, { from, to, day: dateOf(shop.now(), shop.zone) })
  if (rate === null) return null
  const worth = converted({ minor: leftOf(stray), currency: from }, to, ratioOf(rate.rate))
  return isPositive(worth) ? { worth, rate } : null
}

/**
 * Its payment was paid with it: what a person says that it is worth takes the way of every receipt, and what it was given for is given. Refunds of the payment
 * go to the customer's balance from then on. Throws `invalid_input` where `worth` is nothing or in another currency, `conflict` where nothing is left.
 */
export async function countStray(
  shop: Shop,
  id: string,
  { worth, reason }: { worth: Money; reason: string },
): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'count-stray', async (tx) => {
    const { stray, payment, left } = await lockLeft(tx, id)
    refuseWorth(worth, payment)
    const proposed = await worthOf(tx, shop, stray)
    await run(
      tx,
      sql`update stray_moneys set counted_minor = counted_minor + ${left.minor}, worth_minor = worth_minor + ${worth.minor}, rate = ${proposed === null ? null : json(proposed.rate)},
          reason = ${reason}, decided_at = ${now}, decided_by = ${shop.actor}, version = version + 1 where business_id = current_business() and id = ${id}`,
    )
    const turn = stray.countedMinor
    await post(
      tx,
      shop,
      [
        {
          debit: suspense(left.currency),
          credit: exchange(left.currency),
          amount: left.minor,
          purpose: `stray_counted/${turn}`,
        },
      ],
      { id, at: now },
    )
    await decided(tx, shop, payment, 'counted', { stray: id, amount: left, reason, worth }, now)
    await confirm(tx, shop, payment, { amount: worth, factId: `counted/${id}/${turn}`, kind: 'exchanged' }, now)
    if (worth.minor < payment.amountMinor) await paymentMoved(tx, shop, payment)
    if (payment.methodId !== null) await chargeSucceeded(tx, payment, now)
    await afterStray(tx, shop, payment, now)
  })
}

function refuseWorth(worth: Money, { currency }: Payment): void {
  if (worth.currency !== currency)
    throw new Refusal('invalid_input', 'The currency is another.', [
      { pointer: '/worth/currency', code: 'mismatch', detail: `This payment was asked for in ${currency}.` },
    ])
  if (!isPositive(worth))
    throw new Refusal('invalid_input', 'Please enter what it is worth.', [
      { pointer: '/worth/amount', code: 'too_small', detail: 'The amount must be more than zero.' },
    ])
}

/** It is the customer's, in the currency that it came in: it pays what he is asked for in that. */
export async function keepStray(shop: Shop, id: string, reason: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'keep-stray', async (tx) => {
    const { stray, payment, left } = await lockLeft(tx, id)
    const { customerId } = payment
    await run(
      tx,
      sql`update stray_moneys set kept_minor = kept_minor + ${left.minor}, reason = ${reason}, decided_at = ${now}, decided_by = ${shop.actor}, version = version + 1
        where business_id = current_business() and id = ${id}`,
    )
    await post(
      tx,
      shop,
      [
        {
          debit: suspense(left.currency),
          credit: customerBalance(left.currency, customerId),
          amount: left.minor,
          purpose: `receipt/kept/${stray.keptMinor}`,
        },
      ],
      { id, at: now },
    )
    await decided(tx, shop, payment, 'kept', { stray: id, amount: left, reason }, now)
    await record(tx, shop, now, {
      type: 'balance.credited',
      subjectType: 'customer',
      subjectId: customerId,
      customerId,
      data: { amount: left.minor.toString(), currency: left.currency },
    })
    await spendBalanceSoon(tx, shop, customerId)
    await afterStray(tx, shop, payment, now)
  })
}

/**
 * Back by the gateway, in the currency that it came in: a refund like any other, stored before the gateway is asked. Throws `conflict` where the gateway gives
 * nothing back by itself.
 */
export async function returnStray(
  shop: Shop,
  id: string,
  reason: string,
): Promise<{ refundId: string; status: string }> {
  const now = shop.now()
  const refundId = await transaction(shop, 'return-stray', async (tx) => {
    const { payment, left } = await lockLeft(tx, id)
    await refuseUnsendable(tx, shop, payment)
    await refuseBeyondRole(tx, shop, left, now)
    await refuseBeyondOwed(tx, shop, payment, left)
    const asked = newId('ref', shop.app.clock)
    await run(
      tx,
      sql`insert into refunds (business_id, id, payment_id, stray_id, currency, amount_minor, status, reason, by, created_at, next_check_at)
        values (${shop.businessId}, ${asked}, ${payment.id}, ${id}, ${left.currency}, ${left.minor}, 'requested', ${reason}, ${shop.actor}, ${now}, ${plusSeconds(now, 60)})`,
    )
    await record(tx, shop, now, {
      type: 'refund.requested',
      subjectType: 'refund',
      subjectId: asked,
      customerId: payment.customerId,
      data: { payment: payment.id, amount: left.minor.toString(), currency: left.currency, reason },
    })
    return asked
  })
  return { refundId, status: await carryOut(shop, refundId) }
}

/** Given back by hand it would have left by another door than the books say. */
async function refuseUnsendable(tx: Tx, shop: Shop, { gatewayAccountId, remoteRef }: Payment): Promise<void> {
  const account = await findGateway(tx, gatewayAccountId)
  const opened = account && openGateway(shop, account)
  if (opened?.kind.capabilities.refund && opened.gateway.refund !== undefined && remoteRef !== null) return
  throw new Refusal(
    'conflict',
    `${account?.name ?? 'Its gateway'} gives no money back by itself. Count it for its invoice, or keep it as the customer’s balance.`,
  )
}

/** All that belongs to nobody yet; refused where that is nothing, or on its way back. */
async function lockLeft(tx: Tx, id: string): Promise<{ stray: StrayMoney; payment: Payment; left: Money }> {
  const { stray, payment } = await lockStray(tx, id)
  const left = { minor: leftOf(stray), currency: stray.currency }
  if (!isPositive(left)) throw new Refusal('conflict', 'This money has its place already.')
  const isLeaving = (await refundsOf(tx, payment.id)).some(
    ({ strayId, status }) => strayId === id && !['succeeded', 'failed', 'canceled'].includes(status),
  )
  if (isLeaving) throw new Refusal('in_progress', 'This money is on its way back.')
  return { stray, payment, left }
}

type Decision = { stray: string; amount: Money; reason: string; worth?: Money }

const decided = (
  tx: Tx,
  shop: Shop,
  payment: Payment,
  how: 'counted' | 'kept',
  { stray, amount, reason, worth }: Decision,
  now: Instant,
): Promise<void> =>
  record(tx, shop, now, {
    type: `payment.stray_money_${how}`,
    subjectType: 'payment',
    subjectId: payment.id,
    customerId: payment.customerId,
    data: {
      stray_money: stray,
      amount: amount.minor.toString(),
      currency: amount.currency,
      ...(worth === undefined ? {} : { worth: worth.minor.toString(), worth_currency: worth.currency }),
      reason,
    },
  })
