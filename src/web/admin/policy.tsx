import { data, Form, useActionData } from 'react-router'
import { transaction } from '#app.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/policy.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { describeAll, previewOf, readPolicies, readPolicyForm } from './policy.server.ts'
import { PolicySteps } from './policy-steps.tsx'
import { SettingsTabs } from './settings-tabs.tsx'

/** When money is asked for, who is reminded, when TV is paused: as a table, as sentences, and as dates of a real subscription. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  return transaction(shop, 'read-policy', async (tx) => {
    const { policy, others } = await readPolicies(tx, new URL(request.url).searchParams.get('policy'))
    return {
      policy: { ...policy, steps: [...policy.steps] },
      others,
      sentences: describeAll(policy.steps),
      preview: await previewOf(tx, policy),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const known = await transaction(shop, 'read-policy', (tx) => readPolicies(tx, String(form.get('policy') ?? '')))
  if (known.policy.id !== form.get('policy')) throw new Refusal('not_found', 'There is no such policy.')
  const { steps, errors, faults } = readPolicyForm(form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  if (faults.length > 0)
    return failure(Object.fromEntries(faults.map((fault, index) => [`policy.${index}`, fault])), form)
  if (form.get('act') === 'preview') {
    const preview = await transaction(shop, 'preview-policy', (tx) => previewOf(tx, { ...known.policy, steps }))
    return data({ typed: { sentences: describeAll(steps), preview } })
  }
  const { id, name } = known.policy
  await transaction(shop, 'save-policy', (tx) => savePolicy(tx, shop, { id, name, steps }, shop.now()))
  return redirectWith('/admin/policy', 'console.policy.saved')
}

export default function PolicyPage({ loaderData }: Route.ComponentProps) {
  const { policy } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const answer = useActionData<typeof action>()
  const typed = answer && 'typed' in answer ? answer.typed : null
  const { sentences, preview } = typed ?? loaderData
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title={t('console.policy.steps')}>
          <Form method="post" className="flex flex-col gap-5">
            <fieldset disabled={!may('settings:change')} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
              <p className="text-muted">{t('console.policy.lead')}</p>
              <FormErrors failure={failed} />
              <input type="hidden" name="policy" value={policy.id} />
              <PolicySteps steps={policy.steps} failure={failed} />
              {may('settings:change') ? (
                <div className="flex flex-wrap justify-end gap-2">
                  <Button name="act" value="preview">
                    {t('console.policy.look')}
                  </Button>
                  <Button look="primary" name="act" value="save">
                    {t('console.policy.save')}
                  </Button>
                </div>
              ) : null}
            </fieldset>
          </Form>
        </Card>
        <div className="flex min-w-0 flex-col gap-6">
          {typed ? <Alert tone="info" title={t('console.policy.notSaved')} /> : null}
          <Card title={t('console.policy.sentences')}>
            <ol className="flex list-decimal flex-col gap-1.5 ps-5">
              {sentences.map((sentence, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two steps may say the same, and none has a state
                <li key={index}>{sentence}</li>
              ))}
            </ol>
          </Card>
          <Card title={t('console.policy.preview')}>
            {preview === null ? (
              <p className="text-muted">{t('console.policy.preview.none')}</p>
            ) : (
              <>
                <p className="mb-4 text-muted">{t('console.policy.preview.lead', { plan: preview.plan })}</p>
                <ol className="flex flex-col gap-2">
                  {preview.steps.map(({ key, action: act, at }) => (
                    <li key={key} className="flex flex-wrap justify-between gap-x-4">
                      <span>{t(`console.policy.action.${act}`)}</span>
                      <span className="text-muted">
                        <When at={at} as="exact" />
                      </span>
                    </li>
                  ))}
                </ol>
              </>
            )}
          </Card>
        </div>
      </div>
    </>
  )
}
