import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { findPlan, listProducts, type PlanFacts, savePlan } from '#modules/catalog/plans.ts'
import { whyNotSold } from '#modules/checkout/why-not-sold.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/plan.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { PlanFields } from './plan-fields.tsx'
import { readPlanForm } from './plan-form.server.ts'
import { Obstacles } from './plan-obstacles.tsx'

/** A plan: a product for a term at a price per currency. `/admin/plans/new?product=…` makes one. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const fresh = params.id === 'new'
  const { shop } = await staffOf(context, request, fresh ? 'plans:change' : 'plans:see')
  return transaction(shop, 'read-plan', async (tx) => {
    const products = await listProducts(tx)
    const known = fresh ? null : await findPlan(tx, params.id)
    if (known === null && !fresh) throw new Refusal('not_found', 'There is no such plan.')
    const asked = new URL(request.url).searchParams.get('product')
    const productId = products.find(({ id }) => id === asked)?.id ?? products[0]?.id ?? ''
    const plan: PlanFacts = known ?? { ...blank, productId }
    return {
      id: known?.id ?? null,
      plan: {
        ...plan,
        prices: plan.prices.map(({ currency, amountMinor, setupMinor }) => ({
          price: money(amountMinor, currency),
          setup: money(setupMinor, currency),
        })),
      },
      products: products.map(({ id, name }) => ({ value: id, label: name })),
      currency: shop.currency,
      obstacles: known === null ? [] : await whyNotSold(tx, shop, known),
      preview: known === null || !shop.open ? null : `${shop.baseUrl}/checkout/${known.id}`,
      formKey: newFormKey(),
    }
  })
}

const blank: Omit<PlanFacts, 'productId'> = {
  name: '',
  description: '',
  termUnit: 'month',
  termCount: 1,
  creditCostMilli: 0n,
  trial: false,
  renewable: true,
  bestValue: false,
  active: true,
  position: 0,
  prices: [],
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const { facts, errors } = readPlanForm(form, shop.currency)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  if (params.id !== 'new') {
    await transaction(shop, 'save-plan', (tx) => savePlan(tx, shop, facts, params.id))
    return redirectWith(`/admin/plans/${params.id}`, 'console.plan.saved', { values: { name: facts.name } })
  }
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'save-plan', (tx) => savePlan(tx, open, facts))
  })
  if (id === '') return redirect('/admin/plans', 303)
  return redirectWith(`/admin/plans/${id}`, 'console.plan.made', { values: { name: facts.name } })
}

export default function PlanPage({ loaderData }: Route.ComponentProps) {
  const { id, plan, products, currency, obstacles, preview, formKey } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('plans:change')
  return (
    <>
      <PageHeader
        title={id === null ? t('console.plans.add') : plan.name}
        back={{ to: '/admin/plans', label: t('console.plans.title') }}
        actions={preview ? <LinkButton href={preview}>{t('console.plan.preview')}</LinkButton> : null}
      />
      <div className="flex max-w-2xl flex-col gap-6">
        {id === null ? null : <Obstacles obstacles={obstacles} productId={plan.productId} />}
        {products.length === 0 ? (
          <Alert
            tone="info"
            title={t('console.plan.productFirst')}
            actions={<LinkButton to="/admin/products/new">{t('console.products.add')}</LinkButton>}
          />
        ) : (
          <Card>
            <Form method="post">
              <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
                <FormErrors failure={failed} />
                <input type="hidden" name="form_key" value={formKey} />
                <PlanFields plan={plan} products={products} currency={currency} failure={failed} />
                {change ? (
                  <div className="flex flex-wrap justify-end gap-2">
                    <LinkButton to="/admin/plans">{t('ui.cancel')}</LinkButton>
                    <Button look="primary">{t('console.plan.save')}</Button>
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
