import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { money } from '#platform/money.ts'
import { Count, dateText, exactTime, Money, relativeTime, When } from './format.tsx'
import { fallbackPage, PageContext } from './page-context.tsx'

const page = { ...fallbackPage, timeZone: 'Europe/Berlin', now: '2026-11-21T12:00:00Z' }
const show = (element: React.ReactNode) => renderToStaticMarkup(<PageContext value={page}>{element}</PageContext>)

test.each([
  ['2026-11-21T12:00:00Z', 'now'],
  ['2026-11-21T12:00:40Z', 'in 40 seconds'],
  ['2026-11-21T11:01:00Z', '59 minutes ago'],
  ['2026-11-21T15:30:00Z', 'in 3 hours'],
  ['2026-11-22T12:00:00Z', 'tomorrow'],
  ['2026-11-28T12:00:00Z', 'in 7 days'],
  ['2026-12-31T12:00:00Z', 'in 40 days'],
  ['2027-02-21T12:00:00Z', 'in 3 months'],
])('%s is told as %s', (at, told) => {
  expect(relativeTime(at, page)).toBe(told)
})

test('times are shown in the zone of the business, days before months', () => {
  expect(exactTime('2026-11-28T23:30:00Z', page)).toMatch(/^29 Nov 2026,? 00:30 CET$/)
  expect(dateText('2026-11-28T23:30:00Z', page)).toBe('29 Nov 2026')
})

test('a relative time carries the exact one, for people and for machines', () => {
  const html = show(<When at={Temporal.Instant.from('2026-11-24T12:00:00Z')} as="both" />)
  expect(html).toContain('dateTime="2026-11-24T12:00:00Z"')
  expect(html).toContain('title="24 Nov 2026')
  expect(html).toContain('>in 3 days, 24 Nov 2026<')
})

test('money always has its currency, whether it comes from a room or from the API', () => {
  expect(show(<Money value={money(123456, 'EUR')} />)).toContain('>1,234.56 EUR<')
  expect(show(<Money value={{ amount: 500, currency: 'JPY' }} />)).toContain('>500 JPY<')
  expect(show(<Count value={1284} />)).toContain('>1,284<')
})
