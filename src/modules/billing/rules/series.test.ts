import { expect, test } from 'vitest'
import { invoiceNumbersIn } from '../bank/rules.ts'
import { isPrefix, prefixesOf, prefixOf, seriesOf } from './series.ts'

test.each(['INV', 'TV-A', 'R2', '2026', 'A-B-C', 'ABCDEFGHIJKL'])('%s is a prefix', (text) => {
  expect(isPrefix(text)).toBe(true)
})

test.each(['', 'inv', 'TV_A', '-TV', 'TV-', 'TV--A', 'TV A', 'TV/A', 'ÄB', 'ABCDEFGHIJKLM', 'A\n'])(
  '%j is none',
  (text) => {
    expect(isPrefix(text)).toBe(false)
  },
)

test('a series is a prefix and a year of the business’s own calendar', () => {
  const eve = Temporal.Instant.from('2026-12-31T23:30:00Z')
  expect(seriesOf('invoice', {}, eve, 'UTC')).toBe('INV-2026')
  expect(seriesOf('creditNote', {}, eve, 'Europe/Berlin')).toBe('CN-2027')
  expect(seriesOf('invoice', { invoicePrefix: 'TV-A' }, eve, 'UTC')).toBe('TV-A-2026')
  expect(prefixesOf({ creditNotePrefix: 'GS' })).toEqual({ invoice: 'INV', creditNote: 'GS' })
  expect(['INV-2026', 'TV-A-2026', '2026-2026'].map(prefixOf)).toEqual(['INV', 'TV-A', '2026'])
})

test('numbers are found in what a payer wrote, in every series that there was', () => {
  const found = (text: string) => invoiceNumbersIn(text, ['INV', 'TV-A', 'A'])
  expect(found('tv a 2026/00017 and inv.2025.00003')).toEqual([
    { series: 'INV-2025', number: 3 },
    { series: 'TV-A-2026', number: 17 },
    { series: 'A-2026', number: 17 },
  ])
  expect(found('XINV-2026-00001 INV-2026-0001')).toEqual([])
})
