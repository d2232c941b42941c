/** Credit notes; and the electronic forms of both kinds of paper. */
import type { Shop } from '#app.ts'
import { type CreditNote, creditNotesOf, listCreditNotes, readCreditNote } from '#modules/billing/e-invoice/paper-of.ts'
import { eInvoiceFormats, mediaTypeOf } from '#modules/billing/e-invoice/render-e-invoice.ts'
import { type PaperKind, renderPaper } from '#modules/billing/e-invoice/render-paper.ts'
import { findInvoice } from '#modules/billing/queries.ts'
import { invoiceNumber } from '#modules/billing/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { type Call, fileRoute, pdfRoute, route, whole } from './route.ts'
import { at, byId, id, list, listQuery, minor, money, resource, time, z } from './schemas.ts'
import { TaxInOut, taxInOut } from './tax-in.ts'

const CreditNoteOut = resource('CreditNote', {
  id: z.string(),
  number: z.string().openapi({ example: 'CN-2026-00003' }),
  invoice_id: z.string(),
  refund_id: z
    .string()
    .nullable()
    .openapi({ description: 'The refund that it is of; null: the invoice was taken back.' }),
  net: money,
  tax: money,
  tax_in: TaxInOut,
  total: money,
  reason: z.string(),
  by: z.string(),
  issued_at: time,
})

const noteOf = (note: CreditNote, { livemode }: Pick<Shop, 'livemode'>): z.input<typeof CreditNoteOut> => ({
  id: note.id,
  number: invoiceNumber(note.series, note.number) ?? '',
  invoice_id: note.invoiceId,
  refund_id: note.refundId,
  net: minor(note.netMinor, note.currency),
  tax: minor(note.taxMinor, note.currency),
  tax_in: taxInOut(note.taxIn),
  total: minor(note.totalMinor, note.currency),
  reason: note.reason,
  by: note.by,
  issued_at: at(note.issuedAt),
  livemode,
})

const said = {
  ubl: 'as UBL (EN 16931)',
  cii: 'as CII (EN 16931)',
  xrechnung: 'as XRechnung, in UBL',
  factur_x: 'as Factur-X (ZUGFeRD): the PDF with the data in it',
}

const electronic = (kind: PaperKind) =>
  eInvoiceFormats.map((format) =>
    fileRoute({
      method: 'get',
      path: `/${kind === 'invoice' ? 'invoices' : 'credit_notes'}/{id}/${format}`,
      scope: kind === 'invoice' ? 'invoices:read' : 'credit_notes:read',
      summary: `The ${kind === 'invoice' ? 'invoice' : 'credit note'} ${said[format]}.`,
      media: mediaTypeOf(format),
      params: byId(kind === 'invoice' ? 'inv' : 'cn'),
      refuses: ['conflict'],
      handle: async ({ shop, params, read }: Call<{ id: string }>) =>
        (await renderPaper(read, shop, { kind, id: params.id, format })).bytes,
    }),
  )

export const eInvoices = [
  ...electronic('invoice'),
  route({
    method: 'get',
    path: '/invoices/{id}/credit_notes',
    scope: 'credit_notes:read',
    summary: 'Lists what was taken back of an invoice.',
    params: byId('inv'),
    answer: list(CreditNoteOut),
    handle: async (call) => {
      const notes = await call.read(async (tx) => {
        if ((await findInvoice(tx, call.params.id)) === null)
          throw new Refusal('not_found', 'There is no such invoice.')
        return creditNotesOf(tx, call.params.id)
      })
      return whole(
        call,
        notes.map((each) => noteOf(each, call.shop)),
      )
    },
  }),
  route({
    method: 'get',
    path: '/credit_notes',
    scope: 'credit_notes:read',
    summary: 'Lists credit notes, newest first.',
    query: listQuery({ customer_id: id('cus').optional() }),
    answer: list(CreditNoteOut),
    handle: async (call) => {
      const found = await call.read((tx) => listCreditNotes(tx, { customerId: call.query.customer_id }, call.page))
      return call.list(
        found,
        (each) => noteOf(each, call.shop),
        (each) => each.issuedAt,
      )
    },
  }),
  route({
    method: 'get',
    path: '/credit_notes/{id}',
    scope: 'credit_notes:read',
    summary: 'Reads a credit note.',
    params: byId('cn'),
    answer: CreditNoteOut,
    handle: async (call) => noteOf(await call.read((tx) => readCreditNote(tx, call.params.id)), call.shop),
  }),
  pdfRoute({
    method: 'get',
    path: '/credit_notes/{id}/pdf',
    scope: 'credit_notes:read',
    summary: 'The credit note as a PDF.',
    params: byId('cn'),
    handle: async ({ shop, params, read }) =>
      (await renderPaper(read, shop, { kind: 'credit_note', id: params.id, format: 'pdf' })).bytes,
  }),
  ...electronic('credit_note'),
]
