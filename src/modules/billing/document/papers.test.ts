/** What a paper says is what stands on it: the text of each PDF, read back from the file, against the words that it was made of. */
import { describe, expect, it } from 'vitest'
import { type Money, money } from '#platform/money.ts'
import type { InvoiceDocument } from './document.ts'
import { labelsFor, paperLanguage, paperLanguages } from './labels.ts'
import { linesOfPdf, writtenIn } from './pdf-text.test-support.ts'
import { renderInvoicePdf } from './render-invoice.ts'
import { type InvoiceView, viewOf } from './view.ts'

const eur = (minor: bigint): Money => money(minor, 'EUR')
const day = (text: string) => Temporal.PlainDate.from(text)
const row = {
  description: 'Family plan',
  detail: '1 March 2026 – 31 March 2026',
  quantity: 1,
  unitNet: eur(1092n),
  net: eur(1092n),
  taxRate: '19',
  gross: eur(1299n),
}

const paper = (more: Partial<InvoiceDocument> = {}): InvoiceDocument => ({
  kind: 'invoice',
  number: 'INV-2026-00017',
  corrects: null,
  purchaseOrder: 'PO-7',
  language: 'en',
  brandColor: '#0d6a75',
  seller: {
    name: 'Northwind',
    addressLines: ['Hafen 1', '24103 Kiel', 'DE'],
    vatId: 'DE136695976',
    email: 'tv@shop.example',
  },
  buyer: { name: 'Ana Ruiz', addressLines: ['2 Hill Road', 'FR'], vatId: null, email: 'ana@example.net' },
  issuedOn: day('2026-03-01'),
  dueOn: day('2026-03-08'),
  items: [row],
  taxes: [{ rate: '19', note: null, net: eur(1092n), tax: eur(207n) }],
  net: eur(1092n),
  tax: eur(207n),
  taxIn: null,
  total: eur(1299n),
  paid: eur(0n),
  state: 'open',
  paidOn: null,
  paymentMethod: null,
  paymentReference: 'RF98INV2026000123',
  notes: ['Thank you.'],
  ...more,
})

const untaxed = (note: string | null) => ({
  items: [{ ...row, taxRate: '0', gross: row.net }],
  taxes: [{ rate: '0', note, net: eur(1092n), tax: eur(0n) }],
  tax: eur(0n),
  total: eur(1092n),
})

const kinds: [string, InvoiceDocument][] = [
  ['one page', paper()],
  ['zero tax', paper({ ...untaxed(null), notes: ['Exempt from tax: embassy'] })],
  [
    'reverse charge',
    paper({
      ...untaxed(labelsFor('en').reverseCharge),
      buyer: { name: 'Bistro', addressLines: ['FR'], vatId: 'FR40303265045', email: null },
    }),
  ],
  [
    'a credit note',
    paper({
      kind: 'credit_note',
      number: 'CN-2026-00003',
      corrects: 'INV-2026-00017',
      dueOn: null,
      state: 'paid',
      notes: ['A bad week'],
    }),
  ],
  [
    'tax in the money of the state',
    paper({
      taxIn: {
        currency: 'PLN',
        stated: { tax: money(891n, 'PLN'), rate: '4.3021', source: 'ecb', day: '2026-02-27' },
      },
    }),
  ],
  ['tax that waits for its rate', paper({ taxIn: { currency: 'PLN', stated: null } })],
  ['a pro forma', paper({ kind: 'pro_forma', number: null, issuedOn: null })],
  [
    'paid',
    paper({
      paid: eur(1299n),
      state: 'paid',
      paidOn: day('2026-03-02'),
      paymentMethod: 'Visa',
      paymentReference: null,
    }),
  ],
]

/** All that the paper prints, of one page. */
function printed(view: InvoiceView): string[] {
  const { labels, title, seller, buyer } = view
  const fact = ({ label, value }: { label: string; value: string }) => [label, value]
  return [
    ...[seller.name, title, view.state.text],
    ...[labels.buyer, buyer.name, ...buyer.lines, labels.seller, seller.name, ...seller.lines],
    ...view.facts.flatMap(fact),
    ...[labels.description, labels.quantity, labels.unitNet, labels.net, labels.taxRate, labels.gross],
    ...view.items.flatMap((item) => Object.values(item)),
    ...[...view.totals, ...view.payment].flatMap(fact),
    ...view.notes,
    ...[view.footer, title, '·', labels.page, '1', labels.of, '1'],
  ]
}

/** Marks of direction are seen by nobody. */
const plain = (text: string) => text.replaceAll(/[\u2066-\u2069\u200e\u200f\u061c]/g, '').replaceAll('\u00a0', ' ')
const words = (texts: readonly string[]) => plain(texts.join(' ')).split(/\s+/).filter(Boolean).sort()
const letters = (texts: readonly string[]) =>
  [...plain(texts.join(''))]
    .filter((each) => /\S/.test(each))
    .sort()
    .join('')

const textOf = async (document: InvoiceDocument) => linesOfPdf(await renderInvoicePdf(document))

describe('the text of a PDF', () => {
  it.each(kinds)('is, word for word, that of %s', async (_name, document) => {
    const pages = await textOf(document)
    expect(pages).toHaveLength(1)
    expect(words(pages.flat())).toEqual(words(printed(viewOf(document))))
  })

  it.each(paperLanguages.filter((each) => each !== 'ar' && each !== 'he'))(
    'is, word for word, that of a paper in %s',
    async (language) => {
      const document = paper({ language, paid: eur(500n), notes: [] })
      expect(words((await textOf(document)).flat())).toEqual(words(printed(viewOf(document))))
    },
  )

  it('is, letter for letter, that of a paper from right to left', async () => {
    const document = paper({ language: 'he' })
    expect(letters((await textOf(document)).flat())).toEqual(letters(printed(viewOf(document))))
  })

  it('is that of a paper in Arabic, as far as a file tells: its dots are glyphs of their own, which belong to several letters', async () => {
    const document = paper({ language: 'ar' })
    const [found, wanted] = [letters((await textOf(document)).flat()), letters(printed(viewOf(document)))]
    const others = (text: string) => text.replaceAll(/[\u0621-\u064a]/g, '')
    expect(others(found)).toEqual(others(wanted))
    expect(found.length).toBeGreaterThan(wanted.length * 0.97)
  })

  it('has every row of many pages once, its heading on each, and the pages counted', async () => {
    const items = Array.from({ length: 90 }, (_, n) => ({ ...row, description: `Line no${n + 1}` }))
    const pages = await textOf(paper({ items }))
    expect(pages.length).toBeGreaterThanOrEqual(4)
    const all = words(pages.flat())
    for (const { description } of items) expect(all.filter((word) => word === description.slice(5))).toHaveLength(1)
    for (const [index, lines] of pages.entries()) {
      expect(lines.at(-1)).toMatch(new RegExp(`Page ${index + 1} of ${pages.length}$`))
      expect(lines.filter((line) => line.startsWith('Description Qty'))).toHaveLength(1)
    }
  })
})

it('calls nobody twice, and a credit note neither open nor paid', async () => {
  const unnamed = { name: 'ana@example.net', addressLines: [], vatId: null, email: 'ana@example.net' }
  const view = viewOf(paper({ kind: 'credit_note', state: 'paid', buyer: unnamed, dueOn: null }))
  expect([view.state.text, view.buyer.lines]).toEqual(['', []])
})

it('says what tax is in the money of the state, at whose rate and of which day', () => {
  const stated = { tax: money(891n, 'PLN'), rate: '4.3021', source: 'ecb', day: '2026-02-27' } as const
  const document = paper({ taxIn: { currency: 'PLN', stated } })
  expect(viewOf(document).totals).toContainEqual({
    label: 'Tax in PLN (at 4.3021, European Central Bank, 27 February 2026)',
    value: '8.91 PLN',
    strong: false,
  })
  expect(viewOf(paper({ taxIn: { currency: 'PLN', stated: null } })).notes[0]).toContain('The tax in PLN follows')
})

describe('a paper from right to left', () => {
  it.each(['ar', 'he'])('begins on the right, and its sums stand on the left (%s)', async (language) => {
    const place = async (of: string, text: RegExp) => {
      const [page = []] = writtenIn(await renderInvoicePdf(paper({ language: of })))
      return page.find((each) => text.test(each.text))?.x ?? Number.NaN
    }
    expect(await place('en', /Family/)).toBeLessThan(await place('en', /^12\.99/))
    expect(await place(language, /Family/)).toBeGreaterThan(await place(language, /^12\.99/))
  })

  it('leaves what was typed from left to right as it was', async () => {
    const [lines = []] = await textOf(paper({ language: 'he' }))
    const text = lines.join('\n')
    for (const typed of ['1 March 2026 – 31 March 2026', '24103 Kiel', '2 Hill Road', '12.99 EUR'])
      expect(text).toContain(typed)
  })
})

describe('languages', () => {
  it('have words of their own for what everybody must understand', () => {
    const titles = paperLanguages.map((each) => labelsFor(each))
    for (const name of ['credit_note', 'reverseCharge', 'proFormaNote', 'taxInFollows', 'verdictNothing'] as const)
      expect(new Set(titles.map((each) => each[name])).size).toBeGreaterThanOrEqual(paperLanguages.length - 1)
    for (const each of titles) {
      expect(Object.values(each).every((text) => text.trim() !== '')).toBe(true)
      expect([each.taxIn, each.taxInFollows].every((text) => text.includes('{currency}'))).toBe(true)
      expect([each.verdictOpen, each.verdictLeft].every((text) => text.includes('{sum}'))).toBe(true)
    }
  })

  it('that nobody wrote are English as a whole', () => {
    expect(['de', 'pt-BR', 'ja', 'fa', ''].map(paperLanguage)).toEqual(['de', 'pt-BR', 'en', 'en', 'en'])
    expect(labelsFor('pt-BR').invoice).toBe('Fatura')
  })
})
