import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import type { Limited } from '#modules/people/limits.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { useMay } from './frame.ts'

/** Limits as pages have them, with what was used of each within a day; empty: none. */
export const limitsShown = ({ limits, mails, lines, trials }: Limited) => ({
  requests: limits.requestsPerMinute?.toString() ?? '',
  mails: limits.mailsPerDay?.toString() ?? '',
  lines: limits.linesPerDay?.toString() ?? '',
  trials: limits.trialsPerDay?.toString() ?? '',
  used: { mails, lines, trials },
})

type Shown = ReturnType<typeof limitsShown>

/** For whoever is above: sets them. */
export function ResellerLimits({ limits }: { limits: Shown }) {
  const t = useText()
  const may = useMay()
  const { errors = {}, values = {} } = useFailure() ?? {}
  if (!may('settings:change')) return null
  const field = (name: 'requests' | 'mails' | 'lines' | 'trials', used?: number) => (
    <Field
      label={t(`console.reseller.limits.${name}`)}
      hint={used === undefined ? undefined : t('console.reseller.limits.used', { count: used })}
      error={errors[`most_${name}`]}
      optional
    >
      {(tied) => (
        <Input
          {...tied}
          name={`most_${name}`}
          inputMode="numeric"
          maxLength={7}
          defaultValue={values[`most_${name}`] ?? limits[name]}
        />
      )}
    </Field>
  )
  return (
    <Card title={t('console.reseller.limits')}>
      <Form method="post" className="flex flex-col gap-4">
        <p className="text-muted">{t('console.reseller.limits.lead')}</p>
        <div className="grid grid-cols-1 items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">
          {field('requests')}
          {field('mails', limits.used.mails)}
          {field('lines', limits.used.lines)}
          {field('trials', limits.used.trials)}
        </div>
        <div className="flex justify-end">
          <Button name="act" value="limits">
            {t('console.reseller.plan.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

/** For whom they count: what there is, and how much of it is used. */
export function OwnLimits({ limits: { used, ...limits } }: { limits: Shown }) {
  const t = useText()
  const names = ['requests', 'mails', 'lines', 'trials'] as const
  const set = names.filter((name) => limits[name] !== '')
  if (set.length === 0) return null
  return (
    <Card title={t('console.wallet.limits')}>
      <p className="mb-4 text-muted">{t('console.wallet.limits.lead')}</p>
      <DescriptionList
        items={set.map((name) => ({
          label: t(`console.reseller.limits.${name}`),
          value: (
            <bdi className="tabular-nums">{name === 'requests' ? limits[name] : `${used[name]} / ${limits[name]}`}</bdi>
          ),
        }))}
      />
    </Card>
  )
}
