/** What a buyer sees of an imitated invoice. */
import type { PayPage } from '../../kit/pay-page.ts'
import type { Invoice } from './invoices.ts'

const words: Record<Invoice['status'], string> = {
  New: 'Waiting for coins.',
  Processing: 'Seen, not yet confirmed.',
  Settled: 'Paid. (No coins moved.)',
  Expired: 'This invoice has expired. Coins that are sent now come late.',
  Invalid: 'This invoice is not valid any more.',
}

/** An address on a chain takes coins also after the end of its invoice. */
export const choicesOf = (invoice: Invoice & { redirect: string }): Omit<PayPage, 'provider'> => ({
  amount: `${invoice.amount} ${invoice.currency}`,
  what: String(invoice.metadata.itemDesc ?? 'Invoice'),
  said: words[invoice.status],
  choices: [
    { value: 'send', label: 'Send coins', detail: 'confirmed at once' },
    { value: 'send_seen', label: 'Send coins', detail: 'seen, and confirmed later' },
    { value: 'back', label: 'Back to the shop' },
  ],
})
