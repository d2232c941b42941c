/** An invoice with all that its page tells. */
import { type Shop, transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { whyNotCharged } from '#modules/billing/charge-facts.ts'
import { findCollection } from '#modules/billing/collections.ts'
import { creditNotesOf } from '#modules/billing/e-invoice/paper-of.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { methodsOf, nameOfMethod } from '#modules/billing/payment-methods.ts'
import { findInvoice, type Invoice, itemsOf, paymentsOf } from '#modules/billing/queries.ts'
import { isStated } from '#modules/billing/rules/tax-currency.ts'
import { eachOfItem, invoiceNumber, isOverdue } from '#modules/billing/rules.ts'
import { coveredBy } from '#modules/billing/spend-balance.ts'
import { linkTo } from '#modules/billing/tell.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readHistory } from './history.server.ts'
import { paymentRow } from './payment.server.ts'

/** The customer's saved methods that work, and what is planned with them for this invoice. */
async function chargingOf(tx: Tx, invoiceId: string, customerId: string) {
  const plan = await findCollection(tx, invoiceId)
  const kept = (await methodsOf(tx, customerId)).filter(({ status }) => status === 'active')
  return {
    methods: kept.map((method) => ({ value: method.id, label: nameOfMethod(method) })),
    refused: await whyNotCharged(tx, invoiceId),
    plan:
      plan === null
        ? null
        : {
            status: plan.status,
            waitsFor: plan.waitsFor,
            nextTryAt: plan.nextTryAt?.toString() ?? null,
            reason: plan.reason,
          },
  }
}

export const readInvoiceRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-invoice', async (tx) => {
    const found = await findInvoice(tx, id)
    if (found === null) throw new Refusal('not_found', 'There is no such invoice.')
    const items = await itemsOf(tx, id)
    const gateways = new Map((await listGateways(tx)).map((each) => [each.id, each.name]))
    const payments = await paymentsOf(tx, id)
    const overdue = isOverdue(found, shop.now())
    const payable = found.status === 'open' || found.status === 'draft'
    return {
      invoice: {
        id: found.id,
        number: invoiceNumber(found.series, found.number),
        status: found.status,
        state: overdue ? 'overdue' : found.status,
        purpose: found.purpose,
        net: money(found.netMinor, found.currency),
        tax: money(found.taxMinor, found.currency),
        total: money(found.totalMinor, found.currency),
        paid: money(found.paidMinor, found.currency),
        forgiven: money(found.forgivenMinor, found.currency),
        createdAt: found.createdAt.toString(),
        issuedAt: found.issuedAt?.toString() ?? null,
        dueAt: found.dueAt?.toString() ?? null,
        paidAt: found.paidAt?.toString() ?? null,
      },
      customer: (await customersById(tx, [found.customerId])).get(found.customerId) ?? null,
      items: items.map((item) => ({
        id: item.id,
        description: item.description,
        quantity: item.quantity,
        each: eachIn(item, found.currency),
        subscriptionId: item.subscriptionId,
        total: money(item.totalMinor, found.currency),
        converted: item.converted,
        fulfilledAt: item.fulfilledAt?.toString() ?? null,
      })),
      payments: payments.map((payment) => paymentRow(payment, gateways.get(payment.gatewayAccountId) ?? '')),
      balance: await coveredBy(tx, found),
      charging: await chargingOf(tx, found.id, found.customerId),
      tax: found.tax,
      taxIn: taxInFrom(found),
      creditNotes: (await creditNotesOf(tx, id)).map((note) => ({
        id: note.id,
        number: invoiceNumber(note.series, note.number) ?? '',
        total: money(note.totalMinor, note.currency),
        reason: note.reason,
        issuedAt: note.issuedAt.toString(),
      })),
      payUrl: payable ? linkTo(shop, 'pay', '/pay', id) : null,
      ...(await readHistory(tx, { subjectId: id })),
    }
  })

function taxInFrom({ taxIn }: Invoice) {
  if (taxIn === null) return null
  const { currency } = taxIn
  if (!isStated(taxIn)) return { currency, stated: null }
  const { rate, source, day, netMinor, taxMinor } = taxIn
  const stated = { rate, source, day, net: money(BigInt(netMinor), currency), tax: money(BigInt(taxMinor), currency) }
  return { currency, stated }
}

/** Of one piece, where there are several at one price. */
function eachIn({ totalMinor, quantity }: { totalMinor: bigint; quantity: number }, currency: string) {
  const each = quantity === 1 ? null : eachOfItem(totalMinor, quantity)
  return each === null ? null : money(each, currency)
}
