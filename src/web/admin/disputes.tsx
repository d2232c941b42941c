import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { customersById } from '#modules/analytics/names.ts'
import { listDisputes } from '#modules/billing/disputes/queries.ts'
import { disputeSetting } from '#modules/billing/disputes/settings.ts'
import { readSetting, saveSetting } from '#modules/people/settings.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Money, When } from '../ui/format.tsx'
import { Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/disputes.ts'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['open', 'all'] as const
const whenOpened = ['keep', 'suspend', 'end'] as const
const whenLost = ['end', 'keep'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  const state = query.filters.state === 'all' ? ('all' as const) : ('open' as const)
  return transaction(shop, 'read-disputes', async (tx) => {
    const { rows, page } = await readPage(query, (each) =>
      listDisputes(tx, state === 'all' ? {} : { open: true }, each),
    )
    const customers = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    return {
      query,
      state,
      page,
      settings: await readSetting(tx, shop, disputeSetting),
      rows: rows.map((each) => ({
        id: each.id,
        customer: customers.get(each.customerId) ?? null,
        state: each.status,
        reason: each.reason,
        due: each.closedAt === null ? (each.evidenceDueAt?.toString() ?? null) : null,
        openedAt: each.openedAt.toString(),
        amount: money(each.amountMinor, each.currency),
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'settings:change')
  const read = formReader(form)
  const facts = { when_opened: read.choice('when_opened', whenOpened), when_lost: read.choice('when_lost', whenLost) }
  if (read.failed) return failure(read.errors, form)
  await transaction(shop, 'save-settings', (tx) => saveSetting(tx, shop, disputeSetting, facts))
  return redirectWith('/admin/disputes', 'console.disputes.saved')
}

type Data = Route.ComponentProps['loaderData']

/** Money that is taken back, the most urgent day in sight. */
export default function DisputesPage({ loaderData: { query, state, page, rows, settings } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Data['rows'][number]>[] = [
    {
      id: 'customer',
      header: t('console.invoices.customer'),
      cell: (row) => (
        <>
          <bdi className="font-medium break-words">{row.customer?.name || row.customer?.email}</bdi>
          <span className="block break-words text-muted">{row.reason.replaceAll('_', ' ').toLowerCase()}</span>
        </>
      ),
    },
    { id: 'state', header: t('console.list.state'), cell: (row) => <StateBadge of="dispute" state={row.state} /> },
    { id: 'due', header: t('console.disputes.due'), cell: (row) => (row.due ? <When at={row.due} /> : null) },
    { id: 'opened', header: t('console.disputes.opened'), cell: (row) => <When at={row.openedAt} />, wide: true },
    { id: 'amount', header: t('console.order.amount'), align: 'end', cell: (row) => <Money value={row.amount} /> },
  ]
  return (
    <>
      <PageHeader title={t('console.disputes.title')} description={t('console.disputes.lead')} />
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-4">
          <Tabs
            label={t('console.list.state')}
            tabs={states.map((each) => ({
              to: each === 'open' ? '/admin/disputes' : `/admin/disputes?state=${each}`,
              label: t(`console.disputes.${each}`),
              current: each === state,
            }))}
          />
          <Card flush>
            <DataTable
              caption={t('console.disputes.title')}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              rowHref={(row) => `/admin/disputes/${row.id}`}
              query={query}
              page={page}
              empty={<EmptyState title={t('console.disputes.none')}>{t('console.disputes.none.lead')}</EmptyState>}
            />
          </Card>
        </div>
        {may('settings:change') ? <Settings settings={settings} /> : null}
      </div>
    </>
  )
}

function Settings({ settings }: Pick<Data, 'settings'>) {
  const t = useText()
  const failed = useFailure()
  return (
    <Card title={t('console.disputes.settings')}>
      <Form method="post" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <p className="text-muted">{t('console.disputes.settings.lead')}</p>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.disputes.when_opened')} error={failed?.errors.when_opened}>
            {(tied) => (
              <Select
                {...tied}
                name="when_opened"
                defaultValue={failed?.values.when_opened ?? settings.when_opened}
                options={whenOpened.map((value) => ({ value, label: t(`console.disputes.when_opened.${value}`) }))}
              />
            )}
          </Field>
          <Field label={t('console.disputes.when_lost')} error={failed?.errors.when_lost}>
            {(tied) => (
              <Select
                {...tied}
                name="when_lost"
                defaultValue={failed?.values.when_lost ?? settings.when_lost}
                options={whenLost.map((value) => ({ value, label: t(`console.disputes.when_lost.${value}`) }))}
              />
            )}
          </Field>
        </div>
        <div className="flex justify-end">
          <Button look="primary">{t('console.disputes.save')}</Button>
        </div>
      </Form>
    </Card>
  )
}
