import type { Failure } from '#web/failure.ts'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { MomentInput } from '../ui/special-inputs.tsx'
import type { ShownIncident } from './incident-form.server.ts'

const roundings = ['minute', 'hour', 'day'] as const

/** What an incident is, and what is given for it. */
export function IncidentFields({
  incident,
  zone,
  failure,
}: {
  incident: ShownIncident
  zone: string
  failure: Failure | null | undefined
}) {
  const t = useText()
  const errors = failure?.errors ?? {}
  const shown = (name: keyof ShownIncident) => failure?.values[name] ?? incident[name]
  const number = (
    name: 'least_minutes' | 'most_hours' | 'most_hours_month',
    label: string,
    least: number,
    most: number,
  ) => (
    <Field label={label} error={errors[name]}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={least}
          max={most}
          defaultValue={shown(name)}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
  return (
    <>
      <Field label={t('console.incidents.name')} hint={t('console.incidents.name.hint')} error={errors.name}>
        {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={shown('name')} />}
      </Field>
      <Field
        label={t('console.incidents.sentence')}
        hint={t('console.incidents.sentence.hint')}
        error={errors.sentence}
      >
        {(tied) => (
          <Textarea {...tied} name="sentence" required maxLength={300} rows={2} defaultValue={shown('sentence')} />
        )}
      </Field>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
        <Field
          label={t('console.incidents.starts')}
          hint={t('console.incidents.zone', { zone })}
          error={errors.starts_at}
        >
          {(tied) => <MomentInput {...tied} name="starts_at" required defaultValue={shown('starts_at')} />}
        </Field>
        <Field
          label={t('console.incidents.ends')}
          hint={t('console.incidents.ends.hint')}
          error={errors.ends_at}
          optional
        >
          {(tied) => <MomentInput {...tied} name="ends_at" defaultValue={shown('ends_at')} />}
        </Field>
      </div>
      <Card title={t('console.incidents.rule')}>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.incidents.round')} error={errors.round_to}>
            {(tied) => (
              <Select
                {...tied}
                name="round_to"
                defaultValue={shown('round_to')}
                options={roundings.map((value) => ({ value, label: t(`console.incidents.round.${value}`) }))}
              />
            )}
          </Field>
          {number('least_minutes', t('console.incidents.least'), 0, 10_080)}
          {number('most_hours', t('console.incidents.most'), 1, 8_760)}
          {number('most_hours_month', t('console.incidents.month'), 1, 8_760)}
        </div>
      </Card>
    </>
  )
}
