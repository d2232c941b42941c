import { Link } from 'react-router'
import { Alert } from '../ui/alert.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { dateText, moneyText } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { ActDialog, ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import type { readSubscriptionRecord } from './subscription.server.ts'

type Known = Pick<Awaited<ReturnType<typeof readSubscriptionRecord>>, 'newPrice' | 'priceException'>

/** An announced price and what the customer says to it; a price that staff promised. */
export function SubscriptionPrice({ newPrice, priceException }: Known) {
  const page = usePage()
  const { t } = page
  const failed = useFailure()
  const may = useMay()
  const change = may('lines:change')
  const reason = <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
  if (priceException)
    return (
      <Alert
        className="mb-6"
        tone="info"
        title={t('console.price.excepted', { reason: priceException.reason })}
        actions={
          may('lines:money') ? (
            <ActDialog
              act="undo_price_exception"
              trigger={t('console.price.exception.undo')}
              title={t('console.price.exception.undo.title')}
              confirm={t('console.price.exception.undo')}
              keep={t('ui.cancel')}
            >
              <p className="text-muted">{t('console.price.exception.undo.lead')}</p>
              {reason}
            </ActDialog>
          ) : null
        }
      />
    )
  if (newPrice === null) return null
  const { status, asks, silence } = newPrice
  const key =
    status !== 'announced'
      ? (`console.price.coming.${status}` as const)
      : asks
        ? 'console.price.coming.ask'
        : 'console.price.coming'
  const said = { amount: moneyText(newPrice.amount, page), date: newPrice.first ? dateText(newPrice.first, page) : '' }
  return (
    <Alert
      className="mb-6"
      tone="info"
      title={t(key, said)}
      actions={
        change && asks ? (
          <>
            {status === 'accepted' ? null : (
              <ActDialog
                act="accept_price"
                trigger={t('console.price.accept')}
                title={t('console.price.accept.title')}
                confirm={t('console.price.accept')}
                keep={t('ui.cancel')}
              >
                <p className="text-muted">{t('console.price.accept.lead')}</p>
                {reason}
              </ActDialog>
            )}
            {status === 'declined' ? null : (
              <ActDialog
                act="decline_price"
                trigger={t('console.price.decline')}
                title={t('console.price.decline.title')}
                confirm={t('console.price.decline')}
                keep={t('ui.cancel')}
              >
                <p className="text-muted">{t(`console.price.decline.${silence}`)}</p>
                {reason}
              </ActDialog>
            )}
          </>
        ) : null
      }
    >
      <Link to={`/admin/prices/${newPrice.campaignId}`} className="underline">
        {t('console.price.campaign')}
      </Link>
    </Alert>
  )
}

/** Beside the other acts: promises the present price. */
export function KeepPrice() {
  const { t } = usePage()
  const failed = useFailure()
  return (
    <ActDialog
      act="price_exception"
      trigger={t('console.price.exception')}
      title={t('console.price.exception.title')}
      confirm={t('console.price.exception.go')}
      keep={t('ui.cancel')}
    >
      <p className="text-muted">{t('console.price.exception.lead')}</p>
      <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
    </ActDialog>
  )
}
