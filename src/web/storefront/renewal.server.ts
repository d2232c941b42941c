/** Renewing a line: what it costs, until when it then runs, and the payment of its invoice. For signed links and the portal. */
import { type Shop, transaction } from '#app.ts'
import { renewalInvoice } from '#modules/billing/invoices.ts'
import { nextPeriod, type Standing, standingOf } from '#modules/billing/standing.ts'
import { termsOfNext } from '#modules/subscriptions/plan-changes.ts'
import { isPart } from '#modules/subscriptions/rules/household.ts'
import { Refusal } from '#platform/errors.ts'
import { isAfter } from '#platform/time.ts'
import { doorOf, type WebContext } from '#web/context.ts'
import { chosenMethod, pay, payMethods, saveConsentOf } from './paying.server.ts'
import { asCustomer, read } from './shop.server.ts'

export async function renewalPage(web: WebContext, shop: Shop, subscriptionId: string) {
  const standing = await read(shop, (tx) => standingOf(tx, shop, subscriptionId))
  if (standing === null) throw new Refusal('not_found', 'There is no such plan.')
  return { ...shownRenewal(standing, shop), methods: await payMethods(web, shop, standing.price.currency) }
}

export type RenewalPage = Awaited<ReturnType<typeof renewalPage>>

/** `from` is said only where paying does not simply add to what is left: then the new time begins with the payment. */
function shownRenewal(standing: Standing, shop: Shop) {
  const { subscription, line, planName, price, renewable, invoice, together, span } = standing
  const { anchorDay, term, zone } = subscription
  const period = nextPeriod(standing, shop.now())
  const stopped = subscription.status === 'suspended' || subscription.status === 'terminated'
  const early = subscription.paidThrough !== null && isAfter(subscription.paidThrough, shop.now())
  return {
    planName,
    username: line?.username ?? null,
    status: subscription.status,
    ...{ price, renewable, stopped, early },
    term: subscription.term,
    /** It ends on the day of its household, sooner or later than after a whole term. */
    part: span !== null && anchorDay !== null && isPart(span, { anchorDay, term, zone }),
    together: together.map((each) => ({ planName: each.planName, username: each.username, price: each.price })),
    endsAt: subscription.paidThrough?.toString() ?? null,
    newEndsAt: period?.ends.toString() ?? null,
    startsAt: period?.starts.toString() ?? null,
    invoiceDue: invoice?.dueAt?.toString() ?? null,
  }
}

/** Pays the one renewal invoice of the next period; `pageOf` is where its progress is shown. */
export async function payRenewal(
  web: WebContext,
  shop: Shop,
  subscriptionId: string,
  form: FormData,
  pageOf: (invoiceId: string) => string,
): Promise<Response> {
  const gatewayId = chosenMethod(form)
  await doorOf(web).limits.count('checkout', { account: subscriptionId, network: web.address })
  const standing = await read(shop, (tx) => standingOf(tx, shop, subscriptionId))
  if (standing === null) throw new Refusal('not_found', 'There is no such plan.')
  const own = asCustomer(shop, standing.subscription.customerId)
  await refuseUnanswered(own, standing)
  const invoice = await transaction(own, 'renewal-invoice', (tx) => renewalInvoice(tx, own, subscriptionId, own.now()))
  if (invoice === null) throw new Refusal('not_sellable', 'This plan cannot be renewed. Please choose another plan.')
  const saveConsent = saveConsentOf(web, shop, form)
  const page = pageOf(invoice.id)
  return pay(own, { invoiceId: invoice.id, gatewayId, description: standing.planName, page, saveConsent })
}

/** Nobody is taken by surprise: where a new price asks for an answer, it is given before the period is sold. */
async function refuseUnanswered(shop: Shop, { subscription }: Standing): Promise<void> {
  if (!(await read(shop, (tx) => termsOfNext(tx, subscription))).unanswered) return
  throw new Refusal(
    'conflict',
    'The next period has a new price. Please open your account and say whether you agree to it, then renew.',
  )
}
