/** A quote is accepted: an order at its price, once however often the button is pressed. */
import { type Shop, transaction } from '#app.ts'
import { Refusal } from '#platform/errors.ts'
import { type OrderRequest, placeOrder } from './place-order.ts'
import { findOrder, type Order } from './queries.ts'
import { readQuote } from './quotes.ts'

export type Accepting = Pick<
  OrderRequest,
  'mac' | 'acceptUnusualMac' | 'device' | 'username' | 'password' | 'language' | 'address' | 'source'
>

export async function acceptQuote(shop: Shop, quoteId: string, wishes: Accepting): Promise<Order> {
  const { quote, order } = await quoteWithOrder(shop, quoteId)
  if (order !== null) return order
  try {
    return await placeOrder(shop, {
      ...wishes,
      cartKey: `quote/${quoteId}`,
      quoteId,
      email: quote.email,
      ...(quote.name === '' ? {} : { name: quote.name }),
    })
  } catch (error) {
    // Pressed twice at the same moment: the other one made it.
    const first = error instanceof Refusal && error.code === 'conflict' ? await quoteWithOrder(shop, quoteId) : null
    if (first?.order == null) throw error
    return first.order
  }
}

const quoteWithOrder = (shop: Shop, quoteId: string) =>
  transaction(shop, 'read-quote', async (tx) => {
    const quote = await readQuote(tx, quoteId)
    return { quote, order: quote.orderId === null ? null : await findOrder(tx, quote.orderId) }
  })
