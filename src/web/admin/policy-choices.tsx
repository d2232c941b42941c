import '../i18n/areas/policy.ts'
import { Form } from 'react-router'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Field } from '../ui/field.tsx'
import { Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'

/** Who comes under which policy, and a form that puts somebody under the one of this page. */
export function PolicyChoices({
  policyId,
  policies,
  choices,
  subjects,
  changing,
}: {
  policyId: string
  policies: readonly { id: string; name: string }[]
  choices: readonly { id: string; whom: string; policyId: string }[]
  subjects: readonly { value: string; name: string }[]
  changing: boolean
}) {
  const t = useText()
  return (
    <Card title={t('console.policy.choices')}>
      <p className="mb-4 text-muted">{t('console.policy.choices.lead')}</p>
      {choices.length === 0 ? <p className="text-muted">{t('console.policy.choices.none')}</p> : null}
      <ul className="flex flex-col gap-2">
        {choices.map(({ id, whom, policyId: under }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-3">
            <span>
              {whom || t('console.policy.choices.business')}
              <span className="text-muted">: {policies.find((each) => each.id === under)?.name ?? under}</span>
            </span>
            {changing ? (
              <Form method="post">
                <input type="hidden" name="choice" value={id} />
                <input type="hidden" name="policy" value={policyId} />
                <Button dense look="quiet" name="act" value="end-choice">
                  {t('console.policy.choices.end')}
                </Button>
              </Form>
            ) : null}
          </li>
        ))}
      </ul>
      {changing ? (
        <Form method="post" className="mt-5 flex flex-wrap items-end gap-3">
          <input type="hidden" name="policy" value={policyId} />
          <Field label={t('console.policy.choices.whom')} className="min-w-0 grow">
            {(tied) => (
              <Select
                {...tied}
                name="whom"
                options={[
                  { value: 'business', label: t('console.policy.choices.business') },
                  ...subjects.map(({ value, name }) => ({ value, label: name })),
                ]}
              />
            )}
          </Field>
          <Button name="act" value="choose">
            {t('console.policy.choices.choose')}
          </Button>
        </Form>
      ) : null}
    </Card>
  )
}
