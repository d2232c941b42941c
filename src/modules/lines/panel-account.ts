/** Our account at a panel that charges: who may spend from it just now, what was asked, and what it has. Of the panel's own business. */
import type { Quote } from '#adapters/panels/panel.ts'
import { transaction } from '#app.ts'
import { maybe, rows, run, sql } from '#platform/db.ts'
import { plusSeconds } from '#platform/time.ts'
import { compareAccount } from './compare-account.ts'
import { leaseSeconds } from './jobs.ts'
import { noteCredits } from './panel-credits.ts'
import type { OpenPanel } from './panels.ts'
import type { Line } from './rules.ts'

/**
 * One line at a time: a balance tells what a call cost only while nobody else pays from it, and old panels lose debits that meet. Taken for
 * as long as a line itself; taking it again lengthens the lease. False: somebody else has it.
 */
export async function takeAccount({ owner, row }: OpenPanel, line: Line): Promise<boolean> {
  const now = owner.now()
  const taken = await transaction(owner, 'take-account', (tx) =>
    rows(
      tx,
      sql`update panels set account_line = ${line.id}, account_until = ${plusSeconds(now, leaseSeconds)}
        where business_id = current_business() and id = ${row.id} and (account_line is null or account_line = ${line.id} or account_until <= ${now})
        returning id`,
    ),
  )
  return taken.length > 0
}

/** `balance` as the panel tells it now; null leaves the last word with its time. Nothing happens to an account that is not this line's. */
export async function giveBackAccount({ owner, row }: OpenPanel, line: Line, balance: string | null): Promise<void> {
  const now = owner.now()
  await transaction(owner, 'give-back-account', async (tx) => {
    const given = await run(
      tx,
      sql`update panels set account_line = null, account_until = null
        where business_id = current_business() and id = ${row.id} and account_line = ${line.id}`,
    )
    if (given === 0) return
    await noteCredits(tx, owner, row.id, balance, now)
    await compareAccount(tx, owner, row.id, balance, 'held', now)
  })
}

/** Writes down what is about to be asked, under the lease. What the same line asked before was never sent, or its line would know. */
export const askCharge = ({ owner, row }: OpenPanel, line: Line, { price, balance }: Quote): Promise<number> =>
  transaction(owner, 'ask-charge', async (tx) => {
    await run(
      tx,
      sql`update panel_charges set state = 'void' where business_id = current_business() and panel_id = ${row.id}
        and line_business_id = ${line.businessId} and line_id = ${line.id} and state = 'asked'`,
    )
    const asked = await maybe(
      tx,
      sql<{
        seq: number
      }>`insert into panel_charges (business_id, panel_id, seq, line_business_id, line_id, price, balance, state, asked_at)
        select ${owner.businessId}, ${row.id}, coalesce(max(seq), 0) + 1, ${line.businessId}, ${line.id}, ${price}::numeric, ${balance}::numeric, 'asked', ${owner.now()}
        from panel_charges where business_id = current_business() and panel_id = ${row.id} returning seq::int`,
    )
    return asked?.seq ?? 0
  })

export async function settleCharge(
  { owner, row }: OpenPanel,
  seq: number,
  state: 'done' | 'void' | 'unclear',
): Promise<void> {
  await transaction(owner, 'settle-charge', (tx) =>
    run(
      tx,
      sql`update panel_charges set state = ${state} where business_id = current_business() and panel_id = ${row.id} and seq = ${seq} and state = 'asked'`,
    ),
  )
}

/** What later calls took, a decimal; `open`: of one of them it is not known yet. */
export async function spentSince({ owner, row }: OpenPanel, seq: number): Promise<{ done: string; open: boolean }> {
  const found = await transaction(owner, 'read-charges', (tx) =>
    maybe(
      tx,
      sql<{
        done: string
        open: boolean
      }>`select coalesce(sum(price) filter (where state in ('done', 'unclear')), 0)::numeric(18, 4)::text as done,
          coalesce(bool_or(state = 'asked'), false) as open
        from panel_charges where business_id = current_business() and panel_id = ${row.id} and seq > ${seq}`,
    ),
  )
  return found ?? { done: '0.0000', open: false }
}
