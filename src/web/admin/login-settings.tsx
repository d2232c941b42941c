import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { loginSetting, saveLoginSettings } from '#modules/lines/login-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import '../i18n/areas/logins.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { RadioCards, Switch } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/login-settings.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { SettingsTabs } from './settings-tabs.tsx'

const takenRules = ['next', 'ask', 'refuse'] as const
const macRules = ['allow', 'warn', 'refuse'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return { settings: await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, loginSetting)) }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const settings = {
    when_taken: read.choice('when_taken', takenRules),
    asks_panel: read.flag('asks_panel'),
    renames_a_month: read.whole('renames_a_month', { from: 0, to: 30 }),
    unusual_mac: read.choice('unusual_mac', macRules),
  }
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'save-settings', (tx) => saveLoginSettings(tx, shop, settings))
  return redirectWith('/admin/logins', 'logins.saved')
}

/** What buyers may choose of their login, and what is done about names that are taken and boxes that look unusual. */
export default function LoginSettingsPage({ loaderData: { settings } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const { errors = {}, values } = failed ?? {}
  const change = useMay()('settings:change')
  return (
    <>
      <PageHeader title={t('console.nav.logins')} description={t('logins.lead')} />
      <SettingsTabs />
      <Form method="post" className="max-w-2xl">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
          <FormErrors failure={failed} />
          <Card title={t('logins.names')}>
            <div className="flex flex-col gap-5">
              <FieldGroup legend={t('logins.taken')} error={errors.when_taken}>
                <RadioCards
                  name="when_taken"
                  defaultValue={values?.when_taken ?? settings.when_taken}
                  options={takenRules.map((rule) => ({
                    value: rule,
                    label: t(`logins.taken.${rule}`),
                    hint: t(`logins.taken.${rule}.hint`),
                  }))}
                />
              </FieldGroup>
              <Switch
                name="asks_panel"
                label={t('logins.asksPanel')}
                hint={t('logins.asksPanel.hint')}
                defaultChecked={values ? values.asks_panel === 'on' : settings.asks_panel}
              />
              <Field label={t('logins.renames')} hint={t('logins.renames.hint')} error={errors.renames_a_month}>
                {(tied) => (
                  <Input
                    {...tied}
                    type="number"
                    name="renames_a_month"
                    required
                    min={0}
                    max={30}
                    defaultValue={values?.renames_a_month ?? String(settings.renames_a_month)}
                    className="sm:max-w-32"
                  />
                )}
              </Field>
            </div>
          </Card>
          <Card title={t('logins.boxes')}>
            <FieldGroup legend={t('logins.mac')} hint={t('logins.mac.hint')} error={errors.unusual_mac}>
              <RadioCards
                name="unusual_mac"
                defaultValue={values?.unusual_mac ?? settings.unusual_mac}
                options={macRules.map((rule) => ({
                  value: rule,
                  label: t(`logins.mac.${rule}`),
                  hint: t(`logins.mac.${rule}.hint`),
                }))}
              />
            </FieldGroup>
          </Card>
          {change ? (
            <div className="flex justify-end">
              <Button look="primary">{t('console.settings.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </>
  )
}
