import { transaction } from '#app.ts'
import { ownWallet, waitingLines, walletEntries } from '#modules/reselling/queries.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import { Card } from '../ui/card.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/wallet.ts'
import { staffOf } from './guard.server.ts'
import { entryShown, WalletEntries } from './wallet-entries.tsx'

/** The credits that this business holds with its parent. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'wallets:see')
  return transaction(shop, 'read-wallet', async (tx) => {
    const wallet = await ownWallet(tx)
    if (wallet === null) return { wallet: null, entries: [], lines: [], holder: shop.businessId }
    const { issuerName, balance, held, waiting } = wallet
    return {
      wallet: { issuerName, free: formatCredits(balance - held), held: formatCredits(held), waiting },
      entries: (await walletEntries(tx, shop.businessId, 100)).map(entryShown),
      lines: (await waitingLines(tx, 100)).map(({ since, ...each }) => ({ ...each, since: since.toString() })),
      holder: shop.businessId,
    }
  })
}

export default function WalletPage({ loaderData: { wallet, entries, lines, holder } }: Route.ComponentProps) {
  const t = useText()
  if (wallet === null)
    return (
      <>
        <PageHeader title={t('console.wallet.title')} />
        <EmptyState title={t('console.wallet.none')} />
      </>
    )
  return (
    <>
      <PageHeader
        title={t('console.wallet.title')}
        description={t('console.wallet.lead', { name: wallet.issuerName })}
      />
      <div className="flex flex-col gap-6">
        <div className="grid gap-4 sm:grid-cols-3">
          <Stat label={t('console.wallet.free')} value={wallet.free} />
          <Stat label={t('console.wallet.held')} value={wallet.held} />
          <Stat label={t('console.wallet.waiting')} value={<Count value={wallet.waiting} />} />
        </div>
        {lines.length > 0 ? <Waiting lines={lines} /> : null}
        <WalletEntries rows={entries} holder={holder} />
      </div>
    </>
  )
}

type Line = Route.ComponentProps['loaderData']['lines'][number]

/** Who waits, and for whose credits; the first is served first. */
function Waiting({ lines }: { lines: readonly Line[] }) {
  const t = useText()
  const columns: readonly Column<Line>[] = [
    {
      id: 'username',
      header: t('console.reseller.line.username'),
      cell: (row) => <bdi className="break-all">{row.username}</bdi>,
    },
    { id: 'plan', header: t('console.reseller.line.plan'), cell: (row) => row.plan },
    {
      id: 'why',
      header: t('console.wallet.why'),
      cell: (row) => t(row.own ? 'console.wallet.why.own' : 'console.wallet.why.above'),
    },
    { id: 'since', header: t('console.wallet.waitsSince'), cell: (row) => <When at={row.since} /> },
  ]
  return (
    <Card title={t('console.wallet.waiting')} flush>
      <DataTable
        caption={t('console.wallet.waiting')}
        columns={columns}
        rows={lines}
        rowKey={(row) => row.subscriptionId}
        rowHref={(row) => `/admin/subscriptions/${row.subscriptionId}`}
      />
    </Card>
  )
}
