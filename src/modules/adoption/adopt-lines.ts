/**
 * What fits becomes ours: customer, subscription with the panel's end as its end of paid time, and a line in step with the panel. All of it
 * asleep. A portion is one commit; killed before it, it is done anew.
 */
import { type Shop, transaction } from '#app.ts'
import { json, rows, run, sql, type Tx } from '#platform/db.ts'
import { assert } from '#platform/errors.ts'
import { dayOf, type Instant } from '#platform/time.ts'
import { findPlan, type Plan, priceIn } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { addNote, findCustomer, findCustomerByEmail, findOrCreateCustomer } from '../people/customers.ts'
import { openAdopted } from '../subscriptions/open-subscription.ts'
import { told } from './begin-adoption.ts'
import { markerOf } from './look-at-lines.ts'
import { type Adoption, type AdoptionLine, keepAdoption, nextLines } from './queries.ts'
import type { Reason } from './rules.ts'

const atOnce = 100

export async function adoptLines(shop: Shop, adoption: Adoption): Promise<void> {
  while (await transaction(shop, 'adopt-lines', (tx) => adoptSome(tx, shop, adoption)));
}

/** False: there was none left. */
async function adoptSome(tx: Tx, shop: Shop, adoption: Adoption): Promise<boolean> {
  const now = shop.now()
  const lines = await nextLines(tx, adoption.id, 'fits', atOnce)
  if (lines.length === 0) {
    await run(
      tx,
      sql`update adoptions set state = 'adopted', next_look_at = null, version = version + 1 where business_id = current_business() and id = ${adoption.id} and state = 'adopting'`,
    )
    await told(tx, shop, adoption.panelId, adoption.id, 'adoption_done', now)
    return false
  }
  await keepAdoption(tx, adoption.id, now)
  const plans = new Map<string, Plan | null>()
  for (const { planId } of lines)
    if (planId !== null && !plans.has(planId)) plans.set(planId, await findPlan(tx, planId))
  const taken = await takenOf(tx, adoption, lines)
  for (const line of lines) {
    const plan = plans.get(line.planId ?? '') ?? null
    const because = keysOf(line).some((key) => taken.has(key))
      ? 'known'
      : await notAnyMore(tx, line, plan, shop.currency, now)
    if (because === null) {
      await adoptOne(tx, shop, adoption, line, plan as Plan, now)
      for (const key of keysOf(line)) taken.add(key)
    } else
      await run(
        tx,
        sql`update adoption_lines set state = 'waits', because = ${because} where business_id = current_business() and id = ${line.id}`,
      )
  }
  return true
}

/** By what a line of ours would be this one. */
const keysOf = ({ username, remoteId, kind, mac }: AdoptionLine): string[] => [
  `name/${username.toLowerCase()}`,
  ...(remoteId === null ? [] : [`row/${remoteId}`]),
  ...(kind === 'line' || mac === null ? [] : [`box/${mac}`]),
]

/** What of these is a line of ours by now. All of a portion are asked for at once: nothing finds a panel's row but a walk through the panel's lines. */
async function takenOf(tx: Tx, { panelId }: Adoption, lines: readonly AdoptionLine[]): Promise<Set<string>> {
  const names = lines.map(({ username }) => username.toLowerCase())
  const remoteIds = lines.flatMap(({ remoteId }) => remoteId ?? [])
  const macs = lines.flatMap(({ mac }) => mac ?? [])
  const found = await rows(
    tx,
    sql<{
      name: string
      remoteId: string | null
      mac: string | null
    }>`select username_key as name, remote_id as "remoteId", case when kind <> 'line' then mac end as mac from lines
      where panel_business_id = current_business() and panel_id = ${panelId} and wanted in ('active', 'suspended')
        and (username_key = any (${names}::text[]) or remote_id = any (${remoteIds}::text[]) or (kind <> 'line' and mac = any (${macs}::text[])))`,
  )
  return new Set(found.flatMap(({ name, remoteId, mac }) => [`name/${name}`, `row/${remoteId}`, `box/${mac}`]))
}

/** What else may have changed since it was looked at. */
async function notAnyMore(
  tx: Tx,
  line: AdoptionLine,
  plan: Plan | null,
  currency: string,
  now: Instant,
): Promise<Reason | null> {
  if (line.email === null && (await findCustomer(tx, line.customerId ?? ''))?.erasedAt !== null) return 'no_email'
  if (plan === null) return 'no_plan'
  if (priceIn(plan, currency) === null) return 'no_price'
  return line.expiresAt === null || Temporal.Instant.compare(line.expiresAt, now) <= 0 ? 'over' : null
}

async function adoptOne(tx: Tx, shop: Shop, { panelId }: Adoption, line: AdoptionLine, plan: Plan, now: Instant) {
  const { expiresAt, found, kind, password, remoteId } = line
  const price = priceIn(plan, shop.currency)?.price
  assert(
    expiresAt !== null && found !== null && kind !== null && password !== null && price !== undefined,
    `${line.id} fits`,
  )
  const customer = await customerOf(tx, shop, line, now)
  const subscriptionId = await openAdopted(
    tx,
    shop,
    { customerId: customer.id, plan, price, paidThrough: expiresAt, anchorDay: dayOf(expiresAt, shop.zone) },
    now,
  )
  const { wantedConnections, ...seen } = found
  // A line that never ends on the panel ends with its paid time, once somebody wakes it.
  const differs = seen.expiresAt === null ? ['expires_at'] : []
  await run(
    tx,
    sql`insert into lines (business_id, id, customer_id, subscription_id, panel_business_id, panel_id, kind, username, password, marker, mac, held_mac, connections, package, wanted, wanted_until,
        paid_until, revision, done_revision, remote_id, found, found_at, differs, create_sent_at, activated_at, adopted_at, created_at)
      values (${shop.businessId}, ${line.lineId}, ${customer.id}, ${subscriptionId}, ${shop.businessId}, ${panelId}, ${kind}, ${line.username}, ${password}, ${markerOf(line)},
        ${kind === 'line' ? null : line.mac}, ${kind === 'line' ? null : line.mac}, ${wantedConnections}, ${json(line.package)}, 'active', ${expiresAt}, ${expiresAt}, 1, 1, ${remoteId}, ${json(seen)},
        ${line.readAt}, ${differs}::text[], ${now}, ${now}, ${now}, ${now})`,
  )
  await record(tx, shop, now, {
    type: 'line.adopted',
    subjectType: 'line',
    subjectId: line.lineId,
    customerId: customer.id,
    data: { panel: panelId, adoption: line.adoptionId, until: expiresAt.toString() },
  })
  await run(
    tx,
    sql`update adoption_lines set state = 'adopted', subscription_id = ${subscriptionId}, customer_id = ${customer.id}, made_customer = ${customer.made} where business_id = current_business() and id = ${line.id}`,
  )
  await run(
    tx,
    sql`update differences set state = 'closed', closed_at = ${now}, closed_because = 'adopted' where business_id = current_business() and panel_id = ${panelId} and kind = 'orphan'
      and subject = ${remoteId} and closed_at is null`,
  )
}

/** The customer of that address, or whose line had this name before; made when new. What stood on the panel about him is kept. */
async function customerOf(
  tx: Tx,
  shop: Shop,
  line: AdoptionLine,
  now: Instant,
): Promise<{ id: string; made: boolean }> {
  const known = line.email === null ? null : await findCustomerByEmail(tx, line.email)
  const before = known === null && line.customerId !== null ? await findCustomer(tx, line.customerId) : null
  const kept = known ?? (before?.erasedAt === null ? before : null)
  if (kept !== null) return { id: kept.id, made: false }
  assert(line.email !== null, `${line.id} has an address`)
  const { id } = await findOrCreateCustomer(tx, shop, { email: line.email }, now)
  if (line.notes !== null && line.notes.trim() !== '') await addNote(tx, shop, id, line.notes.trim(), now)
  return { id, made: true }
}
