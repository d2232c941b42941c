/** A customer who tells others: he joined the programme three months ago, five came by his link, and he was paid once by transfer. */
import { transaction } from '#app.ts'
import { changeAffiliate, joinProgramme } from '#modules/affiliates/join-programme.ts'
import { payByHand } from '#modules/affiliates/pay-affiliate.ts'
import { Programme, saveProgramme } from '#modules/affiliates/programme.ts'
import { readAffiliate } from '#modules/affiliates/queries.ts'
import { buy, daysBefore, type Stage, staffShop } from './make-past.ts'
import { guest } from './mishaps.ts'

/** A tenth of the first three payments, free after two weeks. */
const programme = Programme.parse({
  on: true,
  rule: { kind: 'percent', value: 1_000, payments: 3 },
  hold_days: 14,
  least_payout: 500,
  by_hand: true,
})

const brought: readonly [name: string, daysAgo: number][] = [
  ['Marta Feld', 74],
  ['Jan Brandt', 61],
  ['Sina Haas', 43],
  ['Luis Prado', 26],
  ['Wanda Reif', 6],
]

export function recommending(stage: Stage, now: Temporal.Instant): void {
  const at = daysBefore(now)
  stage.plan(at(92), async () => {
    const shop = await staffShop(stage)
    await transaction(shop, 'save-programme', (tx) => saveProgramme(tx, shop, programme))
    const { customerId } = await buy(stage, guest('Rolf Weitersager', 'rolf'), 'family')
    stage.plan(at(90), () => joins(stage, customerId, at))
  })
}

async function joins(stage: Stage, customerId: string, at: ReturnType<typeof daysBefore>): Promise<void> {
  const shop = await staffShop(stage)
  const { id, code } = await transaction(shop, 'join-programme', async (tx) => {
    const affiliateId = await joinProgramme(tx, shop, customerId, { himself: false }, shop.now())
    const wish = { code: 'ROLF', way: 'by_hand', payTo: 'Transfer, to the account he gave on the phone' } as const
    await changeAffiliate(tx, shop, affiliateId, wish, { himself: false }, shop.now())
    return readAffiliate(tx, affiliateId)
  })
  for (const [name, daysAgo] of brought)
    stage.plan(at(daysAgo), async () => void (await buy(stage, guest(name, ''), 'family', code)))
  stage.plan(at(30), async () => {
    const payer = await staffShop(stage)
    await payByHand(payer, id, { currency: payer.currency, reference: 'Transfer of the month' })
    await stage.engine.settle()
  })
}
