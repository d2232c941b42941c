import { Form, redirect } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { findProduct, type ProductFacts, saveProduct } from '#modules/catalog/plans.ts'
import { listPanels, mapProduct, productPanels } from '#modules/lines/panels.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/product.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { PackageMapping } from './package-mapping.tsx'
import { ProductFields } from './product-fields.tsx'
import { bouquetsOfAll, type Mapping, readMappings, readProductForm } from './product-form.server.ts'

/** A product: what a line gets, and which package that is on each panel. `/admin/products/new` makes one. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const fresh = params.id === 'new'
  const { shop } = await staffOf(context, request, fresh ? 'plans:change' : 'plans:see')
  const { product, panels, mapped } = await transaction(shop, 'read-product', async (tx) => ({
    product: fresh ? null : await findProduct(tx, params.id),
    panels: await listPanels(tx),
    mapped: fresh ? [] : await productPanels(tx, params.id),
  }))
  if (product === null && !fresh) throw new Refusal('not_found', 'There is no such product.')
  const bouquets = await bouquetsOfAll(shop, panels)
  return {
    id: product?.id ?? null,
    product: product ?? blank,
    panels: panels.map(({ id, name, testedAt }) => {
      const mapping = mapped.find(({ panelId }) => panelId === id)
      return {
        ...{ id, name },
        tested: testedAt !== null,
        used: mapping !== undefined,
        chosen: mapping?.package.bouquets ?? [],
        packageId: mapping?.package.packageId ?? '',
        ...(bouquets.get(id) ?? { bouquets: null, packages: null, trouble: null }),
      }
    }),
    formKey: newFormKey(),
  }
}

const blank: ProductFacts = {
  name: '',
  description: '',
  lineKind: 'line',
  connections: 1,
  outputs: ['hls', 'ts'],
  usernameStrategy: 'hybrid',
  passwordStrategy: 'generated',
  active: true,
  position: 0,
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'plans:change')
  const panels = await transaction(shop, 'read-panels', listPanels)
  const { facts, errors } = readProductForm(form)
  const { mappings, errors: faults } = readMappings(
    form,
    panels.map(({ id }) => id),
  )
  const wrong = { ...errors, ...faults }
  if (Object.keys(wrong).length > 0) return failure(wrong, form)
  if (params.id !== 'new') {
    await save(shop, facts, mappings, params.id)
    return redirectWith(`/admin/products/${params.id}`, 'console.product.saved', { values: { name: facts.name } })
  }
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await save(open, facts, mappings)
  })
  if (id === '') return redirect('/admin/plans', 303)
  return redirectWith(`/admin/plans/new?product=${id}`, 'console.product.made', { values: { name: facts.name } })
}

const save = (shop: Shop, facts: ProductFacts, mappings: Mapping[], known?: string): Promise<string> =>
  transaction(shop, 'save-product', async (tx) => {
    const id = await saveProduct(tx, shop, facts, known)
    await mapProduct(tx, shop, id, mappings)
    return id
  })

export default function ProductPage({ loaderData: { id, product, panels, formKey } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const change = may('plans:change')
  return (
    <>
      <PageHeader
        title={id === null ? t('console.products.add') : product.name}
        description={t('console.product.lead')}
        back={{ to: '/admin/plans', label: t('console.plans.title') }}
        actions={
          id !== null && may('panels:see') ? (
            <LinkButton to={`/admin/panels/routing?product=${id}`}>{t('console.routing.title')}</LinkButton>
          ) : null
        }
      />
      <Form method="post">
        <fieldset disabled={!change} className="m-0 flex max-w-2xl min-w-0 flex-col gap-6 border-0 p-0">
          <FormErrors failure={failed} />
          <input type="hidden" name="form_key" value={formKey} />
          <Card>
            <div className="flex flex-col gap-5">
              <ProductFields product={product} failure={failed} />
            </div>
          </Card>
          <Card title={t('console.product.packages')}>
            <PackageMapping panels={panels} failure={failed} />
          </Card>
          {change ? (
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to="/admin/plans">{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.product.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </>
  )
}
