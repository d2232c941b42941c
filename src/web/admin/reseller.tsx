import '../i18n/areas/collecting.ts'
import '../i18n/areas/resellers.ts'
import { Form } from 'react-router'
import { deductions } from '#modules/reselling/rules.ts'
import { webOf } from '#web/context.ts'
import type { TextKey } from '#web/i18n/translate.ts'
import { textOr } from '#web/i18n/translate.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox, RadioCards } from '../ui/choice.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/reseller.ts'
import { ActButton, ActDialog, ReasonField } from './act.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { actAsReseller, actOnReseller, readResellerPage } from './reseller.server.ts'
import { ResellerLimits } from './reseller-limits.tsx'
import { WalletAlarm } from './wallet-alarm.tsx'
import { WalletEntries } from './wallet-entries.tsx'

/** One reseller: his credits, what he may sell, his lines, and never his customers. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  return readResellerPage(shop, params.id)
}

export async function action({ context, request, params }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'wallets:see')
  if (staff.form.get('act') === 'act_as') return actAsReseller(webOf(context), request, staff, params.id)
  return actOnReseller(request, staff, params.id)
}

type Data = Route.ComponentProps['loaderData']

export default function ResellerPage({ loaderData }: Route.ComponentProps) {
  const { id, name, own, free, held, running, waiting, shopUrl, entries } = loaderData
  const t = useText()
  const failed = useFailure()
  return (
    <>
      <PageHeader
        title={name}
        back={{ to: '/admin/resellers', label: t('console.resellers.title') }}
        actions={
          <>
            <LinkButton href={shopUrl}>{t('console.reseller.shop')}</LinkButton>
            {own ? <Credits {...loaderData} /> : null}
          </>
        }
      />
      <div className="flex flex-col gap-6">
        <FormErrors failure={failed} />
        <Standing {...loaderData} />
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Stat label={t('console.resellers.free')} value={free} />
          <Stat label={t('console.resellers.held')} value={held} />
          <Stat label={t('console.resellers.running')} value={<Count value={running} />} />
          <Stat label={t('console.resellers.waiting')} value={<Count value={waiting} />} />
        </div>
        {own ? <Plans {...loaderData} /> : null}
        {own ? <Terms {...loaderData} /> : null}
        {loaderData.alarm === null ? null : <WalletAlarm {...loaderData.alarm} />}
        {own ? <Collecting id={id} /> : null}
        <ResellerLimits limits={loaderData.limits} />
        <Lines {...loaderData} />
        {own ? <WalletEntries rows={entries} holder={id} /> : null}
        <HisConsole {...loaderData} />
        <Place {...loaderData} />
      </div>
    </>
  )
}

function Credits({ id, closed, formKey }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  if (!may('credits:money')) return null
  const { errors = {}, values = {} } = failed ?? {}
  return (
    <>
      <LinkButton to={`/admin/resellers/${id}/move-credits`}>{t('console.reseller.transfer')}</LinkButton>
      {(['take', 'give'] as const)
        .filter((act) => act === 'take' || !closed)
        .map((act) => (
          <ActDialog
            key={act}
            act={act}
            look={act === 'give' ? 'primary' : 'secondary'}
            trigger={t(`console.reseller.${act}`)}
            title={t(`console.reseller.${act}`)}
            confirm={t(`console.reseller.${act}`)}
            keep={t('ui.cancel')}
            fields={{ form_key: formKey }}
          >
            <p className="text-muted">{t(`console.reseller.${act}.lead`)}</p>
            <Field label={t('console.reseller.amount')} hint={t('console.reseller.amount.hint')} error={errors.amount}>
              {(tied) => (
                <Input
                  {...tied}
                  name="amount"
                  inputMode="decimal"
                  required
                  maxLength={14}
                  defaultValue={values.amount}
                />
              )}
            </Field>
            <ReasonField error={errors.reason} defaultValue={values.reason} />
          </ActDialog>
        ))}
    </>
  )
}

function Plans({ plans, currency }: Data) {
  const t = useText()
  return (
    <Card title={t('console.reseller.plans')} flush>
      {plans.length === 0 ? (
        <EmptyState title={t('console.reseller.plans.none')} />
      ) : (
        <ul>
          {plans.map((plan) => (
            <PlanTerms key={plan.id} plan={plan} currency={currency} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function PlanTerms({ plan, currency }: { plan: Data['plans'][number]; currency: string }) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const mine = failed?.values.plan === plan.id ? failed : null
  const errors: Record<string, string> = mine?.errors ?? {}
  const values: Record<string, string> = mine?.values ?? {
    cost: plan.cost,
    breaks: plan.breaks,
    least: plan.least,
    most: plan.most,
  }
  const field = (name: 'cost' | 'least' | 'most' | 'breaks', label: string, hint?: string) => (
    <Field label={label} error={errors[name]} optional {...(hint === undefined ? {} : { hint })}>
      {(tied) => <Input {...tied} name={name} maxLength={200} defaultValue={values[name]} />}
    </Field>
  )
  return (
    <li className="border-b border-line px-5 py-4 last:border-b-0">
      <details open={mine !== null}>
        <summary className="flex min-h-11 cursor-pointer flex-wrap items-center justify-between gap-3">
          <span className="min-w-0 font-medium break-words">{plan.name}</span>
          <span className="flex items-center gap-3 text-sm text-muted">
            <bdi className="tabular-nums">{plan.cost || plan.ownCost}</bdi>
            <Badge tone={plan.shared ? 'good' : 'none'}>
              {t(plan.shared ? 'console.reseller.plan.shared' : 'console.reseller.plan.not')}
            </Badge>
          </span>
        </summary>
        {may('plans:change') ? (
          <Form method="post" className="mt-4 flex flex-col gap-4">
            <input type="hidden" name="plan" value={plan.id} />
            <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
              {field(
                'cost',
                t('console.reseller.plan.cost'),
                t('console.reseller.plan.cost.hint', { credits: plan.ownCost }),
              )}
              {field('breaks', t('console.reseller.plan.breaks'), t('console.reseller.plan.breaks.hint'))}
              {field('least', `${t('console.reseller.plan.least')} (${currency})`)}
              {field('most', `${t('console.reseller.plan.most')} (${currency})`)}
            </div>
            <div className="flex flex-wrap justify-end gap-2">
              {plan.shared ? (
                <Button name="act" value="stop" look="quiet" formNoValidate>
                  {t('console.reseller.plan.stop')}
                </Button>
              ) : null}
              <Button name="act" value="share" look="primary">
                {t(plan.shared ? 'console.reseller.plan.save' : 'console.reseller.plan.share')}
              </Button>
            </div>
          </Form>
        ) : null}
      </details>
    </li>
  )
}

function Terms({ terms }: Data) {
  const t = useText()
  const may = useMay()
  const { errors = {}, values = {} } = useFailure() ?? {}
  if (terms === null || !may('wallets:money')) return null
  return (
    <Card title={t('console.reseller.terms')}>
      <Form method="post" className="flex flex-col gap-4">
        <Field
          label={t('console.reseller.terms.deducts')}
          hint={t('console.reseller.terms.deducts.hint')}
          error={errors.deducts}
        >
          {(tied) => (
            <Select
              {...tied}
              name="deducts"
              options={deductions.map((value) => ({ value, label: t(`console.reseller.terms.deducts.${value}`) }))}
              defaultValue={values.deducts ?? terms.deducts}
            />
          )}
        </Field>
        <Checkbox
          name="unused"
          label={t('console.reseller.terms.unused')}
          defaultChecked={terms.recovers === 'unused'}
        />
        <div className="flex flex-wrap items-end justify-between gap-4">
          <Field
            label={t('console.reseller.terms.lasts')}
            hint={t('console.reseller.terms.lasts.hint')}
            error={errors.last_days}
            optional
          >
            {(tied) => (
              <Input
                {...tied}
                name="last_days"
                inputMode="numeric"
                maxLength={4}
                defaultValue={values.last_days ?? terms.creditsLastDays?.toString() ?? ''}
              />
            )}
          </Field>
          <Button name="act" value="terms">
            {t('console.reseller.plan.save')}
          </Button>
        </div>
      </Form>
    </Card>
  )
}

/** Taking money in his place, where he has no gateway. */
function Collecting({ id }: { id: string }) {
  const t = useText()
  const may = useMay()
  if (!may('payments:see')) return null
  return (
    <Card title={t('console.collecting.title')}>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-prose text-muted">{t('console.collecting.lead')}</p>
        <LinkButton to={`/admin/resellers/${id}/collecting`}>{t('console.collecting.open')}</LinkButton>
      </div>
    </Card>
  )
}

function Lines({ lines }: Data) {
  const t = useText()
  const columns: readonly Column<Data['lines'][number]>[] = [
    {
      id: 'username',
      header: t('console.reseller.line.username'),
      cell: (row) => <bdi className="break-all">{row.username}</bdi>,
    },
    { id: 'plan', header: t('console.reseller.line.plan'), cell: (row) => row.plan },
    {
      id: 'state',
      header: t('console.reseller.line.state'),
      cell: (row) => (
        <Badge tone={row.wanted === 'active' ? 'good' : 'none'}>
          {textOr((key: TextKey) => t(key), `console.reseller.line.wanted.${row.wanted}`, row.wanted)}
        </Badge>
      ),
    },
    { id: 'until', header: t('console.reseller.line.until'), cell: (row) => <When at={row.until} as="date" /> },
    {
      id: 'credits',
      header: t('console.reseller.line.credits'),
      cell: (row) =>
        row.credits === null
          ? '–'
          : textOr((key: TextKey) => t(key), `console.reseller.credits.${row.credits}`, row.credits),
    },
  ]
  return (
    <Card title={t('console.reseller.lines')} flush>
      <p className="px-5 pb-3 text-sm text-muted">{t('console.reseller.lines.lead')}</p>
      <DataTable
        caption={t('console.reseller.lines')}
        columns={columns}
        rows={lines}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('console.reseller.lines.none')} />}
      />
    </Card>
  )
}

/** What stops his shop, said on top. */
function Standing({ suspended, because, resting, customersTold, closes, closesTold, closed }: Data) {
  const t = useText()
  const may = useMay()
  if (closed) return <Alert tone="warn" title={t('console.reseller.closed')} />
  if (suspended === null)
    return closes === null ? null : (
      <Alert
        tone="warn"
        title={
          <>
            {t('console.reseller.closes')} <When at={closes} as="exact" />
          </>
        }
        actions={
          may('settings:change') ? <ActButton act="stay">{t('console.reseller.closes.stay')}</ActButton> : undefined
        }
      >
        {t('console.reseller.closes.lead')}{' '}
        {t(closesTold ? 'console.reseller.suspended.told' : 'console.reseller.suspended.untold')}
      </Alert>
    )
  return (
    <Alert
      tone="warn"
      title={t(resting ? 'console.reseller.suspended.paused' : 'console.reseller.suspended.kept')}
      actions={may('settings:change') ? <ActButton act="lift">{t('console.reseller.lift')}</ActButton> : undefined}
    >
      {because}
      <span className="block text-sm">
        {t(customersTold ? 'console.reseller.suspended.told' : 'console.reseller.suspended.untold')}
      </span>
    </Alert>
  )
}

/** Working there in his place, when he lets one in. */
function HisConsole({ name, letsIn, closed }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  if (closed || !may('acting:change')) return null
  return (
    <Card title={t('console.reseller.act')}>
      {letsIn ? (
        <ActDialog
          act="act_as"
          trigger={t('console.reseller.act.go')}
          title={t('console.reseller.act.title', { name })}
          confirm={t('console.reseller.act.go')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.reseller.act.lead')}</p>
          <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
        </ActDialog>
      ) : (
        <p className="text-muted">{t('console.reseller.act.shut')}</p>
      )}
    </Card>
  )
}

/** Suspending, moving and closing a branch. */
function Place({ suspended, closes, closed, own, parents, reach }: Data) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { errors = {}, values = {} } = failed ?? {}
  if (closed || !may('settings:change')) return null
  return (
    <Card title={t('console.reseller.place')}>
      <div className="flex flex-wrap gap-3">
        {suspended === null ? (
          <ActDialog
            act="suspend"
            trigger={t('console.reseller.suspend')}
            title={t('console.reseller.suspend.title')}
            confirm={t('console.reseller.suspend')}
            keep={t('ui.cancel')}
            danger
          >
            <p className="text-muted">
              {t('console.reseller.suspend.lead')}{' '}
              {t('console.reseller.suspend.reach', { count: reach.businesses, lines: reach.lines })}
            </p>
            <RadioCards
              name="lines"
              defaultValue={values.lines ?? 'kept'}
              options={(['kept', 'paused'] as const).map((value) => ({
                value,
                label: t(`console.reseller.suspend.${value}`),
                hint: t(`console.reseller.suspend.${value}.hint`),
                aside: t('console.reseller.suspend.customers', {
                  count: value === 'kept' ? reach.customers : reach.resting,
                }),
              }))}
            />
            <Checkbox
              name="tells"
              label={t('console.reseller.suspend.tells')}
              hint={t('console.reseller.suspend.tells.hint')}
              defaultChecked={values.tells === 'true'}
            />
            <ReasonField
              error={errors.reason}
              defaultValue={values.reason}
              hint={t('console.reseller.suspend.reason.hint')}
            />
          </ActDialog>
        ) : null}
        <ActDialog
          act="move"
          trigger={t('console.reseller.move')}
          title={t('console.reseller.move.title')}
          confirm={t('console.reseller.move')}
          keep={t('ui.cancel')}
        >
          <p className="text-muted">{t('console.reseller.move.lead')}</p>
          <Field label={t('console.reseller.move.to')} error={errors.parent_id}>
            {(tied) => <Select {...tied} name="parent_id" options={parents} defaultValue={values.parent_id} />}
          </Field>
        </ActDialog>
        {own && closes === null ? (
          <ActDialog
            act="wind_down"
            look="quiet"
            trigger={t('console.reseller.windDown')}
            title={t('console.reseller.windDown.title')}
            confirm={t('console.reseller.windDown')}
            keep={t('ui.cancel')}
            danger
          >
            <p className="text-muted">{t('console.reseller.windDown.lead')}</p>
            <Field label={t('console.reseller.windDown.on')} error={errors.closes_on}>
              {(tied) => <DateInput {...tied} name="closes_on" required defaultValue={values.closes_on} />}
            </Field>
            <Checkbox
              name="closing_tells"
              label={t('console.reseller.suspend.tells')}
              hint={t('console.reseller.suspend.tells.hint')}
              defaultChecked={values.closing_tells === 'true'}
            />
          </ActDialog>
        ) : null}
        {own ? (
          <ActDialog
            act="close"
            look="quiet"
            trigger={t('console.reseller.close')}
            title={t('console.reseller.close.title')}
            confirm={t('console.reseller.close')}
            keep={t('ui.cancel')}
            danger
          >
            <p className="text-muted">{t('console.reseller.close.lead')}</p>
          </ActDialog>
        ) : null}
      </div>
    </Card>
  )
}
