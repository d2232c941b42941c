import '../i18n/areas/odd-money.ts'
import '../i18n/areas/money.ts'
import { Link } from 'react-router'
import { refreshPayment } from '#modules/billing/refresh-payment.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { isPositive } from '#platform/money.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/payment.ts'
import { ActButton } from './act.tsx'
import { CustomerLink } from './customer-link.tsx'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { readPaymentRecord } from './payment.server.ts'
import { StrayCard } from './payment-stray.tsx'
import { actOnStray } from './stray.server.ts'

/** One attempt to pay: what the gateway says of it, and what went back. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return readPaymentRecord(shop, params.id)
}

const strayActs = ['count_stray', 'keep_stray', 'return_stray']

/** Asks the gateway now; what it says decides, as with every notice. Or says where money in another currency belongs. */
export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'payments:see')
  const { shop, form } = staff
  const act = String(form.get('act'))
  if (strayActs.includes(act)) return actOnStray(staff, request, params.id)
  requireRight(staff, 'payments:change')
  if (act !== 'ask') throw new Refusal('bad_request', 'This page has no such act.')
  try {
    await refreshPayment(shop, params.id)
  } catch (error) {
    if (error instanceof ProviderError) throw new Refusal('gateway_failed', error.message)
    throw error
  }
  return redirectWith(`/admin/payments/${params.id}`, 'console.payment.asked')
}

export default function PaymentPage({ loaderData }: Route.ComponentProps) {
  const { payment, fees, net, left, invoice, also, customer, refunds, strays, disputes, events, names } = loaderData
  const t = useText()
  const may = useMay()
  const { method } = payment
  return (
    <>
      <PageHeader
        title={
          invoice?.number
            ? t('console.payment.title', { n: payment.attempt, invoice: invoice.number })
            : t('console.payment.titleDraft', { n: payment.attempt })
        }
        badge={<StateBadge of="payment" state={payment.state} reason={payment.failure?.message} />}
        back={{ to: '/admin/payments', label: t('console.payments.title') }}
        actions={
          <>
            {payment.askable && may('payments:change') ? (
              <ActButton act="ask" look="primary">
                {t('console.payment.ask')}
              </ActButton>
            ) : null}
            {payment.status === 'succeeded' && isPositive(left) && may('refunds:money') ? (
              <LinkButton to={`/admin/payments/${payment.id}/refund`}>{t('console.order.refund')}</LinkButton>
            ) : null}
            {payment.status === 'succeeded' && isPositive(left) && may('payments:change') ? (
              <LinkButton to={`/admin/payments/${payment.id}/dispute`}>{t('console.dispute.enter')}</LinkButton>
            ) : null}
          </>
        }
      />
      <FormErrors failure={useFailure()} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {payment.failure ? (
            <Alert tone="bad" title={payment.failure.message}>
              <span className="code text-sm">
                {payment.failure.class} · {payment.failure.code}
              </span>
            </Alert>
          ) : null}
          <StrayCard strays={strays} gateway={payment.gateway} byHand={payment.byHand} />
          <Card title={t('console.payment.answer')}>
            <DescriptionList
              items={[
                { label: t('console.payments.gateway'), value: gatewayText(payment.gateway, payment.gatewayKind) },
                { label: t('console.payment.theirs'), value: payment.remoteRef, code: true },
                { label: t('console.payment.ours'), value: payment.id, code: true },
                { label: t('console.order.reference'), value: payment.reference, code: true },
                {
                  label: t('console.payment.method'),
                  value: method
                    ? [method.brand ?? method.kind, method.last4 ? `•••• ${method.last4}` : ''].join(' ').trim()
                    : null,
                },
                {
                  label: t('console.payment.fetched'),
                  value: payment.fetchedAt ? (
                    <When at={payment.fetchedAt} as="exact" />
                  ) : (
                    t('console.payment.neverAsked')
                  ),
                },
                { label: t('console.payment.checks'), value: payment.checks > 0 ? String(payment.checks) : null },
                {
                  label: t('console.payment.nextCheck'),
                  value: payment.nextCheckAt ? <When at={payment.nextCheckAt} /> : null,
                },
              ]}
            />
          </Card>
          {disputes.length > 0 ? (
            <Card title={t('console.disputes.title')} flush>
              <ul>
                {disputes.map((dispute) => (
                  <li
                    key={dispute.id}
                    className="flex justify-between gap-6 border-b border-line px-5 py-3 last:border-b-0"
                  >
                    <span className="min-w-0">
                      <Link to={`/admin/disputes/${dispute.id}`} className="text-brand hover:underline">
                        {dispute.reason.replaceAll('_', ' ').toLowerCase()}
                      </Link>{' '}
                      <StateBadge of="dispute" state={dispute.state} />
                    </span>
                    <Money value={dispute.amount} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          {refunds.length > 0 ? (
            <Card title={t('console.payment.refunds')} flush>
              <ul>
                {refunds.map((refund) => (
                  <li
                    key={refund.id}
                    className="flex justify-between gap-6 border-b border-line px-5 py-3 last:border-b-0"
                  >
                    <span className="min-w-0">
                      <span className="block break-words">{refund.reason}</span>
                      <span className="text-sm text-muted">
                        {t('console.payment.refundState', { state: refund.status.replaceAll('_', ' ') })}{' '}
                        <When at={refund.doneAt ?? refund.createdAt} />
                      </span>
                      {refund.asked === null ? null : (
                        <span className="block text-sm">
                          {t('console.payment.refundPart')} <Money value={refund.asked} />
                        </span>
                      )}
                      {refund.claimUrl === null ? null : (
                        <span className="block break-words text-sm">
                          {t('console.payment.refundClaim')}{' '}
                          <a href={refund.claimUrl} rel="noreferrer" className="text-brand hover:underline">
                            {refund.claimUrl}
                          </a>
                        </span>
                      )}
                    </span>
                    <Money value={refund.amount} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          <Card title={t('console.invoice.history')}>
            <History events={events} names={names} here={payment.id} />
          </Card>
        </div>
        <Card title={t('console.invoice.facts')}>
          <DescriptionList
            items={[
              {
                label: t('console.invoices.customer'),
                value: customer ? <CustomerLink customer={customer} /> : null,
              },
              {
                label: t(also.length > 0 ? 'money.payment.pays' : 'console.payment.invoice'),
                value: invoice
                  ? [invoice, ...also].map(({ id, number }) => (
                      <Link key={id} to={`/admin/invoices/${id}`} className="block text-brand hover:underline">
                        {number ?? t('console.invoice.draft')}
                      </Link>
                    ))
                  : null,
              },
              { label: t('console.payment.requested'), value: <Money value={payment.amount} /> },
              {
                label: t('console.payment.received'),
                value: isPositive(payment.received) ? <Money value={payment.received} /> : null,
              },
              {
                label: t('oddMoney.forgiven'),
                value: isPositive(payment.forgiven) ? <Money value={payment.forgiven} /> : null,
              },
              {
                label: t('console.payment.refunded'),
                value: isPositive(payment.refunded) ? <Money value={payment.refunded} /> : null,
              },
              {
                label: t('console.payment.fee'),
                value:
                  fees.length === 0
                    ? null
                    : fees.map((each) => <Money key={each.currency} value={each} className="block" />),
              },
              { label: t('console.payment.net'), value: net === null ? null : <Money value={net} /> },
              { label: t('console.payments.begun'), value: <When at={payment.createdAt} as="exact" /> },
              {
                label: t('console.payment.succeeded'),
                value: payment.succeededAt ? <When at={payment.succeededAt} as="exact" /> : null,
              },
            ]}
          />
        </Card>
      </div>
    </>
  )
}

const gatewayText = (name: string, kind: string | null): string => (kind && kind !== name ? `${name} (${kind})` : name)
