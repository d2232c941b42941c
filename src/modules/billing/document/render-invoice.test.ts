import { describe, expect, it } from 'vitest'
import { format, money, sum } from '#platform/money.ts'
import type { InvoiceDocument, InvoiceLine } from './document.ts'
import { renderInvoicePdf } from './render-invoice.ts'
import { viewOf } from './view.ts'

const eur = (minor: number) => money(minor, 'EUR')
const day = (text: string) => Temporal.PlainDate.from(text)

const line: InvoiceLine = {
  description: 'Family, 12 months',
  detail: '28 November 2026 to 28 November 2027',
  quantity: 1,
  unitNet: eur(5034),
  net: eur(5034),
  taxRate: '19',
  gross: eur(5990),
}

function invoice(count: number, more: Partial<InvoiceDocument> = {}): InvoiceDocument {
  const items = Array.from({ length: count }, () => line)
  const net = sum(
    'EUR',
    items.map((each) => each.net),
  )
  const tax = eur(956 * count)
  return {
    kind: 'invoice',
    number: '2026-00017',
    corrects: null,
    purchaseOrder: null,
    language: 'en',
    brandColor: '#0d6a75',
    seller: {
      name: 'Northwind TV Ltd',
      addressLines: ['1 Harbour Street', '1000 Anytown'],
      vatId: 'XX123',
      email: null,
    },
    buyer: {
      name: 'Ana Kovač',
      addressLines: ['2 Hill Road', '2000 Othertown'],
      vatId: null,
      email: 'ana@example.net',
    },
    issuedOn: day('2026-11-21'),
    dueOn: day('2026-11-28'),
    items,
    taxes: [{ rate: '19', note: null, net, tax }],
    net,
    tax,
    taxIn: null,
    total: sum(
      'EUR',
      items.map((each) => each.gross),
    ),
    paid: eur(0),
    state: 'open',
    paidOn: null,
    paymentMethod: null,
    paymentReference: 'N-1042',
    notes: [],
    ...more,
  }
}

const read = (pdf: Uint8Array) => Buffer.from(pdf).toString('latin1')
const pages = (pdf: Uint8Array) => Number(/\/Type \/Pages[^>]*?\/Count (\d+)/s.exec(read(pdf))?.[1])
const fonts = (pdf: Uint8Array) =>
  new Set(
    [...read(pdf).matchAll(/\/BaseFont \/[A-Z]{6}\+([\w-]+)/g)].map((match) => match[1]?.replace(/-Identity-H$/, '')),
  )

describe('the PDF', () => {
  it('is one page for one item and goes on for sixty', async () => {
    const one = await renderInvoicePdf(invoice(1))
    expect(read(one)).toMatch(/^%PDF-1\.\d/)
    expect(pages(one)).toBe(1)
    expect(pages(await renderInvoicePdf(invoice(60)))).toBeGreaterThanOrEqual(3)
  })

  it('is the same file for the same document, and another for another', async () => {
    const first = await renderInvoicePdf(invoice(3))
    await renderInvoicePdf(invoice(1))
    expect(Buffer.compare(first, await renderInvoicePdf(invoice(3)))).toBe(0)
    expect(Buffer.compare(first, await renderInvoicePdf(invoice(3, { number: '2026-00018' })))).not.toBe(0)
  })

  it.each([
    ['Polish', 'Zażółć Gęślą Jaźń', ['Inter-Regular', 'Inter-SemiBold']],
    ['Greek', 'Αθήνα Ελλάδα', ['Inter-Regular', 'Inter-SemiBold']],
    ['Cyrillic', 'Пётр Їжакевич', ['Inter-Regular', 'Inter-SemiBold']],
    [
      'Arabic',
      'شركة النور للتجارة',
      ['Inter-Regular', 'Inter-SemiBold', 'NotoSansArabic-Regular', 'NotoSansArabic-SemiBold'],
    ],
    ['Hebrew', 'דוד לוי', ['Inter-Regular', 'Inter-SemiBold', 'NotoSansHebrew-Regular', 'NotoSansHebrew-SemiBold']],
  ])('writes %s names in the shipped fonts', async (_, name, expected) => {
    const pdf = await renderInvoicePdf(invoice(1, { buyer: { name, addressLines: [name], vatId: null, email: null } }))
    expect([...fonts(pdf)].sort()).toEqual(expected)
  })

  it('takes what people typed as words, not as markup or code', async () => {
    const evil = '#read("/etc/passwd") $x$ *a* @b <c> \\ ] } "'
    const pdf = await renderInvoicePdf(
      invoice(1, {
        notes: [evil],
        buyer: { name: evil, addressLines: [evil], vatId: evil, email: evil },
        items: [{ ...line, description: evil, detail: evil }],
      }),
    )
    expect(pages(pdf)).toBe(1)
  })

  it.each(['pro_forma', 'credit_note'] as const)('is made for a %s', async (kind) => {
    const pdf = await renderInvoicePdf(
      invoice(1, { kind, number: null, issuedOn: null, dueOn: null, corrects: '2026-00016', taxes: [], items: [] }),
    )
    expect(pages(pdf)).toBe(1)
  })
})

describe('the view', () => {
  it('formats for the reader, with the currency beside every sum', () => {
    const { title, facts, items, totals, buyer } = viewOf(invoice(30))
    expect(title).toBe('Invoice 2026-00017')
    expect(facts).toEqual([
      { label: 'Date', value: '21 November 2026' },
      { label: 'Due', value: '28 November 2026' },
    ])
    expect(items[0]).toMatchObject({ quantity: '1', unitNet: '50.34', taxRate: '19%', gross: '59.90' })
    expect(totals.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Net: 1,510.20 EUR',
      'Tax 19% on 1,510.20 EUR: 286.80 EUR',
      'Total: 1,797.00 EUR',
    ])
    expect(buyer.lines).toEqual(['2 Hill Road', '2000 Othertown', 'ana@example.net'])
  })

  it('says what is paid and what remains', () => {
    const partly = viewOf(invoice(1, { paid: eur(1000) })).totals.slice(-2)
    expect(partly).toMatchObject([
      { label: 'Paid', value: '10.00 EUR' },
      { label: 'To pay', value: '49.90 EUR', strong: true },
    ])
    const paid = viewOf(
      invoice(1, { paid: eur(5990), state: 'paid', paidOn: day('2026-11-22'), paymentMethod: 'Visa ending in 4242' }),
    )
    expect(paid.totals.at(-1)).toMatchObject({ label: 'Paid', value: '59.90 EUR' })
    expect(paid.state.text).toBe('Paid')
    expect(paid.facts.map(({ label }) => label)).toEqual(['Date'])
    expect(paid.payment.map(({ value }) => value)).toEqual(['22 November 2026', 'Visa ending in 4242', 'N-1042'])
  })

  it('keeps cents exact where numbers would not, and has none for yen', () => {
    const large = money(9_007_199_254_740_993n, 'EUR')
    const { items, totals } = viewOf(
      invoice(1, { net: large, items: [{ ...line, net: large, unitNet: money(5000, 'JPY') }] }),
    )
    expect(totals[0]?.value).toBe(format(large))
    expect(items[0]).toMatchObject({ net: '90,071,992,547,409.93', unitNet: '5,000' })
  })

  it('calls a pro forma by its name and says that it is no invoice', () => {
    const { title, notes } = viewOf(invoice(1, { kind: 'pro_forma', number: null, notes: ['Hello'] }))
    expect(title).toBe('Pro forma')
    expect(notes).toEqual([expect.stringContaining('not an invoice'), 'Hello'])
  })

  it('names the rate and the reason of a tax that is not taken', () => {
    const { totals } = viewOf(
      invoice(1, { taxes: [{ rate: '0', note: 'Reverse charge', net: eur(5034), tax: eur(0) }] }),
    )
    expect(totals[1]).toMatchObject({ label: 'Tax 0% on 50.34 EUR (Reverse charge)', value: '0.00 EUR' })
  })
})
