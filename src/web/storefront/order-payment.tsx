import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { moneyText, When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { MethodChoice } from './method-choice.tsx'
import type { OrderPage } from './order.server.ts'
import { Act } from './order-status.tsx'
import { TransferFields } from './transfer-details.tsx'

/** Not paid yet: go on where it stopped, choose another way, or give it up. */
export function AwaitingPayment({ order }: { order: OrderPage }) {
  const page = usePage()
  const { t } = page
  const { payment } = order
  // What was begun can be gone on with above; the choice below is of the other ways.
  const begun = payment !== null && (payment.goOnAt !== null || payment.instructions !== null)
  const others = begun ? order.methods.filter(({ id }) => id !== payment.gatewayAccountId) : order.methods
  return (
    <div className="flex flex-col gap-5">
      {payment?.failure != null ? (
        <Alert tone="bad" title={t('store.pay.failed')}>
          {payment.failure} {t('store.pay.failed.next')}
        </Alert>
      ) : null}
      {payment?.instructions ? <Instructions order={order} /> : null}
      {payment?.goOnAt ? (
        <Card>
          <div className="flex flex-col gap-3">
            <p>{t('store.pay.goOn')}</p>
            <LinkButton look="primary" href={payment.goOnAt}>
              {t('store.pay.goOn.button', { amount: moneyText(order.total, page) })}
            </LinkButton>
          </div>
        </Card>
      ) : null}
      {begun && others.length === 0 ? null : (
        <Card title={t(begun ? 'store.pay.other' : 'store.checkout.pay')}>
          <form method="post" className="flex flex-col gap-4">
            <MethodChoice methods={others} chosen={payment?.gatewayAccountId} />
            <Button name="act" value="pay" look={begun ? 'secondary' : 'primary'} disabled={others.length === 0}>
              {begun ? t('store.pay.other') : t('store.pay.button', { amount: moneyText(order.total, page) })}
            </Button>
          </form>
        </Card>
      )}
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="text-muted">
          {order.expiresAt ? (
            <>
              {t('store.order.keptUntil')} <When at={order.expiresAt} as="exact" />.
            </>
          ) : null}
        </p>
        <Act act="cancel" label={t('store.order.cancel')} look="quiet" />
      </div>
    </div>
  )
}

/** What to transfer, with which reference; what happens when the money is there. */
function Instructions({ order }: { order: OrderPage }) {
  const page = usePage()
  const { t } = page
  const { instructions, reference, transfer, amount } = order.payment ?? {}
  return (
    <Card title={t('store.pay.instructions.title')}>
      <div className="flex flex-col gap-4">
        {transfer && reference && amount ? (
          <TransferFields transfer={transfer} amount={amount} reference={reference} />
        ) : (
          <>
            <p className="whitespace-pre-line">{instructions}</p>
            <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2">
              <CopyField label={t('store.pay.amount')} value={moneyText(order.total, page)} />
              {reference ? <CopyField label={t('store.pay.reference')} value={reference} /> : null}
            </div>
          </>
        )}
        <p className="text-muted">{t('store.pay.instructions.next', { email: order.email })}</p>
      </div>
    </Card>
  )
}
