/**
 * A kept card expires before it is charged again: its customer is told once, 30 days before, with the way to save another. Looked at when
 * it is due, then each day until it is told or has expired; whoever saved or chose another method meanwhile hears nothing.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { isAfter } from '#platform/time.ts'
import { queueMessage } from '../messages/queue-message.ts'
import { keptPolicy, subscriptionsOf } from '../subscriptions/queries.ts'
import type { Policy } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { findMethod, methodsOf, type PaymentMethod } from './payment-methods.ts'
import { firstUnpayable, looksAgainAt } from './rules/card-expiry.ts'

export async function watchCard(shop: Shop, methodId: string): Promise<void> {
  const now = shop.now()
  await transaction(shop, 'watch-card', async (tx) => {
    const method = await lockWatched(tx, methodId)
    if (method === null || method.expiresAt === null || method.warnAt === null || isAfter(method.warnAt, now)) return
    const unpayable = await unpayableBy(tx, shop, method)
    if (unpayable === null) {
      const again = method.status === 'active' ? looksAgainAt(method.expiresAt, now) : null
      return lookAgain(tx, method.id, again)
    }
    await queueMessage(
      tx,
      shop,
      {
        template: 'card_expiring',
        claim: `card_expiring/${method.id}`,
        customerId: method.customerId,
        about: { payment_method_id: method.id, subscription_id: unpayable.id },
      },
      now,
    )
    await run(
      tx,
      sql`update payment_methods set warn_at = null, warned_at = ${now} where business_id = current_business() and id = ${method.id}`,
    )
  })
}

async function lockWatched(tx: Tx, id: string): Promise<PaymentMethod | null> {
  const held = await maybe(
    tx,
    sql`select from payment_methods where business_id = current_business() and id = ${id} and warn_at is not null for no key update`,
  )
  return held === null ? null : findMethod(tx, id)
}

const lookAgain = async (tx: Tx, id: string, at: Temporal.Instant | null): Promise<void> => {
  await run(
    tx,
    sql`update payment_methods set warn_at = ${at}::timestamptz where business_id = current_business() and id = ${id}`,
  )
}

/** The first subscription of its customer that this card, his default, cannot pay any more; null: it pays, or is not asked to. */
async function unpayableBy(tx: Tx, shop: Shop, method: PaymentMethod): Promise<Subscription | null> {
  if (method.expiresAt === null || method.status !== 'active' || !method.isDefault) return null
  const charged = []
  for (const subscription of await subscriptionsOf(tx, method.customerId))
    charged.push({ subscription, policy: await keptPolicy(tx, shop, subscription.policyId) })
  return firstUnpayable(method.expiresAt, charged)?.subscription ?? null
}

/** Of a customer's methods, the id of the default one where it expires before it is charged again. */
export async function tooShortAmong(tx: Tx, shop: Shop, methods: readonly PaymentMethod[]): Promise<string | null> {
  const used = methods.find(({ isDefault }) => isDefault)
  return used !== undefined && (await unpayableBy(tx, shop, used)) !== null ? used.id : null
}

/** The default card of a subscription's customer where it expires before this one is charged again. */
export async function cardTooShortFor(
  tx: Tx,
  shop: Shop,
  subscription: Subscription,
): Promise<(PaymentMethod & { expiresAt: Temporal.Instant }) | null> {
  const method = (await methodsOf(tx, subscription.customerId)).find(({ isDefault }) => isDefault)
  if (method?.status !== 'active' || method.expiresAt === null) return null
  const policy = await keptPolicy(tx, shop, subscription.policyId)
  return firstUnpayable(method.expiresAt, [{ subscription, policy }]) === null
    ? null
    : { ...method, expiresAt: method.expiresAt }
}

/** Of many subscriptions, the ids of those whose customer's default card expires before they are charged again. */
export async function tooShortFor(
  tx: Tx,
  subscriptions: readonly Subscription[],
  policies: readonly Policy[],
): Promise<Set<string>> {
  const cards = await rows(
    tx,
    sql<{
      customerId: string
      expiresAt: Temporal.Instant
    }>`select customer_id as "customerId", expires_at as "expiresAt" from payment_methods
      where business_id = current_business() and customer_id = any (${subscriptions.map(({ customerId }) => customerId)}::text[])
        and is_default and status = 'active' and expires_at is not null`,
  )
  const expiries = new Map(cards.map(({ customerId, expiresAt }) => [customerId, expiresAt]))
  const tooShort = subscriptions.filter((subscription) => {
    const [expiresAt, policy] = [
      expiries.get(subscription.customerId),
      policies.find(({ id }) => id === subscription.policyId),
    ]
    return expiresAt && policy && firstUnpayable(expiresAt, [{ subscription, policy }]) !== null
  })
  return new Set(tooShort.map(({ id }) => id))
}
