import '../i18n/areas/bank.ts'
import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { listEntries, listImports } from '#modules/billing/bank/entries.ts'
import { gatewayKind, listGateways } from '#modules/billing/gateways.ts'
import { money } from '#platform/money.ts'
import { redirectWith } from '#web/flash.ts'
import { Alert } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/bank.ts'
import { csvFields, importFrom } from './bank.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['waiting', 'booked', 'aside', 'all'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  const state = states.find((each) => each === query.filters.state) ?? 'waiting'
  return transaction(shop, 'read-bank', async (tx) => {
    const filter = { status: state === 'all' ? undefined : state, search: query.q || undefined }
    const { rows, page } = await readPage(query, (each) => listEntries(tx, filter, each))
    const gateways = await listGateways(tx)
    return {
      query,
      state,
      page,
      columns: csvFields,
      accounts: gateways
        .filter(({ kind }) => gatewayKind(shop.app, kind).capabilities.statements)
        .map(({ id, name }) => ({ value: id, label: name })),
      rows: rows.map((entry) => ({
        id: entry.id,
        name: entry.name,
        said: entry.reference ?? entry.remittance,
        state: entry.status,
        why: entry.why,
        bookedOn: entry.bookedOn,
        amount: money(entry.direction === 'debit' ? -entry.amountMinor : entry.amountMinor, entry.currency),
      })),
      imports: (await listImports(tx, { limit: 5 })).map((each) => ({
        id: each.id,
        fileName: each.fileName,
        createdAt: each.createdAt.toString(),
        entries: each.entries,
        booked: each.booked,
        waiting: each.waiting,
        known: each.known,
        missing: each.missingStatements,
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  await importFrom(shop, form)
  return redirectWith('/admin/bank', 'console.bank.imported')
}

type Data = Route.ComponentProps['loaderData']

/** Money on the bank account: files of the bank go in, what nobody can tell surely waits here. */
export default function BankPage({ loaderData }: Route.ComponentProps) {
  const { query, state, rows, page, accounts, imports } = loaderData
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Data['rows'][number]>[] = [
    {
      id: 'who',
      header: t('console.bank.from'),
      cell: (row) => (
        <>
          <bdi className="font-medium break-words">{row.name ?? t('console.bank.nameless')}</bdi>
          <span className="block break-words text-muted">{row.said}</span>
        </>
      ),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => (
        <>
          <StateBadge of="bankEntry" state={row.state} />
          {row.why ? <span className="block text-sm text-muted">{t(`console.bank.why.${row.why}`)}</span> : null}
        </>
      ),
    },
    {
      id: 'day',
      header: t('console.bank.day'),
      cell: (row) => <When at={`${row.bookedOn}T12:00:00Z`} as="date" />,
      wide: true,
    },
    { id: 'amount', header: t('console.order.amount'), align: 'end', cell: (row) => <Money value={row.amount} /> },
  ]
  return (
    <>
      <PageHeader title={t('console.nav.bank')} description={t('console.bank.lead')} />
      {accounts.length === 0 ? (
        <EmptyState
          title={t('console.bank.noAccount')}
          actions={
            <LinkButton look="primary" to="/admin/gateways/new?kind=bank_transfer">
              {t('console.bank.addAccount')}
            </LinkButton>
          }
        >
          {t('console.bank.noAccount.lead')}
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-6">
          {may('payments:money') ? <Upload {...loaderData} /> : null}
          <div className="flex flex-col gap-4">
            <Tabs
              label={t('console.list.state')}
              tabs={states.map((each) => ({
                to: each === 'waiting' ? '/admin/bank' : `/admin/bank?state=${each}`,
                label: each === 'all' ? t('console.bank.all') : t(`state.bankEntry.${each}`),
                current: each === state,
              }))}
            />
            <FilterBar query={query} search={t('console.bank.search')}>
              {state === 'waiting' ? null : <input type="hidden" name="state" value={state} />}
            </FilterBar>
            <Card flush>
              <DataTable
                caption={t('console.nav.bank')}
                columns={columns}
                rows={rows}
                rowKey={(row) => row.id}
                rowHref={(row) => `/admin/bank/${row.id}`}
                query={query}
                page={page}
                empty={<EmptyState title={t('console.bank.none')}>{t('console.bank.none.lead')}</EmptyState>}
              />
            </Card>
          </div>
          {imports.length === 0 ? null : <Imports imports={imports} />}
        </div>
      )}
    </>
  )
}

function Upload({ accounts, columns }: Pick<Data, 'accounts' | 'columns'>) {
  const t = useText()
  const failed = useFailure()
  return (
    <Card title={t('console.bank.import')}>
      <Form method="post" encType="multipart/form-data" className="flex flex-col gap-5">
        <FormErrors failure={failed} />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:grid-cols-2">
          <Field label={t('console.bank.account')} error={failed?.errors.gateway}>
            {(tied) => <Select {...tied} name="gateway" options={accounts} defaultValue={failed?.values.gateway} />}
          </Field>
          <Field label={t('console.bank.file')} hint={t('console.bank.file.hint')} error={failed?.errors.file}>
            {(tied) => <Input {...tied} type="file" name="file" required accept=".xml,.csv,.txt" className="py-2" />}
          </Field>
        </div>
        <details open={failed?.errors.columns !== undefined}>
          <summary className="min-h-(--control-dense) text-muted underline decoration-dotted underline-offset-4">
            {t('console.bank.columns')}
          </summary>
          <p className="my-3 text-sm text-muted">{t('console.bank.columns.lead')}</p>
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-3">
            {columns.map((name) => (
              <Field key={name} label={t(`console.bank.column.${name}`)} optional>
                {(tied) => (
                  <Input
                    {...tied}
                    name={`column.${name}`}
                    maxLength={100}
                    defaultValue={failed?.values[`column.${name}`]}
                  />
                )}
              </Field>
            ))}
          </div>
        </details>
        <div className="flex justify-end">
          <Button look="primary">{t('console.bank.import.button')}</Button>
        </div>
      </Form>
    </Card>
  )
}

function Imports({ imports }: Pick<Data, 'imports'>) {
  const t = useText()
  const figure = (id: 'entries' | 'booked' | 'waiting' | 'known'): Column<Data['imports'][number]> => ({
    id,
    header: t(`console.bank.imports.${id}`),
    align: 'end',
    cell: (row) => <Count value={row[id]} />,
  })
  const columns: readonly Column<Data['imports'][number]>[] = [
    {
      id: 'file',
      header: t('console.bank.file'),
      cell: (row) => (
        <>
          <bdi className="break-words">{row.fileName}</bdi>{' '}
          {row.missing ? <Badge tone="warn">{t('console.bank.missing')}</Badge> : null}
        </>
      ),
    },
    { id: 'at', header: t('console.bank.imports.at'), cell: (row) => <When at={row.createdAt} /> },
    figure('entries'),
    figure('booked'),
    figure('waiting'),
    figure('known'),
  ]
  return (
    <Card title={t('console.bank.imports')} flush>
      {imports.some(({ missing }) => missing) ? (
        <div className="p-5 pb-0">
          <Alert tone="warn">{t('console.bank.missing.lead')}</Alert>
        </div>
      ) : null}
      <DataTable
        caption={t('console.bank.imports')}
        columns={columns}
        rows={imports}
        rowKey={(row) => row.id}
        empty={<EmptyState title={t('console.bank.none')} />}
      />
    </Card>
  )
}
