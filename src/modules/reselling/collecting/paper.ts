/** A statement of what was collected, as a PDF: the paper of customers' statements with rows of its own. */
import { colorOf, readableOn } from '#modules/messages/render/colors.ts'
import { format, money } from '#platform/money.ts'
import { labelsFor } from '../../billing/document/labels.ts'
import { day, partyView } from '../../billing/document/view.ts'
import { renderStatementPdf } from '../../billing/statement/render-statement.ts'
import type { StatementRow, StatementView } from '../../billing/statement/view.ts'
import { type ResellerStatement, type StatementLine, statementNumber } from './statements.ts'

const language = 'en'

const said: Record<StatementLine['kind'], string> = {
  payment: 'Payment',
  refund: 'Refund',
  dispute: 'Dispute',
  dispute_fee: 'Cost of a dispute',
  payout: 'Paid out',
}

export const printStatement = (statement: ResellerStatement, lines: readonly StatementLine[]): Promise<Uint8Array> =>
  renderStatementPdf(viewOfResellerStatement(statement, lines))

export function viewOfResellerStatement(statement: ResellerStatement, lines: readonly StatementLine[]): StatementView {
  const { currency, from, until, openingMinor, closingMinor, parties } = statement
  const words = labelsFor(language)
  const shown = (minor: bigint) => format(money(minor, currency), language)
  const dayOf = (at: Temporal.Instant) => at.toZonedDateTimeISO(parties.zone).toPlainDate()
  // The instant at which it was closed is the first that is not on it, where that is a midnight.
  const lastDay = dayOf(until.subtract({ milliseconds: 1 }))
  const row = (on: string, text: string, minor: bigint): StatementRow => ({
    ...{ day: on, text, detail: '', charged: '', credited: '', paper: null },
    balance: shown(minor),
  })
  let balance = openingMinor
  const rows = lines.flatMap((line) => {
    const on = day(dayOf(line.at), language)
    balance += line.amountMinor
    const moved: StatementRow = {
      ...row(on, said[line.kind], balance),
      detail: line.about,
      charged: line.amountMinor > 0n ? shown(line.amountMinor) : '',
      credited: line.amountMinor > 0n ? '' : shown(-line.amountMinor),
    }
    if (line.keptMinor === 0n) return [moved]
    balance -= line.keptMinor
    return [moved, { ...row(on, 'Kept of it', balance), credited: shown(line.keptMinor) }]
  })
  const { name, address, vatId, email, color } = parties.lender
  return {
    language,
    brandColor: readableOn(colorOf(color ?? '#0d6a75'), '#ffffff'),
    labels: { ...labels, page: words.page, of: words.of },
    title: `${labels.title} ${statementNumber(statement)}`,
    seller: partyView({ name, addressLines: address, vatId, email }, words, language),
    buyer: { name: parties.reseller.name, lines: [] },
    facts: [
      { label: 'Begins', value: day(dayOf(from), language) },
      { label: 'Ends', value: day(lastDay, language) },
      { label: 'Currency', value: currency },
    ],
    opening: row(day(dayOf(from), language), 'Brought forward', openingMinor),
    rows,
    closing: row(day(lastDay, language), 'Owed at the end', closingMinor),
    verdict: verdictOf(statement, shown, (at) => day(dayOf(at), language)),
    footer: [name, ...address, vatId].filter(Boolean).join(' · '),
    date: [lastDay.year, lastDay.month, lastDay.day],
  }
}

const labels = {
  title: 'Statement',
  seller: 'From',
  buyer: 'For',
  day: 'Date',
  what: 'What',
  charged: 'Collected',
  credited: 'Given back, kept, paid out',
  balance: 'Owed',
  none: 'Nothing was collected on these days.',
} as const

function verdictOf(
  { closingMinor, payableMinor, heldUntil }: ResellerStatement,
  shown: (minor: bigint) => string,
  dayOf: (at: Temporal.Instant) => string,
): string {
  if (closingMinor < 0n)
    return `${shown(-closingMinor)} more went back than was left. It comes off what is collected next.`
  const held = heldUntil === null ? '' : ` All of it is free by ${dayOf(heldUntil)}, unless some goes back.`
  return `${shown(closingMinor)} was owed at the end, of which ${shown(payableMinor)} could be paid out.${held}`
}
