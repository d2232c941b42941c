/** Disputes, read. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Dispute } from './rules.ts'

const columns = sql`id, payment_id as "paymentId", customer_id as "customerId", gateway_account_id as "gatewayAccountId", remote_ref as "remoteRef", kind, status, currency,
  amount_minor as "amountMinor", withdrawn_minor as "withdrawnMinor", lost_minor as "lostMinor", fee_minor as "feeMinor", moves, reason, evidence_due_at as "evidenceDueAt",
  evidence_sent_at as "evidenceSentAt", evidence_sent_by as "evidenceSentBy", released_at as "releasedAt", released_by as "releasedBy", suspended, by,
  opened_at as "openedAt", created_at as "createdAt", asked_at as "askedAt", closed_at as "closedAt"`

export const findDispute = (tx: Tx, id: string): Promise<Dispute | null> =>
  maybe(tx, sql<Dispute>`select ${columns} from disputes where business_id = current_business() and id = ${id}`)

export async function lockDispute(tx: Tx, id: string): Promise<Dispute> {
  const found = await maybe(
    tx,
    sql<Dispute>`select ${columns} from disputes where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such dispute.')
  return found
}

/** By the gateway's id of it; the caller holds the payment's lock. */
export const lockByRef = (tx: Tx, gatewayAccountId: string, remoteRef: string): Promise<Dispute | null> =>
  maybe(
    tx,
    sql<Dispute>`select ${columns} from disputes
      where business_id = current_business() and gateway_account_id = ${gatewayAccountId} and remote_ref = ${remoteRef} for update`,
  )

export const disputesOf = (tx: Tx, paymentId: string): Promise<Dispute[]> =>
  rows(
    tx,
    sql<Dispute>`select ${columns} from disputes where business_id = current_business() and payment_id = ${paymentId} order by created_at, id`,
  )

export type DisputeFilter = {
  status?: string | undefined
  /** Those that nobody has decided. */
  open?: boolean | undefined
  customerId?: string | undefined
  paymentId?: string | undefined
}

export const listDisputes = (tx: Tx, filter: DisputeFilter, page: Page): Promise<Dispute[]> =>
  rowsOfPage(
    tx,
    sql<Dispute>`select ${columns} from disputes
      where business_id = current_business()
        and (${filter.status ?? null}::text is null or status = ${filter.status ?? null})
        and (${filter.open ?? null}::boolean is null or (closed_at is null) = ${filter.open ?? null})
        and (${filter.customerId ?? null}::text is null or customer_id = ${filter.customerId ?? null})
        and (${filter.paymentId ?? null}::text is null or payment_id = ${filter.paymentId ?? null})`,
    page,
  )

/** The payment whose captured money a gateway names. */
export const paymentOfCapture = async (tx: Tx, gatewayAccountId: string, captureId: string): Promise<string | null> =>
  (
    await maybe(
      tx,
      sql<{ id: string }>`select payment_id as id from money_facts
        where business_id = current_business() and gateway_account_id = ${gatewayAccountId} and kind = 'capture' and fact_id = ${captureId}`,
    )
  )?.id ?? null
