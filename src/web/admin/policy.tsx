import '../i18n/areas/policy.ts'
import { data, Form, Link, useActionData } from 'react-router'
import { type Shop, transaction } from '#app.ts'
import { choosePolicy, endChoice } from '#modules/subscriptions/choices.ts'
import { savePolicy } from '#modules/subscriptions/save-policy.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Diff } from '../ui/console/diff.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/policy.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import {
  describeAll,
  differenceOf,
  policyTyped,
  previewOf,
  readEditor,
  readNames,
  readPolicy,
} from './policy.server.ts'
import { PolicyChoices } from './policy-choices.tsx'
import { type Draft, readDraft } from './policy-draft.ts'
import { PolicyDrawing } from './policy-drawing.tsx'
import { draftOf, typedOf } from './policy-form.server.ts'
import { PolicyRules } from './policy-rules.tsx'
import { PolicySteps } from './policy-steps.tsx'
import { SettingsTabs } from './settings-tabs.tsx'

/** When money is asked for, who is reminded, when TV is paused: drawn, as a form, and as dates of a real subscription. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'settings:see')
  const asked = new URL(request.url).searchParams
  const version = Number(asked.get('version') ?? 0)
  return transaction(shop, 'read-policy', (tx) =>
    readEditor(tx, shop, {
      policy: asked.get('policy'),
      version: Number.isInteger(version) && version > 0 ? version : null,
      subscription: asked.get('subscription'),
    }),
  )
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const act = String(form.get('act') ?? '')
  if (act === 'choose' || act === 'end-choice') return choose(shop, form, act)
  const asked = String(form.get('policy') ?? '')
  const { known, names } = await transaction(shop, 'read-policy', async (tx) => {
    return { known: await readPolicy(tx, asked), names: await readNames(tx) }
  })
  if (known.id !== asked) throw new Refusal('not_found', 'There is no such policy.')
  const typed = typedOf(readDraft(readerOf(form)), names, known)
  if (Object.keys(typed.errors).length > 0) return failure(typed.errors, form)
  const policy = policyTyped(known, typed, shop, shop.now())
  if (act === 'save' || act === 'save-as') {
    const { name, steps, rules, calendar } = typed
    const wish = { ...(act === 'save' ? { id: known.id } : {}), name, steps, rules, calendar }
    const saved = await transaction(shop, 'save-policy', (tx) => savePolicy(tx, shop, wish, shop.now()))
    return redirectWith(
      `/admin/policy?policy=${saved.id}`,
      act === 'save' ? 'console.policy.saved' : 'console.policy.made',
    )
  }
  const preview = await transaction(shop, 'preview-policy', (tx) =>
    previewOf(tx, policy, String(form.get('subscription') || '') || null),
  )
  return data({
    typed: {
      draft: draftOf(policy, names),
      sentences: describeAll(policy),
      preview,
      difference: differenceOf(known, policy),
      subscription: String(form.get('subscription') ?? ''),
    },
  })
}

const readerOf = (form: FormData) => (name: string) => {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

async function choose(shop: Shop, form: FormData, act: string) {
  const sent = readerOf(form)
  const now = shop.now()
  if (act === 'end-choice')
    await transaction(shop, 'end-policy-choice', (tx) => endChoice(tx, shop, sent('choice'), now))
  else {
    const [scope = '', subjectId = ''] = sent('whom').split(':')
    if (scope !== 'business' && scope !== 'plan' && scope !== 'product')
      return failure({ whom: 'Please choose one of these.' }, form)
    const choice = { scope, subjectId, policyId: sent('policy') } as const
    await transaction(shop, 'choose-policy', (tx) => choosePolicy(tx, shop, choice, now))
  }
  return redirectWith(`/admin/policy?policy=${sent('policy')}`, 'console.policy.choices.chosen')
}

export default function PolicyPage({ loaderData }: Route.ComponentProps) {
  const { policy, current, versions, policies } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const answer = useActionData<typeof action>()
  const typed = answer && 'typed' in answer ? answer.typed : null
  const kept = failed ? readDraft((name) => failed.values[name] ?? '') : null
  const { sentences, preview } = typed ?? loaderData
  const changing = may('settings:change')
  return (
    <>
      <PageHeader title={t('console.settings.title')} />
      <SettingsTabs />
      <div className="flex flex-col gap-6">
        {typed ? <Alert tone="info" title={t('console.policy.notSaved')} /> : null}
        {policy.version === current ? null : (
          <Alert tone="warn" title={t('console.policy.history.old', { version: policy.version })} />
        )}
        <Card title={t('console.policy.preview')}>
          {preview === null ? (
            <p className="text-muted">{t('console.policy.preview.none')}</p>
          ) : (
            <>
              <p className="mb-4 text-muted">
                {t('console.policy.preview.lead', { whom: preview.whom, plan: preview.plan })}
              </p>
              <PolicyDrawing steps={preview.steps} />
            </>
          )}
        </Card>
        {typed ? (
          <Card title={t('console.policy.diff')}>
            <Diff
              caption={t('console.policy.diff')}
              rows={typed.difference}
              before={t('console.policy.diff.version', { version: current })}
              after={t('console.policy.diff.draft')}
            />
          </Card>
        ) : null}
        <Card title={policy.name}>
          {policies.length > 1 ? <Others policies={policies} here={policy.id} /> : null}
          <PolicyForm
            // What was typed comes back as the form's own values.
            key={typed ? JSON.stringify(typed.draft) : `${policy.id}/${policy.version}`}
            draft={kept ?? typed?.draft ?? loaderData.draft}
            subscription={typed?.subscription ?? failed?.values.subscription ?? ''}
            around={loaderData}
            changing={changing}
          />
        </Card>
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 xl:grid-cols-2">
          <Card title={t('console.policy.sentences')}>
            <ol className="flex list-decimal flex-col gap-1.5 ps-5">
              {sentences.map((sentence, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two steps may say the same, and none has a state
                <li key={index}>{sentence}</li>
              ))}
            </ol>
          </Card>
          <Card title={t('console.policy.history')}>
            <ol className="flex flex-col gap-2">
              {versions.map(({ version, at, by }) => (
                <li key={version} className="flex flex-wrap items-baseline justify-between gap-x-4">
                  <Link
                    to={`/admin/policy?policy=${policy.id}&version=${version}`}
                    className="text-brand hover:underline"
                  >
                    {t('console.policy.diff.version', { version })}
                  </Link>
                  <span className="text-muted">
                    {by}, <When at={at} as="exact" />
                  </span>
                </li>
              ))}
            </ol>
          </Card>
        </div>
        <PolicyChoices policyId={policy.id} changing={changing} {...loaderData} />
      </div>
    </>
  )
}

function Others({ policies, here }: { policies: readonly { id: string; name: string }[]; here: string }) {
  const t = useText()
  return (
    <nav aria-label={t('console.policy.which')} className="mb-5 flex flex-wrap gap-x-4 gap-y-1">
      {policies.map(({ id, name }) => (
        <Link
          key={id}
          to={`/admin/policy?policy=${id}`}
          aria-current={id === here ? 'page' : undefined}
          className="text-brand hover:underline aria-[current]:font-semibold aria-[current]:text-ink"
        >
          {name}
        </Link>
      ))}
    </nav>
  )
}

function PolicyForm({
  draft,
  subscription,
  around,
  changing,
}: {
  draft: Draft
  subscription: string
  around: Pick<Route.ComponentProps['loaderData'], 'policy' | 'kept' | 'names' | 'countries' | 'subscriptions'>
  changing: boolean
}) {
  const t = useText()
  const page = usePage()
  const failed = useFailure()
  const errors = failed?.errors ?? {}
  return (
    <Form method="post" className="flex flex-col gap-5" lang={page.locale}>
      <fieldset disabled={!changing} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
        <p className="text-muted">{t('console.policy.lead')}</p>
        <FormErrors failure={failed} />
        <input type="hidden" name="policy" value={around.policy.id} />
        <Field label={t('console.policy.name')} error={errors.name}>
          {(tied) => <Input {...tied} name="name" maxLength={80} defaultValue={draft.name} />}
        </Field>
        <h3 className="text-lg font-semibold">{t('console.policy.steps')}</h3>
        <PolicySteps steps={draft.steps} errors={errors} />
        <h3 className="text-lg font-semibold">{t('console.policy.rules')}</h3>
        <p className="text-muted">{t('console.policy.rules.lead')}</p>
        <datalist id="policy-names">
          {around.names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <PolicyRules rules={draft.rules} steps={draft.steps} kept={around.kept} errors={errors} />
        <h3 className="text-lg font-semibold">{t('console.policy.calendar')}</h3>
        <p className="text-muted">{t('console.policy.calendar.lead')}</p>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-3">
          <Field label={t('console.policy.calendar.country')}>
            {(tied) => (
              <Select
                {...tied}
                name="country"
                empty={t('console.policy.calendar.none')}
                options={around.countries.map(({ code, name }) => ({ value: code, label: name }))}
                defaultValue={draft.country}
              />
            )}
          </Field>
          <Field label={t('console.policy.calendar.region')} hint={t('console.policy.calendar.region.hint')} optional>
            {(tied) => <Input {...tied} name="region" maxLength={10} defaultValue={draft.region} />}
          </Field>
          <Field
            label={t('console.policy.calendar.also')}
            hint={t('console.policy.calendar.also.hint')}
            error={errors.also}
            optional
          >
            {(tied) => <Input {...tied} name="also" maxLength={2400} defaultValue={draft.also} />}
          </Field>
        </div>
        <Field label={t('console.policy.subscription')}>
          {(tied) => (
            <Select
              {...tied}
              name="subscription"
              empty={t('console.policy.subscription.latest')}
              options={around.subscriptions.map(({ id, label }) => ({ value: id, label }))}
              defaultValue={subscription}
            />
          )}
        </Field>
        {changing ? (
          <div className="flex flex-wrap justify-end gap-2">
            <Button name="act" value="preview">
              {t('console.policy.look')}
            </Button>
            <Button name="act" value="save-as">
              {t('console.policy.saveAs')}
            </Button>
            <Button look="primary" name="act" value="save">
              {t('console.policy.save')}
            </Button>
          </div>
        ) : null}
      </fieldset>
    </Form>
  )
}
