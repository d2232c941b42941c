import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { cancelNow, previewCancel } from '#modules/billing/cancel-subscription.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/subscription-cancel.ts'
import { ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRecent, staffOf } from './guard.server.ts'

/** The end now: what goes back is shown first, and is what happens. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const staff = await staffOf(context, request, 'refunds:money')
  requireRecent(staff, request)
  const { shop } = staff
  const shown = await transaction(shop, 'read-cancel', (tx) => previewCancel(tx, shop, params.id, shop.now()))
  return {
    id: params.id,
    policy: shown.policy.kind,
    refund: shown.refund,
    givesUp: shown.givesUp,
    paidThrough: shown.subscription.paidThrough?.toString() ?? null,
    fingerprint: shown.fingerprint,
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'refunds:money', { recent: true })
  const read = formReader(form)
  const reason = read.text('reason', { most: 500 })
  if (read.failed) return failure(read.errors, form)
  await cancelNow(shop, params.id, read.raw('fingerprint'), reason)
  return redirectWith(`/admin/subscriptions/${params.id}`, 'life.cancel.ended')
}

export default function SubscriptionCancel({ loaderData }: Route.ComponentProps) {
  const { id, policy, refund, givesUp, paidThrough, fingerprint } = loaderData
  const t = useText()
  const failed = useFailure()
  const back = `/admin/subscriptions/${id}`
  return (
    <>
      <PageHeader title={t('life.cancel.now.title')} back={{ to: back, label: t('console.subscription.facts') }} />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        <Card>
          <Form method="post" className="flex flex-col gap-5">
            <p>{t('life.cancel.now.lead')}</p>
            <DescriptionList
              items={[
                { label: t('life.cancel.refund'), value: <Money value={refund} /> },
                { label: t('life.cancel.policy'), value: t(`life.cancel.policy.${policy}`) },
                {
                  label: t('life.cancel.paidThrough'),
                  value: paidThrough ? <When at={paidThrough} as="exact" /> : null,
                },
                { label: t('life.cancel.rest'), value: t(givesUp ? 'life.cancel.rest.gone' : 'life.cancel.rest.kept') },
              ]}
            />
            <input type="hidden" name="fingerprint" value={fingerprint} />
            <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to={back}>{t('ui.cancel')}</LinkButton>
              <Button look="danger">{t('life.cancel.now.go')}</Button>
            </div>
          </Form>
        </Card>
      </div>
    </>
  )
}
