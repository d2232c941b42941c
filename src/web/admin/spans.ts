/** How far back a list goes; `since.server.ts` tells from when. */
import type { Translate } from '#web/i18n/translate.ts'
import type { Filter } from '../ui/filter-bar.tsx'

export const spans = ['day', 'week', 'month'] as const
export type Span = (typeof spans)[number]

export const spanFilter = (t: Translate): Filter => ({
  name: 'since',
  label: t('console.list.since'),
  options: spans.map((value) => ({ value, label: t(`console.list.since.${value}`) })),
})
