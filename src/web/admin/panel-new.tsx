import { Form, redirect } from 'react-router'
import { transaction } from '#app.ts'
import { savePanel } from '#modules/lines/panels.ts'
import { failure } from '#web/failure.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { settingsFieldsOf } from '../ui/console/settings-form.server.ts'
import { SettingsFields } from '../ui/console/settings-form.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/panel-new.ts'
import { actAs, staffOf } from './guard.server.ts'
import { newFormKey, once } from './once.server.ts'
import { blankPanel, PanelCreditsLow, PanelName, PanelPace, PanelShare } from './panel-fields.tsx'
import { readPanelForm } from './panel-form.server.ts'

/** A new panel: `?kind=xui` chooses which form is drawn. It is tested on its own page right after. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'panels:secrets')
  const kinds = [...shop.app.panels.values()]
  const kind = kinds.find((each) => each.kind === new URL(request.url).searchParams.get('kind')) ?? kinds[0]
  return {
    kinds: kinds.map(({ kind: name, title }) => ({ name, title })),
    kind: kind
      ? {
          name: kind.kind,
          title: kind.title,
          experimental: kind.experimental === true,
          charged: kind.capabilities.chargesEachExtension,
          isAsked: kind.asksUs === undefined,
          fields: settingsFieldsOf(kind.settings),
        }
      : null,
    formKey: newFormKey(),
  }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'panels:secrets')
  const { facts, errors } = readPanelForm(shop.app, String(form.get('kind') ?? ''), form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'save-panel', (tx) => savePanel(tx, open, facts))
  })
  return redirect(id === '' ? '/admin/panels' : `/admin/panels/${id}`, 303)
}

export default function NewPanel({ loaderData: { kinds, kind, formKey } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader title={t('console.panels.add')} back={{ to: '/admin/panels', label: t('console.panels.title') }} />
      {kinds.length > 1 ? (
        <Tabs
          label={t('console.panel.kind')}
          tabs={kinds.map(({ name, title }) => ({
            to: `/admin/panels/new?kind=${name}`,
            label: title,
            current: name === kind?.name,
          }))}
        />
      ) : null}
      <Card className="max-w-2xl">
        {kind ? (
          <Form method="post" className="flex flex-col gap-5">
            <FormErrors failure={failed} />
            <input type="hidden" name="kind" value={kind.name} />
            <input type="hidden" name="form_key" value={formKey} />
            <PanelName panel={blankPanel} failure={failed} />
            {kind.experimental ? (
              <Alert tone="warn" title={t('console.panel.experimental')}>
                {t('console.panel.experimental.lead')}
              </Alert>
            ) : null}
            <SettingsFields fields={kind.fields} failure={failed} />
            {kind.charged ? <PanelCreditsLow panel={blankPanel} failure={failed} /> : null}
            {kind.isAsked ? <PanelPace panel={blankPanel} failure={failed} /> : null}
            <PanelShare panel={blankPanel} failure={failed} />
            <p className="text-sm text-muted">{t('console.panel.saveHint')}</p>
            <div className="flex flex-wrap justify-end gap-2">
              <LinkButton to="/admin/panels">{t('ui.cancel')}</LinkButton>
              <Button look="primary">{t('console.panel.save')}</Button>
            </div>
          </Form>
        ) : (
          <EmptyState title={t('console.panels.noKinds')} />
        )}
      </Card>
    </>
  )
}
