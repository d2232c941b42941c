import '../i18n/areas/notices.ts'
import { Link } from 'react-router'
import { transaction } from '#app.ts'
import { listGateways } from '#modules/billing/gateways.ts'
import { listNotices, readNoticeAgain } from '#modules/billing/notices.ts'
import { Refusal } from '#platform/errors.ts'
import { redirectWith } from '#web/flash.ts'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { FormErrors, useFailure } from '../ui/form-errors.tsx'
import { When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/notices.ts'
import { ActButton } from './act.tsx'
import { formReader } from './form-reader.server.ts'
import { useMay } from './frame.ts'
import { actAs, staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

const states = ['received', 'applied', 'ignored', 'failed'] as const

/** What gateways told, newest first: each as applied, without effect and why, or failed. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  const query = readList(request.url, { sorts: [], defaultSort: '', filters: { state: states, gateway: 'any' } })
  return transaction(shop, 'read-notices', async (tx) => {
    const gateways = await listGateways(tx)
    const filter = { status: query.filters.state, gatewayAccountId: query.filters.gateway }
    const { rows, page } = await readPage(query, async (each) =>
      (await listNotices(tx, filter, each)).map(({ at, ...row }) => ({ ...row, createdAt: at })),
    )
    return {
      query,
      page,
      gateways: gateways.map(({ id, name }) => ({ value: id, label: name })),
      rows: rows.map(({ createdAt, nextTryAt, doneAt: _, ...row }) => ({
        ...row,
        at: createdAt.toString(),
        nextTryAt: nextTryAt?.toString() ?? null,
        gateway: gateways.find(({ id }) => id === row.gatewayAccountId)?.name ?? '',
      })),
    }
  })
}

/** Reads one again. */
export async function action({ context, request }: Route.ActionArgs) {
  const { shop, form } = await actAs(context, request, 'payments:change')
  if (form.get('act') !== 'again') throw new Refusal('bad_request', 'This page has no such act.')
  await readNoticeAgain(shop, formReader(form).raw('id'))
  return redirectWith('/admin/notices', 'notices.again.done', { tone: 'info' })
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function NoticesPage({ loaderData: { query, rows, page, gateways } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const columns: readonly Column<Row>[] = [
    { id: 'event', header: t('notices.event'), cell: (row) => <bdi className="code break-all">{row.eventType}</bdi> },
    { id: 'gateway', header: t('notices.gateway'), cell: (row) => <bdi>{row.gateway}</bdi>, wide: true },
    { id: 'at', header: t('notices.at'), cell: (row) => <When at={row.at} /> },
    {
      id: 'state',
      header: t('console.list.state'),
      cell: (row) => <StateBadge of="notice" state={row.status} />,
    },
    { id: 'result', header: t('notices.result'), cell: (row) => <Result row={row} may={may('payments:change')} /> },
  ]
  return (
    <>
      <PageHeader
        title={t('notices.title')}
        description={t('notices.lead')}
        back={{ to: '/admin/payments', label: t('notices.back') }}
      />
      <FormErrors failure={useFailure()} />
      <div className="mb-4">
        <FilterBar
          query={query}
          filters={[
            {
              name: 'state',
              label: t('console.list.state'),
              options: states.map((state) => ({ value: state, label: t(`state.notice.${state}`) })),
            },
            { name: 'gateway', label: t('notices.gateway'), options: gateways },
          ]}
        />
      </div>
      <Card flush>
        <DataTable
          caption={t('notices.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          query={query}
          page={page}
          empty={<EmptyState title={t('notices.none')}>{t('notices.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}

function Result({ row, may }: { row: Row; may: boolean }) {
  const t = useText()
  return (
    <div className="flex flex-col items-start gap-1.5">
      {row.reason === '' ? null : <span className="break-words">{row.reason}</span>}
      {row.nextTryAt === null ? null : (
        <span className="text-sm text-muted">
          {t('notices.next')} <When at={row.nextTryAt} />
        </span>
      )}
      {row.paymentId === null ? null : (
        <Link className="text-brand hover:underline" to={`/admin/payments/${row.paymentId}`}>
          {t('notices.payment')}
        </Link>
      )}
      {may && (row.status === 'ignored' || row.status === 'failed') ? (
        <ActButton act="again" dense fields={{ id: row.id }}>
          {t('notices.again')}
        </ActButton>
      ) : null}
    </div>
  )
}
