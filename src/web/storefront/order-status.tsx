import { isZero } from '#platform/money.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { Steps } from '../ui/steps.tsx'
import type { OrderPage } from './order.server.ts'
import { AwaitingPayment } from './order-payment.tsx'
import { Ready } from './order-ready.tsx'

/** What is so now, since when, what comes next and who acts. */
export function OrderStatus({ order }: { order: OrderPage }) {
  const { t } = usePage()
  switch (order.status) {
    case 'ready':
      return <Ready order={order} />
    case 'awaiting_payment':
      return <AwaitingPayment order={order} />
    case 'canceled':
    case 'refunded':
      return (
        <Alert tone="info" actions={<LinkButton to={`/checkout/${order.planId}`}>{t('store.order.again')}</LinkButton>}>
          {t(
            order.status === 'canceled' && order.paidAt ? 'store.order.over.ended' : `store.order.over.${order.status}`,
          )}
        </Alert>
      )
    default:
      return <UnderWay order={order} />
  }
}

function UnderWay({ order }: { order: OrderPage }) {
  const { t } = usePage()
  const late = order.status === 'delayed' || order.status === 'needs_review'
  const next = order.status === 'processing' ? 'processing' : late ? 'late' : 'setting_up'
  return (
    <div className="flex flex-col gap-5">
      <Card>
        <Steps steps={stepsOf(order, t)} />
      </Card>
      {late ? <Delay order={order} /> : null}
      <p className="text-muted">{t(`store.order.next.${next}`, { email: order.email })}</p>
      {order.undecided ? (
        <p>
          {/* The same page without the mark of the return. */}
          <a href="?" className="text-brand underline">
            {t('store.pay.other')}
          </a>
        </p>
      ) : null}
    </div>
  )
}

function stepsOf(order: OrderPage, t: ReturnType<typeof usePage>['t']) {
  const paid = order.paidAt !== null
  const free = isZero(order.total)
  const late = order.status === 'delayed' || order.status === 'needs_review'
  return [
    {
      label: t(free ? 'store.step.ordered' : paid ? 'store.step.paid' : 'store.step.paying'),
      state: paid ? ('done' as const) : ('current' as const),
      detail: <When at={order.paidAt ?? order.createdAt} />,
    },
    {
      label: t(late ? 'store.step.delayed' : 'store.step.creating'),
      state: paid ? ('current' as const) : ('next' as const),
      detail: paid ? t(late ? 'store.step.delayed.detail' : 'store.step.creating.detail') : null,
    },
    { label: t('store.step.ready'), state: 'next' as const, detail: t('store.step.ready.detail') },
  ]
}

/** Nothing is asked of the buyer: what happened, what we do, when he hears of it. */
function Delay({ order }: { order: OrderPage }) {
  const { t, business } = usePage()
  const rests = order.standing === 'suspended'
  const down = order.status === 'delayed' && !rests
  const subject = encodeURIComponent(`${order.number}: ${order.planName}`)
  return (
    <Alert tone="warn" title={t('store.delay.title')}>
      <p>{t(`store.delay.${rests ? 'rests' : down ? 'down' : 'review'}`, { email: order.email })}</p>
      {down && order.nextTryAt ? (
        <p>
          {t('store.delay.next')} <When at={order.nextTryAt} as="exact" />.
        </p>
      ) : null}
      {business?.supportEmail ? (
        <p>
          <a className="underline" href={`mailto:${business.supportEmail}?subject=${subject}`}>
            {t('store.delay.support')}
          </a>
        </p>
      ) : null}
    </Alert>
  )
}

/** One button, one act. */
export function Act({ act, label, look = 'secondary' }: { act: string; label: string; look?: 'secondary' | 'quiet' }) {
  return (
    <form method="post">
      <Button name="act" value={act} look={look}>
        {label}
      </Button>
    </form>
  )
}
