/** A statement in finished strings: what its pages and its PDF show, word for word the same. */
import { colorOf, readableOn } from '#modules/messages/render/colors.ts'
import { format, money } from '#platform/money.ts'
import { apart, labelsFor, type PaperWords, paperLanguage } from '../document/labels.ts'
import { day, type Fact, footerOf, methodName, type PartyView, partyView } from '../document/view.ts'
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

type StatementLabels = Readonly<
  Record<'title' | 'seller' | 'buyer' | 'day' | 'what' | 'charged' | 'credited' | 'balance' | 'none', string>
>

const labelsOf = (words: PaperWords): StatementLabels => ({
  title: words.statement,
  seller: words.seller,
  buyer: words.statementFor,
  day: words.issuedOn,
  what: words.what,
  charged: words.charged,
  credited: words.credited,
  balance: words.balance,
  none: words.nothing,
})

const kinds = {
  invoice: 'invoice',
  credit_note: 'credit_note',
  payment: 'payment',
  voucher: 'voucher',
  credit: 'credit',
  refund: 'refund',
  refund_undone: 'refundUndone',
  credit_undone: 'creditUndone',
} as const satisfies Record<StatementEntry['kind'], keyof PaperWords>

export function viewOfStatement(
  { currency, from, to, openingMinor, closingMinor, entries }: Statement,
  { seller, buyer, language: asked }: Pick<Snapshot, 'seller' | 'buyer' | 'language' | 'zone'>,
  { zone, brandColor }: { zone: string; brandColor: string },
): StatementView {
  const language = paperLanguage(asked)
  const words = labelsFor(language)
  const labels = labelsOf(words)
  const by = apart(language)
  const shown = (minor: bigint) => by(format(money(minor, currency), language))
  const row = (on: Temporal.PlainDate, text: string, minor: bigint): StatementRow => ({
    ...{ day: by(day(on, language)), text, detail: '', charged: '', credited: '', paper: null },
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
      { label: words.begins, value: by(day(from, language)) },
      { label: words.ends, value: by(day(to, language)) },
      { label: words.currency, value: currency },
    ],
    opening: row(from, words.broughtForward, openingMinor),
    rows: entries.map((entry) => ({
      ...row(entry.at.toZonedDateTimeISO(zone).toPlainDate(), textOf(entry, words), entry.balanceMinor),
      detail: detailOf(entry, words),
      charged: entry.minor >= 0n ? shown(entry.minor) : '',
      credited: entry.minor >= 0n ? '' : shown(-entry.minor),
      paper: paperOf(entry),
    })),
    closing: row(to, words.balanceAtEnd, closingMinor),
    verdict: verdictOf(closingMinor, shown, words),
    footer: footerOf({ ...seller, addressLines: seller.address }, language),
    date: [to.year, to.month, to.day],
  }
}

/** What is a paper is called by its number. */
const textOf = ({ kind, number, creditNoteId }: StatementEntry, words: PaperWords): string =>
  kind === 'invoice' || kind === 'credit_note'
    ? `${words[kinds[kind]]} ${number}`
    : kind === 'credit' && creditNoteId !== null
      ? `${words.credit_note} ${number}`
      : words[kinds[kind]]

function detailOf({ kind, number, method }: StatementEntry, words: PaperWords): string {
  if (kind === 'invoice' || kind === 'credit_note' || kind.startsWith('credit')) return ''
  return [method === null ? '' : methodName(method, words), number === null ? '' : `${words.forInvoice} ${number}`]
    .filter(Boolean)
    .join(', ')
}

const paperOf = ({ kind, invoiceId, creditNoteId }: StatementEntry): StatementRow['paper'] =>
  creditNoteId !== null
    ? { kind: 'credit_note', id: creditNoteId }
    : kind === 'invoice' && invoiceId !== null
      ? { kind: 'invoice', id: invoiceId }
      : null

function verdictOf(minor: bigint, shown: (minor: bigint) => string, words: PaperWords): string {
  if (minor > 0n) return words.verdictOpen.replace('{sum}', shown(minor))
  if (minor < 0n) return words.verdictLeft.replace('{sum}', shown(-minor))
  return words.verdictNothing
}
