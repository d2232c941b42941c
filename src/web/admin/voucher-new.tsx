import '../i18n/areas/money.ts'
import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { soldAs } from '#modules/billing/rules.ts'
import { listPlans, termOf } from '#modules/catalog/plans.ts'
import { listBranch } from '#modules/reselling/queries.ts'
import { makeBatch, mostVouchers } from '#modules/vouchers/make-batch.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/voucher-new.ts'
import { dayOf } from './coupon-form.server.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { CountField, keeping } from './kept-fields.tsx'
import { newFormKey, once } from './once.server.ts'

/** Makes a batch of vouchers. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:money')
  const [plans, branch] = await transaction(
    shop,
    'read-plans',
    async (tx) => [await listPlans(tx), await listBranch(tx)] as const,
  )
  return {
    resellers: branch.filter(({ closedAt }) => closedAt === null).map(({ id, name }) => ({ value: id, label: name })),
    currency: shop.currency,
    most: mostVouchers,
    plans: plans
      .filter(({ trial }) => !trial)
      .map((plan) => ({ value: plan.id, label: soldAs(plan.name, termOf(plan)) })),
    formKey: newFormKey(),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'wallets:money')
  const read = formReader(form)
  const last = dayOf(read, 'last_use_on')
  const planId = read.text('plan_id', { most: 60 })
  const facts = {
    name: read.text('name', { most: 80 }),
    planId: planId === 'money' ? null : planId,
    value: planId === 'money' ? read.money('value', shop.currency, { required: true, positive: true }) : null,
    count: read.whole('count', { from: 1, to: mostVouchers }),
    price: read.money('price', shop.currency, { positive: true }),
    soldTo: read.text('sold_to', { most: 200, least: 0 }),
    resellerId: read.raw('reseller_id') === '' ? null : read.raw('reseller_id'),
    lastUseAt: last?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? null,
  }
  if (read.failed) return failure(read.errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'make-vouchers', (tx) => makeBatch(tx, open, facts, open.now()))
  })
  if (id === '') return redirect('/admin/vouchers', 303)
  return redirectWith(`/admin/vouchers/${id}`, 'console.vouchers.made', { values: { name: facts.name } })
}

export default function NewVouchers({
  loaderData: { currency, most, plans, resellers, formKey },
}: Route.ComponentProps) {
  const t = useText()
  const goods = [...plans, { value: 'money', label: t('money.voucher') }]
  const failed = useFailure()
  const form = keeping(failed)
  const { errors, kept } = form
  return (
    <>
      <PageHeader
        title={t('console.vouchers.add')}
        back={{ to: '/admin/vouchers', label: t('console.vouchers.title') }}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        <Card>
          <Form method="post" className="flex flex-col gap-5">
            <FormErrors failure={failed} />
            <input type="hidden" name="form_key" value={formKey} />
            <Field label={t('console.vouchers.name')} hint={t('console.vouchers.name.hint')} error={errors.name}>
              {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={kept('name', '')} />}
            </Field>
            <Field label={t('console.vouchers.plan')} hint={t('console.vouchers.plan.hint')} error={errors.plan_id}>
              {(tied) => (
                <Select
                  {...tied}
                  name="plan_id"
                  defaultValue={kept('plan_id', goods[0]?.value ?? '')}
                  options={goods}
                />
              )}
            </Field>
            <Field
              label={t('money.voucher.value', { currency })}
              hint={t('money.voucher.value.hint')}
              error={errors.value ?? errors['value.amount']}
              optional
            >
              {(tied) => <MoneyInput {...tied} name="value" currency={currency} defaultValue={kept('value', '')} />}
            </Field>
            <CountField name="count" label={t('console.vouchers.count')} least={1} most={most} form={form} known={10} />
            <Field
              label={t('console.vouchers.soldFor', { currency })}
              hint={t('console.vouchers.soldFor.hint')}
              error={errors.price ?? errors['price.amount']}
              optional
            >
              {(tied) => <MoneyInput {...tied} name="price" currency={currency} defaultValue={kept('price', '')} />}
            </Field>
            <Field label={t('console.vouchers.soldTo')} error={errors.sold_to} optional>
              {(tied) => <Input {...tied} name="sold_to" maxLength={200} defaultValue={kept('sold_to', '')} />}
            </Field>
            {resellers.length === 0 ? null : (
              <Field
                label={t('console.vouchers.reseller')}
                hint={t('console.vouchers.reseller.hint')}
                error={errors.reseller_id}
                optional
              >
                {(tied) => (
                  <Select
                    {...tied}
                    name="reseller_id"
                    options={[{ value: '', label: t('console.vouchers.reseller.none') }, ...resellers]}
                    defaultValue={kept('reseller_id', '')}
                  />
                )}
              </Field>
            )}
            <Field
              label={t('console.vouchers.last')}
              hint={t('console.vouchers.last.hint')}
              error={errors.last_use_on ?? errors.last_use_at}
              optional
            >
              {(tied) => <Input {...tied} type="date" name="last_use_on" defaultValue={kept('last_use_on', '')} />}
            </Field>
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to="/admin/vouchers">{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.vouchers.make')}</Button>
            </div>
          </Form>
        </Card>
      </div>
    </>
  )
}
