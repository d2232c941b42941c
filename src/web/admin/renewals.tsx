import { Form, useLocation } from 'react-router'
import { takeOutOfQueue } from '#modules/subscriptions/by-hand.ts'
import { Refusal } from '#platform/errors.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/renewals.ts'
import { ActDialog, ReasonField } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readRenewals } from './renewals.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  return readRenewals(shop, request.url)
}

/** Takes a subscription out of the queue. */
export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  if (form.get('act') !== 'unflag') throw new Refusal('bad_request', 'This page has no such act.')
  const read = formReader(form)
  const reason = read.text('reason')
  if (read.failed) return failure(read.errors, form)
  await takeOutOfQueue(shop, read.raw('id'), reason)
  return redirectWith('/admin/renewals?queue=flagged', 'console.renewals.unflagged')
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function RenewalsPage({ loaderData }: Route.ComponentProps) {
  const { queue, within, rows, page, tabs, ahead } = loaderData
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const { pathname, search } = useLocation()
  // The tab that is open is the address as it stands, on whichever page of the list.
  const to = (current: boolean, address: string) => (current ? `${pathname}${search}` : address)
  return (
    <>
      <PageHeader
        title={t('console.renewals.title')}
        description={t(`console.renewals.${queue}.lead`)}
        actions={
          rows.length > 0 && may('lines:change') ? (
            <LinkButton to={`/admin/renewals/act?${addressOf(loaderData)}`}>{t('console.renewals.bulk')}</LinkButton>
          ) : null
        }
      />
      <Tabs
        label={t('console.renewals.title')}
        tabs={tabs.map((each) => ({
          to: to(each.queue === queue, `/admin/renewals?queue=${each.queue}`),
          label: t(`console.renewals.${each.queue}`),
          count: each.count,
        }))}
      />
      {queue === 'expiring' ? (
        <Tabs
          label={t('console.subscriptions.within')}
          tabs={ahead.map(({ days, count }) => ({
            to: to(days === within, `/admin/renewals?queue=expiring&within=${days}`),
            label: t('console.subscriptions.days', { count: days }),
            count,
          }))}
        />
      ) : null}
      {loaderData.atRisk.length > 0 ? (
        <p className="mb-4 text-muted">
          {t('console.renewals.atRisk')}{' '}
          {loaderData.atRisk.map((each, index) => (
            <span key={each.currency} className="font-semibold">
              {index > 0 ? ' · ' : ''}
              <Money value={each} />
            </span>
          ))}
        </p>
      ) : null}
      <TagFilter {...loaderData} />
      {failed ? (
        <div className="mb-6">
          <FormErrors failure={failed} />
        </div>
      ) : null}
      <Card flush>
        <DataTable
          caption={t(`console.renewals.${queue}`)}
          columns={useColumns(queue)}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/subscriptions/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t(`console.renewals.${queue}.none`)}>{t(`console.renewals.${queue}.lead`)}</EmptyState>
          }
          {...(queue === 'flagged' && may('lines:change') ? { rowActions: (row: Row) => <TakeOut row={row} /> } : {})}
        />
      </Card>
    </>
  )
}

const addressOf = ({ queue, within, tag }: Pick<Route.ComponentProps['loaderData'], 'queue' | 'within' | 'tag'>) =>
  new URLSearchParams({ queue, within: String(within), ...(tag === null ? {} : { tag }) }).toString()

/** Only those with a tag, of the customer or of a note about them. */
function TagFilter({ queue, within, tag, tags }: Route.ComponentProps['loaderData']) {
  const t = useText()
  if (tags.length === 0 && tag === null) return null
  return (
    <Form className="mb-4 flex flex-wrap items-end gap-3">
      <input type="hidden" name="queue" value={queue} />
      <input type="hidden" name="within" value={within} />
      <Field label={t('console.renewals.tag')}>
        {(tied) => (
          <Select
            {...tied}
            key={tag}
            name="tag"
            empty={t('console.renewals.tag.all')}
            defaultValue={tag ?? ''}
            options={tags.map((each) => ({ value: each, label: each }))}
          />
        )}
      </Field>
      <Button>{t('console.renewals.tag.go')}</Button>
    </Form>
  )
}

function TakeOut({ row: { id, customer } }: { row: Row }) {
  const t = useText()
  const failed = useFailure()
  const mine = failed?.values.id === id ? failed : null
  return (
    <ActDialog
      act="unflag"
      id={`unflag-${id}`}
      trigger={t('console.renewals.unflag')}
      title={t('console.renewals.unflag.title', { customer })}
      confirm={t('console.renewals.unflag')}
      keep={t('ui.cancel')}
      fields={{ id }}
    >
      <p className="text-muted">{t('console.renewals.unflag.lead')}</p>
      <ReasonField error={mine?.errors.reason} defaultValue={mine?.values.reason} />
    </ActDialog>
  )
}

function useColumns(queue: Route.ComponentProps['loaderData']['queue']): readonly Column<Row>[] {
  const t = useText()
  const since: Column<Row> = {
    id: 'at',
    header: t('console.list.since'),
    cell: (row) => (
      <>
        <When at={row.at} />
        {row.because ? <span className="block break-words text-muted">{row.because}</span> : null}
      </>
    ),
  }
  return [
    {
      id: 'customer',
      header: t('console.customers.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    ...(queue === 'flagged' || queue === 'failed' || queue === 'done' ? [since] : []),
    { id: 'plan', header: t('console.orders.plan'), wide: true, cell: (row) => row.plan },
    {
      id: 'ends',
      header: t('console.subscriptions.ends'),
      cell: (row) => (row.paidThrough ? <When at={row.paidThrough} as="both" /> : '–'),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => (
        <span className="inline-flex flex-wrap gap-1">
          <StateBadge of="subscription" state={row.status} />
          {row.cardTooShort ? <Badge tone="warn">{t('console.renewals.card')}</Badge> : null}
        </span>
      ),
    },
    {
      id: 'asked',
      header: t('console.renewals.asked'),
      align: 'end',
      cell: (row) => (row.asked ? <Money value={row.asked} /> : '–'),
    },
    {
      id: 'message',
      header: t('console.renewals.message'),
      wide: true,
      cell: ({ message }) =>
        message ? (
          <>
            {message.title}{' '}
            <span className="block text-muted">
              {t(`state.message.${message.status as 'sent'}`)}, <When at={message.at} />
            </span>
          </>
        ) : (
          '–'
        ),
    },
    {
      id: 'next',
      header: t('console.renewals.next'),
      cell: ({ next }) =>
        next ? (
          <>
            {next.action ? t(`console.step.${next.action}`) : (next.key ?? t('console.renewals.looks'))}{' '}
            <span className="block text-muted">
              <When at={next.at} as="both" />
            </span>
          </>
        ) : (
          '–'
        ),
    },
  ]
}
