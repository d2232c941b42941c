import { expect, test } from 'vitest'
import { askedOn, goTogether } from './consolidation.ts'
import type { PlannedStep } from './policy.ts'

const at = Temporal.Instant.from

const asks = (issued: string, ends: string, zone = 'Europe/Berlin', currency = 'EUR') => {
  const step: PlannedStep = { key: 'invoice', action: 'issue_invoice', at: at(issued), because: '', by: [] }
  return askedOn({ paidThrough: at(ends), currency }, [step], zone)
}

const first = asks('2026-04-24T09:00:00Z', '2026-05-01T09:00:00Z')

test.each([
  ['hours apart on one day', asks('2026-04-24T17:00:00Z', '2026-05-01T17:00:00Z'), true],
  ['the same hour of another day', asks('2026-04-25T09:00:00Z', '2026-05-02T09:00:00Z'), false],
  ['past midnight in the zone of the business', asks('2026-04-24T22:30:00Z', '2026-05-01T22:30:00Z'), false],
  ['invoiced on the day, due on another', asks('2026-04-24T09:00:00Z', '2026-05-08T09:00:00Z'), false],
  ['due on the day, invoiced on another', asks('2026-04-17T09:00:00Z', '2026-05-01T09:00:00Z'), false],
  ['in another currency', asks('2026-04-24T09:00:00Z', '2026-05-01T09:00:00Z', 'Europe/Berlin', 'USD'), false],
  ['never invoiced', askedOn({ paidThrough: at('2026-05-01T09:00:00Z'), currency: 'EUR' }, [], 'Europe/Berlin'), false],
  ['never paid', askedOn({ paidThrough: null, currency: 'EUR' }, [], 'Europe/Berlin'), false],
])('%s: %#', (_what, other, together) => {
  expect(goTogether(first, other)).toBe(together)
})
