/** Papers of each kind, as tests of electronic invoices want them. */
import { money } from '#platform/money.ts'
import { renderInvoicePdf } from '../document/render-invoice.ts'
import { splitTax, type TaxDecision } from '../rules/tax.ts'
import type { Paper } from './rules.ts'

export const decision: TaxDecision = {
  treatment: 'standard',
  scheme: 'home',
  buyerCountry: 'DE',
  country: 'DE',
  region: '',
  rate: '19',
  note: null,
  prices: 'inclusive',
  sellerNumber: 'DE136695976',
  buyerVatId: 'DE129273398',
  vatStatus: 'valid',
  point: '2026-03-01',
}
export const reverse: TaxDecision = {
  ...decision,
  treatment: 'reverse_charge',
  scheme: null,
  rate: '0',
  note: 'Reverse charge.',
  buyerVatId: 'FR40303265045',
  buyerCountry: 'FR',
}
export const exempt: TaxDecision = { ...reverse, treatment: 'exempt', note: 'Exempt: embassy' }
export const outside: TaxDecision = {
  ...reverse,
  treatment: 'outside',
  note: 'Elsewhere',
  buyerVatId: null,
  buyerCountry: 'BR',
}

export function paper(amounts: readonly bigint[], tax = decision, more: Partial<Paper> = {}): Paper {
  const parts = splitTax(amounts, tax)
  const sum = (name: 'net' | 'tax') => parts.reduce((all, each) => all + each[name], 0n)
  return {
    number: 'INV-2026-00017',
    kind: 'invoice',
    issuedOn: '2026-03-01',
    dueOn: '2026-03-08',
    corrects: null,
    currency: 'EUR',
    seller: {
      name: 'Northwind GmbH',
      address: ['Hafen 1', '24103 Kiel'],
      vatId: null,
      email: 'tv@shop.example',
      country: 'DE',
      place: { lines: ['Hafen 1'], city: 'Kiel', postalCode: '24103' },
      phone: '+49 431 1',
      contact: 'Ida',
    },
    buyer: {
      name: 'Bistro & Söhne',
      email: 'bistro@example.net',
      address: [],
      vatId: null,
      country: tax.buyerCountry ?? 'DE',
    },
    buyerReference: 'cus_1',
    purchaseOrder: null,
    tax,
    rows: parts.map(({ net }, index) => ({ description: `Row ${index + 1}`, quantity: index + 1, netMinor: net })),
    netMinor: sum('net'),
    taxMinor: sum('tax'),
    taxIn: null,
    paidMinor: 0n,
    ...more,
  }
}

export const creditNote = {
  kind: 'credit_note',
  number: 'CN-2026-00003',
  corrects: { number: 'INV-2026-00017', issuedOn: '2026-03-01' },
  dueOn: null,
} as const

export const pdf = (): Promise<Uint8Array> => {
  const none = money(0n, 'EUR')
  const party = { name: 'N', addressLines: [], vatId: null, email: null }
  return renderInvoicePdf({
    ...{
      kind: 'invoice',
      number: 'INV-2026-00017',
      corrects: null,
      purchaseOrder: null,
      language: 'en',
      brandColor: '#0d6a75',
      seller: party,
      buyer: party,
    },
    ...{
      issuedOn: Temporal.PlainDate.from('2026-03-01'),
      dueOn: null,
      items: [],
      taxes: [],
      net: none,
      tax: none,
      taxIn: null,
      total: none,
      paid: none,
    },
    ...{ state: 'open', paidOn: null, paymentMethod: null, paymentReference: null, notes: [] },
  })
}
