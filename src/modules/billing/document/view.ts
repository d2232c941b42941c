/** An invoice in finished strings: what the PDF and the page of the portal show, word for word the same. */

import { colorOf, readableOn } from '#modules/messages/render/colors.ts'
import { format, isPositive, isZero, type Money } from '#platform/money.ts'
import { type InvoiceDocument, openOf, type Party, type StatedIn } from './document.ts'
import { apart, labelsFor, type PaperWords } from './labels.ts'

export type InvoiceView = {
  readonly language: string
  readonly brandColor: string
  readonly labels: PaperWords
  /** "Invoice 2026-00017", "Pro forma". */
  readonly title: string
  readonly state: { readonly kind: InvoiceDocument['state']; readonly text: string }
  /** Label and value: date, due day, what it corrects. */
  readonly facts: readonly Fact[]
  readonly seller: PartyView
  readonly buyer: PartyView
  readonly items: readonly ItemView[]
  /** Net, tax per rate, total; then paid and open where something was paid. The strong ones stand out. */
  readonly totals: readonly (Fact & { readonly strong: boolean })[]
  readonly payment: readonly Fact[]
  readonly notes: readonly string[]
  readonly footer: string
  /** `[year, month, day]` of the document, for its metadata. */
  readonly date: readonly [number, number, number] | null
}

export type Fact = { readonly label: string; readonly value: string }
export type PartyView = { readonly name: string; readonly lines: readonly string[] }
export type ItemView = Readonly<
  Record<'description' | 'detail' | 'quantity' | 'unitNet' | 'taxRate' | 'net' | 'gross', string>
>

export function viewOf(document: InvoiceDocument): InvoiceView {
  const { language, kind, number, issuedOn, seller } = document
  const labels = labelsFor(language)
  const states = {
    open: labels.stateOpen,
    paid: labels.statePaid,
    void: labels.stateVoid,
    refunded: labels.stateRefunded,
  }
  return {
    language,
    brandColor: readableOn(colorOf(document.brandColor), '#ffffff'),
    labels,
    title: [labels[kind], number].filter(Boolean).join(' '),
    // A credit note asks for nothing: that it is paid would say nothing, or be wrong.
    state: { kind: document.state, text: kind === 'credit_note' ? '' : states[document.state] },
    facts: factsOf(document, labels),
    seller: partyView(seller, labels, language),
    buyer: partyView(document.buyer, labels, language),
    items: itemsOf(document),
    totals: totalsOf(document, labels),
    payment: paymentOf(document, labels),
    notes: [
      ...(kind === 'pro_forma' ? [labels.proFormaNote] : []),
      ...(document.taxIn?.stated === null ? [labels.taxInFollows.replace('{currency}', document.taxIn.currency)] : []),
      ...document.notes,
    ].map(apart(language)),
    footer: footerOf(seller, language),
    date: issuedOn && [issuedOn.year, issuedOn.month, issuedOn.day],
  }
}

export const footerOf = (
  { name, addressLines, vatId }: Pick<Party, 'name' | 'addressLines' | 'vatId'>,
  language: string,
): string =>
  apart(language)([name, ...addressLines.map((line) => countryName(line, language)), vatId].filter(Boolean).join(' · '))

function factsOf(
  { language, issuedOn, dueOn, corrects, purchaseOrder, state }: InvoiceDocument,
  labels: PaperWords,
): Fact[] {
  const facts: Fact[] = []
  if (issuedOn) facts.push({ label: labels.issuedOn, value: day(issuedOn, language) })
  if (dueOn && state === 'open') facts.push({ label: labels.dueOn, value: day(dueOn, language) })
  if (corrects) facts.push({ label: labels.corrects, value: corrects })
  if (purchaseOrder) facts.push({ label: labels.purchaseOrder, value: purchaseOrder })
  return facts.map(valuesApart(language))
}

const valuesApart = (language: string) => {
  const by = apart(language)
  return <F extends Fact>(fact: F): F => ({ ...fact, value: by(fact.value) })
}

export const partyView = (
  { name, addressLines, vatId, email }: Party,
  labels: PaperWords,
  language: string,
): PartyView => ({
  name: apart(language)(name),
  // Who gave no name is called by his address of mail already.
  lines: [
    ...addressLines.map((line) => countryName(line, language)),
    vatId && `${labels.vatId} ${vatId}`,
    email === name ? null : email,
  ]
    .filter((line): line is string => Boolean(line))
    .map(apart(language)),
})

/** A customer's country is kept as its two letters; people read its name. */
const countryName = (line: string, language: string): string =>
  /^[A-Z]{2}$/.test(line) ? (new Intl.DisplayNames(language, { type: 'region' }).of(line) ?? line) : line

const itemsOf = ({ items, language }: InvoiceDocument): ItemView[] =>
  items.map(({ description, detail, quantity, unitNet, taxRate, net, gross }) => ({
    description: apart(language)(description),
    detail: apart(language)(detail ?? ''),
    quantity: new Intl.NumberFormat(language).format(quantity),
    unitNet: number(unitNet, language),
    taxRate: percent(taxRate, language),
    net: number(net, language),
    gross: number(gross, language),
  }))

function totalsOf(document: InvoiceDocument, labels: PaperWords): InvoiceView['totals'] {
  const { language, net, taxes, total, paid, state } = document
  const amount = (value: Money) => format(value, language)
  const totals = [{ label: labels.net, value: amount(net), strong: false }]
  for (const { rate, note, net: base, tax } of taxes) {
    const label = `${labels.tax} ${percent(rate, language)} ${labels.taxOn} ${apart(language)(amount(base))}${note ? ` (${note})` : ''}`
    totals.push({ label, value: amount(tax), strong: false })
  }
  const { taxIn } = document
  if (taxIn?.stated) totals.push({ ...statedFact(taxIn.stated, labels, language), strong: false })
  totals.push({ label: labels.total, value: amount(total), strong: true })
  const open = openOf(document)
  if (!isZero(paid)) totals.push({ label: labels.paid, value: amount(paid), strong: false })
  if (state === 'open' && isPositive(open) && !isZero(paid))
    totals.push({ label: labels.open, value: amount(open), strong: true })
  return totals.map(valuesApart(language))
}

/** `Tax in PLN (at 4.3021, European Central Bank, 20 November 2026)` */
function statedFact({ tax, rate, source, day: on }: StatedIn, labels: PaperWords, language: string): Fact {
  const whose = source === 'ecb' ? labels.rateEcb : labels.rateOwn
  const by = apart(language)
  const of = `${labels.atRate} ${by(rate)}, ${whose}, ${by(day(Temporal.PlainDate.from(on), language))}`
  return { label: `${labels.taxIn.replace('{currency}', by(tax.currency))} (${of})`, value: format(tax, language) }
}

function paymentOf(document: InvoiceDocument, labels: PaperWords): Fact[] {
  const { language, paidOn, paymentMethod, paymentReference } = document
  const facts: Fact[] = []
  if (paidOn) facts.push({ label: labels.paidOn, value: day(paidOn, language) })
  if (paidOn && paymentMethod) facts.push({ label: labels.paidWith, value: paymentMethod })
  if (paymentReference) facts.push({ label: labels.reference, value: paymentReference })
  return facts.map(valuesApart(language))
}

/** `Visa ending in 4242` */
export const methodName = (
  { kind, brand, last4 }: { kind: string; brand: string | null; last4: string | null },
  { endingIn }: PaperWords,
) => {
  const name = brand ?? kind
  return [name.slice(0, 1).toUpperCase() + name.slice(1), last4 === null ? '' : `${endingIn} ${last4}`]
    .filter(Boolean)
    .join(' ')
}

/** Plain "en" means American dates to Intl; an invoice says 21 November 2026, which nobody misreads. */
export const day = (date: Temporal.PlainDate, language: string): string =>
  date.toLocaleString(language === 'en' ? 'en-GB' : language, { dateStyle: 'long' })

/** Without the currency's code: the columns of a table share it, and the totals name it. */
const number = (amount: Money, language: string): string => format(amount, language).slice(0, -4)

const percent = (rate: string, language: string): string =>
  new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 3 }).format(Number(rate) / 100)
