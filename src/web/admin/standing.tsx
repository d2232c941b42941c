import '../i18n/areas/resellers.ts'
import type { Standing } from '#modules/reselling/tell-branch.ts'
import { Banner } from '../ui/alert.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

/** How a business stands with those above it, as pages have it. */
export const standingShown = (found: Standing) => ({
  supplier: found.parentName ?? '',
  suspended: found.suspendedAt?.toString() ?? null,
  lines: found.suspendedLines,
  byParent: found.byParent ?? false,
  because: found.because,
  closes: found.closesAt?.toString() ?? null,
  closed: found.closedAt?.toString() ?? null,
})

type Shown = ReturnType<typeof standingShown>

/** Nothing is sold because somebody above decided so. */
export const isStopped = (shown: Shown | null): boolean =>
  shown !== null && (shown.suspended ?? shown.closes ?? shown.closed) !== null

/** On every page of a business that was suspended or closed from above: since when, by whom, and what still works. */
export function StandingBanner({ supplier, suspended, lines, byParent, because, closes, closed }: Shown) {
  const t = useText()
  if (closed !== null)
    return (
      <Banner tone="bad">
        {t('console.standing.closed', { name: supplier })} <When at={closed} as="exact" />.{' '}
        {t('console.standing.closed.rest')}
      </Banner>
    )
  if (suspended === null)
    return closes === null ? null : (
      <Banner tone="bad">
        {t('console.standing.closes', { name: supplier })} <When at={closes} as="exact" />.{' '}
        {t('console.standing.closes.rest')}
      </Banner>
    )
  return (
    <Banner tone="bad">
      {t(byParent ? 'console.standing.suspended' : 'console.standing.suspendedAbove', { name: supplier })}{' '}
      <When at={suspended} as="exact" />. {t(`console.standing.${lines ?? 'kept'}`)}{' '}
      {because === null ? null : t('console.standing.because', { reason: because })}
    </Banner>
  )
}
