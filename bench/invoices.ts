/**
 * `invoices`: 10,000 renewal invoices fall due and are issued, with numbers and everything that goes with them, beside the one statement of
 * `sweep` that writes the same rows. `invoice-pdf`: one of them as a PDF, on demand, beside an empty page by the same typesetter.
 */
import { transaction } from '#app.ts'
import { renderInvoicePdf, typeset } from '#modules/billing/document/render-invoice.ts'
import { documentOf } from '#modules/billing/document-of.ts'
import { type Figure, median } from './figure.ts'
import { measureSweep, shareOf } from './sweep.ts'

const allowedPdfMs = 100

export async function invoices(quick: boolean): Promise<Figure[]> {
  const [due, runs, pdfs] = quick ? [2_000, 1, 10] : [10_000, 3, 50]
  const printed = { ours: [] as number[], bare: [] as number[], bytes: [] as number[] }
  const { taken } = await measureSweep(due * shareOf, runs, async ({ shop }, client) => {
    const { rows } = await client.query<{ id: string }>(
      `select id from invoices where number is not null and id not like '%reference' order by number limit ${pdfs + 1}`,
    )
    for (const [index, { id }] of rows.entries()) {
      const began = performance.now()
      const pdf = await renderInvoicePdf(await transaction(shop, 'bench', (tx) => documentOf(tx, shop, id)))
      const done = performance.now()
      typeset(`#set page(paper: "a4")\n.`, {}, 'an empty page')
      if (index === 0) continue // Fonts are read once.
      printed.ours.push(done - began)
      printed.bare.push(performance.now() - done)
      printed.bytes.push(pdf.byteLength)
    }
  })
  const ratios = taken.ours.map((value, index) => value / (taken.reference[index] ?? 1))
  const [seconds, pdfMs] = [median(taken.ours), median(printed.ours)]
  return [
    {
      figure: 'invoices',
      value: due / seconds,
      unit: 'invoices/s',
      beside: { invoices: due, seconds, reference_seconds: median(taken.reference) },
      ratio: median(ratios),
      target: 4,
      met: median(ratios) <= 4,
      runs,
    },
    {
      figure: 'invoice-pdf',
      value: pdfMs,
      unit: 'ms',
      beside: { empty_page_ms: median(printed.bare), bytes: median(printed.bytes) },
      ratio: pdfMs / allowedPdfMs,
      target: 1,
      met: pdfMs <= allowedPdfMs,
      runs: printed.ours.length,
    },
  ]
}
