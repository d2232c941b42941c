import fc from 'fast-check'
import { XMLParser } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { creditNote, decision, exempt, outside, paper, pdf, reverse } from './papers.test-support.ts'
import { type EInvoiceFormat, eInvoiceFormats, renderEInvoice } from './render-e-invoice.ts'
import { brokenRules, type EnInvoice, type Paper, toEn16931 } from './rules.ts'

const xmlOf = async (of: Paper, format: EInvoiceFormat) => {
  const text = new TextDecoder().decode(await renderEInvoice(of, format, pdf))
  return {
    text,
    tree: new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, parseTagValue: false }).parse(text),
  }
}

/** Changes one place of a sound document. */
function broken(of: Paper, change: (invoice: Record<string, never>) => void): string[] {
  const document = structuredClone(toEn16931(of)) as EnInvoice
  change(document['ubl:Invoice'] as unknown as Record<string, never>)
  return brokenRules(document)
}
type Loose = Record<
  string,
  Record<string, Record<string, Record<string, unknown>[] & string> & string> & Record<string, string>
>

describe('a document that is sound breaks no rule', () => {
  it.each<[string, Paper]>([
    ['taxed', paper([1299n, 300n])],
    ['with a row that is taken off', paper([1999n, -649n])],
    ['reverse charge', paper([1299n], reverse)],
    ['exempt', paper([1299n], exempt)],
    ['outside of VAT', paper([1299n], outside)],
    ['a credit note', paper([1299n], decision, creditNote)],
    [
      'its tax in the seller’s own money',
      paper([1299n], decision, { currency: 'USD', taxIn: { currency: 'PLN', taxMinor: 763n } }),
    ],
    ['paid', paper([1299n], decision, { paidMinor: 1299n, dueOn: null })],
  ])('%s', (_name, of) => expect(brokenRules(toEn16931(of))).toEqual([]))

  it('whatever is on it', () =>
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -500n, max: 99_999n }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom('8.1', '19', '25.5'),
        fc.constantFrom('inclusive' as const, 'exclusive' as const),
        (amounts, rate, prices) => {
          expect(brokenRules(toEn16931(paper(amounts, { ...decision, rate, prices })))).toEqual([])
        },
      ),
    ))
})

describe('each rule is seen broken', () => {
  const stated = paper([1299n], decision, { currency: 'USD', taxIn: { currency: 'PLN', taxMinor: 763n } })
  const of = paper([1299n, 300n])
  const set = (path: readonly (string | number)[], value: unknown) => (invoice: Loose | never) => {
    let at = invoice as unknown as Record<string | number, unknown>
    for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
    at[path.at(-1) ?? ''] = value
  }
  const total = 'cac:LegalMonetaryTotal'
  const group = ['cac:TaxTotal', 0, 'cac:TaxSubtotal', 0] as const
  it.each<[string[], Paper, readonly (string | number)[], unknown]>([
    [['BR-CO-15'], of, [total, 'cbc:TaxInclusiveAmount'], '15.98'],
    [['BR-CO-16'], of, [total, 'cbc:PayableAmount'], '1.00'],
    [['BR-CO-10', 'BR-CO-13', 'BR-CO-15'], of, [total, 'cbc:LineExtensionAmount'], '1.00'],
    [['BR-CO-13', 'BR-CO-15'], of, [total, 'cbc:TaxExclusiveAmount'], '1.00'],
    [['BR-CO-14'], of, [...group, 'cbc:TaxAmount'], '1.00'],
    [['BR-CO-14', 'BR-CO-15'], of, ['cac:TaxTotal', 0, 'cbc:TaxAmount'], '1.00'],
    [['BR-53'], stated, ['cac:TaxTotal', 1, 'cbc:TaxAmount@currencyID'], 'EUR'],
    [['BR-53', 'PEPPOL-EN16931-R054'], of, ['cbc:TaxCurrencyCode'], 'PLN'],
    [['PEPPOL-EN16931-R054'], stated, ['cbc:TaxCurrencyCode'], undefined],
    [['PEPPOL-EN16931-R054'], stated, ['cac:TaxTotal', 1, 'cac:TaxSubtotal'], []],
    [['PEPPOL-EN16931-R005'], stated, ['cbc:DocumentCurrencyCode'], 'PLN'],
    [['PEPPOL-EN16931-R055'], stated, ['cac:TaxTotal', 1, 'cbc:TaxAmount'], '-7.63'],
    [['BR-S-08'], of, [...group, 'cbc:TaxableAmount'], '1.00'],
    [['BR-16', 'BR-CO-10', 'BR-S-08'], of, ['cac:InvoiceLine'], []],
    [['BR-27'], of, ['cac:InvoiceLine', 0, 'cac:Price', 'cbc:PriceAmount'], '-1.00'],
    [['BR-S-02'], of, ['cac:AccountingSupplierParty', 'cac:Party', 'cac:PartyTaxScheme'], []],
    [
      ['BR-AE-02'],
      paper([1299n], reverse),
      ['cac:AccountingCustomerParty', 'cac:Party', 'cac:PartyTaxScheme'],
      undefined,
    ],
    [['BR-AE-02'], paper([1299n], reverse), ['cac:AccountingSupplierParty', 'cac:Party', 'cac:PartyTaxScheme'], []],
    [['BR-AE-10'], paper([1299n], reverse), [...group, 'cac:TaxCategory'], { 'cbc:ID': 'AE', 'cbc:Percent': '0' }],
  ])('%j', (rules, paperOf, path, value) => {
    const names = broken(paperOf, set(path, value) as never)
    // BR-CO-13 stands on both sides of the sums: what it breaks besides is told as well.
    expect(names).toEqual(expect.arrayContaining(rules.filter((rule) => rule !== 'BR-CO-15' || rules.length === 1)))
    expect(names.length).toBeGreaterThan(0)
  })

  it('and nothing broken is given out', async () => {
    const wrong = { ...paper([1299n]), taxMinor: 5n, netMinor: 1n }
    await expect(renderEInvoice(wrong, 'ubl', pdf)).rejects.toThrow('BR-CO-10')
  })
})

describe('in each syntax', () => {
  it('UBL says the sums, the numbers and the names', async () => {
    const { tree } = await xmlOf(paper([1299n]), 'ubl')
    const { Invoice: invoice } = tree
    expect(invoice.LegalMonetaryTotal.TaxInclusiveAmount['#text']).toBe('12.99')
    expect(invoice.TaxTotal.TaxSubtotal.TaxCategory).toMatchObject({ ID: 'S', Percent: '19' })
    expect(invoice.AccountingCustomerParty.Party.PartyLegalEntity.RegistrationName).toBe('Bistro & Söhne')
    expect(invoice.AccountingSupplierParty.Party.PartyTaxScheme.CompanyID).toBe('DE136695976')
  })

  it('a reverse charge names both numbers and why', async () => {
    const { tree } = await xmlOf(paper([1299n], reverse), 'ubl')
    expect(tree.Invoice.TaxTotal.TaxSubtotal.TaxCategory).toMatchObject({
      ID: 'AE',
      TaxExemptionReasonCode: 'VATEX-EU-AE',
    })
    expect(tree.Invoice.AccountingCustomerParty.Party.PartyTaxScheme.CompanyID).toBe('FR40303265045')
  })

  it('what is outside of VAT has no rate and no VAT numbers', async () => {
    const { text } = await xmlOf(paper([1299n], outside), 'ubl')
    expect(text).toContain('VATEX-EU-O')
    expect(text).not.toContain('<cbc:Percent>')
    expect(text).not.toContain('PartyTaxScheme')
  })

  it('a credit note is one, and names its invoice', async () => {
    const { tree } = await xmlOf(paper([1299n], decision, { ...creditNote, paidMinor: 1299n }), 'ubl')
    expect(tree.CreditNote.CreditNoteTypeCode).toBe('381')
    expect(tree.CreditNote.BillingReference.InvoiceDocumentReference.ID).toBe('INV-2026-00017')
    const cii = await xmlOf(paper([1299n], decision, { ...creditNote, paidMinor: 1299n }), 'cii')
    expect(cii.tree.CrossIndustryInvoice.ExchangedDocument.TypeCode).toBe('381')
  })

  it('CII and XRechnung say the same sums', async () => {
    const cii = (await xmlOf(paper([1299n]), 'cii')).tree.CrossIndustryInvoice.SupplyChainTradeTransaction
    const sums = cii.ApplicableHeaderTradeSettlement.SpecifiedTradeSettlementHeaderMonetarySummation
    expect([sums.LineTotalAmount, sums.TaxTotalAmount['#text'], sums.GrandTotalAmount]).toEqual([
      '10.92',
      '2.07',
      '12.99',
    ])
    const { text } = await xmlOf(paper([1299n]), 'xrechnung')
    expect(text).toContain('xrechnung_3')
  })

  it('Factur-X is a PDF that carries the data', async () => {
    const bytes = Buffer.from(await renderEInvoice(paper([1299n]), 'factur_x', pdf))
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(bytes.toString('latin1')).toMatch(/factur-x\.xml|AFRelationship/)
    expect(eInvoiceFormats).toContain('factur_x')
  })
})

describe('the tax in the seller’s own money (BT-6, BT-111)', () => {
  const of = paper([1299n], decision, { currency: 'USD', taxIn: { currency: 'PLN', taxMinor: 763n } })
  it('is a second sum of UBL', async () => {
    const { text } = await xmlOf(of, 'ubl')
    expect(text).toContain('<cbc:TaxCurrencyCode>PLN</cbc:TaxCurrencyCode>')
    expect(text).toContain('<cbc:TaxAmount currencyID="PLN">7.63</cbc:TaxAmount>')
  })
  it('and of CII, in a credit note and in XRechnung, too', async () => {
    for (const [kind, format] of [
      [of, 'cii'],
      [{ ...of, ...creditNote }, 'cii'],
    ] as const) {
      const { text } = await xmlOf(kind, format)
      expect(text).toContain('<ram:TaxCurrencyCode>PLN</ram:TaxCurrencyCode>')
      expect(text).toContain('<ram:TaxTotalAmount currencyID="PLN">7.63</ram:TaxTotalAmount>')
    }
    expect((await xmlOf({ ...of, ...creditNote }, 'xrechnung')).text).toContain('currencyID="PLN">7.63<')
  })
})
