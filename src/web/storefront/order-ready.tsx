import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { When } from '../ui/format.tsx'
import { usePage } from '../ui/page-context.tsx'
import { LoginBlock } from './login-block.tsx'
import type { OrderPage } from './order.server.ts'
import { Act } from './order-status.tsx'

/** The TV login, and how to get it onto the device. */
export function Ready({ order }: { order: OrderPage }) {
  const { t } = usePage()
  const { login, device, requestedUsername, username } = order
  return (
    <div className="flex flex-col gap-5">
      {login !== null && requestedUsername !== null && username !== null ? (
        <Alert tone="info" title={t('store.ready.otherName', { asked: requestedUsername, username })}>
          {t('store.ready.otherName.why')}
        </Alert>
      ) : null}
      {login === null ? (
        <NoLogin order={order} />
      ) : (
        <Card title={t('store.login.title')}>
          <LoginBlock fields={login} />
        </Card>
      )}
      <Card>
        <DescriptionList
          items={[
            { label: t('store.ready.plan'), value: order.planName },
            {
              label: t('store.ready.until'),
              value: order.paidThrough === null ? null : <When at={order.paidThrough} as="both" />,
            },
            { label: t('store.ready.connections'), value: t('store.plan.connections', { count: order.connections }) },
          ]}
        />
      </Card>
      {login === null ? null : (
        <div className="flex flex-wrap gap-3">
          <LinkButton look="primary" to={`/help/${device}`}>
            {t('store.ready.guide')}
          </LinkButton>
          <Act act="resend" label={t('store.ready.resend')} />
        </div>
      )}
      <p className="text-muted">{t('store.ready.keep', { email: order.email })}</p>
    </div>
  )
}

/** The line moved on since: its login is shown behind the sign-in only. */
function NoLogin({ order: { loginChanged } }: { order: OrderPage }) {
  const { t } = usePage()
  return (
    <Alert
      tone="info"
      title={t(loginChanged ? 'store.ready.changed' : 'store.ready.off')}
      actions={<LinkButton to="/account">{t('store.ready.account')}</LinkButton>}
    >
      {t(loginChanged ? 'store.ready.changed.lead' : 'store.ready.off.lead')}
    </Alert>
  )
}
