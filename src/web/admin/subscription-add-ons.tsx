import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { changeAddOn } from '#modules/billing/change-add-ons.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { addOnPage, chosenAddOn, confirmedAddOn } from '../portal/add-on.server.ts'
import { AddOnChoice, AddOnFacts, ConfirmedAddOn } from '../portal/add-on-parts.tsx'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/subscription-add-ons.ts'
import { ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'

/** More or fewer of an add-on for a customer: the choice, what it means, the act. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:change')
  const chosen = chosenAddOn(new URL(request.url).searchParams)
  const page = await transaction(shop, 'read-add-ons', (tx) => addOnPage(tx, shop, params.id, chosen))
  return { id: params.id, ...page }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const read = formReader(form)
  const reason = read.text('reason', { most: 500 })
  const { fingerprint, ...wish } = confirmedAddOn(form)
  if (read.failed) return failure(read.errors, form)
  const { invoiceId } = await changeAddOn(shop, params.id, wish, fingerprint, reason)
  return redirectWith(
    `/admin/subscriptions/${params.id}`,
    invoiceId === null ? 'life.addOns.done' : 'life.addOns.asked',
  )
}

export default function SubscriptionAddOns({ loaderData }: Route.ComponentProps) {
  const { id, planName, preview, refused } = loaderData
  const t = useText()
  const failed = useFailure()
  const back = `/admin/subscriptions/${id}`
  return (
    <>
      <PageHeader
        title={t('life.addOns.title', { name: planName })}
        back={{ to: back, label: t('console.subscription.facts') }}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        <FormErrors failure={failed} />
        {refused === null ? null : <Alert tone="warn" title={refused} />}
        {preview === null ? null : (
          <Card title={preview.name}>
            <Form method="post" className="flex flex-col gap-5">
              <AddOnFacts preview={preview} />
              <ConfirmedAddOn preview={preview} />
              <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
              <div className="flex flex-wrap justify-end gap-2">
                <LinkButton to={back}>{t('life.addOns.back')}</LinkButton>
                <Button look="primary">{t('life.addOns.confirm')}</Button>
              </div>
            </Form>
          </Card>
        )}
        <AddOnChoice {...loaderData} />
      </div>
    </>
  )
}
