/** What a bank says of an account: statements with their entries, whatever file they came in. Pure: text in, facts out. */
import type { Money } from '#platform/money.ts'

/** One movement of money that the bank has booked. A batch is told as its parts. */
export type StatementEntry = {
  direction: 'credit' | 'debit'
  /** Takes back another entry, or is money that was sent and came back. */
  reversal: boolean
  amount: Money
  /** `2026-03-31`. */
  bookedOn: string
  valueOn: string | null
  /** Of the other side. */
  name: string | null
  iban: string | null
  /** The structured reference, as it stands. */
  reference: string | null
  /** What the payer wrote. */
  text: string
  endToEndId: string | null
  /** The bank's own name of the entry: unique within the account, the same in every file. */
  bankRef: string | null
}

export type Statement = {
  /** The bank's name of it; null in files that have none. */
  id: string | null
  /** Counted by the bank, so that a missing one is noticed. */
  sequence: number | null
  /** Without spaces; null where the file does not say whose account it is. */
  iban: string | null
  /** Both or none. Negative when overdrawn. */
  balance: { opening: Money; closing: Money } | null
  entries: StatementEntry[]
  /** Entries that are only announced: they come again when they are booked. */
  pending: number
}

export type StatementFile = { format: 'camt.053' | 'camt.054' | 'csv'; statements: Statement[] }

/** The file cannot be taken; `message` is a sentence for the person who handed it in. */
export class StatementError extends Error {
  /** `columns`: a CSV whose columns must be named by hand. */
  readonly reason: 'unreadable' | 'wrong_sum' | 'columns'
  readonly columns: readonly string[]
  constructor(reason: StatementError['reason'], message: string, columns: readonly string[] = []) {
    super(message)
    this.name = 'StatementError'
    this.reason = reason
    this.columns = columns
  }
}

export const mostStatementBytes = 16_000_000
