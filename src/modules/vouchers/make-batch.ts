/** A batch of vouchers is made: the vouchers first, their codes when somebody is there to take them. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { type FieldError, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { format, type Money, zero } from '#platform/money.ts'
import { findPlan, priceIn } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { post } from '../ledger/post.ts'
import { owedForVouchers, paidForBatch } from './ledger.ts'

export const mostVouchers = 10_000

export type BatchFacts = {
  name: string
  /** Good for one period of this plan; null: for an amount of money. */
  planId: string | null
  /** What one puts on its holder's balance; null: good for a plan. */
  value: Money | null
  count: number
  /** What one was sold for; null: given away. */
  price: Money | null
  soldTo: string
  /** Of the own branch: he sells them, and sees how many were redeemed. Left out: nobody. */
  resellerId?: string | null
  lastUseAt: Temporal.Instant | null
}

/** Sold ones are owed from now on; given away, they stand for nothing until somebody redeems one. */
export async function makeBatch(tx: Tx, shop: Shop, facts: BatchFacts, now: Temporal.Instant): Promise<string> {
  await refuseWrong(tx, shop, facts, now)
  const id = newId('vcb', shop.app.clock)
  const { name, planId, value, count, price, soldTo, lastUseAt, resellerId = null } = facts
  await run(
    tx,
    sql`insert into voucher_batches (business_id, id, name, plan_id, value_currency, value_minor, currency, price_minor, sold_to, reseller_id, count, last_use_at, created_at, created_by)
      values (${shop.businessId}, ${id}, ${name}, ${planId}, ${value?.currency ?? null}, ${value?.minor ?? null}, ${price?.currency ?? null}, ${price?.minor ?? null}, ${soldTo}, ${resellerId}, ${count}, ${lastUseAt}, ${now}, ${shop.actor})`,
  )
  const ids = Array.from({ length: count }, () => newId('vch', shop.app.clock))
  await run(
    tx,
    sql`insert into vouchers (business_id, id, batch_id, number, status, created_at)
      select ${shop.businessId}, v.id, ${id}, v.number, 'unused', ${now} from unnest(${ids}::text[]) with ordinality as v (id, number)`,
  )
  const { currency, minor } = price ?? zero(shop.currency)
  await post(
    tx,
    shop,
    [
      {
        debit: paidForBatch(currency, id),
        credit: owedForVouchers(currency),
        amount: minor * BigInt(count),
        purpose: 'vouchers_sold',
      },
    ],
    { id, at: now },
  )
  await record(tx, shop, now, {
    type: 'voucher_batch.created',
    subjectType: 'voucher_batch',
    subjectId: id,
    data: { name, count, sold_to: soldTo },
  })
  return id
}

async function refuseWrong(tx: Tx, shop: Shop, facts: BatchFacts, now: Temporal.Instant): Promise<void> {
  const faults: FieldError[] = []
  const wrong = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail })
  const plan = facts.planId === null ? null : await findPlan(tx, facts.planId)
  const currency = facts.price?.currency ?? shop.currency
  if ((facts.planId === null) === (facts.value === null))
    wrong('/plan_id', 'one_of', 'A voucher is good for a plan or for an amount of money: choose one of them.')
  else if (facts.value !== null) refuseWrongValue(facts.value, facts.price, wrong)
  else if (plan === null) wrong('/plan_id', 'unknown', 'There is no such plan.')
  else if (plan.trial) wrong('/plan_id', 'trial', 'A trial is free anyway: choose a plan that is sold.')
  // Whoever redeems one is asked for that price at his first renewal.
  else if (priceIn(plan, currency) === null) wrong('/plan_id', 'no_price', `This plan has no price in ${currency}.`)
  const { resellerId = null } = facts
  if (
    resellerId !== null &&
    (await maybe(tx, sql`select from branch() where id = ${resellerId} and closed_at is null`)) === null
  )
    wrong('/reseller_id', 'unknown', 'There is no such reseller.')
  if (!Number.isInteger(facts.count) || facts.count < 1 || facts.count > mostVouchers)
    wrong('/count', 'out_of_range', `Please choose a number from 1 to ${mostVouchers}.`)
  if (facts.price !== null && facts.price.minor <= 0n) wrong('/price/amount', 'out_of_range', 'A price is above zero.')
  if (facts.lastUseAt !== null && Temporal.Instant.compare(facts.lastUseAt, now) <= 0)
    wrong('/last_use_at', 'out_of_range', 'The last day lies in the past.')
  if (faults.length > 0) throw new Refusal('invalid_input', 'Please check the vouchers.', faults)
}

/** What it was sold for may be less than it is good for: the rest is a present of the shop. */
function refuseWrongValue(
  value: Money,
  price: Money | null,
  wrong: (pointer: string, code: string, detail: string) => void,
): void {
  if (value.minor <= 0n) wrong('/value/amount', 'out_of_range', 'It is good for more than nothing.')
  if (price !== null && price.currency !== value.currency)
    wrong('/price/currency', 'mismatch', `It is sold in its own currency, ${value.currency}.`)
  else if (price !== null && price.minor > value.minor)
    wrong('/price/amount', 'out_of_range', `It is good for ${format(value)}, so it is sold for that at most.`)
}
