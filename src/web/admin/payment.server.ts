/** A payment as lists and its page tell it. */
import { type Shop, transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { disputesOf } from '#modules/billing/disputes/queries.ts'
import { findGateway } from '#modules/billing/gateways.ts'
import { feesOfPayment } from '#modules/billing/payouts/moves.ts'
import { findInvoice, findPayment, invoicesOf, type Payment, refundsOf } from '#modules/billing/queries.ts'
import { refundableOf } from '#modules/billing/refund-payment.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readHistory } from './history.server.ts'
import { readStrays } from './stray.server.ts'

export const paymentRow = (payment: Payment, gateway: string) => ({
  id: payment.id,
  gateway,
  state: stateOf(payment),
  status: payment.status,
  failure: payment.failure?.message ?? null,
  attempt: payment.attempt,
  amount: money(payment.amountMinor, payment.currency),
  received: money(payment.receivedMinor, payment.currency),
  refunded: money(payment.refundedMinor, payment.currency),
  disputed: money(payment.disputedMinor, payment.currency),
  forgiven: money(payment.forgivenMinor, payment.currency),
  createdAt: payment.createdAt.toString(),
})

const stateOf = ({ status, receivedMinor, refundedMinor, disputedMinor }: Payment): string => {
  if (disputedMinor > 0n) return 'disputed'
  if (status !== 'succeeded' || refundedMinor === 0n) return status
  return refundedMinor === receivedMinor ? 'refunded' : 'part_refunded'
}

export const readPaymentRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-payment', async (tx) => {
    const found = await findPayment(tx, id)
    if (found === null) throw new Refusal('not_found', 'There is no such payment.')
    const account = await findGateway(tx, found.gatewayAccountId)
    const kind = account === null ? undefined : shop.app.gateways.get(account.kind)
    const invoices = await Promise.all(invoicesOf(found).map((each) => findInvoice(tx, each)))
    const [invoice = null] = invoices
    const shares = await refundableOf(tx, found)
    const numberOf = (each: string) => {
      const { series = null, number = null } = invoices.find((other) => other?.id === each) ?? {}
      return invoiceNumber(series, number)
    }
    const refunds = await refundsOf(tx, id)
    const disputes = await disputesOf(tx, id)
    const fees = await feesOfPayment(tx, id)
    const kept = fees.find(({ currency }) => currency === found.currency)?.minor ?? 0n
    const asked = refunds.filter(({ status, strayId }) => strayId === null && !['failed', 'canceled'].includes(status))
    const left =
      found.receivedMinor - found.disputedMinor - asked.reduce((total, { amountMinor }) => total + amountMinor, 0n)
    return {
      payment: {
        ...paymentRow(found, account?.name ?? ''),
        gatewayKind: kind?.title ?? null,
        /** The gateway can be asked; where staff confirm there is nobody to ask. */
        askable: kind !== undefined && !kind.capabilities.staffConfirms && found.status !== 'succeeded',
        byHand: kind?.capabilities.refund !== true,
        remoteRef: found.remoteRef,
        reference: found.reference,
        method: found.method,
        failure: found.failure,
        checks: found.checks,
        fetchedAt: found.fetchedAt?.toString() ?? null,
        nextCheckAt: found.nextCheckAt?.toString() ?? null,
        succeededAt: found.succeededAt?.toString() ?? null,
      },
      fees: fees.map((each) => money(each.minor, each.currency)),
      /** After refunds, disputes and fees; null where nobody has told a fee, or it was kept in another currency. */
      net:
        fees.length === 1 && fees[0]?.currency === found.currency
          ? money(found.receivedMinor - found.refundedMinor - found.disputedMinor - kept, found.currency)
          : null,
      left: money(left < 0n ? 0n : left, found.currency),
      /** Of each invoice that it paid, its own first: what can still be given back. */
      shares: shares.map(({ invoiceId, leftMinor }) => ({
        invoiceId,
        number: numberOf(invoiceId),
        left: money(leftMinor < 0n ? 0n : leftMinor, found.currency),
      })),
      also: found.also.map((each) => ({ id: each, number: numberOf(each) })),
      invoice: invoice === null ? null : { id: invoice.id, number: invoiceNumber(invoice.series, invoice.number) },
      customer: (await customersById(tx, [found.customerId])).get(found.customerId) ?? null,
      strays: await readStrays(tx, shop, found, refunds),
      disputes: disputes.map((each) => ({
        id: each.id,
        state: each.status,
        reason: each.reason,
        amount: money(each.amountMinor, each.currency),
      })),
      refunds: refunds.map((refund) => ({
        id: refund.id,
        status: refund.status,
        amount: money(refund.amountMinor, refund.currency),
        asked: refund.askedMinor === null ? null : money(refund.askedMinor, refund.currency),
        reason: refund.reason,
        claimUrl: refund.claimUrl,
        createdAt: refund.createdAt.toString(),
        doneAt: refund.doneAt?.toString() ?? null,
      })),
      ...(await readHistory(tx, { subjectId: id })),
    }
  })
