import '../i18n/areas/adoption.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { beginAdoption } from '#modules/adoption/begin-adoption.ts'
import { plansOn } from '#modules/adoption/queries.ts'
import { readFile } from '#modules/adoption/read-file.ts'
import { listPlans } from '#modules/catalog/plans.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/adopt.ts'
import { formReader } from './form-reader.server.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

/** Lines that are on a panel already: which of them, and what they are where the panel does not tell. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:change')
  return transaction(shop, 'read-panel', async (tx) => {
    const panel = await findPanel(tx, params.id)
    if (panel === null) throw new Refusal('not_found', 'There is no such panel.')
    const here = new Set((await plansOn(tx, panel.id, shop.currency)).map(({ planId }) => planId))
    return {
      panel: { id: panel.id, name: panel.name },
      lists: shop.app.panels.get(panel.kind)?.capabilities.canList === true,
      plans: (await listPlans(tx)).filter(({ id }) => here.has(id)).map(({ id, name }) => ({ value: id, label: name })),
      formKey: newFormKey(),
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'panels:change')
  requireRight(staff, 'lines:change')
  const { shop, form } = staff
  const read = formReader(form)
  const ofFile = read.raw('source') === 'file'
  const csv = read.raw('csv')
  if (ofFile && csv.trim() === '') read.refuse('csv', 'Please paste the list here.')
  if (read.failed) return failure(read.errors, form)
  const wish = {
    panelId: params.id,
    planId: read.raw('plan_id') || null,
    filed: ofFile ? readFile(csv, shop.zone) : null,
  }
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'begin-adoption', (tx) => beginAdoption(tx, open, wish, open.now()))
  })
  return redirectWith(id === '' ? `/admin/panels/${params.id}` : `/admin/adoptions/${id}`, 'console.adoption.begun')
}

export default function Adopt({ loaderData: { panel, lists, plans, formKey } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values } = failed ?? {}
  const sources = [
    ...(lists ? [{ value: 'panel', label: t('console.adoption.source.panel') }] : []),
    { value: 'file', label: t('console.adoption.source.file') },
  ]
  return (
    <>
      <PageHeader
        title={t('console.adoption.of', { panel: panel.name })}
        description={t('console.adoption.lead')}
        back={{ to: `/admin/panels/${panel.id}`, label: panel.name }}
      />
      <Form method="post" className="flex max-w-2xl flex-col gap-5">
        <FormErrors failure={failed} />
        <input type="hidden" name="form_key" value={formKey} />
        <Card>
          <div className="flex flex-col gap-5">
            <Field label={t('console.adoption.source')} error={errors.source}>
              {(tied) => <Select {...tied} name="source" options={sources} defaultValue={values?.source} />}
            </Field>
            <Field label={t('console.adoption.csv')} hint={t('console.adoption.csv.hint')} error={errors.csv} optional>
              {(tied) => (
                <Textarea {...tied} name="csv" rows={6} dir="ltr" spellCheck={false} defaultValue={values?.csv} />
              )}
            </Field>
            <Field label={t('console.adoption.plan')} hint={t('console.adoption.plan.hint')} error={errors.plan_id}>
              {(tied) => (
                <Select
                  {...tied}
                  name="plan_id"
                  empty={t('console.adoption.plan.none')}
                  options={plans}
                  defaultValue={values?.plan_id ?? ''}
                />
              )}
            </Field>
          </div>
        </Card>
        <div className="flex flex-wrap justify-end gap-2">
          <LinkButton to={`/admin/panels/${panel.id}`}>{t('ui.cancel')}</LinkButton>
          <Button look="primary">{t('console.adoption.begin')}</Button>
        </div>
      </Form>
    </>
  )
}
