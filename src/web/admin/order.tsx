import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { markReceived } from '#modules/billing/mark-received.ts'
import { cancelOrder } from '#modules/checkout/cancel-order.ts'
import { findOrder } from '#modules/checkout/queries.ts'
import { lineOfSubscription } from '#modules/lines/queries.ts'
import { resendLogin } from '#modules/lines/resend-login.ts'
import { choosePanelByHand, reconcileNow } from '#modules/lines/want-line.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import type { TextKey } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/order.ts'
import { ActButton, ActDialog } from './act.tsx'
import { CallsTable } from './calls-table.tsx'
import { CustomerLink } from './customer-link.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, type Staff, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readOrderRecord } from './order.server.ts'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:see')
  return readOrderRecord(shop, params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'orders:see')
  const { form, shop } = staff
  const { id } = params
  switch (form.get('act')) {
    case 'retry':
      await onLine(staff, id, (tx, lineId, now) => reconcileNow(tx, shop, lineId, now))
      return done(id, 'console.order.retried')
    case 'choose_panel':
      await onLine(staff, id, (tx, lineId, now) => choosePanelByHand(tx, shop, lineId, String(form.get('panel')), now))
      return done(id, 'console.order.panelChosen')
    case 'resend_login':
      await onLine(staff, id, (tx, lineId, now) => resendLogin(tx, shop, lineId, now))
      return done(id, 'console.order.loginResent')
    case 'mark_received':
      return receive(staff, id, form)
    case 'cancel':
      requireRight(staff, 'orders:change')
      await cancelOrder(shop, id)
      return done(id, 'console.order.canceled')
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

const done = (id: string, key: TextKey) => redirectWith(`/admin/orders/${id}`, key)

type LineAct = (tx: Tx, lineId: string, now: Temporal.Instant) => Promise<void>

/** Acts on the line of this order, of this business only. */
async function onLine(staff: Staff, orderId: string, act: LineAct): Promise<void> {
  requireRight(staff, 'orders:change')
  const { shop } = staff
  const now = shop.now()
  await transaction(shop, 'order-act', async (tx) => {
    const order = await findOrder(tx, orderId)
    if (order === null) throw new Refusal('not_found', 'There is no such order.')
    const line = order.subscriptionId === null ? null : await lineOfSubscription(tx, order.subscriptionId)
    if (line === null) throw new Refusal('conflict', 'This order has no line.')
    await act(tx, line.id, now)
  })
}

async function receive(staff: Staff, orderId: string, form: FormData) {
  requireRight(staff, 'payments:money')
  const { shop } = staff
  const order = await transaction(shop, 'read-order', (tx) => findOrder(tx, orderId))
  if (order === null || order.invoiceId === null) throw new Refusal('not_found', 'There is no such order.')
  const read = formReader(form)
  const amount = read.money('amount', read.raw('currency') || shop.currency, { required: true, positive: true })
  const reference = read.text('reference', { most: 100 })
  if (read.failed || amount === null) return failure(read.errors, form)
  await markReceived(shop, { invoiceId: order.invoiceId, amount, reference })
  return done(orderId, 'console.order.received')
}

export default function OrderPage({ loaderData }: Route.ComponentProps) {
  const { order, customer, plan, invoice, payments, setUp, history } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.order.title', { number: order.number })}
        badge={<StateBadge of="order" state={order.status} reason={order.reason || undefined} />}
        back={{ to: '/admin/orders', label: t('console.orders.title') }}
        actions={<OrderActs {...loaderData} />}
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <Trouble order={order} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {setUp ? <SetUp setUp={setUp} /> : null}
          <Payments payments={payments} />
          <Card title={t('console.record.history')}>
            <History {...history} here={order.id} />
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={t('console.order.order')}>
            <DescriptionList
              items={[
                {
                  label: t('console.orders.buyer'),
                  value: <CustomerLink customer={customer} />,
                },
                { label: t('console.orders.plan'), value: plan.name },
                { label: t('console.orders.total'), value: invoice ? <Money value={invoice.total} /> : null },
                { label: t('console.orders.created'), value: <When at={order.createdAt} as="exact" /> },
                {
                  label: t('console.order.paidAt'),
                  value: order.paidAt ? <When at={order.paidAt} as="exact" /> : null,
                },
                {
                  label: t('console.order.readyAt'),
                  value: order.readyAt ? <When at={order.readyAt} as="exact" /> : null,
                },
                {
                  label: t('console.order.expiresAt'),
                  value:
                    order.expiresAt && order.status === 'awaiting_payment' ? (
                      <When at={order.expiresAt} as="both" />
                    ) : null,
                },
                { label: t('console.order.source'), value: t(`console.order.source.${order.source}`) },
                { label: t('console.order.device'), value: order.device?.replaceAll('_', ' ') ?? null },
                { label: t('console.line.mac'), value: order.mac, code: true },
                {
                  label: t('console.order.subscription'),
                  value:
                    order.subscriptionId && order.paidAt ? (
                      <Link to={`/admin/subscriptions/${order.subscriptionId}`} className="text-brand hover:underline">
                        {t('console.order.openSubscription')}
                      </Link>
                    ) : null,
                },
              ]}
            />
          </Card>
          <Card title={t('console.order.page')}>
            <CopyField label={t('console.order.page.lead')} value={order.url} clip />
          </Card>
        </div>
      </div>
    </>
  )
}

type Data = Route.ComponentProps['loaderData']

function OrderActs({ order, invoice, payments, setUp }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const open = order.status === 'awaiting_payment'
  const refundable = payments.some(
    ({ status, received, refunded }) => status === 'succeeded' && received.minor > refunded.minor,
  )
  const working = setUp !== null && ['setting_up', 'delayed', 'needs_review'].includes(order.status)
  return (
    <>
      {working && may('orders:change') ? (
        <ActButton act="retry" look="primary">
          {t('console.order.retry')}
        </ActButton>
      ) : null}
      {working && may('orders:change') && setUp.otherPanels.length > 0 ? (
        <ActDialog
          act="choose_panel"
          trigger={t('console.order.choosePanel')}
          title={t('console.order.choosePanel.title')}
          confirm={t('console.order.choosePanel.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.order.choosePanel.lead', { panel: setUp.panel })}</p>
          <Field label={t('console.line.panel')}>
            {(tied) => (
              <Select
                {...tied}
                name="panel"
                required
                options={setUp.otherPanels.map(({ id, name }) => ({ value: id, label: name }))}
              />
            )}
          </Field>
        </ActDialog>
      ) : null}
      {order.status === 'ready' && may('orders:change') ? (
        <ActButton act="resend_login">{t('console.order.resendLogin')}</ActButton>
      ) : null}
      {open && invoice && may('payments:money') ? (
        <ActDialog
          act="mark_received"
          look="primary"
          trigger={t('console.order.markReceived')}
          title={t('console.order.markReceived.title')}
          confirm={t('console.order.markReceived.go')}
          keep={t('ui.cancel')}
          fields={{ currency: invoice.due.currency }}
        >
          <p className="text-muted">{t('console.order.markReceived.lead')}</p>
          <Field label={t('console.order.amount')} error={failed?.errors.amount}>
            {(tied) => (
              <MoneyInput
                {...tied}
                name="amount"
                required
                currency={invoice.due.currency}
                defaultValue={failed?.values.amount ?? invoice.due}
              />
            )}
          </Field>
          <Field
            label={t('console.order.reference')}
            hint={t('console.order.reference.hint')}
            error={failed?.errors.reference}
          >
            {(tied) => (
              <Input {...tied} name="reference" required maxLength={100} defaultValue={failed?.values.reference} />
            )}
          </Field>
        </ActDialog>
      ) : null}
      {open && may('orders:change') ? (
        <ActDialog
          act="cancel"
          danger
          trigger={t('console.order.cancel')}
          title={t('console.order.cancel.title', { number: order.number })}
          confirm={t('console.order.cancel')}
          keep={t('console.order.cancel.keep')}
        >
          <p className="text-muted">{t('console.order.cancel.lead')}</p>
        </ActDialog>
      ) : null}
      {refundable && may('refunds:money') ? (
        <LinkButton to={`/admin/orders/${order.id}/refund`}>{t('console.order.refund')}</LinkButton>
      ) : null}
    </>
  )
}

/** Paid but not up is the loudest state there is. */
function Trouble({ order }: Pick<Data, 'order'>) {
  const t = useText()
  if (order.status !== 'delayed' && order.status !== 'needs_review') return null
  return (
    <Alert
      className="mb-6"
      tone={order.status === 'delayed' ? 'warn' : 'bad'}
      title={t(order.status === 'delayed' ? 'console.order.delayed' : 'console.order.needsReview')}
    >
      {order.reason ? t('console.order.lastAnswer', { answer: order.reason }) : null}
    </Alert>
  )
}

function SetUp({ setUp }: { setUp: NonNullable<Data['setUp']> }) {
  const t = useText()
  return (
    <Card
      title={t('console.order.setUp')}
      actions={
        setUp.wanted === 'none' ? null : (
          <LinkButton dense to={`/admin/lines/${setUp.lineId}`}>
            {t('console.order.openLine')}
          </LinkButton>
        )
      }
      flush
    >
      <div className="p-5">
        <DescriptionList
          items={[
            { label: t('console.list.state'), value: <StateBadge of="sync" state={setUp.sync} /> },
            { label: t('console.line.username'), value: setUp.username, code: true },
            { label: t('console.line.requestedUsername'), value: setUp.requestedUsername, code: true },
            { label: t('console.line.panel'), value: setUp.panel },
            {
              label: t('console.routing.because'),
              value: setUp.because === null ? null : t(`console.routing.because.${setUp.because}`),
            },
            { label: t('console.line.tries'), value: String(setUp.tries) },
            { label: t('console.line.nextTry'), value: setUp.nextTryAt ? <When at={setUp.nextTryAt} /> : null },
            { label: t('console.line.lastAnswer'), value: setUp.lastAnswer },
            {
              label: t('console.line.activatedAt'),
              value: setUp.activatedAt ? <When at={setUp.activatedAt} as="exact" /> : null,
            },
          ]}
        />
      </div>
      <div className="border-t border-line">
        <CallsTable calls={setUp.calls} />
      </div>
    </Card>
  )
}

function Payments({ payments }: Pick<Data, 'payments'>) {
  const t = useText()
  return (
    <Card title={t('console.order.payments')} flush>
      {payments.length === 0 ? <p className="px-5 py-6 text-muted">{t('console.order.payments.none')}</p> : null}
      <ul>
        {payments.map((payment) => (
          <li key={payment.id} className="flex flex-col gap-1 border-b border-line px-5 py-3 last:border-b-0">
            <p className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
              <span className="flex flex-wrap items-center gap-2">
                <Link to={`/admin/payments/${payment.id}`} className="font-medium hover:underline">
                  {payment.gateway}
                </Link>
                <StateBadge of="payment" state={payment.status} />
              </span>
              <Money value={payment.status === 'succeeded' ? payment.received : payment.amount} />
            </p>
            <p className="text-sm text-muted">
              {t('console.order.attempt', { number: payment.attempt })} · <When at={payment.at} />
              {payment.reference ? (
                <>
                  {' · '}
                  <bdi className="code break-all">{payment.reference}</bdi>
                </>
              ) : null}
            </p>
            {payment.answer ? <p className="text-sm text-bad">{payment.answer}</p> : null}
            {payment.refunds.map((refund) => (
              <p key={refund.id} className="flex flex-wrap justify-between gap-x-4 text-sm text-muted">
                <span>
                  {t('console.order.refunded')}: {refund.reason} (<When at={refund.at} />)
                </span>
                <span>
                  −<Money value={refund.amount} />
                </span>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  )
}
