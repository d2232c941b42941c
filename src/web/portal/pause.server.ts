/** A day that somebody typed, as the instant at which it is over in the business's zone. */
import type { Shop } from '#app.ts'
import { Refusal } from '#platform/errors.ts'

/** Null: the field was left empty. */
export function dayToCome(form: FormData, shop: Shop): Temporal.Instant | null {
  const text = form.get('until')
  if (typeof text !== 'string' || text.trim() === '') return null
  try {
    const day = Temporal.PlainDate.from(text.trim())
    const end = day.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant()
    if (day.year < 2200 && Temporal.Instant.compare(end, shop.now()) > 0) return end
  } catch {
    // Not a date: told below, like a day that is over.
  }
  throw new Refusal('invalid_input', 'Please choose a day to come.', [
    { pointer: '/until', code: 'out_of_range', detail: 'Please choose a day to come.' },
  ])
}
