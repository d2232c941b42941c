/** Affiliates for a story. */
import { transaction } from '#app.ts'
import { joinProgramme } from '#modules/affiliates/join-programme.ts'
import { Programme, saveProgramme } from '#modules/affiliates/programme.ts'
import { type Affiliate, affiliateStandings, readAffiliate } from '#modules/affiliates/queries.ts'
import { balanceOf, payableOf } from '#modules/affiliates/rules.ts'
import { sumOf } from '#modules/ledger/holds.ts'
import { affiliateAccount } from '#modules/ledger/rules.ts'
import { findOrCreateCustomer } from '#modules/people/customers.ts'
import { read } from './stories.ts'
import type { World } from './world.ts'

type Facts = Partial<Programme>

/** On, a tenth of the first payment, held for thirty days, unless `facts` say otherwise. */
export const setProgramme = ({ shop }: Pick<World, 'shop'>, facts: Facts = {}): Promise<void> =>
  transaction(shop, 'set-programme', (tx) => saveProgramme(tx, shop, Programme.parse({ on: true, ...facts })))

/** Somebody who has bought nothing himself takes part. */
export async function anAffiliate({ shop }: Pick<World, 'shop'>, name: string): Promise<Affiliate> {
  const now = shop.now()
  return transaction(shop, 'an-affiliate', async (tx) => {
    const { id } = await findOrCreateCustomer(tx, shop, { email: `${name}@example.net` }, now)
    return readAffiliate(tx, await joinProgramme(tx, shop, id, { himself: false }, now))
  })
}

/** In euro: what he is owed, what of that is held and what is free, what he was paid; the books say the same. */
export const standingOf = ({ shop }: Pick<World, 'shop'>, { id }: Pick<Affiliate, 'id'>) =>
  read(shop, async (tx) => {
    const found = (await affiliateStandings(tx, [id], shop.now())).find(({ currency }) => currency === 'EUR')
    const standing = found ?? { kept: 0n, held: 0n, paidOut: 0n }
    return {
      owed: balanceOf(standing),
      held: standing.held,
      free: payableOf(standing),
      paid: standing.paidOut,
      booked: await sumOf(tx, affiliateAccount('EUR', id)),
    }
  })
