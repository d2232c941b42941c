/**
 * What a gateway says of refunds: one of ours may fail days after it counted as done, and staff may give money back at the gateway itself.
 * A notice only hints at it; the gateway's own list of the payment's refunds decides.
 */
import type { RefundSnapshot } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { record } from '../events/record.ts'
import { findGateway, openGateway } from './gateways.ts'
import { findRefund, lockPayment, type Payment, refundsOf } from './queries.ts'
import { type Parts, partsOf } from './refund-parts.ts'
import { reasonOf, refundableOf, save, undoRefund } from './refund-payment.ts'
import { leftOf, strayOf, tellGone } from './stray-money.ts'

/** Throws what the gateway throws. */
export async function refreshRefunds(shop: Shop, payment: Payment): Promise<void> {
  if ((payment.status !== 'succeeded' && !payment.stray) || payment.remoteRef === null) return
  const account = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, payment.gatewayAccountId))
  if (account === null) return
  const { gateway, kind } = openGateway(shop, account)
  if (kind.capabilities.staffConfirms) return
  crashPoint('gateway-fetchPayment:before')
  const { refunds } = await gateway.fetchPayment(payment.remoteRef)
  crashPoint('gateway-fetchPayment:after')
  for (const each of refunds)
    await transaction(shop, 'apply-refund', (tx) => applyRefund(tx, shop, payment.id, each, shop.now()))
}

async function applyRefund(
  tx: Tx,
  shop: Shop,
  paymentId: string,
  told: RefundSnapshot,
  now: Temporal.Instant,
): Promise<void> {
  const payment = await lockPayment(tx, paymentId)
  const known = (await refundsOf(tx, paymentId)).find(
    ({ id, remoteRef }) => id === told.ourRef || remoteRef === told.ref,
  )
  if (known === undefined) return madeThere(tx, shop, payment, told, now)
  const failed = told.status === 'failed' || told.status === 'canceled'
  if (known.status === 'succeeded') {
    if (failed) await undoRefund(tx, shop, known, payment, reasonOf(told) ?? 'the gateway gave no reason', now)
    return
  }
  await save(tx, shop, known, payment, told, now)
}

/** Given back at the gateway, by staff who did not ask here: booked all the same, as far as the payment reaches. */
async function madeThere(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  told: RefundSnapshot,
  now: Temporal.Instant,
): Promise<void> {
  const left = payment.receivedMinor - payment.refundedMinor
  if (told.status !== 'succeeded' || told.ourRef !== null) return
  if (told.amount.currency !== payment.currency) return ofStray(tx, shop, payment, told, now)
  if (told.amount.minor > left) return
  // Of one that paid several invoices: the first whose money is enough for it.
  const share = (await refundableOf(tx, payment)).find(({ leftMinor }) => leftMinor >= told.amount.minor)
  const other = share === undefined || share.invoiceId === payment.invoiceId ? null : share.invoiceId
  const asked = { payment, other, amount: told.amount.minor, destination: 'source' } as const
  await book(tx, shop, payment, told, { ...(await partsOf(tx, shop, asked, now)), strayId: null }, now)
}

/** Of what came in another currency, as long as it is nobody's; what was counted or kept meanwhile is a person's to put right. */
async function ofStray(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  told: RefundSnapshot,
  now: Temporal.Instant,
): Promise<void> {
  const { minor, currency } = told.amount
  const strays = (await strayOf(tx, payment)).filter((each) => each.currency === currency)
  const open = strays.find((each) => leftOf(each) >= minor)
  if (open !== undefined) return book(tx, shop, payment, told, { ...noParts, strayId: open.id }, now)
  if (strays.length > 0) await tellGone(tx, shop, payment, told.amount, 'given back at the gateway', now)
}

type About = Parts & { strayId: string | null }

/** What paid nothing comes from no invoice, and from no balance. */
const noParts: Parts = { invoiceId: null, fromBalanceMinor: 0n, taxMinor: 0n }

async function book(
  tx: Tx,
  shop: Shop,
  payment: Payment,
  told: RefundSnapshot,
  { invoiceId, fromBalanceMinor, taxMinor, strayId }: About,
  now: Temporal.Instant,
): Promise<void> {
  const id = newId('ref', shop.app.clock)
  const reason = reasonOf(told) ?? 'given back at the gateway'
  await run(
    tx,
    sql`insert into refunds (business_id, id, payment_id, invoice_id, stray_id, currency, amount_minor, from_balance_minor, tax_minor, status, reason, by, created_at)
      values (${shop.businessId}, ${id}, ${payment.id}, ${invoiceId}, ${strayId}, ${told.amount.currency}, ${told.amount.minor}, ${fromBalanceMinor}, ${taxMinor}, 'requested', ${reason}, 'gateway', ${now})`,
  )
  await record(tx, shop, now, {
    type: 'refund.requested',
    subjectType: 'refund',
    subjectId: id,
    customerId: payment.customerId,
    data: { payment: payment.id, amount: told.amount.minor.toString(), currency: told.amount.currency, reason },
  })
  const made = await findRefund(tx, id)
  if (made !== null) await save(tx, shop, made, payment, told, now)
}
