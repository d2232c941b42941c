import '../i18n/areas/price-campaigns.ts'
import { Plus } from 'lucide-react'
import { transaction } from '#app.ts'
import { listCampaigns } from '#modules/subscriptions/price-campaigns.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { readList } from '../ui/list-query.ts'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import type { Route } from './+types/price-campaigns.ts'
import { useMay } from './frame.ts'
import { staffOf } from './guard.server.ts'
import { readPage } from './list-page.server.ts'
import { campaignShown } from './price-campaign.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'plans:see')
  const query = readList(request.url, { sorts: [], defaultSort: '' })
  const { rows, page } = await transaction(shop, 'read-campaigns', (tx) =>
    readPage(query, (each) => listCampaigns(tx, each)),
  )
  return { page, rows: rows.map((each) => campaignShown(each, shop)) }
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function PriceCampaigns({ loaderData: { rows, page } }: Route.ComponentProps) {
  const t = useText()
  const may = useMay()
  const add = may('plans:change') ? (
    <LinkButton look="primary" to="/admin/prices/new" icon={<Plus aria-hidden="true" className="size-4" />}>
      {t('console.prices.add')}
    </LinkButton>
  ) : null
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      header: t('console.prices.name'),
      cell: (row) => <bdi className="break-words">{row.name}</bdi>,
    },
    { id: 'change', header: t('console.prices.change'), cell: (row) => row.change },
    {
      id: 'effective',
      header: t('console.prices.effective'),
      cell: (row) => <When at={row.effectiveAt} as="date" />,
    },
    {
      id: 'state',
      header: t('console.prices.state'),
      cell: (row) => <StateBadge of="campaign" state={row.status} at={row.stoppedAt ?? row.startedAt} />,
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.prices.title')}
        description={t('console.prices.lead')}
        actions={rows.length > 0 ? add : null}
      />
      <Card flush>
        <DataTable
          caption={t('console.prices.title')}
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/prices/${row.id}`}
          page={page}
          empty={
            <EmptyState title={t('console.prices.none')} actions={add}>
              {t('console.prices.none.lead')}
            </EmptyState>
          }
        />
      </Card>
    </>
  )
}
