/**
 * Trials are for those who try. What recognises a person again is kept as a mark under the business's key, never in clear. A trial that
 * was canceled before it began does not count, and no limit counts for ever but those that say once.
 */
import { type Shop, transaction } from '#app.ts'
import { hmac } from '#platform/crypto.ts'
import { maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { isGlobalUnicast } from '#platform/http-out.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { findCustomerByEmail } from '../people/customers.ts'
import { mailboxOf } from '../people/mailbox.ts'
import { readSetting } from '../people/settings.ts'
import { networkOf } from './rules.ts'
import { trialSetting } from './trial-settings.ts'

/** Who asks for a trial. `address`: of his network, where it is known. */
export type Asking = { email: string; customerId: string; mac: string | null; address: string | null }

export const trialRefusals = ['email', 'device', 'payment', 'network', 'day'] as const
export type TrialRefusal = (typeof trialRefusals)[number]

/** A refusal that says no more than it must: whether an address is known here is nobody's business. */
export class TrialRefused extends Refusal {
  readonly why: TrialRefusal

  constructor(shop: Pick<Shop, 'name'>, why: TrialRefusal) {
    super(
      'trial_refused',
      why === 'day'
        ? 'All trials of today are given away. Please come back tomorrow, or choose a plan now.'
        : `This trial can be had once, and it looks as if it was used before. Please choose a plan. If that cannot be, write to ${shop.name}: they can allow it.`,
    )
    this.why = why
  }
}

const markOf = (shop: Pick<Shop, 'dataKey'>, kind: 'email' | 'device' | 'network', text: string): string =>
  hmac(shop.dataKey, `trial/${kind}/${text}`).toString('base64url').slice(0, 32)

type Marks = { email: string; device: string | null; network: string | null }

function marksOf(shop: Shop, { email, mac, address }: Asking): Marks {
  const network = address === null ? null : networkOf(address, isGlobalUnicast)
  return {
    email: markOf(shop, 'email', mailboxOf(email)),
    device: mac === null ? null : markOf(shop, 'device', mac),
    network: network === null ? null : markOf(shop, 'network', network),
  }
}

/**
 * Throws `TrialRefused` where a limit stands against it and staff have not allowed one more. Gives what `keepTrial` writes once the order
 * is there. One trial of a business at a time, so that two at the same moment do not both find the last place free.
 */
export async function weighTrial(tx: Tx, shop: Shop, asking: Asking, now: Temporal.Instant): Promise<Weighed> {
  await run(tx, sql`select pg_advisory_xact_lock(hashtextextended(${`trials/${shop.businessId}`}, 0))`)
  const marks = marksOf(shop, asking)
  const why = await standsAgainst(tx, shop, asking, marks, now)
  if (why === null) return { marks, allowanceId: null }
  const allowance = await maybe(
    tx,
    sql<{
      id: string
    }>`select id from trial_allowances where business_id = current_business() and mark = ${marks.email} and used_at is null for update`,
  )
  if (allowance === null) throw new TrialRefused(shop, why)
  return { marks, allowanceId: allowance.id }
}

export type Weighed = { marks: Marks; allowanceId: string | null }

/** A trial that was canceled never began. */
const counts = sql`exists (select from orders o where o.business_id = t.business_id and o.id = t.order_id and o.status <> 'canceled')`

async function standsAgainst(
  tx: Tx,
  shop: Shop,
  { customerId }: Asking,
  marks: Marks,
  now: Temporal.Instant,
): Promise<TrialRefusal | null> {
  const limits = await readSetting(tx, shop, trialSetting)
  const midnight = now.toZonedDateTimeISO(shop.zone).startOfDay().toInstant()
  const found = await one(
    tx,
    sql<{ email: boolean; device: boolean; payment: boolean; network: number; day: number }>`select
      exists (select from trial_marks t where t.business_id = current_business() and t.kind = 'email' and t.mark = ${marks.email} and ${counts})
        or exists (select from orders o join plans p on p.business_id = o.business_id and p.id = o.plan_id and p.trial
          where o.business_id = current_business() and o.customer_id = ${customerId} and o.status <> 'canceled') as email,
      exists (select from trial_marks t where t.business_id = current_business() and t.kind = 'device' and t.mark = ${marks.device} and ${counts}) as device,
      exists (select from payment_methods m
        join payment_methods same on same.business_id = m.business_id and same.fingerprint = m.fingerprint and same.customer_id <> m.customer_id
        join orders o on o.business_id = same.business_id and o.customer_id = same.customer_id and o.status <> 'canceled'
        join plans p on p.business_id = o.business_id and p.id = o.plan_id and p.trial
        where m.business_id = current_business() and m.customer_id = ${customerId} and m.status = 'active') as payment,
      (select count(*)::int from trial_marks t where t.business_id = current_business() and t.kind = 'network' and t.mark = ${marks.network}
        and t.at > ${plusHours(now, -24 * limits.network_days)} and ${counts}) as network,
      (select count(*)::int from trial_marks t where t.business_id = current_business() and t.kind = 'email' and t.at >= ${midnight} and ${counts}) as day`,
  )
  if (limits.once_per_customer && found.email) return 'email'
  if (limits.once_per_device && found.device) return 'device'
  if (limits.once_per_payment_method && found.payment) return 'payment'
  if (limits.per_network > 0 && found.network >= limits.per_network) return 'network'
  return limits.per_day > 0 && found.day >= limits.per_day ? 'day' : null
}

/** In the transaction of the order: it is recognised from now on, and what staff allowed is used up. */
export async function keepTrial(
  tx: Tx,
  shop: Shop,
  orderId: string,
  { marks, allowanceId }: Weighed,
  now: Temporal.Instant,
): Promise<void> {
  for (const [kind, mark] of Object.entries(marks))
    if (mark !== null)
      await run(
        tx,
        sql`insert into trial_marks (business_id, order_id, kind, mark, at) values (${shop.businessId}, ${orderId}, ${kind}, ${mark}, ${now})`,
      )
  if (allowanceId !== null)
    await run(
      tx,
      sql`update trial_allowances set used_at = ${now}, order_id = ${orderId} where business_id = current_business() and id = ${allowanceId}`,
    )
}

/** Told apart from the order, which was not made: staff see how often which limit struck. No request's key is completed by it. */
export const noteRefusedTrial = (shop: Shop, planId: string, why: TrialRefusal): Promise<void> =>
  transaction({ ...shop, idempotency: undefined }, 'trial-refused', (tx) =>
    record(tx, shop, shop.now(), {
      type: 'trial.refused',
      subjectType: 'plan',
      subjectId: planId,
      data: { limit: why },
    }),
  )

export type Allowance = {
  id: string
  customerId: string | null
  reason: string
  by: string
  createdAt: Temporal.Instant
  usedAt: Temporal.Instant | null
  orderId: string | null
}

const columns = sql`id, customer_id as "customerId", reason, by, created_at as "createdAt", used_at as "usedAt", order_id as "orderId"`

/** Newest first. */
export const listAllowances = (tx: Tx, page: Page): Promise<Allowance[]> =>
  rowsOfPage(tx, sql<Allowance>`select ${columns} from trial_allowances where business_id = current_business()`, page)

export async function readAllowance(tx: Tx, id: string): Promise<Allowance> {
  const found = await maybe(
    tx,
    sql<Allowance>`select ${columns} from trial_allowances where business_id = current_business() and id = ${id}`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such allowance.')
  return found
}

/** Staff allow one more trial for an e-mail address, whatever stands against it. It waits until it is used. */
export function allowTrial(shop: Shop, email: string, reason: string): Promise<Allowance> {
  const now = shop.now()
  return transaction(shop, 'allow-trial', async (tx) => {
    const id = newId('tra', shop.app.clock)
    const customer = await findCustomerByEmail(tx, email.trim())
    const made = await rows(
      tx,
      sql<Allowance>`insert into trial_allowances (business_id, id, mark, customer_id, reason, by, created_at)
        values (${shop.businessId}, ${id}, ${markOf(shop, 'email', mailboxOf(email))}, ${customer?.id ?? null}, ${reason}, ${shop.actor}, ${now})
        on conflict (business_id, mark) where used_at is null do nothing returning ${columns}`,
    )
    const [allowance] = made
    if (allowance === undefined)
      throw new Refusal('conflict', 'One more trial is allowed for this address already, and was not used yet.')
    await record(tx, shop, now, {
      type: 'trial.allowed',
      subjectType: customer === null ? 'business' : 'customer',
      subjectId: customer?.id ?? shop.businessId,
      customerId: customer?.id ?? null,
      data: { allowance: id, reason },
    })
    return allowance
  })
}
