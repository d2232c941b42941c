/** What the page of the activity and its file are asked for. */
import type { Shop } from '#app.ts'
import type { EventFilter } from '#modules/events/queries.ts'
import { type ListQuery, readList } from '../ui/list-query.ts'
import { eventTypes } from './event-types.ts'

export const spans = ['1', '7', '30', '90', '365'] as const

export const readActivity = (url: string): ListQuery =>
  readList(url, { sorts: [], defaultSort: '', filters: { type: eventTypes, actor: 'any', days: spans } })

/** `q` is the id of a record. */
export function filterOf({ q, filters }: ListQuery, shop: Shop): EventFilter {
  const { type, actor, days } = filters
  const from = days === undefined ? undefined : shop.now().subtract({ hours: 24 * Number(days) })
  return { type, actor: actor?.slice(0, 64), from, subjectId: q || undefined }
}
