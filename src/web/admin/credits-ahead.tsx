import '../i18n/areas/resellers.ts'
import type { Runway } from '#modules/reselling/forecast.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import { Card } from '../ui/card.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

/** A forecast as pages have it. */
export const aheadShown = (ahead: Runway) => ({
  endsAt: ahead.endsAt?.toString() ?? null,
  floor: formatCredits(ahead.floorMilli),
  renewals: ahead.renewals,
  wouldWait: ahead.wouldWait,
  coming: formatCredits(ahead.comingMilli),
})

/** When the credits end, how many renewals would wait, and what an account should not fall under. */
export function CreditsAhead({ endsAt, floor, renewals, coming, wouldWait }: ReturnType<typeof aheadShown>) {
  const t = useText()
  if (endsAt === null && renewals === 0 && floor === '0')
    return <Card title={t('console.wallet.ahead')}>{t('console.wallet.ahead.unused')}</Card>
  return (
    <Card title={t('console.wallet.ahead')}>
      <p>
        {endsAt === null ? (
          t('console.wallet.ahead.never')
        ) : (
          <>
            {t('console.wallet.ahead.ends')} <When at={endsAt} as="both" />
          </>
        )}
      </p>
      <p className="mt-1 text-sm text-muted">
        {t('console.wallet.ahead.renewals', { count: renewals, credits: coming })}{' '}
        {wouldWait > 0 ? `${t('console.wallet.ahead.wait', { count: wouldWait })} ` : ''}
        {t('console.wallet.ahead.floor', { floor })}
      </p>
    </Card>
  )
}
