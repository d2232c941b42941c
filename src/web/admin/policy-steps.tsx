import type { Step } from '#modules/subscriptions/rules/step.ts'
import type { Failure } from '#web/failure.ts'
import { controlClass, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

const actions = ['issue_invoice', 'charge', 'remind', 'flag', 'notify_staff', 'offer', 'suspend', 'terminate'] as const
const emptyRows = 2

const nominalHours = (step: Step): number => (step.offset_days ?? 0) * 24 + (step.offset_hours ?? 0)

/** A row per step, and some for new ones. A row whose act is taken away is left out. */
export function PolicySteps({ steps, failure }: { steps: readonly Step[]; failure: Failure | null }) {
  const t = useText()
  const sorted = [...steps].filter(({ action }) => action !== 'grace').sort((a, b) => nominalHours(a) - nominalHours(b))
  const rows: (Step | null)[] = [...sorted, ...Array<null>(emptyRows).fill(null)]
  return (
    <ol className="flex flex-col gap-4">
      {rows.map((step, index) => (
        <StepRow
          key={step?.key ?? `new-${index}`}
          row={index}
          step={step}
          failure={failure}
          label={t('console.policy.step', { n: index + 1 })}
        />
      ))}
    </ol>
  )
}

function StepRow({
  row,
  step,
  failure,
  label,
}: {
  row: number
  step: Step | null
  failure: Failure | null
  label: string
}) {
  const t = useText()
  const name = (field: string) => `step.${row}.${field}`
  const kept = (field: string, known: string): string => (failure ? (failure.values[name(field)] ?? '') : known)
  const days = step?.offset_hours === undefined
  const count = Math.abs(step?.offset_days ?? step?.offset_hours ?? 0)
  const error = failure?.errors[name('count')]
  const said = (what: string) => `${label}: ${what}`
  return (
    <li className="grid grid-cols-2 items-start gap-2 border-b border-line pb-4 last:border-b-0 last:pb-0 sm:grid-cols-[minmax(0,2fr)_5rem_minmax(0,1fr)_minmax(0,1.4fr)] sm:border-b-0 sm:pb-0">
      <input type="hidden" name={name('key')} value={step?.key ?? ''} />
      <Select
        name={name('action')}
        aria-label={said(t('console.policy.what'))}
        className="max-sm:col-span-2"
        empty={t(step ? 'console.policy.leaveOut' : 'console.policy.newStep')}
        options={actions.map((each) => ({ value: each, label: t(`console.policy.action.${each}`) }))}
        defaultValue={kept('action', step?.action ?? '')}
      />
      <input
        name={name('count')}
        aria-label={said(t('console.policy.howLong'))}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${name('count')}-error` : undefined}
        inputMode="numeric"
        defaultValue={kept('count', step ? String(count) : '')}
        className={`${controlClass} min-h-(--control) text-end tabular-nums`}
      />
      <Select
        name={name('unit')}
        aria-label={said(t('console.policy.unit'))}
        options={[
          { value: 'days', label: t('console.policy.days') },
          { value: 'hours', label: t('console.policy.hours') },
        ]}
        defaultValue={kept('unit', days ? 'days' : 'hours')}
      />
      <Select
        name={name('when')}
        aria-label={said(t('console.policy.when'))}
        className="max-sm:col-span-2"
        options={[
          { value: 'before', label: t('console.policy.before') },
          { value: 'after', label: t('console.policy.after') },
        ]}
        defaultValue={kept('when', (step?.offset_days ?? step?.offset_hours ?? 1) < 0 ? 'before' : 'after')}
      />
      {error ? (
        <p id={`${name('count')}-error`} className="col-span-full text-sm font-medium text-bad">
          {error}
        </p>
      ) : null}
    </li>
  )
}
