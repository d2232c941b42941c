/** Tax in the console: what is refused and saved, the papers of an invoice, a number that was looked up, the report. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refundPayment } from '#modules/billing/refund-payment.ts'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const settings = {
  prices: 'inclusive',
  unchecked: 'charge',
  note: '',
  street: 'Hafen 1',
  city: 'Kiel',
  postal_code: '24103',
  contact: 'Ida',
  phone: '+49 431 1',
}
const rate = { act: 'rate', rate_country: 'us', rate_region: 'ny', valid_from: '2026-01-01', percent: '8,875' }

test('registrations and rates are saved, and refused with a plain sentence', async () => {
  const owner = await console.person('owner')
  const save = (registrations: string) => owner.post('/admin/tax', { ...settings, registrations })
  expect(await owner.text('/admin/tax')).toContain('None of your own')
  const wrong = await save('Germany')
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('is no registration')])
  expect(await (await save('US-NY NY-1')).text()).toContain('no rate for it yet')
  expect(await (await save('DE DE1\nDE DE2')).text()).toContain('named twice')
  expect(await (await save('US-NY 1 OSS')).text()).toContain('member state')
  expect((await owner.post('/admin/tax', { ...rate, percent: 'much' })).status).toBe(422)
  expect((await owner.post('/admin/tax', rate)).status).toBe(303)
  expect((await save('DE DE136695976 OSS\nUS-NY NY-1')).status).toBe(303)
  const page = await owner.text('/admin/tax')
  expect(page).toContain('DE DE136695976 OSS')
  expect(page).toContain('8.875 %')
  const removed = await owner.post('/admin/tax', { ...rate, act: 'remove', rate_country: 'US', rate_region: 'NY' })
  expect([removed.status, await removed.text()]).toEqual([409, expect.stringContaining('registered there')])
  const reader = await console.person('read_only')
  expect((await reader.post('/admin/tax', rate)).status).toBe(403)
})

test('an invoice shows its tax and gives its files; the report counts it', async () => {
  const owner = await console.person('owner')
  const ana = await console.customer('ana').buys({ country: 'FR', vatId: 'FR40303265045' })
  const [invoice] = await console.customer('ana').invoices()
  await refundPayment(console.shop, (await ana.payments())[0]?.id ?? '', { minor: 500n, currency: 'EUR' }, 'a gift')
  const page = await owner.text(`/admin/invoices/${invoice?.id}`)
  expect(page).toContain('by the One-Stop-Shop')
  expect(page).toContain('CN-2026-00001')
  const { rows } = await console.db.pool.query<{ id: string }>('select id from credit_notes')
  const note = rows[0]?.id
  for (const base of [`/admin/invoices/${invoice?.id}`, `/admin/credit-notes/${note}`]) {
    const xml = await owner.get(`${base}/ubl`)
    expect([xml.status, xml.headers.get('content-type')]).toEqual([200, 'application/xml'])
    expect((await owner.get(`${base}/pdf`)).headers.get('content-type')).toBe('application/pdf')
  }
  expect((await owner.get(`/admin/invoices/${invoice?.id}/docx`)).status).toBe(404)
  const report = await owner.text('/admin/tax/report?period=2026&basis=paid')
  expect(report).toContain('by the One-Stop-Shop')
  expect(report).toContain('fewer than two pieces of evidence')
  const csv = await owner.get('/admin/tax/report.csv?period=2026-01')
  expect(csv.headers.get('content-type')).toContain('text/csv')
  expect(await csv.text()).toContain('2026-01,issued,oss,standard,FR,,20,EUR')
  expect((await owner.get('/admin/tax/report?period=soon')).status).toBe(422)
})

test('what the register said of a number is kept, and invoices go by it', async () => {
  const owner = await console.person('owner')
  const customer = `/admin/customers/${await console.customer('ana').id()}`
  expect(await owner.text(customer)).toContain('not confirmed')
  expect((await owner.post(customer, { act: 'vat_check', answer: 'perhaps' })).status).toBe(422)
  expect((await owner.post(customer, { act: 'vat_check', answer: 'valid', reference: 'WAPI1' })).status).toBe(303)
  const next = await (await console.customer('ana').orders({ country: 'FR' })).order()
  expect(await owner.text(`/admin/invoices/${next.invoiceId}`)).toContain('reverse charge')
  // Mending the address leaves what the form does not show, and the reason why nothing is taken counts first.
  const edited = {
    act: 'edit',
    name: 'Ana',
    country: 'FR',
    vatId: 'FR40303265045',
    taxExempt: 'embassy',
    tags: '',
    address: 'Rue 1',
  }
  expect((await owner.post(customer, edited)).status).toBe(303)
  const exempt = await (await console.customer('ana').orders({ country: 'FR' })).order()
  expect(await owner.text(`/admin/invoices/${exempt.invoiceId}`)).toContain('exempt')
})

test('a customer’s statement is a page and a PDF, with links to its papers; days that are none stay in the form', async () => {
  const owner = await console.person('owner')
  const html = async (path: string) => (await owner.get(path)).text()
  const id = await console.customer('ana').id()
  expect(await html(`/admin/customers/${id}`)).toContain(`/admin/customers/${id}/statement`)
  const page = await html(`/admin/customers/${id}/statement?from=2026-01-01&to=2026-12-31`)
  expect(page).toContain('Invoice INV-2026-00001')
  expect(page).toMatch(/admin\/credit-notes\/cn_\w+\/pdf/)
  const pdf = await owner.get(`/admin/customers/${id}/statement.pdf?from=2026-01-01&to=2026-12-31`)
  expect([pdf.headers.get('content-type'), pdf.headers.get('content-disposition')]).toEqual([
    'application/pdf',
    'inline; filename="statement-2026-01-01-2026-12-31.pdf"',
  ])
  const wrong = await html(`/admin/customers/${id}/statement?from=2026-05-02&to=2026-05-01`)
  expect(wrong).toContain('It begins after it ends.')
  expect(wrong).toContain('value="2026-05-02"')
  expect((await owner.get('/admin/customers/cus_00000000000000000000000000/statement')).status).toBe(404)
  expect((await owner.get(`/admin/customers/${id}/statement.pdf?from=soon`)).status).toBe(422)
})
