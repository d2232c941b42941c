/** Several at once: everything that is open in one payment, at a gateway or by hand, and one invoice for all that ends on a day. */
import { transaction } from '#app.ts'
import { receiveFromCustomer } from '#modules/billing/mark-received.ts'
import { openSums, payOpen } from '#modules/billing/pay-open.ts'
import { changeCustomer } from '#modules/people/customers.ts'
import { sql } from '#platform/db.ts'
import type { Act } from './acts.ts'
import { opensPageFor, paysOnPage } from './paying.ts'
import type { Standing, Temper } from './people.ts'
import type { World } from './world.ts'

export const actsTogether: readonly Act[] = [
  {
    name: 'pays all that is open at once',
    likely: (of, temper) =>
      of.openInvoiceId === null || !of.renewable || temper === 'never' ? 0 : of.companionId === null ? 0.02 : 0.15,
    do: paysAll,
  },
  {
    name: 'wants one invoice for a day, or one for each',
    likely: (of) => (of.companionId !== null ? 0.05 : 0),
    async do(world, of) {
      const shop = await world.shopFor('staff:ann')
      const oneInvoice = world.chance.oneOf([true, true, false, null])
      await transaction(shop, 'change-customer', (tx) =>
        changeCustomer(tx, shop, of.customerId, { oneInvoice }, shop.now()),
      )
    },
  },
]

/** On the gateway's page, or by a transfer that names no invoice: then of the sum, of less, or of more. */
async function paysAll(world: World, of: Standing, temper: Temper): Promise<void> {
  const { chance } = world
  const shop = await world.shopFor('customer:x')
  const { customerId } = of
  if (chance.next() < 0.6) {
    const page = await opensPageFor(world, (way) => payOpen(shop, { ...way, customerId, currency: shop.currency }))
    return paysOnPage(world, page, temper)
  }
  const [sum] = await transaction(shop, 'read-owed', (tx) => openSums(tx, customerId))
  if (sum === undefined) return
  const { minor, currency } = sum.total
  const sent = chance.oneOf([minor, minor, minor - minor / 3n, minor + 100n])
  if (sent === 0n) return
  const reference = `transfer of ${shop.now()}`
  await receiveFromCustomer(await world.shopFor('staff:ann'), {
    customerId,
    amount: { minor: sent, currency },
    reference,
  })
}

/** What the life had of it. */
export const countTogether = sql<{ what: string; times: number }>`select 'a payment over several invoices' as what,
    (select count(distinct payment_id)::int from payment_invoices) as times
  union all select 'an invoice for several of a day',
    (select count(*)::int from (select invoice_id from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where v.consolidated and i.subscription_id is not null group by invoice_id having count(distinct i.subscription_id) > 1) m)`
