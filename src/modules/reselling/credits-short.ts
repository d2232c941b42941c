/** A wallet has too little for somebody who waits: its holder and who issues its credits are told, once until it is enough again. */
import { type Shop, transaction } from '#app.ts'
import { openShop } from '../people/business.ts'
import { ownWallet } from './queries.ts'
import { formatCredits } from './rules.ts'
import { tellOnce } from './tell-owners.ts'

export const creditsShort = 'credits_short'

/** `shop` holds the wallet. Nobody waits any more: nothing is told. */
export async function tellCreditsShort(shop: Shop): Promise<void> {
  const wallet = await transaction(shop, 'read-own-wallet', ownWallet)
  if (wallet === null || wallet.waiting === 0) return
  const issuer = await openShop(shop.app, wallet.issuer, 'system')
  await tell(shop, shop.businessId, {
    title: 'Credits are used up',
    detail: `There are ${formatCredits(wallet.balance - wallet.held)} credits left, and paid lines wait for more. They start by themselves when you top up.`,
  })
  await tell(issuer, shop.businessId, {
    title: `${shop.name} has used up its credits`,
    detail: `Paid lines wait for credits of ${shop.name}. They start by themselves after a top-up.`,
  })
}

const tell = (shop: Shop, holder: string, words: { title: string; detail: string }): Promise<boolean> =>
  transaction(shop, 'tell-credits-short', (tx) =>
    tellOnce(tx, shop, holder, { kind: creditsShort, severity: 'bad', ...words }, shop.now()),
  )
