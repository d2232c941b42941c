import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyText, When } from '../ui/format.tsx'
import { LiveRegion } from '../ui/live-region.tsx'
import { usePage } from '../ui/page-context.tsx'
import type { InvoicePage } from './invoice.server.ts'
import { MethodChoice } from './method-choice.tsx'
import { TransferFields } from './transfer-details.tsx'

/** Where its payment stands: paid and what it bought, awaited, or to be paid. */
export function InvoiceProgress({ invoice }: { invoice: InvoicePage }) {
  const page = usePage()
  const { t } = page
  const failure = useFailure()
  const settled =
    invoice.progress === 'closed' || (invoice.progress === 'paid' && (invoice.until !== null || !invoice.renewal))
  return (
    <>
      <FormErrors failure={failure} />
      {invoice.claims.map(({ url, amount }) => (
        <Alert key={url} tone="info" title={t('store.refund.claim', { amount: moneyText(amount, page) })}>
          <p>{t('store.refund.claim.lead')}</p>
          <LinkButton href={url}>{t('store.refund.claim.go')}</LinkButton>
        </Alert>
      ))}
      <LiveRegion
        id="invoice"
        events={null}
        version={`${invoice.progress} ${invoice.until}`}
        settled={settled}
        reload={invoice.progress !== 'open'}
      >
        {invoice.progress === 'paid' ? (
          <Alert tone="good" title={t('store.invoice.paid')}>
            {invoice.renewal && invoice.until !== null ? (
              <>
                {t('store.invoice.until')} <When at={invoice.until} as="date" />.
              </>
            ) : (
              t(invoice.renewal ? 'store.invoice.extending' : 'store.invoice.thanks')
            )}
          </Alert>
        ) : null}
        {invoice.progress === 'awaited' ? (
          <Alert tone="info" title={t('store.invoice.awaited')}>
            {t('store.invoice.awaited.lead')}
          </Alert>
        ) : null}
        {invoice.progress === 'closed' ? <Alert tone="info">{t('store.invoice.closed')}</Alert> : null}
        {invoice.progress === 'open' ? <ToPay invoice={invoice} /> : null}
      </LiveRegion>
    </>
  )
}

function ToPay({ invoice }: { invoice: InvoicePage }) {
  const page = usePage()
  const { t } = page
  return (
    <div className="flex flex-col gap-5">
      {invoice.failure === null ? null : (
        <Alert tone="bad" title={t('store.pay.failed')}>
          {invoice.failure} {t('store.pay.failed.next')}
        </Alert>
      )}
      {invoice.instructions === null ? null : (
        <Card title={t('store.pay.instructions.title')}>
          <div className="flex flex-col gap-4">
            {invoice.together === null ? null : <p>{t('money.open.with', { count: invoice.together.count })}</p>}
            {invoice.transfer && invoice.reference ? (
              <TransferFields
                transfer={invoice.transfer}
                amount={invoice.together?.total ?? invoice.amount}
                reference={invoice.reference}
              />
            ) : (
              <>
                <p className="whitespace-pre-line">{invoice.instructions}</p>
                {invoice.reference ? <CopyField label={t('store.pay.reference')} value={invoice.reference} /> : null}
              </>
            )}
          </div>
        </Card>
      )}
      {invoice.methods.length === 0 ? null : (
        <Card title={t('store.checkout.pay')}>
          <form method="post" className="flex flex-col gap-4">
            <MethodChoice methods={invoice.methods} chosen={invoice.chosen} />
            <Button look="primary" wide>
              {t('store.pay.button', { amount: moneyText(invoice.amount, page) })}
            </Button>
          </form>
        </Card>
      )}
    </div>
  )
}
