/** An invoice or credit note as a file to download, whoever asks for it. */
import type { Shop } from '#app.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { InvoiceDocument } from '../document/document.ts'
import { renderInvoicePdf } from '../document/render-invoice.ts'
import { documentOf } from '../document-of.ts'
import { documentOfCreditNote, paperOfCreditNote, paperOfInvoice } from './paper-of.ts'
import { eInvoiceFormats, mediaTypeOf, renderEInvoice } from './render-e-invoice.ts'
import type { Paper } from './rules.ts'

export type PaperKind = 'invoice' | 'credit_note'
type Reader<T> = (tx: Tx, shop: Shop, id: string) => Promise<T>

const documents: Record<PaperKind, Reader<InvoiceDocument>> = { invoice: documentOf, credit_note: documentOfCreditNote }
const papers: Record<PaperKind, Reader<Paper>> = { invoice: paperOfInvoice, credit_note: paperOfCreditNote }

export type PaperFile = { bytes: Uint8Array; headers: Record<string, string> }

/**
 * @param read opens a short transaction: nothing is drawn inside of one.
 * @param format `pdf`, or one of `eInvoiceFormats`. Throws `not_found`; `conflict` where there is no electronic form of it.
 */
export async function renderPaper(
  read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  shop: Shop,
  { kind, id, format }: { kind: PaperKind; id: string; format: string },
): Promise<PaperFile> {
  const pdf = async () => renderInvoicePdf(await read((tx) => documents[kind](tx, shop, id)))
  if (format === 'pdf') return fileOf('application/pdf', 'inline', `${id}.pdf`, await pdf())
  const known = eInvoiceFormats.find((each) => each === format)
  if (known === undefined) throw new Refusal('not_found', 'There is no such form of it.')
  const paper = await read((tx) => papers[kind](tx, shop, id))
  const bytes = await renderEInvoice(paper, known, pdf)
  const ending = known === 'factur_x' ? 'pdf' : 'xml'
  return fileOf(mediaTypeOf(known), 'attachment', `${paper.number}-${known}.${ending}`, bytes)
}

const fileOf = (type: string, how: string, name: string, bytes: Uint8Array): PaperFile => ({
  bytes,
  headers: {
    'content-type': type,
    'content-disposition': `${how}; filename="${name}"`,
    'cache-control': 'private, no-store',
  },
})
