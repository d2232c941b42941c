/** Payment methods that customers let us keep: kept with a payment or on a page of their own (save-method.ts), one the default, removed at any time. */
import type { SavedMethod } from '#adapters/gateways/gateway.ts'
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise } from '../people/attention.ts'
import { tryOpenCollections } from './collections.ts'
import { forgetMethodJob } from './jobs.ts'
import { expiryOf, warningHours, warnsAt } from './rules/card-expiry.ts'

export type PaymentMethod = {
  id: string
  customerId: string
  gatewayAccountId: string
  customerRef: string
  methodRef: string
  kind: string
  brand: string | null
  last4: string | null
  expiresMonth: number | null
  expiresYear: number | null
  /** From then on the bank takes it no more. */
  expiresAt: Temporal.Instant | null
  /** When it is looked at whether its customer must be told of that; null: he was, or never. */
  warnAt: Temporal.Instant | null
  fingerprint: string | null
  mandate: string
  consentedAt: Temporal.Instant
  status: 'active' | 'failed' | 'removed'
  /** Why it failed or was removed, for staff. */
  statusReason: string
  isDefault: boolean
  createdAt: Temporal.Instant
  removedAt: Temporal.Instant | null
  forgottenAt: Temporal.Instant | null
}

const columns = sql`id, customer_id as "customerId", gateway_account_id as "gatewayAccountId", customer_ref as "customerRef", method_ref as "methodRef", kind, brand, last4,
  expires_month as "expiresMonth", expires_year as "expiresYear", expires_at as "expiresAt", warn_at as "warnAt", fingerprint, mandate, consented_at as "consentedAt", status, status_reason as "statusReason",
  is_default as "isDefault", created_at as "createdAt", removed_at as "removedAt", forgotten_at as "forgottenAt"`

/** Those that are still kept, the default one first, then the newest. */
export const methodsOf = (tx: Tx, customerId: string): Promise<PaymentMethod[]> =>
  rows(
    tx,
    sql<PaymentMethod>`select ${columns} from payment_methods
      where business_id = current_business() and customer_id = ${customerId} and status <> 'removed' order by is_default desc, created_at desc, id desc`,
  )

export const findMethod = (tx: Tx, id: string): Promise<PaymentMethod | null> =>
  maybe(
    tx,
    sql<PaymentMethod>`select ${columns} from payment_methods where business_id = current_business() and id = ${id}`,
  )

async function lockMethod(tx: Tx, id: string): Promise<PaymentMethod> {
  const found = await maybe(
    tx,
    sql<PaymentMethod>`select ${columns} from payment_methods where business_id = current_business() and id = ${id} for no key update`,
  )
  if (found === null || found.status === 'removed') throw new Refusal('not_found', 'There is no such payment method.')
  return found
}

/** How the gateway calls this customer, where it has kept something for him before. */
export const customerRefOf = async (tx: Tx, customerId: string, gatewayAccountId: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ ref: string }>`select customer_ref as ref from payment_methods
        where business_id = current_business() and customer_id = ${customerId} and gateway_account_id = ${gatewayAccountId} order by created_at desc limit 1`,
    )
  )?.ref ?? null

/** Whose a method, or the gateway's customer that it hangs on, is already; null: nobody's. */
export const ownerOf = async (
  tx: Tx,
  gatewayAccountId: string,
  { customerRef, methodRef }: Pick<SavedMethod, 'customerRef' | 'methodRef'>,
): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ customerId: string }>`select customer_id as "customerId" from payment_methods
        where business_id = current_business() and gateway_account_id = ${gatewayAccountId} and (method_ref = ${methodRef} or customer_ref = ${customerRef})
        order by method_ref = ${methodRef} desc limit 1`,
    )
  )?.customerId ?? null

/** Where a method comes from: a payment, or a page that only kept it. Account and consent are read from its row. */
export type Keeping = { table: 'payments' | 'method_setups'; id: string; customerId: string; mandate: string | null }

/**
 * What the gateway kept, if the buyer agreed to it. The newest becomes the default: he has just chosen it. Whatever waited for another
 * method is tried at once. Gives the method's id; null where nothing is new.
 */
export async function keepMethod(
  tx: Tx,
  shop: Shop,
  from: Keeping,
  saved: SavedMethod | null,
  now: Temporal.Instant,
): Promise<string | null> {
  if (saved === null || from.mandate === null) return null
  const id = newId('pm', shop.app.clock)
  const expiresAt = saved.expires === null ? null : expiryOf(saved.expires, shop.zone)
  const news = await run(
    tx,
    sql`insert into payment_methods (business_id, id, customer_id, gateway_account_id, customer_ref, method_ref, kind, brand, last4, expires_month, expires_year,
        expires_at, warn_at, fingerprint, mandate, consented_at, status, created_at)
      select p.business_id, ${id}, p.customer_id, p.gateway_account_id, ${saved.customerRef}, ${saved.methodRef}, ${saved.kind}, ${saved.brand}, ${saved.last4},
        ${saved.expires?.month ?? null}, ${saved.expires?.year ?? null}, ${expiresAt}::timestamptz, ${expiresAt && warnsAt(expiresAt)}::timestamptz, ${saved.fingerprint}, p.mandate, p.consented_at, 'active', ${now}
      from ${sql.raw(from.table)} p where p.business_id = current_business() and p.id = ${from.id}
      on conflict (business_id, gateway_account_id, method_ref) do nothing`,
  )
  if (news === 0) return null
  await askAboutTrial(tx, shop, from.customerId, saved.fingerprint, now)
  await moveDefault(tx, from.customerId, id)
  await record(tx, shop, now, {
    type: 'payment_method.saved',
    subjectType: 'payment_method',
    subjectId: id,
    customerId: from.customerId,
    data: {
      [from.table === 'payments' ? 'payment' : 'setup']: from.id,
      kind: saved.kind,
      brand: saved.brand,
      last4: saved.last4,
    },
  })
  await tryOpenCollections(tx, shop, from.customerId, 'a new payment method', now)
  return id
}

async function moveDefault(tx: Tx, customerId: string, id: string | null): Promise<void> {
  await run(
    tx,
    sql`update payment_methods set is_default = false, version = version + 1
      where business_id = current_business() and customer_id = ${customerId} and is_default and id is distinct from ${id}`,
  )
  await run(
    tx,
    // Told of its expiry once; one that is charged from now on is looked at anew.
    sql`update payment_methods set is_default = true, version = version + 1,
        warn_at = case when status = 'active' and warned_at is null then coalesce(warn_at, expires_at - make_interval(hours => ${warningHours})) end
      where business_id = current_business() and customer_id = ${customerId} and id = ${id} and not is_default`,
  )
}

export type WhoseMethod = { methodId: string /** Only if it is his: from the portal. */; customerId?: string }

async function lockHis(tx: Tx, { methodId, customerId }: WhoseMethod): Promise<PaymentMethod> {
  const method = await lockMethod(tx, methodId)
  if (customerId !== undefined && method.customerId !== customerId)
    throw new Refusal('not_found', 'There is no such payment method.')
  return method
}

/** Renewals are charged to it from now on; what waited for another method is tried at once. */
export async function makeDefault(shop: Shop, which: WhoseMethod): Promise<PaymentMethod> {
  const now = shop.now()
  return transaction(shop, 'default-method', async (tx) => {
    const method = await lockHis(tx, which)
    if (method.status === 'failed')
      throw new Refusal('conflict', 'The bank has refused this payment method. Please add another one.')
    if (method.isDefault) return method
    await moveDefault(tx, method.customerId, method.id)
    await record(tx, shop, now, {
      type: 'payment_method.made_default',
      subjectType: 'payment_method',
      subjectId: method.id,
      customerId: method.customerId,
    })
    // Not by clicking to and fro: what was charged today is charged again as planned.
    if (!(await chargedToday(tx, method.id, now)))
      await tryOpenCollections(tx, shop, method.customerId, 'another payment method', now)
    return { ...method, isDefault: true }
  })
}

const chargedToday = async (tx: Tx, methodId: string, now: Temporal.Instant): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from payments where business_id = current_business() and payment_method_id = ${methodId} and created_at > ${plusHours(now, -24)} limit 1`,
  )) !== null

/** Charged no more from this moment, whatever the gateway says; it is told to forget the method until it has (F76). */
export async function removeMethod(shop: Shop, which: WhoseMethod): Promise<PaymentMethod> {
  const now = shop.now()
  return transaction(shop, 'remove-method', async (tx) => {
    const method = await lockHis(tx, which)
    await remove(tx, shop, method, 'removed on request', now)
    return { ...method, status: 'removed', isDefault: false, removedAt: now }
  })
}

export async function remove(
  tx: Tx,
  shop: Shop,
  method: Pick<PaymentMethod, 'id' | 'customerId' | 'isDefault'>,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update payment_methods set status = 'removed', status_reason = ${reason}, is_default = false, warn_at = null, removed_at = ${now}, forget_at = ${now}, version = version + 1
      where business_id = current_business() and id = ${method.id} and status <> 'removed'`,
  )
  if (method.isDefault) {
    const next = (await methodsOf(tx, method.customerId)).find((each) => each.status === 'active')
    await moveDefault(tx, method.customerId, next?.id ?? null)
  }
  await record(tx, shop, now, {
    type: 'payment_method.removed',
    subjectType: 'payment_method',
    subjectId: method.id,
    customerId: method.customerId,
    data: { reason },
  })
  await enqueue(tx, forgetMethodJob, { businessId: shop.businessId, methodId: method.id }, `forget/${method.id}`)
}

/** The bank will never take it again: it is shown as such and charged no more, until the customer removes it. */
export async function failMethod(
  tx: Tx,
  shop: Shop,
  method: PaymentMethod,
  reason: string,
  now: Temporal.Instant,
): Promise<void> {
  const failed = await run(
    tx,
    sql`update payment_methods set status = 'failed', status_reason = ${reason}, version = version + 1
      where business_id = current_business() and id = ${method.id} and status = 'active'`,
  )
  if (failed === 0) return
  await record(tx, shop, now, {
    type: 'payment_method.failed',
    subjectType: 'payment_method',
    subjectId: method.id,
    customerId: method.customerId,
    data: { reason },
  })
}

/** `03` and `2027`, as they are printed on the card; null for what does not expire. */
export const printedExpiry = ({ expiresMonth, expiresYear }: Pick<PaymentMethod, 'expiresMonth' | 'expiresYear'>) =>
  expiresMonth === null || expiresYear === null
    ? null
    : { month: String(expiresMonth).padStart(2, '0'), year: String(expiresYear) }

/** `Visa •••• 4242`, as messages and pages call it. */
export function nameOfMethod(method: Pick<PaymentMethod, 'kind' | 'brand' | 'last4'>): string {
  const word = method.brand ?? method.kind.replaceAll('_', ' ')
  const name = word.charAt(0).toUpperCase() + word.slice(1)
  return method.last4 === null ? name : `${name} •••• ${method.last4}`
}

/**
 * The method is known only once it has paid: where it paid another customer's trial before, and this one has a trial, too, staff look. The
 * money is here, so nothing is refused by itself.
 */
async function askAboutTrial(
  tx: Tx,
  shop: Shop,
  customerId: string,
  fingerprint: string | null,
  now: Temporal.Instant,
): Promise<void> {
  if (fingerprint === null) return
  const hadTrial = (customer: ReturnType<typeof sql>) => sql`exists (select from subscriptions s
    join plans p on p.business_id = s.business_id and p.id = s.plan_id and p.trial where s.business_id = current_business() and s.customer_id = ${customer})`
  const repeated = await maybe(
    tx,
    sql`select from payment_methods m where m.business_id = current_business() and m.fingerprint = ${fingerprint} and m.customer_id <> ${customerId}
      and ${hadTrial(sql`m.customer_id`)} and ${hadTrial(sql`${customerId}`)} limit 1`,
  )
  if (repeated === null) return
  await raise(
    tx,
    shop,
    {
      kind: 'trial_repeated',
      subjectType: 'customer',
      subjectId: customerId,
      title: 'A trial was paid with a method that paid another customer’s trial',
      severity: 'warn',
    },
    now,
  )
}
