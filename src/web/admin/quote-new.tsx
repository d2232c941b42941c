import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { makeQuote } from '#modules/checkout/make-quote.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/quote-new.ts'
import { actAs, staffOf } from './guard.server.ts'
import { keeping } from './kept-fields.tsx'
import { newFormKey, once } from './once.server.ts'
import { QuoteAddOns, QuoteDiscount, QuotePrices } from './quote-fields.tsx'
import { quotedList, readQuoteForm } from './quote-form.server.ts'

/** Makes a quote for one buyer: plan and currency first, so that what the list asks for stands beside each field. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:change')
  const list = await transaction(shop, 'read-list', (tx) => quotedList(tx, shop, request.url))
  return { ...list, formKey: newFormKey() }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'orders:change')
  const { facts, errors } = readQuoteForm(form, shop)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'make-quote', (tx) => makeQuote(tx, open, facts, open.now()))
  })
  return id === '' ? redirect('/admin/quotes', 303) : redirectWith(`/admin/quotes/${id}`, 'console.quotes.made')
}

export default function NewQuote({ loaderData }: Route.ComponentProps) {
  const { plans, planId, currency, currencies, until, formKey } = loaderData
  const t = useText()
  const failed = useFailure()
  const form = keeping(failed)
  const { errors, kept } = form
  return (
    <>
      <PageHeader title={t('console.quotes.add')} back={{ to: '/admin/quotes', label: t('console.quotes.title') }} />
      <div className="flex max-w-2xl flex-col gap-6">
        <Card>
          <Form method="get" className="flex flex-wrap items-end gap-4">
            <Field label={t('console.quotes.plan')} error={errors.plan_id}>
              {(tied) => <Select {...tied} key={planId} name="plan" defaultValue={planId} options={plans} />}
            </Field>
            <Field label={t('console.quotes.currency')}>
              {(tied) => (
                <Select
                  {...tied}
                  key={currency}
                  name="currency"
                  defaultValue={currency}
                  options={currencies.map((value) => ({ value, label: value }))}
                />
              )}
            </Field>
            <Button>{t('console.quotes.show')}</Button>
          </Form>
        </Card>
        <Card>
          <Form key={`${planId}/${currency}`} method="post" className="flex flex-col gap-5">
            <FormErrors failure={failed} />
            <input type="hidden" name="form_key" value={formKey} />
            <input type="hidden" name="plan_id" value={planId} />
            <input type="hidden" name="currency" value={currency} />
            <div className="grid gap-5 sm:grid-cols-2">
              <Field label={t('console.quotes.email')} error={errors.email}>
                {(tied) => (
                  <Input
                    {...tied}
                    type="email"
                    name="email"
                    required
                    maxLength={254}
                    defaultValue={kept('email', '')}
                  />
                )}
              </Field>
              <Field label={t('console.quotes.name')} error={errors.name} optional>
                {(tied) => <Input {...tied} name="name" maxLength={120} defaultValue={kept('name', '')} />}
              </Field>
            </div>
            <QuotePrices list={loaderData.list} currency={currency} form={form} />
            <QuoteAddOns addOns={loaderData.addOns} currency={currency} form={form} />
            <QuoteDiscount currency={currency} form={form} />
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
