/** Payouts, read: each with what it is made of, where the bank has it, and what does not agree. */
import { maybe, rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { type Payout, type PayoutDifference, type PayoutParts, type PayoutState, payoutDifferences } from './rules.ts'

const columns = sql`id, gateway_account_id as "gatewayAccountId", state, currency, amount_minor as "amountMinor", fee_minor as "feeMinor", reference, remote_ref as "remoteRef",
  bank_text as "bankText", arrived_on::text as "arrivedOn", parts_read_at as "partsReadAt", entry_id as "entryId", difference_minor as "differenceMinor", settled_at as "settledAt",
  settled_by as "settledBy", settled_reason as "settledReason", by, created_at as "createdAt", undone_at as "undoneAt"`

export const findPayout = (tx: Tx, id: string): Promise<Payout | null> =>
  maybe(tx, sql<Payout>`select ${columns} from payouts where business_id = current_business() and id = ${id}`)

export async function lockPayout(tx: Tx, id: string): Promise<Payout> {
  const found = await maybe(
    tx,
    sql<Payout>`select ${columns} from payouts where business_id = current_business() and id = ${id} for update`,
  )
  if (found === null) throw new Refusal('not_found', 'There is no such payout.')
  return found
}

/** By the gateway's own name of it, undone or not. */
export const lockTold = (tx: Tx, gatewayAccountId: string, remoteRef: string): Promise<Payout | null> =>
  maybe(
    tx,
    sql<Payout>`select ${columns} from payouts where business_id = current_business() and gateway_account_id = ${gatewayAccountId} and remote_ref = ${remoteRef} for update`,
  )

/** Entered by hand before the gateway told of it: the same reference, else the same sum within days. The nearest. */
export const lockEntered = (
  tx: Tx,
  told: { gatewayAccountId: string; ref: string; currency: string; minor: bigint; arrivesOn: string },
): Promise<Payout | null> =>
  maybe(
    tx,
    sql<Payout>`select ${columns} from payouts where business_id = current_business() and gateway_account_id = ${told.gatewayAccountId} and remote_ref is null and undone_at is null
      and currency = ${told.currency} and amount_minor = ${told.minor} and (reference = ${told.ref} or abs(arrived_on - ${told.arrivesOn}::date) <= 5)
      order by reference = ${told.ref} desc, abs(arrived_on - ${told.arrivesOn}::date), id limit 1 for update`,
  )

/** Its fees are told by the gateway itself, each with its payment. */
export const isRead = async (tx: Tx, gatewayAccountId: string): Promise<boolean> =>
  (await maybe(
    tx,
    sql`select 1 as one from gateway_moves where business_id = current_business() and gateway_account_id = ${gatewayAccountId} limit 1`,
  )) !== null

export const listPayouts = (
  tx: Tx,
  filter: { gatewayAccountId?: string | undefined; state?: PayoutState | undefined },
  page: Page,
): Promise<Payout[]> =>
  rowsOfPage(
    tx,
    sql<Payout>`select ${columns} from payouts where business_id = current_business()
      and (${filter.gatewayAccountId ?? null}::text is null or gateway_account_id = ${filter.gatewayAccountId ?? null})
      and (${filter.state ?? null}::text is null or state = ${filter.state ?? null})`,
    page,
  )

export type HeldByGateway = { gatewayAccountId: string; currency: string; minor: bigint }

/** What each gateway holds for us by the books: received, less what went back, was paid out or kept. Negative: it paid out more than we know of. */
export const heldByGateways = (tx: Tx): Promise<HeldByGateway[]> =>
  rows(
    tx,
    sql<HeldByGateway>`select split_part(account, '/', 3) as "gatewayAccountId", split_part(account, '/', 2) as currency, sum(minor)::bigint as minor from (
        select debit_account as account, amount as minor from transfers where business_id = current_business() and debit_account like 'clearing/%'
        union all select credit_account, -amount from transfers where business_id = current_business() and credit_account like 'clearing/%') m
      group by account order by account`,
  )

export type PayoutSeen = {
  /** Null: nobody has told what it is made of. */
  parts: PayoutParts | null
  entry: { id: string; amountMinor: bigint; bookedOn: string; text: string } | null
  differences: PayoutDifference[]
}

type Row = PayoutParts & {
  id: string
  entryMinor: bigint | null
  entryOn: string | null
  entryText: string | null
  isDue: boolean
}

/** By the payout's id. */
export async function seePayouts(tx: Tx, payouts: readonly Payout[]): Promise<Map<string, PayoutSeen>> {
  const part = (kinds: readonly string[]) =>
    sql`coalesce(sum(m.amount_minor) filter (where m.kind = any(${kinds}::text[])), 0)::bigint`
  const found = await rows(
    tx,
    sql<Row>`select o.id, p.*, e.amount_minor as "entryMinor", e.booked_on::text as "entryOn", concat_ws(' · ', e.name, e.reference, nullif(e.remittance, '')) as "entryText",
        exists (select 1 from payouts x where x.business_id = o.business_id and x.gateway_account_id = o.gateway_account_id and x.entry_id is not null and x.arrived_on < o.arrived_on)
          and exists (select 1 from payouts x join bank_entries f on f.business_id = x.business_id and f.id = x.entry_id
              join bank_entries n on n.business_id = f.business_id and n.gateway_account_id = f.gateway_account_id
            where x.business_id = o.business_id and x.gateway_account_id = o.gateway_account_id and n.booked_on > o.arrived_on + 7) as "isDue"
      from payouts o
        left join bank_entries e on e.business_id = o.business_id and e.id = o.entry_id
        cross join lateral (select ${part(['payment'])} as "paymentsMinor", ${part(['refund'])} as "refundsMinor", ${part(['dispute'])} as "disputesMinor", ${part(['fee', 'other'])} as "otherMinor",
            coalesce(sum(m.fee_minor), 0)::bigint as "feesMinor",
            coalesce(sum(m.amount_minor - m.fee_minor) filter (where m.state = 'waiting'), 0)::bigint
              + coalesce(sum(m.amount_minor) filter (where m.state = 'booked' and m.kind = 'other'), 0)::bigint as "unknownMinor"
          from gateway_moves m where m.business_id = o.business_id and m.payout_id = o.id) p
      where o.business_id = current_business() and o.id = any(${payouts.map(({ id }) => id)}::text[])`,
  )
  const byId = new Map(found.map((each) => [each.id, each]))
  return new Map(
    payouts.map((payout) => {
      const row = byId.get(payout.id)
      const parts = payout.partsReadAt === null || row === undefined ? null : row
      const entry =
        payout.entryId === null || row?.entryMinor == null
          ? null
          : { id: payout.entryId, amountMinor: row.entryMinor, bookedOn: row.entryOn ?? '', text: row.entryText ?? '' }
      const differences = payoutDifferences(payout, parts, entry?.amountMinor ?? null, row?.isDue ?? false)
      return [payout.id, { parts, entry, differences }]
    }),
  )
}

export async function seePayout(tx: Tx, payout: Payout): Promise<PayoutSeen> {
  return (await seePayouts(tx, [payout])).get(payout.id) ?? { parts: null, entry: null, differences: [] }
}
