/**
 * Credits follow the time that was sold, not the money (decision 88): what comes back when a customer of a reseller gets his money back, or takes
 * it, in every order in which that can happen; once, and as the parent agreed.
 */
import { expect } from 'vitest'
import { transaction } from '#app.ts'
import { cancelNow, previewCancel } from '#modules/billing/cancel-subscription.ts'
import { decideDispute, enterDispute } from '#modules/billing/disputes/dispute-by-hand.ts'
import { disputeSetting } from '#modules/billing/disputes/settings.ts'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { saveSetting } from '#modules/people/settings.ts'
import { saveTerms } from '#modules/reselling/save-terms.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { joins, sells, walletOf } from '../support/resellers.ts'
import { scenario } from '../support/scenario.ts'
import { type Purchase, present, read } from '../support/stories.ts'

type Step = 'refund' | 'opened' | 'decided' | 'cancel'

function ordersOf(steps: readonly Step[]): Step[][] {
  if (steps.length === 0) return [[]]
  return steps.flatMap((first) => ordersOf(steps.filter((each) => each !== first)).map((rest) => [first, ...rest]))
}

/** Of any of these, in any order; nothing is decided that was not opened. */
const subsets = (['refund', 'opened', 'decided', 'cancel'] as const).reduce<Step[][]>(
  (found, step) => found.flatMap((each) => [each, [...each, step]]),
  [[]],
)
const orders = subsets
  .flatMap(ordersOf)
  .filter((order) => !order.includes('decided') || order.slice(0, order.indexOf('decided')).includes('opened'))

const kinds = [
  { opened: 'suspend', verdict: 'won', lost: 'end' },
  { opened: 'suspend', verdict: 'lost', lost: 'end' },
  { opened: 'keep', verdict: 'lost', lost: 'keep' },
  { opened: 'end', verdict: 'won', lost: 'end' },
] as const
type Kind = (typeof kinds)[number]

/** Whether the time that is left is taken from the customer by then. */
const endsBy = (order: readonly Step[], { opened, verdict, lost }: Kind): boolean =>
  order.includes('cancel') ||
  (order.includes('opened') && opened === 'end') ||
  (order.includes('decided') && verdict === 'lost' && lost === 'end')

for (const recovers of ['unused', 'nothing'] as const)
  scenario(
    `a refund, a dispute that is opened, won or lost, and a cancellation, in every order: what was not used comes back once (${recovers})`,
    { seconds: 300 },
    async (world) => {
      const reseller = await joins(world, { slug: 'south', credits: 200_000n })
      await transaction(world.shop, 'terms', (tx) => saveTerms(tx, world.shop, reseller.businessId, { recovers }))
      // What was agreed about nothing coming back needs no more than one kind.
      const told = recovers === 'unused' ? kinds : kinds.slice(1, 2)
      const cases = told.flatMap((kind) => orders.map((order) => ({ kind, order })))
      const sold: { purchase: Purchase; kind: Kind; order: Step[] }[] = []
      for (const [place, each] of cases.entries())
        sold.push({ purchase: await sells(world, reseller, `buyer${place}`), ...each })
      expect(sold.length).toBe(orders.length * told.length)
      expect(await walletOf(reseller)).toMatchObject({ balance: 200_000n - 1_000n * BigInt(sold.length), held: 0n })
      // Half of February.
      await world.until('2026-02-14')
      let ended = 0
      for (const { purchase, kind, order } of sold) {
        await transaction(reseller, 'settings', (tx) =>
          saveSetting(tx, reseller, disputeSetting, { when_opened: kind.opened, when_lost: kind.lost }),
        )
        const before = (await walletOf(reseller)).balance
        const payment = present((await purchase.payments())[0])
        let disputeId = ''
        const acts: Record<Step, () => Promise<unknown>> = {
          refund: () => refundPayment(reseller, payment.id, money(100n, payment.currency), 'sorry', 'balance'),
          opened: async () => {
            const amount = money(payment.receivedMinor - 500n, payment.currency)
            const facts = { fee: null, reason: 'a letter', kind: 'card', withdrawn: true, evidenceDueAt: null } as const
            disputeId = await enterDispute(reseller, { paymentId: payment.id, amount, ...facts })
          },
          decided: () => decideDispute(reseller, disputeId, kind.verdict),
          cancel: async () => {
            const { fingerprint } = await read(reseller, (tx) =>
              previewCancel(tx, reseller, purchase.subscriptionId, reseller.now()),
            )
            await cancelNow(reseller, purchase.subscriptionId, fingerprint, 'moved away')
          },
        }
        for (const step of order)
          await acts[step]().catch((error: unknown) => {
            // What ended already is not cancelled again: that is all that may be refused.
            if (!(error instanceof Refusal && step === 'cancel' && error.message.includes('does not run'))) throw error
          })
        const ends = endsBy(order, kind)
        const { status } = await purchase.subscription()
        const back = (await walletOf(reseller)).balance - before
        const expected = ends && recovers === 'unused' ? 500n : 0n
        expect([order, kind, status === 'terminated', back]).toEqual([order, kind, ends, expected])
        if (ends) ended += 1
      }
      expect(ended).toBeGreaterThan(0)
      const end = (await walletOf(reseller)).balance
      // Jobs that come again, and a night, bring nothing more.
      await world.pass({ hours: 25 })
      expect(await walletOf(reseller)).toMatchObject({ balance: end, held: 0n, waiting: 0 })
    },
  )
