import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { changePlan } from '#modules/billing/change-plan.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { confirmedChange, planChangePage } from '../portal/plan-change.server.ts'
import { ConfirmedFields, PlanChangeFacts, PlanChoice } from '../portal/plan-change-parts.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/subscription-plan.ts'
import { ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'

/** Another plan for a customer: the choice, what it means, the act. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:change')
  const chosen = new URL(request.url).searchParams.get('plan')
  const page = await transaction(shop, 'read-plan-change', (tx) => planChangePage(tx, shop, params.id, chosen))
  return { id: params.id, ...page }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const read = formReader(form)
  const reason = read.text('reason', { most: 500 })
  const { planId, fingerprint } = confirmedChange(form)
  if (read.failed) return failure(read.errors, form)
  const { status } = await changePlan(shop, params.id, planId, fingerprint, reason)
  const told = { applied: 'done', awaiting_payment: 'asked' } as const
  const key = status === 'applied' || status === 'awaiting_payment' ? told[status] : 'scheduled'
  return redirectWith(`/admin/subscriptions/${params.id}`, `life.plan.${key}`)
}

export default function SubscriptionPlan({ loaderData: { id, presentName, plans, preview } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const back = `/admin/subscriptions/${id}`
  return (
    <>
      <PageHeader
        title={t('life.plan.title', { name: presentName })}
        back={{ to: back, label: t('console.subscription.facts') }}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        {preview === null ? null : (
          <Card title={preview.name}>
            <Form method="post" className="flex flex-col gap-5">
              <PlanChangeFacts preview={preview} />
              <ConfirmedFields preview={preview} />
              <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
              <div className="flex flex-wrap justify-end gap-2">
                <LinkButton to={back}>{t('life.plan.back')}</LinkButton>
                <Button look="primary">{t('life.plan.confirm')}</Button>
              </div>
            </Form>
          </Card>
        )}
        <PlanChoice plans={plans} chosen={preview?.planId ?? null} />
      </div>
    </>
  )
}
