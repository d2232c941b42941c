import '../i18n/areas/twin.ts'
import { Form } from 'react-router'
import type { Failure } from '#web/failure.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

/** A new key: its name, its end, and what it may do, per resource reading or also changing. */
export function KeyFields({
  scopes,
  all,
  twin,
  formKey,
  failure,
}: {
  scopes: readonly string[]
  /** The maker may everything, so his key may too. */
  all: boolean
  /** There is a test mode whose key it may be. */
  twin: boolean
  formKey: string
  failure: Failure | null
}) {
  const t = useText()
  const { errors = {}, values = {} } = failure ?? {}
  const resources = [...new Set(scopes.map((scope) => scope.split(':')[0] ?? ''))]
  return (
    <Card title={t('console.keys.new')}>
      <Form method="post" className="flex flex-col gap-5">
        <input type="hidden" name="form_key" value={formKey} />
        <div className="grid grid-cols-1 gap-5 sm:grid-cols-2">
          <Field label={t('console.customer.name')} hint={t('console.keys.name.hint')} error={errors.name}>
            {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={values.name} />}
          </Field>
          <Field label={t('console.keys.days')} hint={t('console.keys.days.hint')} error={errors.days} optional>
            {(tied) => <Input {...tied} type="number" name="days" min={1} max={3650} defaultValue={values.days} />}
          </Field>
          {twin ? (
            <Field label={t('console.twin.keyMode')}>
              {(tied) => (
                <Select
                  {...tied}
                  name="mode"
                  defaultValue={values.mode ?? 'live'}
                  options={(['live', 'test'] as const).map((mode) => ({
                    value: mode,
                    label: t(`console.twin.keyMode.${mode}`),
                  }))}
                />
              )}
            </Field>
          ) : null}
        </div>
        <FieldGroup legend={t('console.keys.scopes')} hint={t('console.keys.scopes.hint')} error={errors.scopes}>
          {all ? (
            <div className="mb-2">
              <Checkbox name="all" label={t('console.keys.all')} hint={t('console.keys.all.hint')} />
            </div>
          ) : null}
          <div className="grid grid-cols-1 gap-x-8 gap-y-1 sm:grid-cols-2 xl:grid-cols-3">
            {resources.map((resource) => (
              <div key={resource} className="flex items-center justify-between gap-3 border-b border-line py-1">
                <span>{words(resource)}</span>
                <span className="flex gap-4">
                  {(['read', 'write'] as const)
                    .filter((verb) => scopes.includes(`${resource}:${verb}`))
                    .map((verb) => (
                      <Checkbox
                        key={verb}
                        name="scopes"
                        value={`${resource}:${verb}`}
                        aria-label={`${words(resource)}: ${t(`console.keys.${verb}`)}`}
                        label={t(`console.keys.${verb}`)}
                      />
                    ))}
                </span>
              </div>
            ))}
          </div>
        </FieldGroup>
        <div className="flex justify-end">
          <Button look="primary" name="act" value="create">
            {t('console.keys.create')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

/** `webhook_endpoints` as people read it; the scopes themselves are words of the API. */
const words = (resource: string): string =>
  (resource.charAt(0).toUpperCase() + resource.slice(1)).replaceAll('_', ' ').replace(/^Api\b/, 'API')
