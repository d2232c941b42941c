import { Plus } from 'lucide-react'
import { transaction } from '#app.ts'
import { listBatches, ownStock } from '#modules/vouchers/queries.ts'
import { money } from '#platform/money.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/vouchers.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'

/** Batches of vouchers: who has them, and how many were redeemed. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  const { rows, page, stock } = await transaction(shop, 'read-batches', async (tx) => ({
    ...(await readPage(query, (each) => listBatches(tx, each))),
    stock: await ownStock(tx),
  }))
  return {
    stock: stock.map(({ id, name, issuer, plan, count, voided, redeemed, lastUseAt, valueCurrency, valueMinor }) => ({
      ...{ id, name, issuer, plan, count, voided, redeemed },
      value: valueCurrency === null || valueMinor === null ? null : money(valueMinor, valueCurrency),
      lastUseAt: lastUseAt?.toString() ?? null,
    })),
    page,
    rows: rows.map(
      ({
        id,
        name,
        planName,
        valueCurrency,
        valueMinor,
        currency,
        priceMinor,
        soldTo,
        count,
        redeemed,
        voided,
        lastUseAt,
      }) => ({
        ...{ id, name, planName, soldTo, count, redeemed, voided },
        value: valueCurrency === null || valueMinor === null ? null : money(valueMinor, valueCurrency),
        price: currency === null || priceMinor === null ? null : money(priceMinor, currency),
        lastUseAt: lastUseAt?.toString() ?? null,
      }),
    ),
  }
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function Vouchers({ loaderData: { rows, page, stock } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('wallets:money') ? (
    <LinkButton look="primary" to="/admin/vouchers/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.vouchers.add')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.vouchers.name'),
      cell: (row) => (
        <span className="min-w-0">
          <bdi className="break-words">{row.name}</bdi>
          {row.soldTo === '' ? null : <span className="block text-sm text-muted break-words">{row.soldTo}</span>}
        </span>
      ),
    },
    {
      id: 'plan',
      header: t('console.vouchers.plan'),
      cell: (row) => (row.value === null ? row.planName : <Money value={row.value} />),
    },
    {
      id: 'price',
      header: t('console.vouchers.price'),
      align: 'end',
      cell: (row) => (row.price === null ? t('console.vouchers.givenAway') : <Money value={row.price} />),
    },
    ...useOutcome(),
  ]
  return (
    <>
      <PageHeader
        title={t('console.vouchers.title')}
        description={t('console.vouchers.lead')}
        actions={rows.length > 0 ? add : null}
      />
      <Card flush>
        <DataTable
          caption={t('console.vouchers.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/vouchers/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t('console.vouchers.none')} actions={add}>
              {t('console.vouchers.none.lead')}
            </EmptyState>
          }
        />
      </Card>
      {stock.length === 0 ? null : <Stock stock={stock} />}
    </>
  )
}

/** What the supplier handed over to be sold. */
function Stock({ stock }: Pick<Route.ComponentProps['loaderData'], 'stock'>) {
  const t = useText()
  const columns: readonly Column<(typeof stock)[number]>[] = [
    {
      id: 'name',
      header: t('console.vouchers.name'),
      cell: (row) => (
        <span className="min-w-0">
          <bdi className="break-words">{row.name}</bdi>
          <span className="block text-sm text-muted break-words">{row.issuer}</span>
        </span>
      ),
    },
    {
      id: 'plan',
      header: t('console.vouchers.plan'),
      cell: (row) => (row.value === null ? row.plan : <Money value={row.value} />),
    },
    ...useOutcome(),
  ]
  return (
    <Card flush title={t('console.vouchers.stock')} className="mt-6">
      <p className="px-5 pb-3 text-sm text-muted">{t('console.vouchers.stock.lead')}</p>
      <DataTable
        caption={t('console.vouchers.stock')}
        columns={columns}
        rows={stock}
        rowKey={(row) => row.id}
        empty={null}
      />
    </Card>
  )
}

/** What became of a batch, and until when: the same for one's own and for what was handed over. */
function useOutcome(): readonly Column<{
  redeemed: number
  count: number
  voided: number
  lastUseAt: string | null
}>[] {
  const t = useText()
  return [
    {
      id: 'redeemed',
      header: t('console.vouchers.redeemed'),
      align: 'end',
      cell: (row) => (
        <>
          <Count value={row.redeemed} />
          {' / '}
          <Count value={row.count - row.voided} />
        </>
      ),
    },
    {
      id: 'last',
      header: t('console.vouchers.last'),
      cell: (row) => (row.lastUseAt === null ? '–' : <When at={row.lastUseAt} as="date" />),
    },
  ]
}
