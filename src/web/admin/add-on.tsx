import { Fragment } from 'react'
import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { soldAs } from '#modules/billing/rules.ts'
import { type AddOnFacts, findAddOn, saveAddOn } from '#modules/catalog/add-ons.ts'
import { listPlans, termOf } from '#modules/catalog/plans.ts'
import { dipsOf } from '#modules/catalog/rules.ts'
import { Refusal } from '#platform/errors.ts'
import { money, toDecimal } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { moneyDecimal, moneyText } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { MoneyInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/add-on.ts'
import { readAddOnForm } from './add-on-form.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { CountField, type Kept, keeping, PositionField } from './kept-fields.tsx'
import { newFormKey, once } from './once.server.ts'
import { creditsText } from './plan-fields.tsx'

/** An add-on: how many of it can be had, and its price beside each plan. `/admin/add-ons/new` makes one. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const fresh = params.id === 'new'
  const { shop } = await staffOf(context, request, fresh ? 'plans:change' : 'plans:see')
  return transaction(shop, 'read-add-on', async (tx) => {
    const known = fresh ? null : await findAddOn(tx, params.id)
    if (known === null && !fresh) throw new Refusal('not_found', 'There is no such add-on.')
    const addOn: AddOnFacts = known ?? blank
    const plans = (await listPlans(tx)).filter(({ trial }) => !trial)
    return {
      id: known?.id ?? null,
      addOn: { name: addOn.name, maxQuantity: addOn.maxQuantity, active: addOn.active, position: addOn.position },
      plans: plans.map((plan) => {
        const sold = addOn.plans.find(({ planId }) => planId === plan.id)
        const currencies = [
          ...new Set([
            ...plan.prices.map(({ currency }) => currency),
            ...(sold?.prices.map(({ currency }) => currency) ?? []),
          ]),
        ]
        return {
          id: plan.id,
          name: soldAs(plan.name, termOf(plan)),
          creditCostMilli: sold?.creditCostMilli ?? 0n,
          prices: (currencies.length === 0 ? [shop.currency] : currencies).map((currency) => {
            const price = sold?.prices.find((each) => each.currency === currency)
            const inCurrency = (minor: bigint) => money(minor, currency)
            return {
              currency,
              price: price === undefined ? null : inCurrency(price.amountMinor),
              breaks: (price?.breaks ?? [])
                .map(({ from, amountMinor }) => `${from}: ${toDecimal(inCurrency(amountMinor))}`)
                .join(', '),
              dips: dipsOf(
                { priceMinor: price?.amountMinor ?? 0n, breaks: price?.breaks ?? [] },
                addOn.maxQuantity,
              ).map(({ quantity, total, before }) => ({
                quantity,
                total: inCurrency(total),
                before: inCurrency(before),
              })),
            }
          }),
        }
      }),
      formKey: newFormKey(),
    }
  })
}

const blank: AddOnFacts = { kind: 'connection', name: '', maxQuantity: 3, active: true, position: 0, plans: [] }

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const { facts, errors } = readAddOnForm(form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  const told = { values: { name: facts.name } }
  if (params.id !== 'new') {
    await transaction(shop, 'save-add-on', (tx) => saveAddOn(tx, shop, facts, params.id))
    return redirectWith(`/admin/add-ons/${params.id}`, 'console.addOn.saved', told)
  }
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'save-add-on', (tx) => saveAddOn(tx, open, facts))
  })
  if (id === '') return redirect('/admin/plans', 303)
  return redirectWith(`/admin/add-ons/${id}`, 'console.addOn.made', told)
}

export default function AddOnPage({ loaderData }: Route.ComponentProps) {
  const { id, addOn, plans, formKey } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const form = keeping(failed)
  const { errors, kept, ticked } = form
  const change = may('plans:change')
  return (
    <>
      <PageHeader
        title={id === null ? t('console.addOns.add') : addOn.name}
        back={{ to: '/admin/plans', label: t('console.plans.title') }}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        {plans.length === 0 ? (
          <Alert tone="info" title={t('console.addOn.planFirst')} />
        ) : (
          <Card>
            <Form method="post">
              <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
                <FormErrors failure={failed} />
                <input type="hidden" name="form_key" value={formKey} />
                <p className="text-muted">{t('console.addOn.lead')}</p>
                <Field label={t('console.plan.name')} hint={t('console.addOn.name.hint')} error={errors.name}>
                  {(tied) => (
                    <Input {...tied} name="name" required maxLength={80} defaultValue={kept('name', addOn.name)} />
                  )}
                </Field>
                <CountField
                  name="max_quantity"
                  label={t('console.addOn.most')}
                  hint={t('console.addOn.most.hint')}
                  least={1}
                  most={49}
                  form={form}
                  known={addOn.maxQuantity}
                />
                <FieldGroup legend={t('console.addOn.plans')} hint={t('console.addOn.plans.hint')}>
                  <div className="flex flex-col gap-5">
                    {plans.map((plan) => (
                      <PlanPrices key={plan.id} plan={plan} form={form} />
                    ))}
                  </div>
                </FieldGroup>
                <PositionField form={form} known={addOn.position} />
                <Switch
                  name="active"
                  label={t('console.plan.active')}
                  hint={t('console.addOn.active.hint')}
                  defaultChecked={ticked('active', addOn.active)}
                />
                {change ? (
                  <div className="flex flex-wrap justify-end gap-2">
                    <LinkButton to="/admin/plans">{t('ui.cancel')}</LinkButton>
                    <Button look="primary">{t('console.addOn.save')}</Button>
                  </div>
                ) : null}
              </fieldset>
            </Form>
          </Card>
        )}
      </div>
    </>
  )
}

type Plan = Route.ComponentProps['loaderData']['plans'][number]

/** What one piece costs beside a plan, in each currency that the plan has. */
function PlanPrices({ plan, form: { errors, kept } }: { plan: Plan; form: Kept }) {
  const page = usePage()
  const { t } = page
  return (
    <FieldGroup legend={plan.name}>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        {plan.prices.map(({ currency, price, breaks, dips }) => {
          const name = `price.${plan.id}.${currency}`
          const steps = `breaks.${plan.id}.${currency}`
          return (
            <Fragment key={currency}>
              <Field label={t('console.plan.price', { currency })} error={errors[name]} optional>
                {(tied) => (
                  <MoneyInput
                    {...tied}
                    name={name}
                    currency={currency}
                    defaultValue={kept(name, price ? moneyDecimal(price) : '')}
                  />
                )}
              </Field>
              <Field
                label={t('console.addOn.breaks', { currency })}
                hint={t('console.addOn.breaks.hint')}
                error={errors[steps]}
                optional
              >
                {(tied) => <Input {...tied} name={steps} maxLength={200} defaultValue={kept(steps, breaks)} />}
              </Field>
              {dips.map(({ quantity, total, before }) => (
                <div key={quantity} className="sm:col-span-2">
                  <Alert tone="warn" title={t('console.addOn.dip', { count: quantity, less: quantity - 1 })}>
                    {t('console.addOn.dip.lead', {
                      count: quantity,
                      total: moneyText(total, page),
                      less: quantity - 1,
                      before: moneyText(before, page),
                    })}
                  </Alert>
                </div>
              ))}
            </Fragment>
          )
        })}
        <Field label={t('console.plan.credits')} error={errors[`credits.${plan.id}`]} optional>
          {(tied) => (
            <Input
              {...tied}
              name={`credits.${plan.id}`}
              inputMode="decimal"
              defaultValue={kept(`credits.${plan.id}`, creditsText(plan.creditCostMilli))}
            />
          )}
        </Field>
      </div>
    </FieldGroup>
  )
}
