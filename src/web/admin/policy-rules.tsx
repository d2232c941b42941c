import '../i18n/areas/policy.ts'
import { Checkbox } from '../ui/choice.tsx'
import { Field } from '../ui/field.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import type { EffectDraft, RuleDraft, StepDraft, TestDraft } from './policy-draft.ts'
import { Length, plannedActions } from './policy-steps.tsx'

const facts = [
  'tenure_days',
  'paid_periods',
  'on_time_streak',
  'on_time_percent',
  'failed_charges',
  'unseen_days',
  'amount',
  'country',
  'plan',
  'product',
  'status',
  'tags',
] as const
const comparisons = ['gte', 'gt', 'eq', 'ne', 'lt', 'lte'] as const
const effects = ['later', 'earlier', 'replace', 'add', 'remove'] as const

export const noTest: TestDraft = { fact: '', op: 'gte', value: '', extra: '' }
const noEffect: EffectDraft = { effect: '', target: '', count: '', unit: 'days', when: 'after' }

type Around = {
  steps: readonly StepDraft[]
  /** Sentences of conditions that the form cannot show, by the rule's key. */
  kept: Readonly<Record<string, string>>
  errors: Readonly<Record<string, string>>
}

/** A block per rule, and one for a new one; each has an empty row more than it needs. */
export function PolicyRules({ rules, ...around }: { rules: readonly RuleDraft[] } & Around) {
  const free = 1 + Math.max(-1, ...rules.map(({ row }) => row))
  const fresh: RuleDraft = { row: free, key: '', name: '', join: 'all', kept: '', tests: [], effects: [] }
  return (
    <ol className="flex flex-col gap-6">
      {[...rules, fresh].map((rule, index) => (
        <RuleBlock key={rule.row} rule={rule} n={index + 1} {...around} />
      ))}
    </ol>
  )
}

function RuleBlock({ rule, n, steps, kept, errors }: { rule: RuleDraft; n: number } & Around) {
  const t = useText()
  const place = `rule.${rule.row}`
  const isNew = rule.key === '' && rule.name === '' && rule.tests.length === 0
  const label = isNew ? t('console.policy.rule.new') : t('console.policy.rule', { n })
  return (
    <li className="border-b border-line pb-6 last:border-b-0 last:pb-0">
      <fieldset className="m-0 flex min-w-0 flex-col gap-3 border-0 p-0">
        <legend className="mb-3 font-semibold">{label}</legend>
        <input type="hidden" name={`${place}.key`} value={rule.key} />
        <input type="hidden" name={`${place}.kept`} value={rule.kept} />
        <Field label={t('console.policy.rule.name')} error={errors[`${place}.name`]} optional={isNew}>
          {(tied) => <Input {...tied} name={`${place}.name`} defaultValue={rule.name} maxLength={80} />}
        </Field>
        {rule.kept === '' ? (
          <>
            <Field label={t('console.policy.rule.join')}>
              {(tied) => (
                <Select
                  {...tied}
                  name={`${place}.join`}
                  options={(['all', 'any', 'none'] as const).map((each) => ({
                    value: each,
                    label: t(`console.policy.rule.join.${each}`),
                  }))}
                  defaultValue={rule.join}
                />
              )}
            </Field>
            {[...rule.tests, noTest].map((test, index) => (
              <TestRow
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a form, named by their place
                key={index}
                place={`${place}.test.${index}`}
                test={test}
                label={`${label}, ${t('console.policy.rule.if')} ${index + 1}`}
              />
            ))}
          </>
        ) : (
          <p className="text-muted">{t('console.policy.rule.kept', { text: kept[rule.key] ?? '' })}</p>
        )}
        {[...rule.effects, noEffect].map((effect, index) => (
          <EffectRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a form, named by their place
            key={index}
            place={`${place}.effect.${index}`}
            effect={effect}
            steps={steps}
            label={`${label}, ${t('console.policy.rule.then')} ${index + 1}`}
          />
        ))}
        {isNew ? null : <Checkbox name={`${place}.remove`} value="yes" label={t('console.policy.rule.remove')} />}
      </fieldset>
    </li>
  )
}

/** One question about one fact: also what price changes ask. */
export function TestRow({ place, test, label }: { place: string; test: TestDraft; label: string }) {
  const t = useText()
  return (
    <div className="grid grid-cols-2 gap-2 sm:grid-cols-[minmax(0,2.2fr)_minmax(0,1.3fr)_minmax(0,1.5fr)_5rem]">
      <Select
        name={`${place}.fact`}
        aria-label={`${label}: ${t('console.policy.fact')}`}
        className="max-sm:col-span-2"
        empty={t('console.policy.fact.none')}
        options={facts.map((each) => ({ value: each, label: t(`console.policy.fact.${each}`) }))}
        defaultValue={test.fact}
      />
      <Select
        name={`${place}.op`}
        aria-label={`${label}: ${t('console.policy.op')}`}
        className="max-sm:col-span-2"
        options={comparisons.map((each) => ({ value: each, label: t(`console.policy.op.${each}`) }))}
        defaultValue={test.op}
      />
      <Input
        name={`${place}.value`}
        aria-label={`${label}: ${t('console.policy.value')}`}
        placeholder={t('console.policy.value')}
        list="policy-names"
        defaultValue={test.value}
      />
      <Input
        name={`${place}.extra`}
        aria-label={`${label}: ${t('console.policy.extra')}`}
        placeholder="…"
        defaultValue={test.extra}
      />
    </div>
  )
}

function EffectRow({
  place,
  effect,
  steps,
  label,
}: {
  place: string
  effect: EffectDraft
  steps: readonly StepDraft[]
  label: string
}) {
  const t = useText()
  const known = [...plannedActions] as readonly string[]
  const named = (action: string) =>
    known.includes(action) ? t(`console.policy.action.${action as (typeof plannedActions)[number]}`) : action
  const added = (['remind', 'charge', 'flag', 'notify_staff', 'offer'] as const).map((action) => ({
    value: `action:${action}`,
    label: t('console.policy.effect.new', { action: named(action) }),
  }))
  const targets = steps
    .filter(({ key }) => key !== '')
    .map(({ key, action, count, unit, when }) => ({
      value: `step:${key}`,
      label: `${named(action)} (${count} ${unit === 'hours' ? t('console.policy.hours') : t('console.policy.days')} ${t(when === 'before' ? 'console.policy.before' : 'console.policy.after')})`,
    }))
  return (
    <div className="grid grid-cols-2 gap-2 sm:grid-cols-[minmax(0,1.5fr)_minmax(0,2.2fr)_4.5rem_minmax(0,1fr)_minmax(0,1.3fr)]">
      <Select
        name={`${place}.effect`}
        aria-label={`${label}: ${t('console.policy.effect')}`}
        className="max-sm:col-span-2"
        empty={t('console.policy.effect.none')}
        options={effects.map((each) => ({ value: each, label: t(`console.policy.effect.${each}`) }))}
        defaultValue={effect.effect}
      />
      <Select
        name={`${place}.target`}
        aria-label={`${label}: ${t('console.policy.effect.target')}`}
        className="max-sm:col-span-2"
        empty="…"
        options={[...targets, ...added]}
        defaultValue={effect.target}
      />
      <Length place={place} said={(what) => `${label}: ${t(what)}`} length={effect} />
    </div>
  )
}
