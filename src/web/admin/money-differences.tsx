import '../i18n/areas/comparison.ts'
import { transaction } from '#app.ts'
import { compareBooks, lastComparisons } from '#modules/billing/comparison/comparisons.ts'
import { listMoneyDifferences } from '#modules/billing/comparison/differences.ts'
import { gatewayKind, listGateways } from '#modules/billing/gateways.ts'
import { money } from '#platform/money.ts'
import { redirectWith } from '#web/flash.ts'
import { Badge } from '../ui/badge.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import type { Route } from './+types/money-differences.ts'
import { ActButton, ActDialog } from './act.tsx'
import { BooksTabs } from './books-parts.tsx'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['open', 'aside', 'closed'] as const

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states } })
  const state = states.find((each) => each === query.filters.state) ?? 'open'
  return transaction(shop, 'read-money-differences', async (tx) => {
    const { rows, page } = await readPage(query, (each) => listMoneyDifferences(tx, { state }, each))
    const gateways = await listGateways(tx)
    const last = new Map((await lastComparisons(tx)).map((each) => [each.gatewayAccountId, each]))
    const nameOf = (id: string) => gateways.find((each) => each.id === id)?.name ?? id
    return {
      query,
      state,
      page,
      gateways: gateways
        .filter(({ kind, lent }) => lent === null && gatewayKind(shop.app, kind).capabilities.listsMoney)
        .map(({ id, name }) => {
          const found = last.get(id)
          return {
            id,
            name,
            last: found
              ? {
                  state: found.state,
                  at: (found.finishedAt ?? found.startedAt).toString(),
                  listed: found.listed,
                  foreign: found.foreign,
                  open: found.open,
                  trouble: found.lastError,
                }
              : null,
          }
        }),
      rows: rows.map((each) => ({
        id: each.id,
        kind: each.kind,
        gateway: nameOf(each.gatewayAccountId),
        state: each.state,
        at: each.moneyAt.toString(),
        ours: money(each.oursMinor, each.currency),
        theirs: money(each.theirsMinor, each.currency),
      })),
    }
  })
}

export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:money')
  const trustsLess = form.get('act') === 'believe'
  await transaction(shop, 'compare-gateway', (tx) =>
    compareBooks(tx, shop, String(form.get('id') ?? ''), { trustsLess }),
  )
  return redirectWith('/admin/books/differences', 'console.moneyCompare.asked')
}

type Data = Route.ComponentProps['loaderData']

/** Our books beside the gateways' own lists: when each was compared, and what does not agree. */
export default function MoneyDifferencesPage({ loaderData }: Route.ComponentProps) {
  const { query, state, rows, page, gateways } = loaderData
  const t = useText()
  const columns: readonly Column<Data['rows'][number]>[] = [
    {
      id: 'what',
      header: t('console.moneyCompare.what'),
      cell: (row) => (
        <>
          <span className="font-medium">{t(`console.moneyCompare.kind.${row.kind}`)}</span>
          <bdi className="block break-words text-muted">{row.gateway}</bdi>
        </>
      ),
    },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="moneyDifference" state={row.state} />,
      wide: true,
    },
    { id: 'day', header: t('console.moneyCompare.when'), cell: (row) => <When at={row.at} as="date" />, wide: true },
    { id: 'ours', header: t('console.moneyCompare.ours'), align: 'end', cell: (row) => <Money value={row.ours} /> },
    {
      id: 'theirs',
      header: t('console.moneyCompare.theirs'),
      align: 'end',
      cell: (row) => <Money value={row.theirs} />,
    },
  ]
  return (
    <>
      <PageHeader title={t('console.books.title')} description={t('console.moneyCompare.lead')} />
      <div className="flex flex-col gap-6">
        <BooksTabs current="compared" />
        <Card title={t('console.moneyCompare.gateways')} flush>
          {gateways.length === 0 ? (
            <EmptyState title={t('console.moneyCompare.none')}>{t('console.moneyCompare.none.lead')}</EmptyState>
          ) : (
            <ul className="flex flex-col">
              {gateways.map((each) => (
                <Compared key={each.id} {...each} />
              ))}
            </ul>
          )}
        </Card>
        <div className="flex flex-col gap-4">
          <Tabs
            label={t('console.list.state')}
            tabs={states.map((each) => ({
              to: each === 'open' ? '/admin/books/differences' : `/admin/books/differences?state=${each}`,
              label: t(`state.moneyDifference.${each}`),
              current: each === state,
            }))}
          />
          <Card flush>
            <DataTable
              caption={t('console.moneyCompare.differences')}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              rowHref={(row) => `/admin/books/differences/${row.id}`}
              query={query}
              page={page}
              empty={
                <EmptyState title={t('console.moneyCompare.differences.none')}>
                  {t('console.moneyCompare.differences.none.lead')}
                </EmptyState>
              }
            />
          </Card>
        </div>
      </div>
    </>
  )
}

function Compared({ id, name, last }: Data['gateways'][number]) {
  const t = useText()
  const may = useMay()('payments:money')
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <bdi className="break-words">{name}</bdi>
          <Standing last={last} />
        </p>
        <p className="text-sm break-words text-muted">
          {last === null ? t('console.moneyCompare.never') : <When at={last.at} />}
          {last === null ? null : ` · ${t('console.moneyCompare.listed', { count: last.listed })}`}
          {last !== null && last.foreign > 0
            ? ` · ${t('console.moneyCompare.foreign', { count: last.foreign })}`
            : null}
          {last?.trouble ? <span className="block">{last.trouble}</span> : null}
        </p>
      </div>
      {may && last?.state !== 'running' ? (
        <div className="flex shrink-0 flex-wrap items-center gap-2">
          {last?.state === 'doubtful' ? (
            <ActDialog
              act="believe"
              id={`believe-${id}`}
              fields={{ id }}
              trigger={t('console.moneyCompare.believe')}
              title={t('console.moneyCompare.believe.title')}
              confirm={t('console.moneyCompare.now')}
              keep={t('ui.cancel')}
            >
              <p className="text-muted">{t('console.moneyCompare.believe.lead')}</p>
            </ActDialog>
          ) : null}
          <ActButton act="compare" dense fields={{ id }}>
            {t('console.moneyCompare.now')}
          </ActButton>
        </div>
      ) : null}
    </li>
  )
}

function Standing({ last }: Pick<Data['gateways'][number], 'last'>) {
  const t = useText()
  if (last === null) return null
  if (last.state === 'running') return <Badge tone="info">{t('console.moneyCompare.running')}</Badge>
  if (last.state !== 'done') return <Badge tone="warn">{t(`console.moneyCompare.${last.state}`)}</Badge>
  return last.open === 0 ? (
    <Badge tone="good">{t('console.moneyCompare.agree')}</Badge>
  ) : (
    <Badge tone="bad">{t('console.moneyCompare.differ', { count: last.open })}</Badge>
  )
}
