/** A buyer whose page takes money of his own currency, whatever was asked for. */
import { startPayment } from '#modules/billing/start-payment.ts'
import { listStray, type StrayMoney } from '#modules/billing/stray-money.ts'
import { one, sql } from '#platform/db.ts'
import { type Purchase, present, read } from './stories.ts'
import { atProvider } from './strange-money.ts'
import type { World } from './world.ts'

type Place = Pick<World, 'app' | 'gatewayOrigin' | 'clock' | 'shop' | 'settle'>

/** Opens the sandbox's page for what an order asks for. */
export async function opensPage(world: Place, { invoiceId }: Pick<Purchase, 'invoiceId'>) {
  const { id: gatewayAccountId } = await read(world.shop, (tx) =>
    one(
      tx,
      sql<{
        id: string
      }>`select id from gateway_accounts where business_id = current_business() and kind = 'sandbox' order by position, id limit 1`,
    ),
  )
  const { paymentId, redirectUrl } = await startPayment(world.shop, {
    invoiceId,
    gatewayAccountId,
    returnUrl: `${world.shop.baseUrl}/r`,
    cancelUrl: `${world.shop.baseUrl}/c`,
    description: 'Family monthly',
  })
  return { paymentId, ref: present(redirectUrl?.split('/').at(-1)) }
}

/** Pays in dollars what was asked for in euros; the notice of it is heard and applied. */
export async function paysInDollars(world: Place, purchase: Pick<Purchase, 'invoiceId'>, cents = 1_400) {
  const page = await opensPage(world, purchase)
  await atProvider(
    world,
    '/__pay',
    { id: page.ref, how: 'pay', paid_with: { amount: cents, currency: 'USD' } },
    page.ref,
  )
  await world.settle()
  return page
}

export const straysOf = (world: Pick<World, 'shop'>, paymentId: string): Promise<StrayMoney[]> =>
  read(world.shop, (tx) => listStray(tx, { paymentId }, { limit: 10 }))
