/**
 * What credits cost that lines are kept with. Credits that our supplier sold us here have the price of their invoice; what he gave otherwise, and
 * what we bought at somebody's panel, staff enter. The cost of a line follows from it (`analytics/margin.ts`): the oldest are used first.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Money } from '#platform/money.ts'
import { isAfter } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { findPanel } from '../lines/panels.ts'

export type CreditLot = {
  id: string
  /** Our account at this panel, or the transfer that gave us credits here. */
  panelId: string | null
  transferId: string | null
  creditsMilli: bigint
  costMinor: bigint
  currency: string
  boughtAt: Temporal.Instant
  note: string
  createdAt: Temporal.Instant
  createdBy: string
  undoneAt: Temporal.Instant | null
}

const columns = sql`id, panel_id as "panelId", transfer_id as "transferId", credits_milli as "creditsMilli", cost_minor as "costMinor", currency, bought_at as "boughtAt", note,
  created_at as "createdAt", created_by as "createdBy", undone_at as "undoneAt"`

export const findCreditLot = (tx: Tx, id: string): Promise<CreditLot | null> =>
  maybe(tx, sql<CreditLot>`select ${columns} from credit_lots where business_id = current_business() and id = ${id}`)

/** Newest first. */
export const listCreditLots = (tx: Tx, page: Page): Promise<CreditLot[]> =>
  rowsOfPage(tx, sql<CreditLot>`select ${columns} from credit_lots where business_id = current_business()`, page)

/** Credits that came into our wallet otherwise than by a purchase, and nobody has said what they cost. Oldest first. */
export type UnpricedCredits = { transferId: string; at: Temporal.Instant; creditsMilli: bigint }

export const unpricedCredits = (tx: Tx): Promise<UnpricedCredits[]> =>
  rows(
    tx,
    sql<UnpricedCredits>`select f.id as "transferId", f.at, f.amount as "creditsMilli" from wallet_flow() f
      where f.amount > 0 and f.undoes is null and f.cost_minor is null and not exists (select from credit_lots l
        where l.business_id = current_business() and l.transfer_id = f.id and l.undone_at is null)
      order by f.at, f.id`,
  )

/** Panels of our own that charge our account for each call. */
export const chargingPanels = (tx: Tx): Promise<{ id: string; name: string }[]> =>
  rows(
    tx,
    sql<{ id: string; name: string }>`select id, name from panels p where business_id = current_business()
      and (credits is not null or exists (select from panel_charges c where c.business_id = p.business_id and c.panel_id = p.id)) order by name, id`,
  )

export type NewCreditLot = { cost: Money; note: string } & (
  | { panelId: string; creditsMilli: bigint; boughtAt: Temporal.Instant }
  | { transferId: string }
)

/** Answers its id. Throws `conflict` where the cost of these credits is entered already. */
export async function enterCreditLot(shop: Shop, wish: NewCreditLot): Promise<string> {
  const now = shop.now()
  try {
    return await transaction(shop, 'enter-credit-lot', async (tx) => {
      const lot = 'panelId' in wish ? await atPanel(tx, wish, now) : await inWallet(tx, wish.transferId)
      const id = newId('clt', shop.app.clock)
      await run(
        tx,
        sql`insert into credit_lots (business_id, id, panel_id, transfer_id, credits_milli, cost_minor, currency, bought_at, note, created_at, created_by)
          values (${shop.businessId}, ${id}, ${lot.panelId}, ${lot.transferId}, ${lot.creditsMilli}, ${wish.cost.minor}, ${wish.cost.currency}, ${lot.boughtAt}, ${wish.note}, ${now}, ${shop.actor})`,
      )
      await record(tx, shop, now, {
        type: 'credit_lot.entered',
        subjectType: 'credit_lot',
        subjectId: id,
        data: { credits_milli: String(lot.creditsMilli), cost: String(wish.cost.minor), currency: wish.cost.currency },
      })
      return id
    })
  } catch (error) {
    if (!isDuplicate(error, 'credit_lots_transfer')) throw error
    throw new Refusal('conflict', 'What these credits cost is entered already.')
  }
}

async function atPanel(tx: Tx, wish: Extract<NewCreditLot, { panelId: string }>, now: Temporal.Instant) {
  if ((await findPanel(tx, wish.panelId)) === null) throw wrong('/panel_id', 'There is no such panel.')
  if (wish.creditsMilli <= 0n) throw wrong('/credits_milli', 'Please enter how many credits it were.')
  if (isAfter(wish.boughtAt, now)) throw wrong('/bought_at', 'This lies in the future.')
  return { ...wish, transferId: null }
}

/** The whole of what the transfer gave, from its own instant on. */
async function inWallet(tx: Tx, transferId: string) {
  const found = await maybe(
    tx,
    sql<{ at: Temporal.Instant; amount: bigint; bought: boolean }>`select at, amount, cost_minor is not null as bought
      from wallet_flow() where id = ${transferId} and amount > 0 and undoes is null`,
  )
  if (found === null) throw wrong('/transfer_id', 'No such credits were given to you.')
  if (found.bought) throw new Refusal('conflict', 'These credits have the price of their invoice.')
  return { panelId: null, transferId, creditsMilli: found.amount, boughtAt: found.at }
}

const wrong = (pointer: string, detail: string) =>
  new Refusal('invalid_input', 'Please check what was bought.', [{ pointer, code: 'invalid', detail }])

/** It was entered by mistake. A second call changes nothing. */
export function undoCreditLot(shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  return transaction(shop, 'undo-credit-lot', async (tx) => {
    const found = await findCreditLot(tx, id)
    if (found === null) throw new Refusal('not_found', 'There is no such entry.')
    const undone = await run(
      tx,
      sql`update credit_lots set undone_at = ${now}, undone_by = ${shop.actor} where business_id = current_business() and id = ${id} and undone_at is null`,
    )
    if (undone === 1)
      await record(tx, shop, now, { type: 'credit_lot.undone', subjectType: 'credit_lot', subjectId: id })
  })
}
