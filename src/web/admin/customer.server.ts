import { languageChoices } from './languages.server.ts'
/** All that staff see of one customer. */

import { type Shop, transaction } from '#app.ts'
import { plansById, staffById, standingsOf } from '#modules/analytics/names.ts'
import { gatewayKind, gatewaysFor } from '#modules/billing/gateways.ts'
import { methodsOf, nameOfMethod, printedExpiry } from '#modules/billing/payment-methods.ts'
import { listInvoices } from '#modules/billing/queries.ts'
import { vatCheckOf } from '#modules/billing/tax/confirm-vat-id.ts'
import { tooShortAmong } from '#modules/billing/watch-card.ts'
import { linesOfCustomer } from '#modules/lines/queries.ts'
import { syncStateOf } from '#modules/lines/rules.ts'
import { lastSeen } from '#modules/lines/usage.ts'
import { listMessages } from '#modules/messages/queries.ts'
import { findCustomer, listNotes } from '#modules/people/customers.ts'
import { factsUnder } from '#modules/subscriptions/facts.ts'
import { readPolicy, stepsDone, subscriptionsOf } from '#modules/subscriptions/queries.ts'
import { nextStep, timeline } from '#modules/subscriptions/rules/policy.ts'
import { renewalMinor, type Subscription } from '#modules/subscriptions/rules/subscription.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { readHistory } from './history.server.ts'

export const readCustomerRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-customer', async (tx) => {
    const customer = await findCustomer(tx, id)
    if (customer === null) throw new Refusal('not_found', 'There is no such customer.')
    const subscriptions = await subscriptionsOf(tx, id)
    const [lines, invoices, messages, notes] = [
      await linesOfCustomer(tx, id),
      await listInvoices(tx, { customerId: id }, { limit: 50 }),
      await listMessages(tx, { customerId: id }, { limit: 50 }),
      await listNotes(tx, id),
    ]
    const plans = await plansById(
      tx,
      subscriptions.map(({ planId }) => planId),
    )
    const names = Object.fromEntries(await staffById(tx))
    const methods = await methodsOf(tx, id)
    const tooShort = await tooShortAmong(tx, shop, methods)
    const standing = (await standingsOf(tx, [id])).get(id)
    const seen = await lastSeen(
      tx,
      lines.map((line) => line.id),
    )
    return {
      customer: {
        id,
        name: customer.name,
        email: customer.email,
        country: customer.country,
        language: customer.language,
        languages: languageChoices(customer.language),
        tags: customer.tags,
        vatId: customer.vatId,
        vatCheck: await vatCheckOf(tx, id),
        taxExempt: customer.taxExempt,
        poNumber: customer.poNumber,
        netDays: customer.netDays,
        oneInvoice: customer.oneInvoice,
        address: customer.address,
        marketingConsentAt: customer.marketingConsentAt?.toString() ?? null,
        mailBrokenAt: customer.mailBrokenAt?.toString() ?? null,
        createdAt: customer.createdAt.toString(),
        paid: standing?.paid ?? null,
        signsIn: customer.userId !== null,
      },
      methods: methods.map((method) => ({
        id: method.id,
        name: nameOfMethod(method),
        failed: method.status === 'failed' ? method.statusReason : null,
        isDefault: method.isDefault,
        tooShort: tooShort === method.id,
        expires: printedExpiry(method),
        savedAt: method.createdAt.toString(),
        mandate: method.mandate,
      })),
      /** Where the customer saves a method without paying; null where no gateway can. */
      savePage: (await savesAlone(tx, shop)) ? `${shop.baseUrl}/account/payment-methods` : null,
      next: await nextEvent(tx, subscriptions),
      lines: subscriptions.map((subscription) => {
        const sizes = (id: string) => subscriptions.filter(({ householdId }) => householdId === id).length
        const line = lines.find(({ subscriptionId }) => subscriptionId === subscription.id)
        return {
          id: subscription.id,
          plan: plans.get(subscription.planId)?.name ?? '',
          status: subscription.status,
          paidThrough: subscription.paidThrough?.toString() ?? null,
          autoRenew: subscription.autoRenew,
          /** With how many others of his it is renewed. */
          together: subscription.householdId === null ? 0 : sizes(subscription.householdId) - 1,
          price: money(renewalMinor(subscription), subscription.currency),
          line: line
            ? {
                id: line.id,
                username: line.username,
                sync: syncStateOf(line),
                seenAt: seen.get(line.id)?.toString() ?? null,
              }
            : null,
        }
      }),
      invoices: invoices.map((invoice) => ({
        id: invoice.id,
        number: invoice.number === null ? null : `${invoice.series}-${String(invoice.number).padStart(5, '0')}`,
        status: invoice.status,
        total: money(invoice.totalMinor, invoice.currency),
        at: (invoice.issuedAt ?? invoice.createdAt).toString(),
      })),
      messages: messages.map(({ id: messageId, template, subject, status, answer, createdAt }) => ({
        id: messageId,
        title: subject ?? template.replaceAll('_', ' '),
        status,
        answer,
        at: createdAt.toString(),
      })),
      notes: notes.map(({ author, at, ...note }) => ({
        ...note,
        at: at.toString(),
        author: names[author.replace('staff:', '')] ?? author,
      })),
      history: await readHistory(tx, { customerId: id }, 100),
    }
  })

const savesAlone = async (tx: Tx, shop: Shop): Promise<boolean> =>
  (await gatewaysFor(tx, shop, shop.currency)).some(
    ({ kind }) => gatewayKind(shop.app, kind).capabilities.savesWithoutPayment,
  )

/** Of all his subscriptions the step that comes next, and when. */
async function nextEvent(tx: Tx, subscriptions: readonly Subscription[]) {
  const steps = await Promise.all(
    subscriptions.map(async (subscription) => {
      if (subscription.paidThrough === null) return []
      const policy = await readPolicy(tx, subscription.policyId)
      const planned = timeline(subscription, policy, await factsUnder(tx, policy, subscription))
      return nextStep(planned, await stepsDone(tx, subscription)) ?? []
    }),
  )
  const [next] = steps.flat().sort((a, b) => Temporal.Instant.compare(a.at, b.at))
  return next ? { action: next.action, at: next.at.toString() } : null
}
