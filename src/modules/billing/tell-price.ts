/** What the announcement of a new price says, and the word that it was taken back. Read when it is sent, as every message. */
import type { Teller } from '#app.ts'
import { format } from '#platform/money.ts'
import { formatDay } from '#platform/time.ts'
import { lineOfSubscription } from '../lines/queries.ts'
import { comingPriceOf, findPriceChange } from '../subscriptions/price-changes.ts'
import { earliestStart, firstRenewal } from '../subscriptions/rules/price-change.ts'
import { about } from './tell.ts'

/** Nothing is said of a change that is over. The notice begins now: this is the moment in which it is sent. */
const priceChange: Teller = async (tx, shop, { subscription_id, price_change_id }) => {
  const facts = await about(tx, shop, subscription_id)
  const coming = await comingPriceOf(tx, subscription_id ?? '')
  const line = await lineOfSubscription(tx, subscription_id ?? '')
  if (facts === null || coming === null || coming.id !== price_change_id || line === null) return null
  const { subscription, customer, common } = facts
  const first = firstRenewal(subscription, earliestStart(coming, shop.now()))
  if (first === null || subscription.status === 'terminated') return null
  const inWords = (minor: bigint) => format({ minor, currency: subscription.currency }, customer.language)
  return {
    customer_name: common.customer_name ?? '',
    account_url: common.account_url ?? '',
    plan_name: common.plan_name ?? '',
    old_amount: inWords(coming.oldMinor),
    new_amount: inWords(coming.newMinor),
    new_price_on: formatDay(first, shop.zone, customer.language),
    price_url: `${shop.baseUrl}/account/lines/${line.id}/price`,
    price_note: coming.note === '' ? null : coming.note,
    asks_consent: coming.consent === 'ask',
    ends_without_consent: coming.consent === 'ask' && coming.silence === 'end',
  }
}

/** Only to those whom the announcement has reached. */
const priceKept: Teller = async (tx, shop, { subscription_id, price_change_id }) => {
  const facts = await about(tx, shop, subscription_id)
  const change = await findPriceChange(tx, price_change_id ?? '')
  if (facts === null || change === null || change.toldAt === null || facts.subscription.status === 'terminated')
    return null
  if (change.status !== 'canceled' && change.status !== 'excepted') return null
  return facts.common
}

export const priceTellers: Record<string, Teller> = { price_change: priceChange, price_kept: priceKept }
