/** How a term is said: "3 months". */
import type { Term } from '#platform/time.ts'
import type { Translate } from '#web/i18n/translate.ts'

export const termText = (t: Translate, { unit, count }: Term): string => t(`store.term.${unit}`, { count })
