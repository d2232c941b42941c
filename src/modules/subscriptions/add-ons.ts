/** Add-ons of subscriptions, as they are stored. `saveHeld` is the one door: rows, the sums beside the subscription, and the line move together. */
import type { RawBuilder } from 'kysely'
import type { Shop } from '#app.ts'
import { json, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { breaksFrom, breaksInRow, type PriceBreak, type StoredBreak } from '../catalog/rules.ts'
import { giveConnections } from '../lines/reshape-line.ts'
import { extraConnections, type HeldAddOn, sumOf } from './rules/add-on.ts'

/** In the order of the shop. */
export const heldOf = async (tx: Tx, subscriptionId: string): Promise<HeldAddOn[]> =>
  (
    await rows(
      tx,
      sql<
        Stored<HeldAddOn>
      >`select s.add_on_id as "addOnId", a.kind, a.name, s.quantity, s.renews_quantity as "renewsQuantity", s.price_minor as "priceMinor", s.breaks,
        s.credit_cost_milli as "creditCostMilli", s.from_period_id as "fromPeriodId"
      from subscription_add_ons s join add_ons a on a.business_id = s.business_id and a.id = s.add_on_id
      where s.business_id = current_business() and s.subscription_id = ${subscriptionId} order by a.position, a.created_at, a.id`,
    )
  ).map(fromRow)

type Stored<Row> = Omit<Row, 'breaks'> & { breaks: StoredBreak[] }

const fromRow = <Row>({ breaks, ...row }: Stored<Row>) => ({ ...row, breaks: breaksFrom(breaks) }) as Row

/** Exactly these from now on; what neither is there nor comes is left out. Its line's connections follow. */
export async function saveHeld(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  held: readonly HeldAddOn[],
  now: Temporal.Instant,
): Promise<void> {
  await writeHeld(tx, shop, subscriptionId, held)
  await giveConnections(tx, shop, subscriptionId, extraConnections(held), now)
}

/** As `saveHeld`, for who shapes the line himself. */
export async function writeHeld(tx: Tx, shop: Shop, subscriptionId: string, held: readonly HeldAddOn[]): Promise<void> {
  const kept = held.filter(({ quantity, renewsQuantity }) => quantity + renewsQuantity > 0)
  await run(
    tx,
    sql`delete from subscription_add_ons where business_id = current_business() and subscription_id = ${subscriptionId}`,
  )
  for (const each of kept)
    await run(
      tx,
      sql`insert into subscription_add_ons (business_id, subscription_id, add_on_id, quantity, renews_quantity, price_minor, breaks, credit_cost_milli, from_period_id)
        values (${shop.businessId}, ${subscriptionId}, ${each.addOnId}, ${each.quantity}, ${each.renewsQuantity}, ${each.priceMinor}, ${json(breaksInRow(each.breaks))}, ${each.creditCostMilli}, ${each.fromPeriodId})`,
    )
  await run(
    tx,
    sql`update subscriptions set add_ons = ${kept.length}, add_ons_minor = ${sumOf(kept, 'renewsQuantity')}
      where business_id = current_business() and id = ${subscriptionId}`,
  )
}

/** A wish for more of an add-on, paid for before it is given. */
export type StoredAddOnChange = {
  id: string
  subscriptionId: string
  addOnId: string
  kind: HeldAddOn['kind']
  name: string
  fromQuantity: number
  toQuantity: number
  status: 'awaiting_payment' | 'applied' | 'canceled'
  priceMinor: bigint
  breaks: readonly PriceBreak[]
  creditCostMilli: bigint
  chargeMinor: bigint
  invoiceId: string | null
  dueAt: Temporal.Instant | null
  createdAt: Temporal.Instant
}

const changes = sql`select c.id, c.subscription_id as "subscriptionId", c.add_on_id as "addOnId", a.kind, a.name, c.from_quantity as "fromQuantity", c.to_quantity as "toQuantity",
    c.status, c.price_minor as "priceMinor", c.breaks, c.credit_cost_milli as "creditCostMilli", c.charge_minor as "chargeMinor", c.invoice_id as "invoiceId",
    c.due_at as "dueAt", c.created_at as "createdAt"
  from add_on_changes c join add_ons a on a.business_id = c.business_id and a.id = c.add_on_id where c.business_id = current_business()`

export const openAddOnChangeOf = (tx: Tx, subscriptionId: string): Promise<StoredAddOnChange | null> =>
  oneChange(tx, sql`c.subscription_id = ${subscriptionId} and c.status = 'awaiting_payment'`)

/** Also one that was canceled: its money may come all the same. */
export const addOnChangeOfInvoice = (tx: Tx, invoiceId: string): Promise<StoredAddOnChange | null> =>
  oneChange(tx, sql`c.invoice_id = ${invoiceId}`)

async function oneChange(tx: Tx, where: RawBuilder<unknown>): Promise<StoredAddOnChange | null> {
  const found = await maybe(tx, sql<Stored<StoredAddOnChange>>`${changes} and ${where}`)
  return found && fromRow(found)
}

export async function insertAddOnChange(
  tx: Tx,
  shop: Shop,
  facts: Omit<StoredAddOnChange, 'id' | 'kind' | 'name' | 'status' | 'createdAt'> & { reason: string },
  now: Temporal.Instant,
): Promise<string> {
  const id = newId('aoc', shop.app.clock)
  // What asks for nothing takes effect with this row.
  const status = facts.invoiceId === null ? 'applied' : 'awaiting_payment'
  await run(
    tx,
    sql`insert into add_on_changes (business_id, id, subscription_id, add_on_id, from_quantity, to_quantity, status, price_minor, breaks, credit_cost_milli, charge_minor,
        invoice_id, due_at, reason, by, created_at, applied_at)
      values (${shop.businessId}, ${id}, ${facts.subscriptionId}, ${facts.addOnId}, ${facts.fromQuantity}, ${facts.toQuantity}, ${status}, ${facts.priceMinor}, ${json(breaksInRow(facts.breaks))},
        ${facts.creditCostMilli}, ${facts.chargeMinor}, ${facts.invoiceId}, ${facts.dueAt}, ${facts.reason}, ${shop.actor}, ${now},
        ${status === 'applied' ? now : null})`,
  )
  return id
}

export const cancelAddOnChange = (tx: Tx, id: string): Promise<number> =>
  run(
    tx,
    sql`update add_on_changes set status = 'canceled', due_at = null where business_id = current_business() and id = ${id}`,
  )

/** Money for it may be on its way: it is looked at again then. */
export const putOffAddOnChange = (tx: Tx, id: string, dueAt: Temporal.Instant): Promise<number> =>
  run(tx, sql`update add_on_changes set due_at = ${dueAt} where business_id = current_business() and id = ${id}`)

/** `coversUntil`: what was paid for it is for the time until then. */
export const addOnChangeApplied = (
  tx: Tx,
  id: string,
  at: Temporal.Instant,
  coversUntil: Temporal.Instant | null,
): Promise<number> =>
  run(
    tx,
    sql`update add_on_changes set status = 'applied', applied_at = ${at}, covers_until = ${coversUntil}, due_at = null
      where business_id = current_business() and id = ${id}`,
  )

/** Whether the period that was paid with another quantity has begun. */
export const hasBegun = async (tx: Tx, periodId: string, now: Temporal.Instant): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select from periods where business_id = current_business() and id = ${periodId} and starts <= ${now}`,
  )) !== null

/** The period that an invoice's item paid for. */
export const periodOfItem = async (tx: Tx, itemId: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{
        id: string
      }>`select id from periods where business_id = current_business() and invoice_item_id = ${itemId}`,
    )
  )?.id ?? null
