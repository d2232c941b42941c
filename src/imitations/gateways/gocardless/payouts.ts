/** Payouts of one imitated GoCardless account: all that was confirmed and not sent yet, less what was given back, taken back and kept. */
import { Refused } from '../../kit/refused.ts'
import type { Kit } from '../../kit.ts'
import type { Payment, Refund } from './account.ts'

type Item = { type: string; amount: string; taxes: never[]; links: { payment: string } }
type Payout = {
  id: string
  amount: number
  deducted_fees: number
  currency: string
  status: 'pending' | 'paid' | 'bounced'
  arrival_date: string
  created_at: string
  reference: string
  payout_type: 'merchant'
  items: Item[]
}

export function openPayouts(kit: Kit, account: { payments(): Payment[]; refunds(): Refund[] }) {
  const payouts = kit.store.shelf<Payout>('payouts')
  const sent = kit.store.shelf<boolean>('sent')
  const shown = ({ items: _, ...payout }: Payout) => payout
  const find = (id: string): Payout => {
    const found = payouts.get(id)
    if (found === undefined) throw new Refused(404, 'resource_not_found', 'Resource not found')
    return found
  }
  /** Once each, by what happened to it. */
  const news = (type: string, id: string, payment: string, amount: number): Item[] => {
    if (sent.get(`${type}/${id}`)) return []
    sent.put(`${type}/${id}`, true)
    return [{ type, amount: amount.toFixed(1), taxes: [], links: { payment } }]
  }
  /** A hundredth and twenty cents, to a tenth of a cent. */
  const feeOf = (amount: number) => (amount * 0.01 + 20).toFixed(1)

  return {
    all: () => [...payouts.values()].map(shown).reverse(),
    one: (id: string) => shown(find(id)),
    items: (id: string): Item[] => find(id).items,

    /** `status` is what becomes of it. */
    send(currency: string, status: Payout['status']) {
      const items: Item[] = []
      for (const each of account.payments().filter((payment) => payment.currency === currency)) {
        if (each.status === 'confirmed' || each.status === 'charged_back') {
          const paid = news('payment_paid_out', each.id, each.id, each.amount)
          items.push(...paid)
          if (paid.length > 0)
            items.push({
              type: 'gocardless_fee',
              amount: `-${feeOf(each.amount)}`,
              taxes: [],
              links: { payment: each.id },
            })
        }
        if (each.status === 'charged_back') items.push(...news('payment_charged_back', each.id, each.id, -each.amount))
        // What failed late was out already.
        if (each.status === 'failed' && sent.get(`payment_paid_out/${each.id}`))
          items.push(...news('payment_failed', each.id, each.id, -each.amount))
      }
      for (const each of account
        .refunds()
        .filter((refund) => refund.currency === currency && refund.status !== 'bounced'))
        items.push(...news('payment_refunded', each.id, each.links.payment, -each.amount))
      const sumOf = (of: readonly Item[]) => of.reduce((sum, { amount }) => sum + Number(amount), 0)
      const fees = Math.round(-sumOf(items.filter(({ type }) => type === 'gocardless_fee')))
      const gross = Math.round(sumOf(items.filter(({ type }) => type !== 'gocardless_fee')))
      const made: Payout = {
        id: `PO${String(kit.store.next('ids', 1)).padStart(11, '0')}`,
        amount: gross - fees,
        deducted_fees: fees,
        currency,
        status,
        arrival_date: kit.now().add({ hours: 24 }).toString().slice(0, 10),
        created_at: kit.now().toString(),
        reference: `SHOP-${String([...payouts.values()].length + 1).padStart(6, '0')}`,
        payout_type: 'merchant',
        items,
      }
      payouts.put(made.id, made)
      kit.did('payout', { payout: made.id, amount: made.amount })
      return shown(made)
    },

    /** What was sent came back from the bank. */
    bounce(id: string) {
      payouts.put(id, { ...find(id), status: 'bounced' })
      return shown(find(id))
    },
  }
}
