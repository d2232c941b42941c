import '../i18n/areas/bank.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { decideDispute, releaseCustomer } from '#modules/billing/disputes/dispute-by-hand.ts'
import { maySend, sendEvidence } from '#modules/billing/disputes/evidence.ts'
import { findDispute } from '#modules/billing/disputes/queries.ts'
import { askAboutDispute } from '#modules/billing/disputes/refresh-dispute.ts'
import { findGateway } from '#modules/billing/gateways.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, moneyText, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/dispute.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { CustomerLink } from './customer-link.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readHistory } from './history.server.ts'
import { History } from './history.tsx'

const verdicts = ['won', 'lost', 'closed'] as const

export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return transaction(shop, 'read-dispute', async (tx) => {
    const dispute = await findDispute(tx, params.id)
    if (dispute === null) throw new Refusal('not_found', 'There is no such dispute.')
    const gateway = await findGateway(tx, dispute.gatewayAccountId)
    const amount = (minor: bigint) => money(minor, dispute.currency)
    return {
      id: dispute.id,
      paymentId: dispute.paymentId,
      state: dispute.status,
      kind: dispute.kind,
      reason: dispute.reason,
      gateway: gateway?.name ?? '',
      remoteRef: dispute.remoteRef,
      byHand: dispute.remoteRef === null,
      sendable: await maySend(tx, shop, dispute.id),
      decided: dispute.closedAt !== null,
      frozen: dispute.releasedAt === null,
      suspended: dispute.suspended.length,
      amount: amount(dispute.amountMinor),
      withdrawn: amount(dispute.withdrawnMinor),
      lost: amount(dispute.lostMinor),
      fee: amount(dispute.feeMinor),
      dueAt: dispute.evidenceDueAt?.toString() ?? null,
      sentAt: dispute.evidenceSentAt?.toString() ?? null,
      openedAt: dispute.openedAt.toString(),
      closedAt: dispute.closedAt?.toString() ?? null,
      releasedAt: dispute.releasedAt?.toString() ?? null,
      customer: (await customersById(tx, [dispute.customerId])).get(dispute.customerId) ?? null,
      history: await readHistory(tx, { subjectId: dispute.id }),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:change')
  const read = formReader(form)
  const { id } = params
  switch (read.raw('act')) {
    case 'ask':
      try {
        await askAboutDispute(shop, id)
      } catch (error) {
        if (error instanceof ProviderError) throw new Refusal('gateway_failed', error.message)
        throw error
      }
      return redirectWith(`/admin/disputes/${id}`, 'console.dispute.asked')
    case 'send':
      await sendEvidence(shop, id)
      return redirectWith(`/admin/disputes/${id}`, 'console.dispute.send.done')
    case 'release': {
      const reason = read.text('reason', { most: 500 })
      if (read.failed) return failure(read.errors, form)
      await releaseCustomer(shop, id, reason)
      return redirectWith(`/admin/disputes/${id}`, 'console.dispute.release.done')
    }
    case 'decide': {
      const verdict = read.choice('verdict', verdicts)
      if (read.failed) return failure(read.errors, form)
      await decideDispute(shop, id, verdict)
      return redirectWith(`/admin/disputes/${id}`, 'console.dispute.decide.done')
    }
    default:
      throw new Refusal('bad_request', 'This page has no such act.')
  }
}

/** One dispute: by when to answer, what the books say of it, and what may be done. */
export default function DisputePage({ loaderData: dispute }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const page = usePage()
  const failed = useFailure()
  const change = may('payments:change')
  return (
    <>
      <PageHeader
        title={t('console.dispute.title', { amount: moneyText(dispute.amount, page) })}
        badge={<StateBadge of="dispute" state={dispute.state} />}
        back={{ to: '/admin/disputes', label: t('console.disputes.title') }}
        actions={change ? <Acts dispute={dispute} /> : null}
      />
      <FormErrors failure={failed} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          {dispute.dueAt && !dispute.decided && dispute.sentAt === null ? (
            <Alert tone="warn" title={t('console.disputes.due')}>
              <When at={dispute.dueAt} as="both" />
            </Alert>
          ) : null}
          {dispute.frozen ? (
            <Alert tone="bad" title={t('console.dispute.frozen')}>
              {t('console.dispute.frozen.lead', { n: dispute.suspended })}
            </Alert>
          ) : null}
          <Card title={t('console.dispute.money')}>
            <DescriptionList
              items={[
                { label: t('console.dispute.withdrawn'), value: <Money value={dispute.withdrawn} /> },
                { label: t('console.dispute.lost'), value: <Money value={dispute.lost} /> },
                { label: t('console.dispute.fee'), value: <Money value={dispute.fee} /> },
              ]}
            />
          </Card>
          <Card title={t('console.invoice.history')}>
            <History {...dispute.history} here={dispute.id} />
          </Card>
        </div>
        <Card title={t('console.invoice.facts')}>
          <DescriptionList
            items={[
              {
                label: t('console.invoices.customer'),
                value: dispute.customer ? <CustomerLink customer={dispute.customer} /> : null,
              },
              {
                label: t('console.dispute.payment'),
                value: (
                  <Link to={`/admin/payments/${dispute.paymentId}`} className="text-brand hover:underline">
                    {t('console.bank.payment.open')}
                  </Link>
                ),
              },
              { label: t('console.payments.gateway'), value: dispute.gateway },
              { label: t('console.dispute.theirs'), value: dispute.remoteRef, code: true },
              { label: t('console.dispute.kind'), value: t(`console.dispute.kind.${dispute.kind}`) },
              { label: t('console.dispute.reason'), value: dispute.reason.replaceAll('_', ' ').toLowerCase() },
              { label: t('console.disputes.opened'), value: <When at={dispute.openedAt} as="exact" /> },
              {
                label: t('console.dispute.sent'),
                value: dispute.sentAt ? <When at={dispute.sentAt} as="exact" /> : null,
              },
              {
                label: t('console.dispute.closed'),
                value: dispute.closedAt ? <When at={dispute.closedAt} as="exact" /> : null,
              },
              {
                label: t('console.dispute.released'),
                value: dispute.releasedAt ? <When at={dispute.releasedAt} as="exact" /> : null,
              },
            ].filter(({ value }) => value !== null && value !== '')}
          />
        </Card>
      </div>
    </>
  )
}

function Acts({ dispute }: { dispute: Route.ComponentProps['loaderData'] }) {
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <LinkButton to={`/admin/disputes/${dispute.id}/evidence.pdf`} reload>
        {t('console.dispute.evidence')}
      </LinkButton>
      {dispute.sendable ? (
        <ActDialog
          act="send"
          look="primary"
          trigger={t('console.dispute.send')}
          title={t('console.dispute.send.title')}
          confirm={t('console.dispute.send')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.dispute.send.lead')}</p>
        </ActDialog>
      ) : null}
      {dispute.byHand ? null : <ActButton act="ask">{t('console.dispute.ask')}</ActButton>}
      {dispute.byHand && !dispute.decided ? (
        <ActDialog
          act="decide"
          look="primary"
          trigger={t('console.dispute.decide')}
          title={t('console.dispute.decide.title')}
          confirm={t('console.dispute.decide')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.dispute.decide.lead')}</p>
          <Field label={t('console.dispute.verdict')} error={failed?.errors.verdict}>
            {(tied) => (
              <Select
                {...tied}
                name="verdict"
                options={verdicts.map((value) => ({ value, label: t(`state.dispute.${value}`) }))}
              />
            )}
          </Field>
        </ActDialog>
      ) : null}
      {dispute.frozen ? (
        <ActDialog
          act="release"
          trigger={t('console.dispute.release')}
          title={t('console.dispute.release.title')}
          confirm={t('console.dispute.release')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.dispute.release.lead')}</p>
          <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
        </ActDialog>
      ) : null}
    </>
  )
}
