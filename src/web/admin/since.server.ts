/** "Since when" as a filter of lists: the same spans that the overview counts. */
import type { Shop } from '#app.ts'
import { monthsBack } from './months.ts'
import type { Span } from './spans.ts'

export function sinceOf(shop: Shop, span: string | undefined): Temporal.Instant | undefined {
  const now = shop.now()
  switch (span as Span | undefined) {
    case 'day':
      return now.subtract({ hours: 24 })
    case 'week':
      return now.subtract({ hours: 168 })
    case 'month':
      return monthsBack(now, shop.zone, 1)[0]?.starts
    default:
      return undefined
  }
}
