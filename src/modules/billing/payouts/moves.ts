/**
 * What moved on our balance at a gateway, kept once under the gateway's own name of it, and what the gateway kept booked with it: fees against
 * clearing. What is about a payment that our books do not know yet waits until they do. What disputes cost is told by the dispute itself
 * (`applyDispute`), and booked there alone.
 */
import type { ListedMove } from '#adapters/gateways/gateway.ts'
import type { Shop } from '#app.ts'
import { rows, run, sql, type Tx, table } from '#platform/db.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Instant } from '#platform/time.ts'
import { post, type Transfer } from '../../ledger/post.ts'
import { clearing, exchange, fees } from '../../ledger/rules.ts'
import type { GatewayAccount } from '../gateways.ts'

export type GatewayMove = {
  id: string
  gatewayAccountId: string
  ref: string
  kind: ListedMove['kind']
  paymentId: string | null
  payoutId: string | null
  currency: string
  amountMinor: bigint
  feeMinor: bigint
  originalCurrency: string | null
  originalMinor: bigint | null
  state: 'waiting' | 'booked'
  bookedMinor: bigint
  movedAt: Instant
  createdAt: Instant
}

const columns = sql`id, gateway_account_id as "gatewayAccountId", ref, kind, payment_id as "paymentId", payout_id as "payoutId", currency, amount_minor as "amountMinor", fee_minor as "feeMinor",
  original_currency as "originalCurrency", original_minor as "originalMinor", state, booked_minor as "bookedMinor", moved_at as "movedAt", created_at as "createdAt"`

export const listMoves = (
  tx: Tx,
  filter: {
    gatewayAccountId?: string | undefined
    paymentId?: string | undefined
    payoutId?: string | undefined
    state?: GatewayMove['state'] | undefined
  },
  page: Page,
): Promise<GatewayMove[]> =>
  rowsOfPage(
    tx,
    sql<GatewayMove>`select ${columns} from gateway_moves where business_id = current_business()
      and (${filter.gatewayAccountId ?? null}::text is null or gateway_account_id = ${filter.gatewayAccountId ?? null})
      and (${filter.paymentId ?? null}::text is null or payment_id = ${filter.paymentId ?? null})
      and (${filter.payoutId ?? null}::text is null or payout_id = ${filter.payoutId ?? null})
      and (${filter.state ?? null}::text is null or state = ${filter.state ?? null})`,
    page,
  )

/** What its gateway kept of a payment, refunds and disputes included, by currency. Empty: nobody has told. */
export const feesOfPayment = (tx: Tx, paymentId: string): Promise<{ currency: string; minor: bigint }[]> =>
  rows(
    tx,
    sql<{ currency: string; minor: bigint }>`select currency, sum(minor)::bigint as minor from (
        select currency, booked_minor as minor from gateway_moves where business_id = current_business() and payment_id = ${paymentId} and state = 'booked' and kind <> 'dispute'
        union all
        select currency, fee_minor from disputes where business_id = current_business() and payment_id = ${paymentId} and fee_minor > 0) f
      group by 1 order by 1`,
  )

/** Keeps what is new; of what is known, only which payout it went with can be news. */
export const keepMoves = (
  tx: Tx,
  shop: Shop,
  gatewayAccountId: string,
  moves: readonly ListedMove[],
  payoutId: string | null,
): Promise<number> =>
  run(
    tx,
    sql`insert into gateway_moves as g (business_id, id, gateway_account_id, ref, kind, capture_id, our_ref, dispute_ref, payout_id, currency, amount_minor, fee_minor, original_currency,
        original_minor, state, moved_at, created_at)
      select current_business(), m.id, ${gatewayAccountId}, m.ref, m.kind, m.capture_id, m.our_ref, m.dispute_ref, ${payoutId}::text, m.currency, m.amount, m.fee, m.original_currency, m.original,
        'waiting', m.moved_at, ${shop.now()}::timestamptz
      from ${table(
        'm',
        [...new Map(moves.map((each) => [each.ref, each])).values()],
        [
          ['id', 'text', () => newId('gmv', shop.app.clock)],
          ['ref', 'text', ({ ref }) => ref],
          ['kind', 'text', ({ kind }) => kind],
          ['capture_id', 'text', ({ captureId }) => captureId],
          ['our_ref', 'text', ({ ourRef }) => ourRef],
          ['dispute_ref', 'text', ({ disputeRef }) => disputeRef],
          ['currency', 'text', ({ amount }) => amount.currency],
          ['amount', 'bigint', ({ amount }) => amount.minor],
          ['fee', 'bigint', ({ fee }) => fee.minor],
          ['original_currency', 'text', ({ original }) => original?.currency ?? null],
          ['original', 'bigint', ({ original }) => original?.minor ?? null],
          ['moved_at', 'timestamptz', ({ at }) => at],
        ],
      )}
      on conflict (business_id, gateway_account_id, ref) do update set payout_id = coalesce(excluded.payout_id, g.payout_id)
        where excluded.payout_id is not null and g.payout_id is distinct from excluded.payout_id`,
  )

type Waiting = Pick<
  GatewayMove,
  'id' | 'kind' | 'currency' | 'amountMinor' | 'feeMinor' | 'originalCurrency' | 'originalMinor'
> & { payment: string | null; lentPayment: string | null; paidIn: string | null }

const atOnce = 200

/** Books what waits and is about something that our books know by now. Answers how many; a caller goes on while that is as many as there can be. */
export async function bookMoves(tx: Tx, shop: Shop, account: GatewayAccount, now: Instant): Promise<number> {
  const found = await rows(
    tx,
    sql<Waiting>`select m.id, m.kind, m.currency, m.amount_minor as "amountMinor", m.fee_minor as "feeMinor", m.original_currency as "originalCurrency", m.original_minor as "originalMinor",
        p.id as payment, q.payment_id as "lentPayment", case when p.stray and exists (select from stray_moneys s where s.business_id = p.business_id and s.payment_id = p.id and s.currency = m.original_currency)
          then m.original_currency else coalesce(p.currency, q.currency) end as "paidIn"
      from gateway_moves m
        left join payments p on p.business_id = m.business_id and (p.status = 'succeeded' or p.stray) and p.id = coalesce(
          (select f.payment_id from money_facts f where f.business_id = m.business_id and f.gateway_account_id = m.gateway_account_id and f.kind = 'capture' and f.fact_id = m.capture_id),
          (select q.id from payments q where q.business_id = m.business_id and q.gateway_account_id = m.gateway_account_id and q.id = m.our_ref))
        left join lateral (select l.payment_id, l.currency from lent_payments(m.gateway_account_id, array_remove(array[m.our_ref, m.capture_id], null)) l limit 1) q
          on p.id is null and m.kind in ('payment', 'refund')
      where m.business_id = current_business() and m.gateway_account_id = ${account.id} and m.state = 'waiting'
        and (p.id is not null or q.payment_id is not null or m.kind = 'dispute' or not ${account.shared} and m.kind in ('fee', 'other'))
      order by m.id limit ${atOnce} for update of m`,
  )
  for (const each of found) {
    const kept = each.kind === 'dispute' ? 0n : each.feeMinor
    await post(tx, shop, [...feeOf(each, account.id, kept), ...conversionOf(each, account.id)], {
      id: each.id,
      at: now,
    })
    await run(
      tx,
      sql`update gateway_moves set state = 'booked', payment_id = ${each.payment}, lent_payment_id = ${each.lentPayment}, booked_minor = ${kept}, booked_at = ${now} where business_id = current_business() and id = ${each.id}`,
    )
  }
  return found.length === atOnce ? found.length : 0
}

function feeOf({ currency }: Waiting, accountId: string, kept: bigint): Transfer[] {
  const [cost, held] = [fees(currency, accountId), clearing(currency, accountId)]
  return kept < 0n
    ? [{ debit: held, credit: cost, amount: -kept, purpose: 'gateway_fee_back' }]
    : [{ debit: cost, credit: held, amount: kept, purpose: 'gateway_fee' }]
}

/** The gateway made it another currency: from here on it holds that. Currencies meet only through the exchange account. */
function conversionOf(move: Waiting, accountId: string): Transfer[] {
  const { kind, currency, amountMinor, originalCurrency, originalMinor, paidIn } = move
  if (originalCurrency === null || originalMinor === null || originalCurrency !== paidIn) return []
  if (kind !== 'payment' && kind !== 'refund') return []
  const before = { clearing: clearing(originalCurrency, accountId), exchange: exchange(originalCurrency) }
  const after = { clearing: clearing(currency, accountId), exchange: exchange(currency) }
  return amountMinor >= 0n
    ? [
        { debit: before.exchange, credit: before.clearing, amount: originalMinor, purpose: 'converted_out' },
        { debit: after.clearing, credit: after.exchange, amount: amountMinor, purpose: 'converted_in' },
      ]
    : [
        { debit: before.clearing, credit: before.exchange, amount: -originalMinor, purpose: 'converted_out' },
        { debit: after.exchange, credit: after.clearing, amount: -amountMinor, purpose: 'converted_in' },
      ]
}

/** Disputes that a move names and that nobody has told us of: worth asking about. */
export const unknownDisputes = async (tx: Tx, accountId: string, refs: readonly string[]): Promise<string[]> =>
  (
    await rows(
      tx,
      sql<{ ref: string }>`select r.ref from unnest(${refs}::text[]) as r (ref) where not exists (
        select 1 from disputes d where d.business_id = current_business() and d.gateway_account_id = ${accountId} and d.remote_ref = r.ref)`,
    )
  ).map(({ ref }) => ref)
