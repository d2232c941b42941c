import '../i18n/areas/collecting.ts'
import '../i18n/areas/comparison.ts'
import '../i18n/areas/notices.ts'
import { data, Form, Link, redirect, useActionData, useNavigation } from 'react-router'
import { transaction } from '#app.ts'
import {
  findGateway,
  gatewayKind,
  noticeUrlOf,
  saveGateway,
  shownGatewaySettings,
  testGateway,
} from '#modules/billing/gateways.ts'
import { may as allowed } from '#modules/people/permissions.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Switch } from '../ui/choice.tsx'
import { settingsFieldsOf } from '../ui/console/settings-form.server.ts'
import { SettingsFields } from '../ui/console/settings-form.tsx'
import { CopyField } from '../ui/copy-field.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/gateway.ts'
import { ActButton } from './act.tsx'
import { useMay } from './frame.ts'
import { readGatewayForm } from './gateway-form.server.ts'
import { actAs, requireRecent, requireRight, type Staff, staffOf } from './guard.server.ts'
import { keeping, PositionField } from './kept-fields.tsx'
import { newFormKey, once } from './once.server.ts'

/** A way to pay. `/admin/gateways/new?kind=stripe` makes one; its live test follows on its own page. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const fresh = params.id === 'new'
  const staff = await staffOf(context, request, fresh ? 'gateways:secrets' : 'gateways:see')
  const { shop, rights, recent } = staff
  if (fresh) requireRecent(staff, request)
  const account = fresh ? null : await transaction(shop, 'read-gateway', (tx) => findGateway(tx, params.id))
  if (account === null && !fresh) throw new Refusal('not_found', 'There is no such gateway.')
  // What only a test business may have is not offered to a live one.
  const kinds = [...shop.app.gateways.values()].filter(({ capabilities }) => !(capabilities.testOnly && shop.livemode))
  const asked = account?.kind ?? new URL(request.url).searchParams.get('kind')
  const kind =
    (account === null ? kinds : [...shop.app.gateways.values()]).find((each) => each.kind === asked) ?? kinds[0]
  if (kind === undefined) throw new Refusal('not_found', 'There is no kind of gateway.')
  return {
    id: account?.id ?? null,
    kind: { name: kind.kind, title: kind.title, ...kind.capabilities },
    kinds: kinds.map(({ kind: name, title }) => ({ name, title })),
    gateway: {
      name: account?.name ?? kind.title,
      active: account?.active ?? true,
      position: account?.position ?? 0,
      shared: account?.shared ?? false,
      lender: account?.lent?.lenderName ?? null,
      testedAt: account?.testedAt?.toString() ?? null,
      lastError: account?.lastError ?? null,
    },
    // Keys are changed only after a sign-in of the last minutes.
    confirm: allowed(rights, 'gateways:secrets') && !recent,
    fields:
      allowed(rights, 'gateways:secrets') && recent && !account?.lent
        ? settingsFieldsOf(kind.settings, account === null ? undefined : shownGatewaySettings(shop.app, account))
        : null,
    // To be entered there, unless every payment tells it.
    noticeUrl:
      account === null || account.lent !== null || !kind.capabilities.notices || kind.noticeAddress === 'sent'
        ? null
        : noticeUrlOf(shop.app, account.id),
    formKey: newFormKey(),
  }
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'gateways:change')
  if (staff.form.get('act') === 'test') return test(staff, params.id)
  return params.id === 'new' ? make(staff, request) : save(staff, request, params.id)
}

/** What the gateway says is the answer, not a fault of the form. */
async function test({ shop }: Staff, id: string) {
  try {
    return data({ test: { ok: true, ...(await testGateway(shop, id)) } })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'gateway_failed')
      return data({ test: { ok: false, detail: error.message } })
    throw error
  }
}

async function make(staff: Staff & { form: FormData }, request: Request) {
  requireRight(staff, 'gateways:secrets')
  requireRecent(staff, request)
  const { shop, form } = staff
  const { facts, errors } = readGatewayForm(shop.app, String(form.get('kind') ?? ''), form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  let id = ''
  await once(shop, request, form, async (open) => {
    id = await transaction(open, 'save-gateway', (tx) => saveGateway(tx, open, facts))
  })
  return redirect(id === '' ? '/admin/gateways' : `/admin/gateways/${id}`, 303)
}

async function save(staff: Staff & { form: FormData }, request: Request, id: string) {
  const { shop, form } = staff
  const known = await transaction(shop, 'read-gateway', (tx) => findGateway(tx, id))
  if (known === null) throw new Refusal('not_found', 'There is no such gateway.')
  const sent = [...form.keys()].some((name) => name.startsWith('settings.'))
  if (sent) {
    requireRight(staff, 'gateways:secrets')
    requireRecent(staff, request)
  }
  const { facts, errors } = readGatewayForm(shop.app, gatewayKind(shop.app, known.kind).kind, form)
  if (Object.keys(errors).length > 0) return failure(errors, form)
  const settings = sent ? facts.settings : shownGatewaySettings(shop.app, known).shown
  await transaction(shop, 'save-gateway', (tx) => saveGateway(tx, shop, { ...facts, settings }, id))
  return redirectWith(`/admin/gateways/${id}`, 'console.gateway.saved', { values: { name: facts.name } })
}

export default function GatewayPage({ loaderData }: Route.ComponentProps) {
  const { id, kind, kinds, gateway, fields, confirm, noticeUrl, formKey } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const values = failed?.values
  const change = may('gateways:change')
  return (
    <>
      <PageHeader
        title={id === null ? t('console.gateways.add') : gateway.name}
        badge={id !== null && !gateway.active ? <Badge>{t('console.plans.off')}</Badge> : null}
        back={{ to: '/admin/gateways', label: t('console.gateways.title') }}
      />
      {id === null && kinds.length > 1 ? (
        <Tabs
          label={t('console.gateway.kind')}
          tabs={kinds.map(({ name, title }) => ({
            to: `/admin/gateways/new?kind=${name}`,
            label: title,
            current: name === kind.name,
          }))}
        />
      ) : null}
      <div className="flex max-w-2xl flex-col gap-6">
        {id === null ? null : <GatewayTest {...loaderData} />}
        {noticeUrl ? (
          <Card title={t('console.gateway.notices')}>
            <p className="mb-4 text-muted">{t('console.gateway.notices.lead', { gateway: kind.title })}</p>
            <CopyField label={t('console.gateway.noticeUrl')} value={noticeUrl} />
            {id === 'new' ? null : (
              <Link to={`/admin/notices?gateway=${id}`} className="mt-4 inline-block text-brand hover:underline">
                {t('notices.came')}
              </Link>
            )}
          </Card>
        ) : null}
        <Card title={id === null ? kind.title : t('console.panel.settings')}>
          <Form method="post" key={kind.name}>
            <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
              <FormErrors failure={failed} />
              <input type="hidden" name="kind" value={kind.name} />
              <input type="hidden" name="form_key" value={formKey} />
              <Field
                label={t('console.gateway.name')}
                hint={t('console.gateway.name.hint')}
                error={failed?.errors.name}
              >
                {(tied) => (
                  <Input {...tied} name="name" required maxLength={80} defaultValue={values?.name ?? gateway.name} />
                )}
              </Field>
              {gateway.lender !== null ? (
                <p className="text-muted">{t('console.collected.gateway', { name: gateway.lender })}</p>
              ) : fields ? (
                <SettingsFields fields={fields} failure={failed} />
              ) : (
                <LockedSettings id={id} confirm={confirm} />
              )}
              <PositionField form={keeping(failed)} known={gateway.position} />
              <Switch
                name="active"
                label={t('console.gateway.active')}
                hint={t('console.gateway.active.hint')}
                defaultChecked={values ? values.active === 'on' : gateway.active}
              />
              {kind.listsMoney && gateway.lender === null ? (
                <Switch
                  name="shared"
                  label={t('console.moneyCompare.shared')}
                  hint={t('console.moneyCompare.shared.hint')}
                  defaultChecked={values ? values.shared === 'on' : gateway.shared}
                />
              ) : null}
              {change ? (
                <div className="flex flex-wrap justify-end gap-2">
                  <LinkButton to="/admin/gateways">{t('ui.cancel')}</LinkButton>
                  <Button look={id === null ? 'primary' : 'secondary'} name="act" value="save">
                    {t('console.gateway.save')}
                  </Button>
                </div>
              ) : null}
            </fieldset>
          </Form>
        </Card>
      </div>
    </>
  )
}

/** The settings hold keys: who may change them signs in again first, others see that there are some. */
function LockedSettings({ id, confirm }: { id: string | null; confirm: boolean }) {
  const t = useText()
  if (!confirm) return <p className="text-sm text-muted">{t('console.gateway.noSecrets')}</p>
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 rounded-card bg-sunken p-4">
      <span>{t('console.gateway.locked')}</span>
      <LinkButton to={`/admin/confirm?to=/admin/gateways/${id}`}>{t('console.gateway.unlock')}</LinkButton>
    </div>
  )
}

function GatewayTest({ gateway, kind }: Route.ComponentProps['loaderData']) {
  const t = useText()
  const may = useMay()
  const answer = useActionData<typeof action>()
  const { state, formData } = useNavigation()
  const running = state !== 'idle' && formData?.get('act') === 'test'
  const test = answer && 'test' in answer ? answer.test : null
  return (
    <Card
      title={t('console.gateway.test')}
      actions={
        may('gateways:change') ? (
          <ActButton act="test" look={gateway.testedAt ? 'secondary' : 'primary'}>
            {t(running ? 'console.gateway.testing' : 'console.gateway.testNow')}
          </ActButton>
        ) : null
      }
    >
      {test ? (
        <Alert
          tone={test.ok ? 'good' : 'bad'}
          title={t(test.ok ? 'console.gateway.testOk' : 'console.gateway.testFailed')}
        >
          {test.detail}
        </Alert>
      ) : gateway.lastError ? (
        <Alert tone="bad" title={t('console.gateway.testFailed')}>
          {gateway.lastError}
        </Alert>
      ) : gateway.testedAt ? (
        <p className="text-muted">
          {t('console.gateway.lastTest')} <When at={gateway.testedAt} />
        </p>
      ) : (
        <p className="text-muted">
          {t(kind.staffConfirms ? 'console.gateway.byHand.lead' : 'console.gateway.test.lead')}
        </p>
      )}
    </Card>
  )
}
