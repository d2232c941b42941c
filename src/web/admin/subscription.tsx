import '../i18n/areas/adoption.ts'
import { Link } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { cancelAtEnd, undoCancel } from '#modules/billing/cancel-subscription.ts'
import { undoAddOn } from '#modules/billing/change-add-ons.ts'
import { undoPlanChange } from '#modules/billing/change-plan.ts'
import { endPriceException, makePriceException } from '#modules/billing/price-exception.ts'
import { undoOverride } from '#modules/billing/undo-override.ts'
import { answerPrice } from '#modules/subscriptions/answer-price.ts'
import { giveFreeDays, resumeByHand, suspendByHand, terminateByHand } from '#modules/subscriptions/by-hand.ts'
import { holdSuspension, setAutoRenew } from '#modules/subscriptions/change-subscription.ts'
import { assignPolicy } from '#modules/subscriptions/choices.ts'
import { moveEnd, restoreByHand } from '#modules/subscriptions/move-end.ts'
import { pauseSubscription, resumePaused } from '#modules/subscriptions/pause.ts'
import { wakeOne } from '#modules/subscriptions/wake.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { textOr } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Steps } from '../ui/steps.tsx'
import type { Route } from './+types/subscription.ts'
import { ActButton } from './act.tsx'
import { CustomerLink } from './customer-link.tsx'
import { Explanation } from './explanation.tsx'
import { type FormReader, formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { History } from './history.tsx'
import { newFormKey, once } from './once.server.ts'
import { readSubscriptionRecord } from './subscription.server.ts'
import { SubscriptionActs } from './subscription-acts.tsx'
import { SubscriptionOverrides } from './subscription-overrides.tsx'
import { SubscriptionPrice } from './subscription-price.tsx'

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  return { ...(await readSubscriptionRecord(shop, params.id)), formKey: newFormKey() }
}

const rightOf = {
  hold: 'lines:change',
  policy: 'lines:change',
  undo_plan: 'lines:change',
  undo_add_on: 'lines:change',
  pause: 'lines:change',
  move_end: 'lines:money',
  restore: 'lines:change',
  cancel: 'lines:change',
  undo_cancel: 'lines:change',
  end_pause: 'lines:change',
  auto_renew: 'lines:change',
  suspend: 'lines:change',
  resume: 'lines:change',
  terminate: 'lines:delete',
  free_days: 'lines:money',
  accept_price: 'lines:change',
  decline_price: 'lines:change',
  price_exception: 'lines:money',
  undo_price_exception: 'lines:money',
  undo_override: 'lines:money',
  wake: 'lines:change',
} as const
type Act = keyof typeof rightOf

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'lines:see')
  const { shop, form } = staff
  const act = Object.keys(rightOf).find((each): each is Act => each === form.get('act'))
  if (act === undefined) throw new Refusal('bad_request', 'This page has no such act.')
  requireRight(staff, rightOf[act])
  const read = formReader(form)
  const reason = ['auto_renew', 'undo_plan', 'undo_add_on', 'end_pause', 'undo_cancel', 'wake'].includes(act)
    ? ''
    : read.text('reason', { most: 500 })
  const days = act === 'free_days' ? read.whole('days', { from: 1, to: 365 }) : 0
  const until = act === 'hold' || ['resume', 'pause', 'move_end', 'restore'].includes(act) ? dayOf(read, shop) : null
  if (act === 'move_end' && until === null) read.refuse('until', 'Please choose a day.')
  if (read.failed) return failure(read.errors, form)
  const { id } = params
  switch (act) {
    case 'hold':
      await transaction(shop, 'hold-suspension', (tx) => holdSuspension(tx, shop, id, until, shop.now(), reason))
      break
    case 'undo_plan':
      await undoPlanChange(shop, id)
      break
    case 'undo_add_on':
      await undoAddOn(shop, id)
      break
    case 'cancel':
      await cancelAtEnd(shop, id, reason)
      break
    case 'undo_cancel':
      await undoCancel(shop, id)
      break
    case 'move_end':
      if (until !== null) await moveEnd(shop, id, until, reason)
      break
    case 'restore':
      await restoreByHand(shop, id, reason, until)
      break
    case 'pause':
      await pauseSubscription(shop, id, { until, reason })
      break
    case 'wake':
      await transaction(shop, 'wake', (tx) => wakeOne(tx, shop, id, shop.now()))
      break
    case 'end_pause':
      await resumePaused(shop, id)
      break
    case 'auto_renew':
      await transaction(shop, 'auto-renew', (tx) => setAutoRenew(tx, shop, id, form.get('on') === 'true', shop.now()))
      break
    case 'suspend':
      await suspendByHand(shop, id, reason)
      break
    case 'policy':
      await assignPolicy(shop, id, read.raw('policy') || null, reason)
      break
    case 'resume':
      await resumeByHand(shop, id, reason, until)
      break
    case 'terminate':
      await terminateByHand(shop, id, reason)
      break
    case 'accept_price':
    case 'decline_price':
      await answerPrice(shop, id, act === 'accept_price', reason)
      break
    case 'price_exception':
      await makePriceException(shop, id, reason)
      break
    case 'undo_price_exception':
      await endPriceException(shop, id, reason)
      break
    case 'undo_override':
      await undoOverride(shop, id, read.raw('override'), reason)
      break
    case 'free_days':
      await once(shop, request, form, (open) => giveFreeDays(open, id, days, reason))
      break
  }
  return redirectWith(`/admin/subscriptions/${id}`, `console.subscription.did.${act}`)
}

/** The end of the chosen day in the business's zone; empty is none. */
function dayOf(read: FormReader, shop: Shop): Temporal.Instant | null {
  const text = read.raw('until')
  if (text === '') return null
  try {
    const day = Temporal.PlainDate.from(text)
    const end = day.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant()
    if (Temporal.Instant.compare(end, shop.now()) > 0 && day.year < 2200) return end
    read.refuse('until', 'Please choose a day to come.')
  } catch {
    read.refuse('until', 'Please choose a day.')
  }
  return null
}

export default function SubscriptionPage({ loaderData }: Route.ComponentProps) {
  const { subscription, planChange, discount, addOns, customer, plan, policy, line, order, steps, periods, history } =
    loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.subscription.title', { plan: plan.name, customer: customer.name })}
        badge={<StateBadge of="subscription" state={subscription.status} />}
        back={{ to: '/admin/subscriptions', label: t('console.subscriptions.title') }}
        actions={<SubscriptionActs {...loaderData} />}
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      {subscription.restrictedTo ? (
        <Alert className="mb-6" tone="warn">
          {t('console.subscription.restricted', { count: subscription.restrictedTo })}
        </Alert>
      ) : null}
      {subscription.asleepSince ? (
        <Alert
          className="mb-6"
          tone="info"
          title={t('console.adoption.sleeps.lead')}
          actions={may('lines:change') ? <ActButton act="wake">{t('console.adoption.wakeOne')}</ActButton> : null}
        >
          {t('console.adoption.sleeps')} <When at={subscription.asleepSince} as="both" />
        </Alert>
      ) : null}
      {subscription.holdUntil ? (
        <Alert className="mb-6" tone="info">
          {t('console.subscription.held')} <When at={subscription.holdUntil} as="both" />
        </Alert>
      ) : null}
      {planChange ? (
        <Alert
          className="mb-6"
          tone="info"
          title={t(`life.plan.open.${planChange.status}`, { name: planChange.name })}
          actions={
            <>
              {planChange.invoiceId ? (
                <LinkButton to={`/admin/invoices/${planChange.invoiceId}`}>{t('life.plan.invoice')}</LinkButton>
              ) : null}
              {planChange.status !== 'paid' && may('lines:change') ? (
                <ActButton act="undo_plan">{t('life.plan.undo')}</ActButton>
              ) : null}
            </>
          }
        />
      ) : null}
      <SubscriptionPrice {...loaderData} />
      {addOns.open ? (
        <Alert
          className="mb-6"
          tone="info"
          title={t('life.addOns.open', { name: addOns.open.name, count: addOns.open.quantity })}
          actions={
            <>
              {addOns.open.invoiceId ? (
                <LinkButton to={`/admin/invoices/${addOns.open.invoiceId}`}>{t('life.plan.invoice')}</LinkButton>
              ) : null}
              {may('lines:change') ? <ActButton act="undo_add_on">{t('life.plan.undo')}</ActButton> : null}
            </>
          }
        />
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <Card title={t('console.subscription.steps')}>
            {steps.length === 0 ? (
              <p className="text-muted">{t('console.subscription.steps.none')}</p>
            ) : (
              <Steps
                steps={steps.map((step, index) => ({
                  label: t(`console.step.${step.action}`),
                  state: step.done ? 'done' : index === steps.findIndex((each) => !each.done) ? 'current' : 'next',
                  detail: (
                    <>
                      <When at={step.at} as="both" /> · {step.because}
                      {step.passedOver ? ` · ${t('console.subscription.passedOver', { why: step.passedOver })}` : null}
                    </>
                  ),
                }))}
              />
            )}
          </Card>
          <Explanation explained={loaderData.explained} names={history.names} />
          <SubscriptionOverrides overrides={loaderData.overrides} names={history.names} />
          <Card title={t('console.subscription.periods')} flush>
            <Periods periods={periods} />
          </Card>
          <Card title={t('console.record.history')}>
            <History {...history} here={subscription.id} />
          </Card>
        </div>
        <Card title={t('console.subscription.facts')}>
          <DescriptionList
            items={[
              {
                label: t('console.customers.customer'),
                value: <CustomerLink customer={customer} />,
              },
              {
                label: t('console.line.line'),
                value: line ? (
                  <span className="flex flex-wrap items-center gap-2">
                    <Link to={`/admin/lines/${line.id}`} className="code text-brand hover:underline">
                      {line.username}
                    </Link>
                    <StateBadge of="sync" state={line.sync} />
                  </span>
                ) : null,
              },
              {
                label: t('console.subscription.paidThrough'),
                value: subscription.paidThrough ? <When at={subscription.paidThrough} as="exact" /> : null,
              },
              {
                label: t('console.subscription.cutOff'),
                value: subscription.cutOff ? <When at={subscription.cutOff} as="exact" /> : null,
              },
              {
                label: t('console.subscription.terminated'),
                value: subscription.terminatedAt ? (
                  <>
                    <When at={subscription.terminatedAt} as="date" /> (
                    {textOr(
                      t,
                      `console.subscription.because.${subscription.terminatedBecause}`,
                      subscription.terminatedBecause ?? '',
                    )}
                    )
                  </>
                ) : null,
              },
              { label: t('console.subscriptions.price'), value: <Money value={subscription.price} /> },
              {
                label: t(discount?.code === '' ? 'console.coupons.quoted' : 'console.coupons.one'),
                value:
                  discount === null ? null : (
                    <>
                      {discount.code === '' ? null : <bdi className="code">{discount.code} </bdi>}
                      (<Money value={discount.amount} />)
                      {discount.of === null ? null : (
                        <span className="block text-sm text-muted">
                          {t('console.coupons.given', { count: discount.given, of: discount.of })}
                        </span>
                      )}
                    </>
                  ),
              },
              {
                label: t('life.addOns.link'),
                value:
                  addOns.held.length === 0
                    ? null
                    : addOns.held.map((each) => (
                        <span key={each.id} className="block">
                          {t('life.plan.piece', { count: each.quantity, name: each.name })} (
                          <Money value={each.price} />)
                          {each.quantity === each.renewsQuantity ? null : (
                            <span className="block text-sm text-muted">
                              {t('life.addOns.has.then', { before: each.quantity, after: each.renewsQuantity })}
                            </span>
                          )}
                        </span>
                      )),
              },
              { label: t('console.subscription.term'), value: subscription.term },
              {
                label: t('console.subscriptions.renews'),
                value: t(
                  subscription.autoRenew && !subscription.cancelAtEnd
                    ? 'console.subscriptions.renews.yes'
                    : 'console.subscriptions.renews.no',
                ),
              },
              {
                label: t('life.household.title.staff'),
                value:
                  loaderData.together.others === 0 ? null : (
                    <Link
                      to={`/admin/subscriptions/${subscription.id}/together`}
                      className="text-brand hover:underline"
                    >
                      {t('life.household.others', { count: loaderData.together.others })}
                    </Link>
                  ),
              },
              { label: t('console.subscription.waitingFor'), value: subscription.waitingFor },
              { label: t('console.subscription.policy'), value: t('console.subscription.policy.version', policy) },
              {
                label: t('console.order.order'),
                value: order ? (
                  <Link to={`/admin/orders/${order.id}`} className="text-brand hover:underline">
                    {order.number}
                  </Link>
                ) : null,
              },
            ]}
          />
        </Card>
      </div>
    </>
  )
}

type Period = Route.ComponentProps['loaderData']['periods'][number]

function Periods({ periods }: { periods: readonly Period[] }) {
  const t = useText()
  const columns: readonly Column<Period>[] = [
    { id: 'starts', header: t('console.period.starts'), cell: (row) => <When at={row.starts} as="date" /> },
    { id: 'ends', header: t('console.period.ends'), cell: (row) => <When at={row.ends} as="date" /> },
    {
      id: 'kind',
      header: t('console.period.kind'),
      cell: (row) => textOr(t, `console.period.kind.${row.kind}`, row.kind),
    },
  ]
  return (
    <DataTable
      caption={t('console.subscription.periods')}
      columns={columns}
      rows={periods}
      rowKey={(row) => row.id}
      empty={<p className="px-5 py-6 text-muted">{t('console.period.none')}</p>}
    />
  )
}
