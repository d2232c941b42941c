import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { evacuatePanel, standardWaves } from '#modules/lines/evacuate-panel.ts'
import { countsOf } from '#modules/lines/moves.ts'
import { findPanel, listPanels } from '#modules/lines/panels.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/evacuate.ts'
import { ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'

/** All lines of a panel go to others, in waves: how, and why. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:change')
  return transaction(shop, 'read-panel', async (tx) => {
    const panel = await findPanel(tx, params.id)
    if (panel === null) throw new Refusal('not_found', 'There is no such panel.')
    const { left, ofResellers } = await countsOf(tx, { id: '', panelId: panel.id })
    return {
      panel: { id: panel.id, name: panel.name },
      left,
      ofResellers: ofResellers.left,
      others: (await listPanels(tx)).filter(({ id }) => id !== panel.id).map(({ id, name }) => ({ id, name })),
      formKey: newFormKey(),
      standard: standardWaves,
    }
  })
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'panels:change')
  const read = formReader(form)
  const wish = {
    panelId: params.id,
    toPanelId: read.raw('to_panel_id') || null,
    canary: read.whole('canary', { from: 1, to: 1_000 }),
    wave: read.whole('wave', { from: 1, to: 10_000 }),
    mostFailures: read.whole('most_failures', { from: 0, to: 10_000 }),
    keepDays: read.whole('keep_days', { from: 1, to: 90 }),
    tells: read.flag('tells'),
    reason: read.text('reason'),
  }
  if (read.failed) return failure(read.errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'evacuate', (tx) => evacuatePanel(tx, open, wish))
  })
  return redirectWith(id === '' ? `/admin/panels/${params.id}` : `/admin/evacuations/${id}`, 'console.evacuation.begun')
}

export default function Evacuate({
  loaderData: { panel, left, ofResellers, others, formKey, standard },
}: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values } = failed ?? {}
  const number = (name: 'canary' | 'wave' | 'most_failures' | 'keep_days', usual: number, from: number, to: number) => (
    <Field label={t(`console.evacuation.${name}`)} hint={t(`console.evacuation.${name}.hint`)} error={errors[name]}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={from}
          max={to}
          defaultValue={values?.[name] ?? String(usual)}
        />
      )}
    </Field>
  )
  return (
    <>
      <PageHeader
        title={t('console.evacuation.of', { panel: panel.name })}
        description={t('console.evacuation.lead')}
        back={{ to: `/admin/panels/${panel.id}`, label: panel.name }}
      />
      <Form method="post" className="flex max-w-2xl flex-col gap-5">
        <FormErrors failure={failed} />
        <input type="hidden" name="form_key" value={formKey} />
        <Alert tone="info" title={t('console.evacuation.lines', { count: left })}>
          {ofResellers > 0 ? t('console.evacuation.lines.resellers', { count: ofResellers }) : null}
        </Alert>
        <Card>
          <div className="flex flex-col gap-5">
            <Field label={t('console.evacuation.to')} hint={t('console.evacuation.to.hint')} error={errors.to_panel_id}>
              {(tied) => (
                <Select
                  {...tied}
                  name="to_panel_id"
                  empty={t('console.evacuation.to.routing')}
                  defaultValue={values?.to_panel_id ?? ''}
                  options={others.map(({ id, name }) => ({ value: id, label: name }))}
                />
              )}
            </Field>
            <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
              {number('canary', standard.canary, 1, 1_000)}
              {number('wave', standard.wave, 1, 10_000)}
              {number('most_failures', standard.mostFailures, 0, 10_000)}
              {number('keep_days', standard.keepDays, 1, 90)}
            </div>
            <Switch
              name="tells"
              label={t('console.move.tells')}
              hint={t('console.move.tells.hint')}
              defaultChecked={values ? values.tells === 'on' : true}
            />
            <ReasonField error={errors.reason} defaultValue={values?.reason} />
          </div>
        </Card>
        <div className="flex flex-wrap justify-end gap-2">
          <LinkButton to={`/admin/panels/${panel.id}`}>{t('ui.cancel')}</LinkButton>
          <Button look="primary">{t('console.evacuation.begin')}</Button>
        </div>
      </Form>
    </>
  )
}
