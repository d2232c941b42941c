import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { acceptDifference, mendDifference } from '#modules/lines/decide-difference.ts'
import { listPanels } from '#modules/lines/panels.ts'
import { differenceTotals, listDifferences } from '#modules/lines/reconciliations.ts'
import { Refusal } from '#platform/errors.ts'
import { money } from '#platform/money.ts'
import { failure } from '#web/failure.ts'
import { redirectWith } from '#web/flash.ts'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/differences.ts'
import { differenceOf } from './difference.server.ts'
import { differenceKinds, differenceStates, Shape } from './difference-words.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'lines:see')
  const filters = { kind: differenceKinds, state: differenceStates, panel: 'any' as const }
  const query = readList(request.url, { sorts: [], defaultSort: '', filters })
  const { kind, state, panel } = query.filters
  return transaction(shop, 'read-differences', async (tx) => {
    const { rows, page } = await readPage(query, (each) =>
      // Unless asked otherwise: what waits for somebody.
      listDifferences(tx, { search: query.q || undefined, kind, state: state ?? 'open', panelId: panel }, each),
    )
    const panels = (await listPanels(tx)).map(({ id, name }) => ({ id, name }))
    const totals = new Map<string, { count: number; sums: { minor: bigint; currency: string }[] }>()
    for (const { kind: of, count, currency, valueMinor } of await differenceTotals(tx)) {
      const known = totals.get(of) ?? { count: 0, sums: [] }
      known.count += count
      const sum = known.sums.find((each) => each.currency === currency)
      if (sum !== undefined) sum.minor += valueMinor
      else if (currency !== null) known.sums.push(money(valueMinor, currency))
      totals.set(of, known)
    }
    return {
      query,
      page,
      panels,
      rows: rows.map((row) => differenceOf(row, panels)),
      totals: differenceKinds.flatMap((each) => {
        const total = totals.get(each)
        return total === undefined ? [] : [{ kind: each, ...total }]
      }),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'lines:change')
  const ids = [...new Set(form.getAll('ids').map(String))].slice(0, 100)
  if (ids.length === 0) return failure({ ids: 'Please choose at least one of the list.' }, form)
  const act = form.get('act')
  if (act !== 'mend' && act !== 'accept') throw new Refusal('bad_request', 'This page has no such act.')
  for (const id of ids) {
    try {
      if (act === 'mend') await mendDifference(shop, id)
      else await transaction(shop, 'accept-difference', (tx) => acceptDifference(tx, shop, id, shop.now()))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return failure({ ids: error.message }, form)
    }
  }
  const { search } = new URL(request.url)
  return redirectWith(
    `/admin/differences${search}`,
    act === 'mend' ? 'console.differences.mending' : 'console.differences.accepted',
  )
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function DifferencesPage({ loaderData: { query, rows, page, panels, totals } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const failed = useFailure()
  const acts = may('lines:change') && rows.some(({ state }) => state === 'open')
  const columns: readonly Column<Row>[] = [
    {
      id: 'username',
      header: t('console.line.username'),
      cell: (row) => <bdi className="code break-all">{row.username}</bdi>,
    },
    {
      id: 'kind',
      header: t('console.differences.kind'),
      cell: (row) => (
        <span className="flex flex-col items-start gap-1">
          <StateBadge of="difference" state={row.kind} />
          {row.state === 'open' ? null : <span className="text-sm text-muted">{t(`state.decision.${row.state}`)}</span>}
        </span>
      ),
    },
    { id: 'what', header: t('console.differences.what'), cell: (row) => <Shape {...row} /> },
    {
      id: 'panel',
      header: t('console.line.panel'),
      cell: (row) => row.panel ?? t('console.line.operatorsPanel'),
      wide: true,
    },
    {
      id: 'value',
      header: t('console.differences.value'),
      align: 'end',
      cell: (row) => (row.value ? <Money value={row.value} /> : '–'),
    },
    { id: 'first', header: t('console.differences.first'), cell: (row) => <When at={row.firstSeenAt} />, wide: true },
  ]
  return (
    <>
      <PageHeader
        title={t('console.differences.title')}
        description={t('console.differences.lead')}
        actions={
          may('settings:see') ? (
            <LinkButton to="/admin/differences/settings">{t('console.differences.settings')}</LinkButton>
          ) : null
        }
      />
      {totals.length > 0 ? (
        <ul className="mb-4 flex flex-wrap gap-x-6 gap-y-2 text-sm">
          {totals.map(({ kind, count, sums }) => (
            <li key={kind} className="flex items-baseline gap-1.5">
              <span className="font-medium">
                <Count value={count} />
              </span>
              {t(`console.differences.kind.${kind}`)}
              {sums.map((sum) => (
                <span key={sum.currency} className="text-muted">
                  · <Money value={sum} />
                </span>
              ))}
            </li>
          ))}
        </ul>
      ) : null}
      <div className="mb-4">
        <FilterBar
          query={query}
          search={t('console.differences.search')}
          filters={[
            {
              name: 'kind',
              label: t('console.differences.kind'),
              options: differenceKinds.map((each) => ({ value: each, label: t(`console.differences.kind.${each}`) })),
            },
            {
              name: 'state',
              label: t('console.list.state'),
              options: differenceStates.map((each) => ({ value: each, label: t(`state.decision.${each}`) })),
            },
            {
              name: 'panel',
              label: t('console.line.panel'),
              options: panels.map(({ id, name }) => ({ value: id, label: name })),
            },
          ]}
        />
      </div>
      <Form method="post" className="flex flex-col gap-4">
        <FormErrors failure={failed} />
        <Card flush>
          <DataTable
            caption={t('console.differences.title')}
            selectable={acts}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            rowHref={(row) => `/admin/differences/${row.id}`}
            query={query}
            page={page}
            empty={<EmptyState title={t('console.differences.none')}>{t('console.differences.none.lead')}</EmptyState>}
          />
        </Card>
        {acts ? (
          <div className="flex flex-wrap justify-end gap-2">
            <Button name="act" value="accept">
              {t('console.differences.acceptSelected')}
            </Button>
            <Button look="primary" name="act" value="mend">
              {t('console.differences.mendSelected')}
            </Button>
          </div>
        ) : null}
      </Form>
    </>
  )
}
