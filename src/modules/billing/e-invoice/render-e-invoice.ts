/** Electronic invoices of EN 16931 in the syntaxes that buyers ask for. */
import { InvoiceService } from '@e-invoice-eu/core'
import { assert } from '#platform/errors.ts'
import { brokenRules, type EnInvoice, type Paper, toEn16931 } from './rules.ts'

/** `ubl` and `cii` are plain EN 16931; `xrechnung` is UBL with Germany's rules; `factur_x` is the PDF with CII in it (ZUGFeRD). */
export const eInvoiceFormats = ['ubl', 'cii', 'xrechnung', 'factur_x'] as const
export type EInvoiceFormat = (typeof eInvoiceFormats)[number]

const names = { ubl: 'UBL', cii: 'CII', xrechnung: 'XRECHNUNG-UBL', factur_x: 'Factur-X-EN16931' } as const

export const mediaTypeOf = (format: EInvoiceFormat) => (format === 'factur_x' ? 'application/pdf' : 'application/xml')

/** It only ever complains about the look of files that it reads itself. */
const quiet = { log: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** @param pdf the same paper for people; asked for only where it is a part of the format. */
export async function renderEInvoice(
  paper: Paper,
  format: EInvoiceFormat,
  pdf: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const document = toEn16931(paper)
  const broken = brokenRules(document)
  assert(broken.length === 0, `${paper.number} keeps the rules of EN 16931, but for ${broken.join(', ')}`)
  return generate(document, format, paper, pdf)
}

async function generate(
  document: EnInvoice,
  format: EInvoiceFormat,
  { number }: Paper,
  pdf: () => Promise<Uint8Array>,
) {
  const file = { filename: `${number}.pdf`, mimetype: 'application/pdf' }
  const made = await new InvoiceService(quiet).generate(document, {
    format: names[format],
    lang: 'en',
    noWarnings: true,
    ...(format === 'factur_x' ? { pdf: { ...file, buffer: await pdf() } } : {}),
  })
  return typeof made === 'string' ? new TextEncoder().encode(made) : made
}
