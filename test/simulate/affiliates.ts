/** Customers who bring others: they join, their links travel, and staff change the programme and pay by hand. */
import { transaction } from '#app.ts'
import { changeAffiliate, joinProgramme } from '#modules/affiliates/join-programme.ts'
import { payByHand } from '#modules/affiliates/pay-affiliate.ts'
import { Programme, saveProgramme } from '#modules/affiliates/programme.ts'
import { sql } from '#platform/db.ts'
import type { Chance } from '../../src/demo/chance.ts'
import type { OpenShop } from '../support/shop.ts'
import type { Act } from './acts.ts'
import type { World } from './world.ts'

/** Held for days instead of weeks, so that a life sees commissions come, go back and be paid. */
const programmeOf = (chance: Chance): Programme =>
  Programme.parse({
    on: chance.next() < 0.9,
    rule: chance.oneOf([
      { kind: 'percent', value: 1_250, payments: 2 },
      { kind: 'amount', value: 70, payments: 0 },
    ]),
    hold_days: chance.oneOf([0, 3, 9]),
    least_payout: chance.oneOf([0, 0, 300]),
    below: chance.oneOf([null, 0, 100]),
    by_hand: true,
  })

export const openProgramme = ({ shop }: Pick<OpenShop, 'shop'>, chance: Chance): Promise<void> =>
  transaction(shop, 'set-up', (tx) => saveProgramme(tx, shop, { ...programmeOf(chance), on: true }))

export const actsOfAffiliates: readonly Act[] = [
  {
    name: 'joins the programme',
    likely: ({ status, affiliateId }) => (affiliateId === null && status === 'active' ? 0.02 : 0),
    async do(world, of) {
      const shop = await world.shopFor('customer:x')
      await transaction(shop, 'join-programme', (tx) =>
        joinProgramme(tx, shop, of.customerId, { himself: true }, shop.now()),
      )
    },
  },
  {
    name: 'wants his commissions another way',
    likely: ({ affiliateId }) => (affiliateId === null ? 0 : 0.02),
    async do(world, { affiliateId }) {
      const shop = await world.shopFor('customer:x')
      const way = world.chance.oneOf(['balance', 'by_hand'] as const)
      await transaction(shop, 'change-affiliate', (tx) =>
        changeAffiliate(tx, shop, affiliateId ?? '', { way }, { himself: true }, shop.now()),
      )
    },
  },
]

const codes = sql<{ id: string; code: string }>`select id, code from affiliates order by id`

/** The link by which somebody came. */
export async function linkOf(world: World): Promise<{ referral?: string }> {
  if (world.chance.next() < 0.6) return {}
  const known = await world.look(codes)
  return known.length === 0 ? {} : { referral: world.chance.oneOf(known).code }
}

export async function changesProgramme(world: World): Promise<boolean> {
  const shop = await world.shopFor('staff:ann')
  await transaction(shop, 'save-programme', (tx) => saveProgramme(tx, shop, programmeOf(world.chance)))
  return true
}

export async function paysAffiliate(world: World): Promise<boolean> {
  const known = await world.look(codes)
  if (known.length === 0) return false
  const shop = await world.shopFor('staff:ann')
  const wish = { currency: shop.currency, reference: `paid ${shop.now()}` }
  await payByHand(shop, world.chance.oneOf(known).id, wish)
  return true
}

/** What the life had of it. */
export const countAffiliates = sql<{
  what: string
  times: number
}>`select 'somebody was brought' as what, (select count(*)::int from referrals) as times
  union all select 'a commission was earned', (select count(*)::int from commissions where kept_minor > 0)
  union all select 'a commission was paid out', (select count(*)::int from affiliate_payouts)`
