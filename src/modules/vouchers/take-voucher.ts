/** A voucher is looked at, and taken: locked first, so that of two who redeem it at once the second learns that it is used. */
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format, type Money, money } from '#platform/money.ts'
import { record } from '../events/record.ts'
import { hashOf } from './make-codes.ts'
import { readCode, stateOf } from './rules.ts'

export type TakenVoucher = {
  id: string
  batchId: string
  planId: string
  /** What it was sold for; null: given away. */
  currency: string | null
  priceMinor: bigint
}

const refused = (code: string, detail: string): Refusal =>
  new Refusal('invalid_input', 'Please check the voucher.', [{ pointer: '/voucher', code, detail }])

/** Good for an amount of money. */
export type MoneyVoucher = { id: string; batchId: string; currency: string; valueMinor: bigint; priceMinor: bigint }

type Row = Omit<TakenVoucher, 'planId'> & {
  planId: string | null
  valueCurrency: string | null
  valueMinor: bigint | null
} & { status: 'unused' | 'redeemed' | 'void'; lastUseAt: Temporal.Instant | null }

async function find(tx: Tx, typed: string, lock: boolean): Promise<Row> {
  const code = readCode(typed)
  if (code === null) throw refused('invalid', 'This is no voucher code of ours. Please check each letter and digit.')
  const found = await maybe(
    tx,
    sql<Row>`select v.id, v.batch_id as "batchId", v.status, b.plan_id as "planId", b.value_currency as "valueCurrency", b.value_minor as "valueMinor", b.currency, coalesce(b.price_minor, 0)::bigint as "priceMinor", b.last_use_at as "lastUseAt"
      from vouchers v join voucher_batches b on b.business_id = v.business_id and b.id = v.batch_id
      where v.business_id = current_business() and v.code_hash = ${hashOf(code)} ${lock ? sql`for update of v` : sql``}`,
  )
  if (found === null) throw refused('unknown', 'We do not know this voucher. Please check each letter and digit.')
  return found
}

/** What a code is good for. Throws `invalid_input` at `/voucher`, in words for who holds it. */
export async function weighVoucher(tx: Tx, typed: string, now: Temporal.Instant): Promise<TakenVoucher> {
  return forPlan(usable(await find(tx, typed, false), now))
}

/** The amount of one over money; null: it is for a plan. Throws as `weighVoucher`. */
export async function worthOf(tx: Tx, typed: string, now: Temporal.Instant): Promise<Money | null> {
  const { valueMinor, valueCurrency } = usable(await find(tx, typed, false), now)
  return valueMinor === null || valueCurrency === null ? null : money(valueMinor, valueCurrency)
}

/** One over money, which nobody else has until the commit. */
export async function takeMoneyVoucher(tx: Tx, typed: string, now: Temporal.Instant): Promise<MoneyVoucher> {
  const { id, batchId, valueMinor, valueCurrency, priceMinor } = usable(await find(tx, typed, true), now)
  if (valueMinor === null || valueCurrency === null)
    throw refused('for_plan', 'This voucher is for a plan: choose the line that it pays for, or a new one.')
  return { id, batchId, currency: valueCurrency, valueMinor, priceMinor }
}

function forPlan({ valueMinor, valueCurrency, planId, ...voucher }: Usable): TakenVoucher {
  if (planId !== null) return { ...voucher, planId }
  throw refused(
    'for_money',
    `This voucher is worth ${format(money(valueMinor ?? 0n, valueCurrency ?? ''))}: redeem it in your account, and buy what you like from your balance.`,
  )
}

/** As `weighVoucher`, and nobody else has it until the commit. */
export async function takeVoucher(tx: Tx, typed: string, now: Temporal.Instant): Promise<TakenVoucher> {
  return forPlan(usable(await find(tx, typed, true), now))
}

type Usable = Omit<Row, 'status' | 'lastUseAt'>

function usable({ status, lastUseAt, ...voucher }: Row, now: Temporal.Instant): Usable {
  switch (stateOf(status, lastUseAt, now)) {
    case 'redeemed':
      throw refused('used', 'This voucher was redeemed before.')
    case 'void':
      throw refused('void', 'This voucher is not valid any more.')
    case 'expired':
      throw refused('expired', 'The last day of this voucher is over.')
    case 'unused':
      return voucher
  }
}

/** One over money has no line and no invoice of its own. */
export type Redeemed = { customerId: string; subscriptionId: string | null; invoiceId: string | null }

/** The invoice that it pays is there: from now on it is used. */
export async function noteRedeemed(
  tx: Tx,
  shop: Shop,
  voucher: Pick<TakenVoucher, 'id' | 'batchId'>,
  { customerId, subscriptionId, invoiceId }: Redeemed,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update vouchers set status = 'redeemed', redeemed_at = ${now}, customer_id = ${customerId}, subscription_id = ${subscriptionId}, invoice_id = ${invoiceId}
      where business_id = current_business() and id = ${voucher.id} and status = 'unused'`,
  )
  await record(tx, shop, now, {
    type: 'voucher.redeemed',
    subjectType: 'voucher_batch',
    subjectId: voucher.batchId,
    customerId,
    data: { voucher: voucher.id, subscription: subscriptionId },
  })
}
