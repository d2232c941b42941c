/** Money of a payment that came in another currency: what its page shows of it, and what is done with it there. */
import { type Shop, transaction } from '#app.ts'
import { countStray, keepStray, returnStray, worthOf } from '#modules/billing/decide-stray.ts'
import type { Payment, Refund } from '#modules/billing/queries.ts'
import { findStray, leftOf, type StrayMoney, strayOf } from '#modules/billing/stray-money.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { formReader } from './form-reader.server.ts'
import { requireRecent, requireRight, type Staff } from './guard.server.ts'

export type StrayRow = Awaited<ReturnType<typeof readStrays>>[number]

/** Each with what of it waits, and what that is worth at the day's rate. */
export const readStrays = async (tx: Tx, shop: Shop, payment: Payment, refunds: readonly Refund[]) =>
  Promise.all((await strayOf(tx, payment)).map((each) => rowOf(tx, shop, each, refunds)))

async function rowOf(tx: Tx, shop: Shop, stray: StrayMoney, refunds: readonly Refund[]) {
  const inIts = (minor: bigint) => money(minor, stray.currency)
  const leaving = refunds
    .filter(({ strayId, status }) => strayId === stray.id && !['succeeded', 'failed', 'canceled'].includes(status))
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const proposed = stray.state === 'open' ? await worthOf(tx, shop, stray) : null
  return {
    id: stray.id,
    left: inIts(leftOf(stray) - leaving),
    leaving: inIts(leaving),
    counted: inIts(stray.countedMinor),
    worth: money(stray.worthMinor, stray.worthCurrency),
    kept: inIts(stray.keptMinor),
    returned: inIts(stray.returnedMinor),
    currency: stray.currency,
    asked: stray.worthCurrency,
    rate: stray.rate,
    reason: stray.reason,
    proposed: proposed === null ? null : { worth: proposed.worth, ...proposed.rate },
  }
}

/** One act on one of them; each takes all that is left, so that a form that is sent twice does nothing more. */
export async function actOnStray(staff: Staff & { form: FormData }, request: Request, paymentId: string) {
  const { shop, form } = staff
  const read = formReader(form)
  const act = read.raw('act')
  const stray = await transaction(shop, 'read-stray', (tx) => findStray(tx, read.raw('stray_money')))
  if (stray === null || stray.paymentId !== paymentId) throw new Refusal('not_found', 'There is no such money.')
  const reason = read.text('reason', { most: 500 })
  const back = `/admin/payments/${paymentId}`
  if (act === 'count_stray') {
    requireRight(staff, 'payments:money')
    const worth = read.money('worth', stray.worthCurrency, { required: true, positive: true })
    if (read.failed || worth === null) return failure(read.errors, form)
    await countStray(shop, stray.id, { worth, reason })
    return redirectWith(back, 'stray.count.done')
  }
  if (act === 'return_stray') {
    requireRight(staff, 'refunds:money')
    requireRecent(staff, request, back)
    if (read.failed) return failure(read.errors, form)
    await returnStray(shop, stray.id, reason)
    return redirectWith(back, 'stray.return.done')
  }
  requireRight(staff, 'payments:money')
  if (read.failed) return failure(read.errors, form)
  await keepStray(shop, stray.id, reason)
  return redirectWith(back, 'stray.keep.done')
}
