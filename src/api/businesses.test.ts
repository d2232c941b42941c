/** A business as a program changes it: what the numbers of its papers begin with. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiWorld, apiWorld } from './api.test-support.ts'

let api: ApiWorld
beforeAll(async () => {
  api = await apiWorld()
}, 60_000)
afterAll(() => api.close())

test('prefixes are read and set; what is none, or of the other kind, is refused beside its field', async () => {
  const legal = async () => (await api.ask('GET', '/businesses/current')).body.legal
  expect(await legal()).toMatchObject({ invoice_prefix: 'INV', credit_note_prefix: 'CN' })
  const set = (change: object) => api.ask('PATCH', '/businesses/current', { body: { legal: change } })
  expect((await set({ invoice_prefix: 'TV-A' })).body.legal).toMatchObject({
    invoice_prefix: 'TV-A',
    credit_note_prefix: 'CN',
  })
  // What is not named stays.
  expect((await set({ name: 'Northwind Ltd' })).body.legal).toMatchObject({
    invoice_prefix: 'TV-A',
    name: 'Northwind Ltd',
  })
  for (const [change, pointer] of [
    [{ invoice_prefix: 'tv' }, '/legal/invoice_prefix'],
    [{ invoice_prefix: '' }, '/legal/invoice_prefix'],
    [{ credit_note_prefix: 'A B' }, '/legal/credit_note_prefix'],
    [{ credit_note_prefix: 'TV-A' }, '/legal/credit_note_prefix'],
  ] as const) {
    const { status, body } = await set(change)
    expect([status, body.errors]).toEqual([422, [expect.objectContaining({ pointer })]])
  }
  expect((await set({ invoice_prefix: 'A'.repeat(13) })).status).toBe(422)
  expect(await legal()).toMatchObject({ invoice_prefix: 'TV-A', credit_note_prefix: 'CN' })
})
