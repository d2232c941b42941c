/** All reading of orders. */
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { OrderStatus } from './rules.ts'

export type Order = {
  id: string
  number: string
  customerId: string
  planId: string
  invoiceId: string | null
  subscriptionId: string | null
  source: 'storefront' | 'api' | 'console' | 'portal'
  device: string | null
  mac: string | null
  wantedUsername: string | null
  status: OrderStatus
  reason: string
  country: string | null
  language: string
  delayToldAt: Temporal.Instant | null
  createdAt: Temporal.Instant
  paidAt: Temporal.Instant | null
  readyAt: Temporal.Instant | null
  expiresAt: Temporal.Instant | null
  version: number
}

const columns = sql`id, number, customer_id as "customerId", plan_id as "planId", invoice_id as "invoiceId", subscription_id as "subscriptionId", source, device, mac,
  wanted_username as "wantedUsername", status, reason, country, language, delay_told_at as "delayToldAt", created_at as "createdAt", paid_at as "paidAt",
  ready_at as "readyAt", expires_at as "expiresAt", version`

export const findOrder = (tx: Tx, id: string): Promise<Order | null> =>
  maybe(tx, sql<Order>`select ${columns} from orders where business_id = current_business() and id = ${id}`)

export const findOrderByCart = (tx: Tx, cartKey: string): Promise<Order | null> =>
  maybe(tx, sql<Order>`select ${columns} from orders where business_id = current_business() and cart_key = ${cartKey}`)

export const findOrderBySubscription = (tx: Tx, subscriptionId: string): Promise<Order | null> =>
  maybe(
    tx,
    sql<Order>`select ${columns} from orders where business_id = current_business() and subscription_id = ${subscriptionId} order by created_at limit 1`,
  )

export const findOrderByInvoice = (tx: Tx, invoiceId: string): Promise<Order | null> =>
  maybe(
    tx,
    sql<Order>`select ${columns} from orders where business_id = current_business() and invoice_id = ${invoiceId} limit 1`,
  )

export async function lockOrder(tx: Tx, id: string): Promise<Order> {
  const found = await maybe(
    tx,
    sql<Order>`select ${columns} from orders where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such order.')
  return found
}

export const listOrders = (
  tx: Tx,
  filter: { status?: string | undefined; customerId?: string | undefined; search?: string | undefined },
  page: Page,
): Promise<Order[]> =>
  rowsOfPage(
    tx,
    sql<Order>`select ${columns} from orders o
      where business_id = current_business()
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.search ?? null}::text is null or number = upper(${filter.search ?? null}) or id = ${filter.search ?? null}
          or exists (select from customers c where c.business_id = o.business_id and c.id = o.customer_id and c.email_key like '%' || lower(${filter.search ?? null}) || '%'))`,
    page,
  )
