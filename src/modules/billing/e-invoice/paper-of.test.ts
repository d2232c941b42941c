import { expect } from 'vitest'
import { scenario } from '../../../../test/support/scenario.ts'
import { read } from '../../../../test/support/stories.ts'
import { refundPayment } from '../refund-payment.ts'
import { registered } from '../tax/tax.test-support.ts'
import { creditNotesOf, documentOfCreditNote, paperOfInvoice } from './paper-of.ts'
import { renderPaper } from './render-paper.ts'

scenario('an invoice and its credit notes are given as files to people and machines', async (world) => {
  const { shop } = world
  const open = <T>(work: Parameters<typeof read<T>>[1]) => read(shop, work)
  await registered(world, { city: 'Kiel', postal_code: '24103', contact: 'Ida', phone: '+49 431 1' })
  const ana = await world.customer('ana').buys({ country: 'FR', vatId: 'FR40303265045' })
  const [invoice] = await world.customer('ana').invoices()
  const id = invoice?.id ?? ''
  await refundPayment(shop, (await ana.payments())[0]?.id ?? '', { minor: 500n, currency: 'EUR' }, 'half the month')
  const [note] = await read(shop, (tx) => creditNotesOf(tx, id))
  const file = async (kind: 'invoice' | 'credit_note', format: string) =>
    renderPaper(open, shop, { kind, id: kind === 'invoice' ? id : (note?.id ?? ''), format })
  const text = async (kind: 'invoice' | 'credit_note', format: string) =>
    Buffer.from((await file(kind, format)).bytes).toString()
  expect(await text('invoice', 'ubl')).toContain('<cbc:TaxInclusiveAmount currencyID="EUR">12.99<')
  expect(await text('invoice', 'xrechnung')).toContain('<cbc:CityName>Kiel<')
  expect(await text('credit_note', 'ubl')).toContain('<cbc:TaxInclusiveAmount currencyID="EUR">5.00<')
  expect(await text('credit_note', 'cii')).toContain('CN-2026-00001')
  for (const kind of ['invoice', 'credit_note'] as const)
    for (const format of ['pdf', 'factur_x']) expect((await text(kind, format)).slice(0, 5)).toBe('%PDF-')
  expect((await file('credit_note', 'ubl')).headers['content-disposition']).toContain('CN-2026-00001-ubl.xml')
  await expect(file('invoice', 'docx')).rejects.toMatchObject({ code: 'not_found' })
  const paper = await read(shop, (tx) => documentOfCreditNote(tx, shop, note?.id ?? ''))
  expect(paper).toMatchObject({
    kind: 'credit_note',
    number: 'CN-2026-00001',
    corrects: 'INV-2026-00001',
    total: { minor: 500n },
    taxes: [{ rate: '20', tax: { minor: 83n } }],
    items: [{ description: 'half the month' }],
  })
})

scenario('what has no electronic form says why', async (world) => {
  const { shop } = world
  await world.customer('ana').buys()
  const [silent] = await world.customer('ana').invoices()
  await expect(read(shop, (tx) => paperOfInvoice(tx, shop, silent?.id ?? ''))).rejects.toThrow('nothing of tax')
  await registered(world)
  const ben = await (await world.customer('ben').orders()).order()
  await expect(read(shop, (tx) => paperOfInvoice(tx, shop, ben.invoiceId ?? ''))).rejects.toThrow('not issued')
  await expect(read(shop, (tx) => paperOfInvoice(tx, shop, 'inv_x'))).rejects.toMatchObject({ code: 'not_found' })
})
