/** A statement in finished strings: what its pages and its PDF show, word for word the same. */
import { colorOf, readableOn } from '#modules/messages/render/colors.ts'
import { format, money } from '#platform/money.ts'
import { labelsFor } from '../document/labels.ts'
import { day, type Fact, methodName, type PartyView, partyView } from '../document/view.ts'
import type { Snapshot } from '../queries.ts'
import type { Statement, StatementEntry } from './statement.ts'

export type StatementRow = {
  readonly day: string
  readonly text: string
  readonly detail: string
  /** Owed more; owed less; owed after it. Empty where there is nothing. */
  readonly charged: string
  readonly credited: string
  readonly balance: string
  /** The paper that it is: an invoice, or a credit note. */
  readonly paper: { readonly kind: 'invoice' | 'credit_note'; readonly id: string } | null
}

export type StatementView = {
  readonly language: string
  readonly brandColor: string
  readonly labels: StatementLabels & { readonly page: string; readonly of: string }
  readonly title: string
  readonly seller: PartyView
  readonly buyer: PartyView
  readonly facts: readonly Fact[]
  readonly opening: StatementRow
  readonly rows: readonly StatementRow[]
  readonly closing: StatementRow
  /** What the closing balance means, in a sentence. */
  readonly verdict: string
  readonly footer: string
  readonly date: readonly [number, number, number]
}

type StatementLabels = Readonly<Record<LabelName, string>>
type LabelName = 'title' | 'seller' | 'buyer' | 'day' | 'what' | 'charged' | 'credited' | 'balance' | 'none'

const labels: StatementLabels = {
  title: 'Statement of account',
  seller: 'From',
  buyer: 'For',
  day: 'Date',
  what: 'What',
  charged: 'Charged',
  credited: 'Paid or credited',
  balance: 'Balance',
  none: 'Nothing was asked or paid on these days.',
}

const said: Record<StatementEntry['kind'], string> = {
  invoice: 'Invoice',
  credit_note: 'Credit note',
  payment: 'Payment',
  voucher: 'Voucher',
  credit: 'Credit',
  refund: 'Refund',
  refund_undone: 'Refund that did not arrive',
  credit_undone: 'Credit taken back',
}

export function viewOfStatement(
  { currency, from, to, openingMinor, closingMinor, entries }: Statement,
  { seller, buyer, language }: Pick<Snapshot, 'seller' | 'buyer' | 'language' | 'zone'>,
  { zone, brandColor }: { zone: string; brandColor: string },
): StatementView {
  const words = labelsFor(language)
  const shown = (minor: bigint) => format(money(minor, currency), language)
  const row = (on: Temporal.PlainDate, text: string, minor: bigint): StatementRow => ({
    ...{ day: day(on, language), text, detail: '', charged: '', credited: '', paper: null },
    balance: shown(minor),
  })
  const party = ({ name, address, vatId, email }: Snapshot['seller']) =>
    partyView({ name, addressLines: address, vatId, email }, words, language)
  return {
    language,
    brandColor: readableOn(colorOf(brandColor), '#ffffff'),
    labels: { ...labels, page: words.page, of: words.of },
    title: labels.title,
    seller: party(seller),
    buyer: party(buyer),
    facts: [
      { label: 'Begins', value: day(from, language) },
      { label: 'Ends', value: day(to, language) },
      { label: 'Currency', value: currency },
    ],
    opening: row(from, 'Brought forward', openingMinor),
    rows: entries.map((entry) => ({
      ...row(entry.at.toZonedDateTimeISO(zone).toPlainDate(), textOf(entry), entry.balanceMinor),
      detail: detailOf(entry),
      charged: entry.minor >= 0n ? shown(entry.minor) : '',
      credited: entry.minor >= 0n ? '' : shown(-entry.minor),
      paper: paperOf(entry),
    })),
    closing: row(to, 'Balance at the end', closingMinor),
    verdict: verdictOf(closingMinor, shown),
    footer: [seller.name, ...seller.address, seller.vatId].filter(Boolean).join(' · '),
    date: [to.year, to.month, to.day],
  }
}

/** What is a paper is called by its number. */
const textOf = ({ kind, number, creditNoteId }: StatementEntry): string =>
  kind === 'invoice' || kind === 'credit_note'
    ? `${said[kind]} ${number}`
    : kind === 'credit' && creditNoteId !== null
      ? `${said.credit_note} ${number}`
      : said[kind]

function detailOf({ kind, number, method }: StatementEntry): string {
  if (kind === 'invoice' || kind === 'credit_note' || kind.startsWith('credit')) return ''
  return [method === null ? '' : methodName(method), number === null ? '' : `for ${number}`].filter(Boolean).join(', ')
}

const paperOf = ({ kind, invoiceId, creditNoteId }: StatementEntry): StatementRow['paper'] =>
  creditNoteId !== null
    ? { kind: 'credit_note', id: creditNoteId }
    : kind === 'invoice' && invoiceId !== null
      ? { kind: 'invoice', id: invoiceId }
      : null

function verdictOf(minor: bigint, shown: (minor: bigint) => string): string {
  if (minor > 0n) return `${shown(minor)} was open at the end.`
  if (minor < 0n) return `${shown(-minor)} was there for the next invoice.`
  return 'Nothing was open at the end.'
}
