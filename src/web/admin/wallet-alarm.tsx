import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import { type AlarmMode, alarmModes } from '#modules/reselling/rules.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { useMay } from './frame.ts'

/** As the page has it; `floor` is what a week takes, and is proposed. */
export type AlarmShown = {
  mode: AlarmMode
  under: string | null
  days: number | null
  lowSince: string | null
  floor: string | null
}

/** When holder and issuer of credits are told that they run low. */
export function WalletAlarm({ mode, under, days, lowSince, floor }: AlarmShown) {
  const t = useText()
  const may = useMay()
  const { errors = {}, values = {} } = useFailure() ?? {}
  if (!may('wallets:money')) return null
  return (
    <Card title={t('console.alarm.title')}>
      <p className="max-w-prose text-sm text-muted">
        {t('console.alarm.lead')}{' '}
        {lowSince === null ? null : (
          <>
            {t('console.alarm.low')} <When at={lowSince} as="both" />.
          </>
        )}
      </p>
      <Form method="post" className="mt-4 flex flex-col gap-4">
        <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
          <Field label={t('console.alarm.mode')} error={errors.alarm_mode}>
            {(tied) => (
              <Select
                {...tied}
                name="alarm_mode"
                options={alarmModes.map((value) => ({ value, label: t(`console.alarm.mode.${value}`) }))}
                defaultValue={values.alarm_mode ?? mode}
              />
            )}
          </Field>
          <Field
            label={t('console.alarm.under')}
            hint={floor === null ? t('console.alarm.own') : t('console.alarm.floor', { floor })}
            error={errors.alarm_under}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                name="alarm_under"
                inputMode="decimal"
                maxLength={14}
                defaultValue={values.alarm_under ?? under ?? (mode === 'own' ? '' : (floor ?? ''))}
              />
            )}
          </Field>
          <Field label={t('console.alarm.days')} hint={t('console.alarm.own')} error={errors.alarm_days} optional>
            {(tied) => (
              <Input
                {...tied}
                name="alarm_days"
                inputMode="numeric"
                maxLength={2}
                defaultValue={values.alarm_days ?? days ?? ''}
              />
            )}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button name="act" value="alarm">
            {t('console.reseller.plan.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}
