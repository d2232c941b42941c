import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { soldAs } from '#modules/billing/rules.ts'
import { listPlans, termOf } from '#modules/catalog/plans.ts'
import { makeQuote } from '#modules/checkout/quotes.ts'
import { zero } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/quote-new.ts'
import { dayOf } from './coupon-form.server.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { newFormKey, once } from './once.server.ts'

/** Makes a quote for one buyer. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:change')
  const plans = await transaction(shop, 'read-plans', (tx) => listPlans(tx))
  return {
    currency: shop.currency,
    until: shop.now().toZonedDateTimeISO(shop.zone).toPlainDate().add({ days: 14 }).toString(),
    plans: plans
      .filter(({ trial }) => !trial)
      .map((plan) => ({ value: plan.id, label: soldAs(plan.name, termOf(plan)) })),
    formKey: newFormKey(),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'orders:change')
  const read = formReader(form)
  const last = dayOf(read, 'valid_on')
  if (last === null && read.errors.valid_on === undefined) read.refuse('valid_on', 'Please choose a day.')
  const facts = {
    email: read.email('email') ?? '',
    name: read.text('name', { most: 120, least: 0 }),
    planId: read.text('plan_id', { most: 60 }),
    price: read.money('price', shop.currency, { required: true, positive: true }) ?? zero(shop.currency),
    setupMinor: read.money('setup', shop.currency)?.minor ?? 0n,
    note: read.text('note', { most: 1_000, least: 0, lines: true }),
    validUntil: last?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? shop.now(),
  }
  if (read.failed) return failure(read.errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'make-quote', (tx) => makeQuote(tx, open, facts, open.now()))
  })
  return id === '' ? redirect('/admin/quotes', 303) : redirectWith(`/admin/quotes/${id}`, 'console.quotes.made')
}

export default function NewQuote({ loaderData: { currency, until, plans, formKey } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const { errors, kept } = keeping(failed)
  return (
    <>
      <PageHeader title={t('console.quotes.add')} back={{ to: '/admin/quotes', label: t('console.quotes.title') }} />
      <div className="flex max-w-2xl flex-col gap-6">
        <Card>
          <Form method="post" className="flex flex-col gap-5">
            <FormErrors failure={failed} />
            <input type="hidden" name="form_key" value={formKey} />
            <Field label={t('console.quotes.email')} error={errors.email}>
              {(tied) => (
                <Input {...tied} type="email" name="email" required maxLength={254} defaultValue={kept('email', '')} />
              )}
            </Field>
            <Field label={t('console.quotes.name')} error={errors.name} optional>
              {(tied) => <Input {...tied} name="name" maxLength={120} defaultValue={kept('name', '')} />}
            </Field>
            <Field label={t('console.quotes.plan')} error={errors.plan_id}>
              {(tied) => (
                <Select
                  {...tied}
                  name="plan_id"
                  defaultValue={kept('plan_id', plans[0]?.value ?? '')}
                  options={plans}
                />
              )}
            </Field>
            <div className="grid gap-5 sm:grid-cols-2">
              <Field label={t('console.quotes.price')} hint={t('console.quotes.price.hint')} error={errors.price}>
                {(tied) => <MoneyInput {...tied} name="price" currency={currency} defaultValue={kept('price', '')} />}
              </Field>
              <Field label={t('console.quotes.setup')} error={errors.setup} optional>
                {(tied) => <MoneyInput {...tied} name="setup" currency={currency} defaultValue={kept('setup', '')} />}
              </Field>
            </div>
            <Field label={t('console.quotes.note')} error={errors.note} optional>
              {(tied) => <Textarea {...tied} name="note" rows={4} maxLength={1_000} defaultValue={kept('note', '')} />}
            </Field>
            <Field label={t('console.quotes.until')} error={errors.valid_on ?? errors.valid_until}>
              {(tied) => (
                <Input {...tied} type="date" name="valid_on" required defaultValue={kept('valid_on', until)} />
              )}
            </Field>
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to="/admin/quotes">{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.quotes.make')}</Button>
            </div>
          </Form>
        </Card>
      </div>
    </>
  )
}
