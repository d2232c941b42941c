/** An invoice in a list: number, day, sum, state. Values only. */
import type { Invoice } from '#modules/billing/queries.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import { type Money, money } from '#platform/money.ts'

export type InvoiceView = {
  id: string
  number: string
  issuedAt: string
  dueAt: string | null
  state: 'open' | 'overdue' | 'paid' | 'void'
  total: Money
  /** What is left to pay. */
  open: Money
  payable: boolean
}

export function invoiceView(invoice: Invoice, now: Temporal.Instant): InvoiceView {
  const { id, series, number, status, currency, totalMinor, paidMinor, createdAt, issuedAt, dueAt } = invoice
  const payable = status === 'open'
  const late = dueAt !== null && Temporal.Instant.compare(dueAt, now) < 0
  return {
    id,
    number: invoiceNumber(series, number) ?? id,
    issuedAt: (issuedAt ?? createdAt).toString(),
    dueAt: dueAt?.toString() ?? null,
    state: status === 'paid' || status === 'void' ? status : late ? 'overdue' : 'open',
    total: money(totalMinor, currency),
    open: money(totalMinor - paidMinor, currency),
    payable,
  }
}
