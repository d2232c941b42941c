import '../i18n/areas/policy.ts'
import type { TextKey, Translate } from '#web/i18n/translate.ts'
import { controlClass, type Option, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { StepDraft } from './policy-draft.ts'

export const plannedActions = [
  'issue_invoice',
  'charge',
  'remind',
  'flag',
  'notify_staff',
  'offer',
  'restrict',
  'suspend',
  'terminate',
] as const
const emptyRows = 2

type Errors = Readonly<Record<string, string>>

/** A row per step, and some for new ones. A row whose act is taken away is left out. */
export function PolicySteps({ steps, errors }: { steps: readonly StepDraft[]; errors: Errors }) {
  const t = useText()
  const free = 1 + Math.max(-1, ...steps.map(({ row }) => row))
  const empty = Array.from({ length: emptyRows }, (_, index): StepDraft => {
    return { row: free + index, key: '', action: '', count: '', unit: 'days', when: 'after', business: '' }
  })
  return (
    <ol className="flex flex-col gap-4">
      {[...steps, ...empty].map((step, index) => (
        <StepRow key={step.row} step={step} errors={errors} label={t('console.policy.step', { n: index + 1 })} />
      ))}
    </ol>
  )
}

/** A restriction names how many connections it leaves: the first few, and the one that is chosen. */
function acts(t: Translate, chosen: string): Option[] {
  const left = Number(/^restrict\.(\d{1,2})$/.exec(chosen)?.[1] ?? 1)
  const counts = [...new Set([1, 2, 3, left])].sort((a, b) => a - b)
  return plannedActions.flatMap((each) =>
    each === 'restrict'
      ? counts.map((count) => ({
          value: `restrict.${count}`,
          label: t('console.policy.action.restrict.to', { count }),
        }))
      : [{ value: each, label: t(`console.policy.action.${each}`) }],
  )
}

function StepRow({ step, errors, label }: { step: StepDraft; errors: Errors; label: string }) {
  const t = useText()
  const name = (field: string) => `step.${step.row}.${field}`
  const error = errors[name('count')]
  const said = (what: TextKey) => `${label}: ${t(what)}`
  return (
    <li className="grid grid-cols-2 items-start gap-2 border-b border-line pb-4 last:border-b-0 last:pb-0 sm:grid-cols-[minmax(0,2fr)_4.5rem_minmax(0,1fr)_minmax(0,1.3fr)_minmax(0,1.5fr)] sm:border-b-0 sm:pb-0">
      <input type="hidden" name={name('key')} value={step.key} />
      <Select
        name={name('action')}
        aria-label={said('console.policy.what')}
        className="max-sm:col-span-2"
        empty={t(step.key ? 'console.policy.leaveOut' : 'console.policy.newStep')}
        options={acts(t, step.action)}
        defaultValue={step.action}
      />
      <Length place={`step.${step.row}`} said={said} length={step} error={error} />
      <Select
        name={name('business')}
        aria-label={said('console.policy.business')}
        className="max-sm:col-span-2"
        options={[
          { value: '', label: t('console.policy.business.any') },
          { value: 'next', label: t('console.policy.business.next') },
          { value: 'previous', label: t('console.policy.business.previous') },
        ]}
        defaultValue={step.business}
      />
      {error ? (
        <p id={`${name('count')}-error`} className="col-span-full text-sm font-medium text-bad">
          {error}
        </p>
      ) : null}
    </li>
  )
}

/** How long, in what, on which side of the end: three controls of a grid. */
export function Length({
  place,
  said,
  length,
  error,
}: {
  place: string
  said: (what: TextKey) => string
  length: { count: string; unit: string; when: string }
  error?: string | undefined
}) {
  const t = useText()
  const sides: Option[] = [
    { value: 'before', label: t('console.policy.before') },
    { value: 'after', label: t('console.policy.after') },
  ]
  return (
    <>
      <input
        name={`${place}.count`}
        aria-label={said('console.policy.howLong')}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${place}.count-error` : undefined}
        inputMode="numeric"
        defaultValue={length.count}
        className={`${controlClass} min-h-(--control) text-end tabular-nums`}
      />
      <Select
        name={`${place}.unit`}
        aria-label={said('console.policy.unit')}
        options={[
          { value: 'days', label: t('console.policy.days') },
          { value: 'hours', label: t('console.policy.hours') },
        ]}
        defaultValue={length.unit || 'days'}
      />
      <Select
        name={`${place}.when`}
        aria-label={said('console.policy.when')}
        className="max-sm:col-span-2"
        options={sides}
        defaultValue={length.when || 'after'}
      />
    </>
  )
}
