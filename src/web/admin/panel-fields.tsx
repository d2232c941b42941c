import '../i18n/areas/panel-health.ts'
import type { Failure } from '#web/failure.ts'
import { Switch } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

export type KnownPanel = {
  name: string
  weight: number
  capacity: number | null
  reserved: number
  countries: readonly string[]
  drained: boolean
  /** A decimal; null: nobody is told. */
  creditsLow: string | null
  /** Null: as often as there is reason to. */
  requestsPerSecond: number | null
}

export const blankPanel: KnownPanel = {
  name: '',
  weight: 1,
  capacity: null,
  reserved: 0,
  countries: [],
  drained: false,
  creditsLow: null,
  requestsPerSecond: null,
}

export function PanelName({ panel, failure }: { panel: KnownPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <Field label={t('console.panel.name')} hint={t('console.panel.name.hint')} error={errors.name}>
      {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={values?.name ?? panel.name} />}
    </Field>
  )
}

/** On panels that charge: below how many credits staff are told. */
export function PanelCreditsLow({ panel, failure }: { panel: KnownPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <Field
      label={t('console.health.creditsLow')}
      hint={t('console.health.creditsLow.hint')}
      error={errors.credits_low}
      optional
    >
      {(tied) => (
        <Input
          {...tied}
          inputMode="decimal"
          name="credits_low"
          maxLength={14}
          defaultValue={values?.credits_low ?? panel.creditsLow ?? ''}
        />
      )}
    </Field>
  )
}

/** How often the panel may be asked. */
export function PanelPace({ panel, failure }: { panel: KnownPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  return (
    <Field
      label={t('console.panel.pace')}
      hint={t('console.panel.pace.hint')}
      error={errors.requests_per_second}
      optional
    >
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name="requests_per_second"
          min={1}
          max={50}
          defaultValue={values?.requests_per_second ?? panel.requestsPerSecond?.toString() ?? ''}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
}

/** Which new lines a panel gets; folded away while there is nothing to say about it. */
export function PanelShare({ panel, failure }: { panel: KnownPanel; failure: Failure | null }) {
  const t = useText()
  const { errors = {}, values } = failure ?? {}
  const { weight, capacity, reserved, countries, drained } = panel
  const plain = weight === 1 && capacity === null && reserved === 0 && countries.length === 0 && !drained
  return (
    <details className="border-t border-line pt-3" open={!plain || failure !== null}>
      <summary className="flex min-h-11 cursor-pointer items-center font-medium sm:min-h-6">
        {t('console.panel.share')}
      </summary>
      <div className="mt-4 flex flex-col gap-5">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.panel.weight')} hint={t('console.panel.weight.hint')} error={errors.weight}>
            {(tied) => (
              <Input
                {...tied}
                type="number"
                name="weight"
                required
                min={0}
                max={1000}
                defaultValue={values?.weight ?? String(panel.weight)}
              />
            )}
          </Field>
          <Field
            label={t('console.panel.capacity')}
            hint={t('console.panel.capacity.hint')}
            error={errors.capacity}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                type="number"
                name="capacity"
                min={1}
                defaultValue={values?.capacity ?? panel.capacity?.toString() ?? ''}
              />
            )}
          </Field>
          <Field label={t('console.panel.reserved')} hint={t('console.panel.reserved.hint')} error={errors.reserved}>
            {(tied) => (
              <Input
                {...tied}
                type="number"
                name="reserved"
                required
                min={0}
                defaultValue={values?.reserved ?? String(panel.reserved)}
              />
            )}
          </Field>
          <Field
            label={t('console.panel.countries')}
            hint={t('console.panel.countries.hint')}
            error={errors.countries}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                code
                name="countries"
                maxLength={1000}
                defaultValue={values?.countries ?? panel.countries.join(', ')}
              />
            )}
          </Field>
        </div>
        <Switch
          name="drained"
          label={t('console.panel.drain')}
          hint={t('console.panel.drain.hint')}
          defaultChecked={values ? values.drained === 'on' : panel.drained}
        />
      </div>
    </details>
  )
}
