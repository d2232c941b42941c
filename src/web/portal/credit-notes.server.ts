/** Credit notes as the portal lists them. */
import { listCreditNotes } from '#modules/billing/e-invoice/paper-of.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import type { Tx } from '#platform/db.ts'
import { money } from '#platform/money.ts'
import type { CreditNoteView } from './credit-notes.tsx'

/** The newest fifty; older ones stand in the statement. */
export const creditNotesFor = async (
  tx: Tx,
  of: { customerId: string; invoiceId?: string },
): Promise<CreditNoteView[]> =>
  (await listCreditNotes(tx, of, { limit: 50 })).map((note) => ({
    id: note.id,
    number: invoiceNumber(note.series, note.number) ?? '',
    invoice: invoiceNumber(note.invoiceSeries, note.invoiceNumber) ?? '',
    issuedAt: note.issuedAt.toString(),
    total: money(note.totalMinor, note.currency),
    reason: note.reason,
    electronic: note.electronic,
  }))
