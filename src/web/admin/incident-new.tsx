import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { listProducts } from '#modules/catalog/plans.ts'
import { declareIncident } from '#modules/dunning/incidents.ts'
import { standardRule } from '#modules/lines/incidents.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/incident-new.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { IncidentFields } from './incident-fields.tsx'
import { readIncidentForm, shownIncident } from './incident-form.server.ts'
import { newFormKey, once } from './once.server.ts'

/** Declares an incident; `?panel=` names the panel it is about. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:change')
  return transaction(shop, 'read-panels', async (tx) => ({
    zone: shop.zone,
    formKey: newFormKey(),
    panels: (await listPanels(tx)).map(({ id, name }) => ({ id, name })),
    products: (await listProducts(tx)).map(({ id, name }) => ({ id, name })),
    chosen: new URL(request.url).searchParams.get('panel') ?? '',
    incident: shownIncident(shop.zone, { name: '', sentence: '', starts: shop.now(), ends: null, ...standardRule }),
  }))
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'panels:change')
  const read = formReader(form)
  const facts = readIncidentForm(shop, read)
  const target = read.raw('target')
  if (!/^(pan|prod)_/.test(target)) read.refuse('target', 'Please choose where.')
  if (read.failed) return failure(read.errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    const made = await declareIncident(open, {
      ...facts,
      panelId: target.startsWith('pan_') ? target : null,
      productId: target.startsWith('prod_') ? target : null,
    })
    id = made.id
  })
  return redirectWith(id === '' ? '/admin/incidents' : `/admin/incidents/${id}`, 'console.incidents.declared')
}

export default function IncidentNew({ loaderData }: Route.ComponentProps) {
  const { zone, formKey, panels, products, chosen, incident } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={t('console.incidents.declare')}
        description={t('console.incidents.lead')}
        back={{ to: '/admin/incidents', label: t('console.incidents.title') }}
      />
      <Form method="post" className="flex max-w-2xl flex-col gap-5">
        <FormErrors failure={failed} />
        <input type="hidden" name="form_key" value={formKey} />
        <Field
          label={t('console.incidents.target')}
          error={failed?.errors.target ?? failed?.errors.panel_id ?? failed?.errors.product_id}
        >
          {(tied) => (
            <Select
              {...tied}
              name="target"
              required
              empty=" "
              defaultValue={failed?.values.target ?? (chosen || (panels.length === 1 ? panels[0]?.id : ''))}
              options={[
                ...panels.map(({ id, name }) => ({ value: id, label: t('console.incidents.target.panel', { name }) })),
                ...products.map(({ id, name }) => ({
                  value: id,
                  label: t('console.incidents.target.product', { name }),
                })),
              ]}
            />
          )}
        </Field>
        <IncidentFields incident={incident} zone={zone} failure={failed} />
        <div className="flex justify-end">
          <Button look="primary">{t('console.incidents.declare')}</Button>
        </div>
      </Form>
    </>
  )
}
