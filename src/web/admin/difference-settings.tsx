import { Form } from 'react-router'
import { transaction } from '#app.ts'
import {
  type DifferenceSettings,
  differenceSetting,
  saveDifferenceSettings,
} from '#modules/lines/difference-settings.ts'
import { readSetting } from '#modules/people/settings.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/difference-settings.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'

const mendableKinds = [
  'paid_not_served',
  'served_not_paid',
  'expired_active',
  'edited_by_hand',
] as const satisfies DifferenceSettings['mends']

const limits = {
  every_hours: { from: 0, to: 720 },
  read_days: { from: 0, to: 365 },
  requests_per_second: { from: 1, to: 50 },
} as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return { settings: await transaction(shop, 'read-settings', (tx) => readSetting(tx, shop, differenceSetting)) }
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const settings = {
    every_hours: read.whole('every_hours', limits.every_hours),
    requests_per_second: read.whole('requests_per_second', limits.requests_per_second),
    read_days: read.whole('read_days', limits.read_days),
    mends: read.choices('mends', mendableKinds),
  }
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'save-settings', (tx) => saveDifferenceSettings(tx, shop, settings))
  return redirectWith('/admin/differences/settings', 'console.differences.settings.saved')
}

export default function DifferenceSettingsPage({ loaderData: { settings } }: Route.ComponentProps) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  return (
    <>
      <PageHeader
        title={t('console.differences.settings.title')}
        description={t('console.differences.settings.lead')}
        back={{ to: '/admin/differences', label: t('console.differences.title') }}
      />
      <Form method="post" className="max-w-2xl">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
          <FormErrors failure={failed} />
          <Card>
            <div className="flex flex-col gap-5">
              <Whole name="every_hours" label="every" hint="every.hint" value={settings.every_hours} />
              <Whole name="read_days" label="read" hint="read.hint" value={settings.read_days} />
              <Whole name="requests_per_second" label="pace" value={settings.requests_per_second} />
            </div>
          </Card>
          <Card title={t('console.differences.settings.mends')}>
            <div className="flex flex-col gap-4">
              <p className="text-muted">{t('console.differences.settings.mends.hint')}</p>
              {mendableKinds.map((kind) => (
                <Checkbox
                  key={kind}
                  name="mends"
                  value={kind}
                  defaultChecked={settings.mends.includes(kind)}
                  label={t(`console.differences.kind.${kind}`)}
                  hint={t(`console.differences.lead.${kind}`)}
                />
              ))}
            </div>
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

type Words = 'every' | 'every.hint' | 'read' | 'read.hint' | 'pace'

function Whole({ name, label, hint, value }: { name: keyof typeof limits; label: Words; hint?: Words; value: number }) {
  const t = useText()
  const failed = useFailure()
  return (
    <Field
      label={t(`console.differences.settings.${label}`)}
      hint={hint && t(`console.differences.settings.${hint}`)}
      error={failed?.errors[name]}
    >
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={limits[name].from}
          max={limits[name].to}
          defaultValue={failed?.values[name] ?? String(value)}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
}
