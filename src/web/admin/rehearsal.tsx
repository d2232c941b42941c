import '../i18n/areas/ahead.ts'
import '../i18n/areas/policy.ts'
import { Form, Link } from 'react-router'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { BarChart } from '../ui/console/bar-chart.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { usePage, useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/rehearsal.ts'
import { staffOf } from './guard.server.ts'
import { actionsShown, readRehearsal } from './rehearsal.server.ts'

/** What the lifecycle will do, told beforehand; nothing is written. The question is in the address, so that it can be shared. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const url = new URL(request.url)
  const query = readList(url, { sorts: [], defaultSort: '', filters: { action: actionsShown, day: 'any' } })
  return { live: shop.livemode, query, actions: [...actionsShown], ...(await readRehearsal(shop, url)) }
}

type Told = Route.ComponentProps['loaderData']
type Row = Told['rows'][number]

export default function RehearsalPage({ loaderData }: Route.ComponentProps) {
  const { query, actions, question, figures, compared, days, mailWorks, subscriptions, until, errors } = loaderData
  const { rows, page, past } = loaderData
  const t = useText()
  const { locale } = usePage()
  const total = (name: string) => figures.totals.find(({ action }) => action === name)?.count ?? 0
  return (
    <>
      <PageHeader
        title={t('console.rehearsal.title')}
        description={t('console.rehearsal.lead')}
        actions={loaderData.live ? null : <LinkButton to="/admin/travel">{t('console.travel.title')}</LinkButton>}
      />
      <div className="flex flex-col gap-6">
        <Card>
          <Question told={loaderData} />
        </Card>
        {Object.keys(errors).length > 0 ? (
          <Alert tone="bad" title={t('console.rehearsal.faults')}>
            {Object.values(errors).join(' ')}
          </Alert>
        ) : null}
        {mailWorks ? null : <Alert tone="warn" title={t('console.rehearsal.noMail')} />}
        <p className="text-muted">
          {t('console.rehearsal.assumed', { count: subscriptions })}{' '}
          {t(past ? 'console.rehearsal.payments.asTheyDid' : `console.rehearsal.payments.${question.payments}`)}.{' '}
          <When at={until} as="exact" />
        </p>
        {past ? <Past past={past} /> : null}
        <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
          {figures.totals.map(({ action, count, sums }) => (
            <Stat
              key={action}
              label={t(`console.rehearsal.action.${action}`)}
              value={<Count value={count} />}
              hint={
                <>
                  {sums.map((sum) => (
                    <span key={sum.currency} className="me-2 inline-block">
                      <Money value={sum} />
                    </span>
                  ))}
                  {compared ? <Before figures={compared.figures} action={action} past={past !== null} /> : null}
                </>
              }
            />
          ))}
          <Stat label={t('console.rehearsal.mails')} value={<Count value={figures.mails} />} />
          <Stat label={t('console.rehearsal.waits')} value={<Count value={figures.waits} />} />
        </div>
        {days.length > 1 ? (
          <Card>
            <BarChart
              title={t('console.rehearsal.perDay')}
              summary={t('console.rehearsal.perDay.sum', { mails: figures.mails, suspends: total('suspend') })}
              labels={days.map(({ day }) => day)}
              values={days.map(({ counts }) => Object.values(counts).reduce((sum, count) => sum + count, 0))}
              name={t('console.rehearsal.steps')}
              format={(value) => new Intl.NumberFormat(locale === 'en-XA' ? 'en' : locale).format(value)}
            />
          </Card>
        ) : null}
        <Card flush title={t(compared ? 'console.rehearsal.differences' : 'console.rehearsal.rows')}>
          <div className="border-b border-line p-5">
            <FilterBar
              query={query}
              filters={[
                {
                  name: 'action',
                  label: t('console.rehearsal.what'),
                  options: actions.map((action) => ({ value: action, label: t(`console.rehearsal.action.${action}`) })),
                },
                {
                  name: 'day',
                  label: t('console.rehearsal.day'),
                  options: days.map(({ day }) => ({ value: day, label: day })),
                },
              ]}
            >
              <Kept told={loaderData} />
            </FilterBar>
          </div>
          <DataTable
            caption={t('console.rehearsal.rows')}
            columns={columnsOf(t, compared !== null, past !== null)}
            rows={rows}
            rowKey={(row) => row.id}
            query={query}
            page={page}
            empty={<EmptyState title={t('console.rehearsal.none')} />}
          />
        </Card>
      </div>
    </>
  )
}

/** What only the past knows. */
function Past({ past: { leftOut, atRisk, unpaidHours } }: { past: NonNullable<Told['past']> }) {
  const t = useText()
  return (
    <>
      <Alert tone={atRisk.count > 0 ? 'warn' : 'info'} title={t('console.backtest.atRisk', { count: atRisk.count })}>
        {atRisk.sums.map((sum) => (
          <span key={sum.currency} className="me-2 inline-block">
            <Money value={sum} />
          </span>
        ))}
        {t('console.backtest.unpaid', unpaidHours)}
      </Alert>
      {leftOut > 0 ? <p className="text-muted">{t('console.backtest.leftOut', { count: leftOut })}</p> : null}
    </>
  )
}

function Before({ figures, action, past }: { figures: Told['figures']; action: string; past: boolean }) {
  const t = useText()
  const count = figures.totals.find((each) => each.action === action)?.count ?? 0
  return (
    <span className="inline-block">{t(past ? 'console.backtest.was' : 'console.rehearsal.before', { count })}</span>
  )
}

/** The question travels with the filters below, and these with it. */
function Kept({ told: { question, policy } }: { told: Told }) {
  const fields: [string, string][] = [
    ['look', question.look],
    ['days', String(question.days)],
    ['payments', question.payments],
    ...(question.subscriptionId ? [['subscription', question.subscriptionId] as [string, string]] : []),
    ...(policy ? [['policy', policy.id] as [string, string]] : []),
    ...(policy?.steps ?? []).map((step): [string, string] => [`at.${step.key}`, String(step.offset)]),
  ]
  return fields.map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)
}

function Question({ told: { question, policy, policies, errors } }: { told: Told }) {
  const t = useText()
  return (
    <Form method="get" className="flex flex-col gap-5">
      <div className="flex flex-wrap items-end gap-4">
        <Field label={t('console.backtest.look')}>
          {(tied) => (
            <Select
              {...tied}
              name="look"
              defaultValue={question.look}
              options={(['ahead', 'back'] as const).map((value) => ({
                value,
                label: t(`console.backtest.look.${value}`),
              }))}
            />
          )}
        </Field>
        <Field label={t('console.rehearsal.ahead')}>
          {(tied) => <Input {...tied} type="number" name="days" min={0} max={730} defaultValue={question.days} />}
        </Field>
        <Field label={t('console.rehearsal.payments')}>
          {(tied) => (
            <Select
              {...tied}
              name="payments"
              defaultValue={question.payments}
              options={(['nobody', 'as_before'] as const).map((value) => ({
                value,
                label: t(`console.rehearsal.payments.${value}`),
              }))}
            />
          )}
        </Field>
        <Field label={t('console.rehearsal.subscription')}>
          {(tied) => <Input {...tied} name="subscription" defaultValue={question.subscriptionId ?? ''} />}
        </Field>
        <Button look="primary">{t('console.rehearsal.ask')}</Button>
      </div>
      {policy ? (
        <details>
          <summary className="inline-flex min-h-11 cursor-pointer items-center text-muted sm:min-h-6 underline hover:text-ink">
            {t('console.rehearsal.changed')}
          </summary>
          <div className="mt-4 flex flex-col gap-4">
            <p className="text-muted">{t('console.rehearsal.changed.lead')}</p>
            {policies.length > 1 ? (
              <Field label={t('console.rehearsal.policy')}>
                {(tied) => <Select {...tied} name="policy" defaultValue={policy.id} options={policies} />}
              </Field>
            ) : null}
            <div className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-4">
              {policy.steps.map((step) => (
                <Field
                  key={`${policy.id}/${step.key}`}
                  label={`${t(`console.policy.action.${step.action}`)} (${step.key}, ${t(`console.rehearsal.${step.unit}`)})`}
                  error={errors[`at.${step.key}`]}
                >
                  {(tied) => <Input {...tied} type="number" name={`at.${step.key}`} defaultValue={step.offset} />}
                </Field>
              ))}
            </div>
          </div>
        </details>
      ) : null}
    </Form>
  )
}

const columnsOf = (t: ReturnType<typeof useText>, differences: boolean, past: boolean): readonly Column<Row>[] => [
  {
    id: 'customer',
    header: t('console.customers.customer'),
    cell: (row) => (
      <Link to={`/admin/subscriptions/${row.subscriptionId}`} className="hover:underline">
        <bdi className="break-words">{row.customer}</bdi>
      </Link>
    ),
  },
  { id: 'what', header: t('console.rehearsal.what'), cell: (row) => t(`console.rehearsal.action.${row.action}`) },
  {
    id: 'at',
    header: t(past ? 'console.backtest.would' : 'console.rehearsal.at'),
    cell: (row) => (row.at ? <When at={row.at} as="exact" /> : '–'),
  },
  ...(differences
    ? [
        {
          id: 'was',
          header: t(past ? 'console.backtest.happened' : 'console.rehearsal.was'),
          cell: (row: Row) => (row.was ? <When at={row.was} as="exact" /> : '–'),
        },
      ]
    : []),
  {
    id: 'outcome',
    header: t('console.rehearsal.outcome'),
    cell: (row) =>
      row.outcome === 'done' ? row.rule : `${t(`console.rehearsal.outcome.${row.outcome}`)}: ${row.reason}`,
    wide: true,
  },
  {
    id: 'amount',
    header: t('console.rehearsal.amount'),
    align: 'end',
    cell: (row) => (row.amount ? <Money value={row.amount} /> : '–'),
  },
]
