/** All that staff see of one order: money, set-up job, history. */
import { type Shop, transaction } from '#app.ts'
import { findInvoice, paymentsOf, refundsOf } from '#modules/billing/queries.ts'
import { gatewayNameOf } from '#modules/billing/start-payment.ts'
import { findPlan } from '#modules/catalog/plans.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { orderUrl } from '#modules/checkout/tell.ts'
import { listPanels, productPanels } from '#modules/lines/panels.ts'
import { callsOf, lineOfSubscription } from '#modules/lines/queries.ts'
import { type Line, syncStateOf } from '#modules/lines/rules.ts'
import { findCustomer } from '#modules/people/customers.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readHistory } from './history.server.ts'

export const readOrderRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-order', async (tx) => {
    const order = await findOrder(tx, id)
    if (order === null) throw new Refusal('not_found', 'There is no such order.')
    const customer = await findCustomer(tx, order.customerId)
    const plan = await findPlan(tx, order.planId)
    const invoice = order.invoiceId === null ? null : await findInvoice(tx, order.invoiceId)
    const line = order.subscriptionId === null ? null : await lineOfSubscription(tx, order.subscriptionId)
    return {
      order: {
        id: order.id,
        number: order.number,
        status: order.status,
        reason: order.reason,
        source: order.source,
        device: order.device,
        mac: order.mac,
        wantedUsername: order.wantedUsername,
        createdAt: order.createdAt.toString(),
        paidAt: order.paidAt?.toString() ?? null,
        readyAt: order.readyAt?.toString() ?? null,
        expiresAt: order.expiresAt?.toString() ?? null,
        subscriptionId: order.subscriptionId,
        url: orderUrl(shop, order.id),
      },
      customer: { id: order.customerId, name: customer?.name ?? '', email: customer?.email ?? '' },
      plan: { id: order.planId, name: plan?.name ?? '' },
      invoice:
        invoice === null
          ? null
          : {
              id: invoice.id,
              status: invoice.status,
              total: money(invoice.totalMinor, invoice.currency),
              due: money(invoice.totalMinor - invoice.paidMinor, invoice.currency),
            },
      payments: await paymentsTold(tx, order.invoiceId),
      setUp: line === null ? null : await setUpTold(tx, shop, line, plan?.productId ?? ''),
      history: await readHistory(tx, { subjectId: order.id }),
    }
  })

async function paymentsTold(tx: Tx, invoiceId: string | null) {
  const found = invoiceId === null ? [] : await paymentsOf(tx, invoiceId)
  return Promise.all(
    found.map(async (payment) => ({
      id: payment.id,
      attempt: payment.attempt,
      status: payment.status,
      gateway: await gatewayNameOf(tx, payment),
      amount: money(payment.amountMinor, payment.currency),
      received: money(payment.receivedMinor, payment.currency),
      refunded: money(payment.refundedMinor, payment.currency),
      answer: payment.failure?.message ?? null,
      reference: payment.reference ?? payment.remoteRef,
      at: (payment.succeededAt ?? payment.createdAt).toString(),
      refunds: (await refundsOf(tx, payment.id)).map((refund) => ({
        id: refund.id,
        status: refund.status,
        reason: refund.reason,
        amount: money(refund.amountMinor, refund.currency),
        at: refund.createdAt.toString(),
      })),
    })),
  )
}

async function setUpTold(tx: Tx, shop: Shop, line: Line, productId: string) {
  const panels = await listPanels(tx)
  const mapped = new Set((await productPanels(tx, productId)).map(({ panelId }) => panelId))
  const movable = line.remoteId === null && line.createSentAt === null
  return {
    lineId: line.id,
    username: line.username,
    requestedUsername: line.requestedUsername,
    because: line.routed?.because ?? null,
    wanted: line.wanted,
    sync: syncStateOf(line),
    tries: line.tries,
    trouble: line.trouble,
    nextTryAt: line.doneRevision < line.revision ? (line.nextTryAt?.toString() ?? null) : null,
    lastAnswer: line.lastAnswer,
    activatedAt: line.activatedAt?.toString() ?? null,
    panel:
      panels.find(({ id }) => id === line.panelId)?.name ??
      (line.panelBusinessId === shop.businessId ? '' : 'Panel of the operator'),
    otherPanels: movable
      ? panels
          .filter(({ id, drained }) => mapped.has(id) && id !== line.panelId && !drained)
          .map(({ id, name }) => ({ id, name }))
      : [],
    calls: (await callsOf(tx, { lineId: line.id }, 8)).map(({ at, ...call }) => ({ ...call, at: at.toString() })),
  }
}
