import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { staffById } from '#modules/analytics/names.ts'
import { conversionPercent, trialReport } from '#modules/analytics/trials.ts'
import { saveTrialSettings, trialSetting } from '#modules/checkout/trial-settings.ts'
import { allowTrial, listAllowances } from '#modules/checkout/trials.ts'
import { readSetting } from '#modules/people/settings.ts'
import { plusHours } from '#platform/time.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, When } from '../ui/format.tsx'
import { Input } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/trials.ts'
import { ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, requireRight, staffOf } from './guard.server.ts'
import { actorOf } from './sentence-of.ts'

const spans = [30, 90, 365] as const
const onces = ['once_per_customer', 'once_per_device', 'once_per_payment_method'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'orders:see')
  const asked = Number(new URL(request.url).searchParams.get('days'))
  const days = spans.find((each) => each === asked) ?? 90
  return transaction(shop, 'read-trials', async (tx) => {
    const { plans, refused } = await trialReport(tx, plusHours(shop.now(), -24 * days))
    return {
      days,
      plans,
      refused,
      percent: conversionPercent(plans),
      limits: await readSetting(tx, shop, trialSetting),
      names: Object.fromEntries(await staffById(tx)),
      allowances: (await listAllowances(tx, { limit: 20 })).map(({ id, reason, by, createdAt, usedAt }) => ({
        id,
        reason,
        by,
        at: createdAt.toString(),
        usedAt: usedAt?.toString() ?? null,
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const staff = await actAs(context, request, 'orders:see')
  const { shop, form } = staff
  const read = formReader(form)
  if (read.raw('act') === 'allow') {
    requireRight(staff, 'orders:change')
    const email = read.email('email') ?? ''
    const reason = read.text('reason', { most: 500 })
    if (read.failed) return failure(read.errors, form)
    await allowTrial(shop, email, reason)
    return redirectWith('/admin/trials', 'console.trials.allowed')
  }
  requireRight(staff, 'settings:change')
  const limits = {
    once_per_customer: read.flag('once_per_customer'),
    once_per_device: read.flag('once_per_device'),
    once_per_payment_method: read.flag('once_per_payment_method'),
    per_network: read.whole('per_network', { from: 0, to: 1_000 }),
    network_days: read.whole('network_days', { from: 1, to: 365 }),
    per_day: read.whole('per_day', { from: 0, to: 100_000 }),
  }
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'save-trials', (tx) => saveTrialSettings(tx, shop, limits))
  return redirectWith('/admin/trials', 'console.trials.saved')
}

type Data = Route.ComponentProps['loaderData']

/** What became of trials, which limits stand, and what staff allowed beyond them. */
export default function TrialsPage({ loaderData }: Route.ComponentProps) {
  const { days, plans, percent, refused } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const sum = (name: 'began' | 'running' | 'converted' | 'lapsed') => plans.reduce((all, each) => all + each[name], 0)
  return (
    <>
      <PageHeader
        title={t('console.trials.title')}
        description={t('console.trials.lead')}
        actions={
          may('orders:change') ? (
            <ActDialog
              act="allow"
              trigger={t('console.trials.allow')}
              title={t('console.trials.allow.title')}
              confirm={t('console.trials.allow')}
              keep={t('ui.cancel')}
            >
              <p className="text-muted">{t('console.trials.allow.lead')}</p>
              <Field label={t('console.trials.allow.email')} error={failed?.errors.email}>
                {(tied) => <Input {...tied} type="email" name="email" required defaultValue={failed?.values.email} />}
              </Field>
              <ReasonField error={failed?.errors.reason} defaultValue={failed?.values.reason} />
            </ActDialog>
          ) : null
        }
      />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <Tabs
        label={t('console.trials.days')}
        tabs={spans.map((each) => ({
          to: each === 90 ? '/admin/trials' : `/admin/trials?days=${each}`,
          label: t('console.trials.days.each', { count: each }),
        }))}
      />
      <div className="flex flex-col gap-6">
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <Stat label={t('console.trials.began')} value={<Count value={sum('began')} />} />
          <Stat label={t('console.trials.running')} value={<Count value={sum('running')} />} />
          <Stat label={t('console.trials.converted')} value={<Count value={sum('converted')} />} />
          <Stat
            label={t('console.trials.conversion')}
            value={percent === null ? '–' : `${percent} %`}
            {...(percent === null ? { hint: t('console.trials.conversion.none') } : {})}
          />
        </div>
        <ByPlan plans={plans} days={days} />
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-6 lg:grid-cols-2">
          <Limits {...loaderData} />
          <div className="flex min-w-0 flex-col gap-6">
            <Card title={t('console.trials.refused')}>
              {refused.length === 0 ? (
                <p className="text-muted">{t('console.trials.refused.none')}</p>
              ) : (
                <DescriptionList
                  items={refused.map(({ limit, count }) => ({
                    label: t(`console.trials.refused.${limit}`),
                    value: <Count value={count} />,
                  }))}
                />
              )}
            </Card>
            <Allowances {...loaderData} />
          </div>
        </div>
      </div>
    </>
  )
}

function ByPlan({ plans, days }: Pick<Data, 'plans' | 'days'>) {
  const t = useText()
  const figure = (id: 'began' | 'running' | 'converted' | 'lapsed'): Column<Data['plans'][number]> => ({
    id,
    header: t(`console.trials.${id}`),
    align: 'end',
    cell: (row) => <Count value={row[id]} />,
  })
  const columns = [
    { id: 'plan', header: t('console.orders.plan'), cell: (row: Data['plans'][number]) => row.plan },
    figure('began'),
    figure('running'),
    figure('converted'),
    figure('lapsed'),
  ]
  return (
    <Card title={t('console.trials.byPlan')} flush>
      <DataTable
        caption={`${t('console.trials.byPlan')}, ${t('console.trials.days.each', { count: days })}`}
        columns={columns}
        rows={plans}
        rowKey={(row) => row.planId}
        rowHref={(row) => `/admin/plans/${row.planId}`}
        empty={<EmptyState title={t('console.trials.none')}>{t('console.trials.none.lead')}</EmptyState>}
      />
    </Card>
  )
}

function Limits({ limits }: Pick<Data, 'limits'>) {
  const t = useText()
  const failed = useFailure()
  const change = useMay()('settings:change')
  const typed = failed !== null && failed.values.per_day !== undefined ? failed : null
  const number = (name: 'per_network' | 'network_days' | 'per_day', least: number, most: number, hint?: string) => (
    <Field label={t(`console.trials.${name}`)} error={typed?.errors[name]} {...(hint === undefined ? {} : { hint })}>
      {(tied) => (
        <Input
          {...tied}
          type="number"
          name={name}
          required
          min={least}
          max={most}
          defaultValue={typed?.values[name] ?? String(limits[name])}
          className="sm:max-w-32"
        />
      )}
    </Field>
  )
  return (
    <Card title={t('console.trials.limits')}>
      <Form method="post">
        <fieldset disabled={!change} className="m-0 flex min-w-0 flex-col gap-5 border-0 p-0">
          {onces.map((name) => (
            <Checkbox
              key={name}
              name={name}
              value="true"
              label={t(`console.trials.${name}`)}
              {...(name === 'once_per_device' ? {} : { hint: t(`console.trials.${name}.hint`) })}
              defaultChecked={typed === null ? limits[name] : typed.values[name] !== undefined}
            />
          ))}
          {number('per_network', 0, 1_000, t('console.trials.per_network.hint'))}
          {number('network_days', 1, 365)}
          {number('per_day', 0, 100_000, t('console.trials.per_day.hint'))}
          {change ? (
            <div className="flex justify-end">
              <Button look="primary">{t('console.settings.save')}</Button>
            </div>
          ) : null}
        </fieldset>
      </Form>
    </Card>
  )
}

function Allowances({ allowances, names }: Pick<Data, 'allowances' | 'names'>) {
  const t = useText()
  const columns: readonly Column<Data['allowances'][number]>[] = [
    {
      id: 'at',
      header: t('console.list.since'),
      cell: (row) => <When at={row.at} as="date" />,
    },
    { id: 'by', header: t('console.trials.by'), cell: (row) => actorOf(t, row.by, names) },
    {
      id: 'reason',
      header: t('console.trials.reason'),
      cell: (row) => <span className="break-words">{row.reason}</span>,
    },
    {
      id: 'used',
      header: t('console.trials.used'),
      cell: (row) => (row.usedAt ? <When at={row.usedAt} as="date" /> : t('console.trials.used.not')),
    },
  ]
  return (
    <Card title={t('console.trials.allowances')} flush>
      <DataTable
        caption={t('console.trials.allowances')}
        columns={columns}
        rows={allowances}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('console.trials.allowances.none')} />}
      />
    </Card>
  )
}
