/** What our account at a panel that charges has, as the panel tells it, with its age; and the alarm when it is low. */
import { plainCredits } from '#adapters/panels/normalize.ts'
import type { PanelCharges } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'

/** Null: the panel does not say now. */
export const balanceOf = (charges: PanelCharges): Promise<string | null> =>
  charges.balance().catch((error: unknown) => {
    if (error instanceof ProviderError) return null
    throw error
  })

/** `balance` null: the panel did not tell, and its last word stands with its time. */
export async function noteCredits(
  tx: Tx,
  owner: Shop,
  panelId: string,
  balance: string | null,
  now: Instant,
): Promise<void> {
  if (balance === null) return
  await run(
    tx,
    sql`update panels set credits = ${balance}::numeric, credits_at = ${now} where business_id = current_business() and id = ${panelId}`,
  )
  await judgeCredits(tx, owner, panelId, now)
}

/** Staff are told once when there are fewer than they want to have, and it is over when there are as many again. */
export async function judgeCredits(tx: Tx, owner: Shop, panelId: string, now: Instant): Promise<void> {
  const panel = await maybe(
    tx,
    sql<{ name: string; credits: string | null; low: string | null; isLow: boolean }>`
      select name, credits::text as credits, credits_low::text as low, coalesce(credits < credits_low, false) as "isLow"
      from panels where business_id = current_business() and id = ${panelId}`,
  )
  if (panel === null) return
  const about = { subjectType: 'panel', subjectId: panelId }
  if (!panel.isLow) {
    if (await settle(tx, 'panel_credits_low', panelId, 'system', now))
      await record(tx, owner, now, { type: 'panel.credits_enough', ...about })
    return
  }
  const [credits, low] = [plainCredits(panel.credits ?? ''), plainCredits(panel.low ?? '')]
  const news = await raise(
    tx,
    owner,
    {
      kind: 'panel_credits_low',
      ...about,
      title: `${panel.name} has ${credits} credits left`,
      detail: `You want to be told below ${low}. With none left, paid lines wait until you top up there.`,
      severity: 'warn',
    },
    now,
  )
  if (news) await record(tx, owner, now, { type: 'panel.credits_low', ...about, data: { credits } })
}
