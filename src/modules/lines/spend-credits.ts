/**
 * Lines on panels where each of them, and each extension, costs our account something. What is due is read off the panel; what it will
 * cost is written down before it is asked; and while it is not known what became of that, this line buys nothing.
 */
import type { FoundLine, LineSpec, PanelCharges, Quote } from '#adapters/panels/panel.ts'
import { type Shop, transaction } from '#app.ts'
import { json, run, sql } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { plusSeconds } from '#platform/time.ts'
import { leaseSeconds } from './jobs.ts'
import { askCharge, giveBackAccount, settleCharge, spentSince, takeAccount } from './panel-account.ts'
import { balanceOf } from './panel-credits.ts'
import type { OpenPanel } from './panels.ts'
import type { Line, Spending } from './rules.ts'

/** A panel says itself when so many are too many; this ends what would never end. */
const mostCalls = 40

/** Another line spends from the account just now. */
export class AccountBusy extends Error {}

/** Nothing is wrong with the panel: the same question is only asked once more before something is done again. */
export const lookedOnce = 'looked_once'

/**
 * Makes the line as wished, paying for what is due. `act` creates it, or makes it so, with one charged call at most. Null: it is not there,
 * and not bought, because it is to be off.
 */
export async function payWhatIsDue(
  shop: Shop,
  opened: OpenPanel,
  charges: PanelCharges,
  line: Line,
  spec: LineSpec,
  present: FoundLine | null,
  act: (present: FoundLine | null) => Promise<FoundLine>,
): Promise<FoundLine | null> {
  if (present === null && !spec.enabled) return null
  if (present !== null && line.spending === null && (await charges.quote(spec, present)) === null) return act(present)
  try {
    let found = present
    let before = line.spending
    for (let calls = 0; calls < mostCalls; calls++) {
      if (!(await takeAccount(opened, line))) throw new AccountBusy()
      // Asked again, now that nobody else of ours spends.
      const quote = await charges.quote(spec, found)
      if (before !== null) await clearUp(shop, opened, line, before, quote)
      if (quote === null) return await act(found)
      const known = found
      found = await paid(shop, opened, line, quote, () => act(known))
      before = null
    }
    throw new ProviderError(line.panelId, 'rejected', `One line would need more than ${mostCalls} charged calls.`, {
      code: 'package_invalid',
    })
  } finally {
    await giveBackAccount(opened, line, await balanceOf(charges))
  }
}

/** Written down, then asked. Where the panel refused, or was surely never reached, there is nothing to find out later. */
async function paid(
  shop: Shop,
  opened: OpenPanel,
  line: Line,
  quote: Quote,
  act: () => Promise<FoundLine>,
): Promise<FoundLine> {
  const seq = await askCharge(opened, line, quote)
  await saveSpending(shop, line, { seq, ...quote, looks: 0 })
  try {
    const found = await act()
    await settleCharge(opened, seq, 'done')
    return found
  } catch (error) {
    if (error instanceof ProviderError && error.kind !== 'ambiguous') {
      await settleCharge(opened, seq, 'void')
      await saveSpending(shop, line, null)
    }
    throw error
  }
}

/**
 * What became of a call whose answer is missing. What was due is not any more: it was carried out. Still due: it is looked at once more
 * before anything is paid again, and then only if our account has lost nothing that our other lines do not explain.
 */
async function clearUp(
  shop: Shop,
  opened: OpenPanel,
  line: Line,
  before: Spending,
  quote: Quote | null,
): Promise<void> {
  if (quote === null) return settleCharge(opened, before.seq, 'done')
  if (before.looks < 1) {
    await saveSpending(shop, line, { ...before, looks: before.looks + 1 })
    throw lookAgain(line)
  }
  const { done, open } = await spentSince(opened, before.seq)
  const missing = units(before.balance) - units(quote.balance) - units(done)
  if (missing === 0n) return settleCharge(opened, before.seq, 'void')
  if (open) throw lookAgain(line) // A later call of another line is not clear yet: it may explain the difference.
  await settleCharge(opened, before.seq, 'unclear')
  throw new ProviderError(
    line.panelId,
    'rejected',
    `A call that cost ${before.price} gave no time, but our account there went from ${before.balance} to ${quote.balance}, of which other lines took ${done}. Compare with the panel's log of credits; trying again buys it once more.`,
    { code: 'credits_unclear' },
  )
}

const lookAgain = (line: Line) =>
  new ProviderError(
    line.panelId,
    'unavailable',
    'What became of the last charged call is not to be seen yet; we look once more before paying again.',
    { code: lookedOnce },
  )

/** Decimals with four places, as whole numbers. */
const units = (decimal: string): bigint => BigInt(decimal.replace('.', ''))

/** The lease of the line goes with it: a year by the month is twelve calls. */
async function saveSpending(shop: Shop, line: Line, spending: Spending | null): Promise<void> {
  const until = plusSeconds(shop.now(), leaseSeconds)
  await transaction(shop, 'save-spending', (tx) =>
    run(
      tx,
      sql`update lines set spending = ${spending === null ? null : json(spending)}, next_try_at = ${until}, held_until = ${until}
        where business_id = current_business() and id = ${line.id}`,
    ),
  )
}
