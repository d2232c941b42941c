import '../i18n/areas/policy.ts'
import '../i18n/areas/price-campaigns.ts'
import { Form } from 'react-router'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { useFailure } from '../ui/form-errors.tsx'
import { Affixed, Input, Select, Textarea } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import { readTests } from './policy-draft.ts'
import { noTest, TestRow } from './policy-rules.tsx'
import type { CampaignDraft } from './price-campaign.server.ts'

const consents = ['notice', 'ask_keep', 'ask_end'] as const

/** The draft of a price change. What was typed stays when it is refused. */
export function CampaignForm({
  draft,
  names,
  currency,
  disabled,
}: {
  draft: CampaignDraft
  names: readonly string[]
  currency: string
  disabled: boolean
}) {
  const t = useText()
  const failed = useFailure()
  const typed = failed !== null && failed.values.by !== undefined ? failed : null
  const errors = typed?.errors ?? {}
  const value = (name: Exclude<keyof CampaignDraft, 'tests'>) => typed?.values[name] ?? draft[name]
  const tests = typed === null ? draft.tests : readTests((name) => typed.values[name] ?? '', 'whom')
  return (
    <Form method="post" key={JSON.stringify(draft)}>
      <fieldset disabled={disabled} className="m-0 flex min-w-0 flex-col gap-6 border-0 p-0">
        <Card title={t('console.prices.facts')}>
          <div className="grid gap-5 sm:grid-cols-2">
            <Field label={t('console.prices.name')} hint={t('console.prices.name.hint')} error={errors.name}>
              {(tied) => <Input {...tied} name="name" required maxLength={80} defaultValue={value('name')} />}
            </Field>
            <Field label={t('console.prices.change')} error={errors.by}>
              {(tied) => (
                <Select
                  {...tied}
                  name="by"
                  defaultValue={value('by')}
                  options={(['percent', 'amount'] as const).map((each) => ({
                    value: each,
                    label: t(`console.prices.by.${each}`),
                  }))}
                />
              )}
            </Field>
            <Field label={t('console.prices.percent')} hint={t('console.prices.percent.hint')} error={errors.percent}>
              {(tied) => (
                <Affixed after="%">
                  <Input {...tied} name="percent" inputMode="text" defaultValue={value('percent')} />
                </Affixed>
              )}
            </Field>
            <Field label={t('console.prices.roundTo')} hint={t('console.prices.roundTo.hint')} error={errors.roundTo}>
              {(tied) => (
                <Input {...tied} type="number" name="roundTo" min={1} max={10_000} defaultValue={value('roundTo')} />
              )}
            </Field>
            <Field
              label={t('console.prices.amount', { currency })}
              hint={t('console.prices.amount.hint')}
              error={errors.amount}
              optional
            >
              {(tied) => <Input {...tied} name="amount" inputMode="decimal" defaultValue={value('amount')} />}
            </Field>
            <Field label={t('console.prices.consent')} error={errors.consent}>
              {(tied) => (
                <Select
                  {...tied}
                  name="consent"
                  defaultValue={value('consent')}
                  options={consents.map((each) => ({ value: each, label: t(`console.prices.consent.${each}`) }))}
                />
              )}
            </Field>
            <Field
              label={t('console.prices.effective')}
              hint={t('console.prices.effective.hint')}
              error={errors.effective}
            >
              {(tied) => <DateInput {...tied} name="effective" required defaultValue={value('effective')} />}
            </Field>
            <Field label={t('console.prices.notice')} hint={t('console.prices.notice.hint')} error={errors.notice}>
              {(tied) => (
                <Input
                  {...tied}
                  type="number"
                  name="notice"
                  required
                  min={0}
                  max={365}
                  defaultValue={value('notice')}
                  className="sm:max-w-32"
                />
              )}
            </Field>
            <div className="sm:col-span-2">
              <Field label={t('console.prices.note')} hint={t('console.prices.note.hint')} error={errors.note} optional>
                {(tied) => <Textarea {...tied} name="note" rows={3} maxLength={1_000} defaultValue={value('note')} />}
              </Field>
            </div>
          </div>
        </Card>
        <Card title={t('console.prices.whom')}>
          <div className="flex flex-col gap-3">
            <p className="text-muted">{t('console.prices.whom.lead')}</p>
            {errors.whom ? <p className="text-bad">{errors.whom}</p> : null}
            <input type="hidden" name="whom.kept" value={value('kept')} />
            {draft.kept === '' ? (
              <>
                <Field label={t('console.policy.rule.join')}>
                  {(tied) => (
                    <Select
                      {...tied}
                      name="whom.join"
                      defaultValue={typed?.values['whom.join'] ?? draft.join}
                      options={(['all', 'any', 'none'] as const).map((each) => ({
                        value: each,
                        label: t(`console.policy.rule.join.${each}`),
                      }))}
                    />
                  )}
                </Field>
                {[...tests, noTest, noTest].map((test, index) => (
                  <TestRow
                    // biome-ignore lint/suspicious/noArrayIndexKey: rows of a form, named by their place
                    key={index}
                    place={`whom.test.${index}`}
                    test={test}
                    label={`${t('console.policy.rule.if')} ${index + 1}`}
                  />
                ))}
                <datalist id="policy-names">
                  {names.map((name) => (
                    <option key={name} value={name} />
                  ))}
                </datalist>
              </>
            ) : (
              <p className="text-muted">{t('console.policy.rule.kept', { text: draft.kept })}</p>
            )}
          </div>
        </Card>
        {disabled ? null : (
          <div className="flex justify-end">
            <Button look="primary">{t('console.prices.save')}</Button>
          </div>
        )}
      </fieldset>
    </Form>
  )
}
