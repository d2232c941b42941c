/** A server of coins, whose buyer decides what he sends; its notices are signed as it signs them. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { startPayment } from '#modules/billing/start-payment.ts'
import { btcpay } from '../../src/imitations/gateways/btcpay.ts'
import type { Purchase } from './stories.ts'
import type { World } from './world.ts'

const secret = btcpay.defaults.webhook_secret ?? ''
const storeId = btcpay.defaults.store_id ?? ''

type Place = Pick<World, 'addGateway' | 'shop' | 'settle'>

export async function withCoins(world: Place) {
  const gateway = await world.addGateway(btcpay, (api_base) => ({
    api_base,
    store_id: storeId,
    api_key: btcpay.defaults.key,
    notice_secret: secret,
  }))
  let deliveries = 0
  async function tells({ ref, paymentId }: { ref: string; paymentId: string }, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      deliveries += 1
      const body = JSON.stringify({
        deliveryId: `delivery${deliveries}`,
        type: 'InvoicePaymentSettled',
        timestamp: 1,
        storeId,
        invoiceId: ref,
        metadata: { orderId: paymentId },
      })
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      expect(await gateway.hears(body, { 'btcpay-sig': `sha256=${signature}` })).toBe('stored')
    }
    await world.settle()
  }
  return {
    does: gateway.does,
    async opens(purchase: Pick<Purchase, 'invoiceId'>): Promise<{ ref: string; paymentId: string }> {
      const { paymentId, redirectUrl } = await startPayment(world.shop, {
        invoiceId: purchase.invoiceId,
        gatewayAccountId: gateway.id,
        returnUrl: 'http://shop.example/r',
        cancelUrl: 'http://shop.example/c',
        description: 'Family monthly',
      })
      return { ref: redirectUrl?.split('/').at(-1) ?? '', paymentId }
    },
    /** Coins that are confirmed at once, and what the server tells us of them; `times` as often. */
    async sends(page: { ref: string; paymentId: string }, percent: number, times = 1): Promise<void> {
      await gateway.does('/__send', { invoice: page.ref, percent })
      await tells(page, times)
    },
    tells,
  }
}
