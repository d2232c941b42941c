import '../i18n/areas/resellers.ts'
import type { WalletEntry } from '#modules/reselling/queries.ts'
import { formatCredits } from '#modules/reselling/rules.ts'
import type { TextKey } from '#web/i18n/translate.ts'
import { textOr } from '#web/i18n/translate.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

/** An entry as pages have it. `names`: of staff and of businesses, by id. */
export const entryShown = (each: WalletEntry, names: ReadonlyMap<string, string>) => ({
  id: each.id,
  at: each.at.toString(),
  purpose: each.purpose,
  amount: `${each.amount > 0n ? '+' : ''}${formatCredits(each.amount)}`,
  balance: formatCredits(each.balance),
  username: each.username,
  plan: each.plan,
  seller: each.sellerName,
  starts: each.starts?.toString() ?? null,
  ends: each.ends?.toString() ?? null,
  reason: each.reason,
  ...whoOf(each, names),
})

/** Whom a movement goes back to: his name where it is known, else what kind of somebody he is. */
export function whoOf({ actor, sellerId, sellerName }: WalletEntry, names: ReadonlyMap<string, string>) {
  const [kind = '', id = ''] = (actor ?? '').split(':')
  return { kind, who: names.get(id) ?? (kind === 'business' && id === sellerId ? sellerName : null) }
}

type Row = ReturnType<typeof entryShown>

/** The last movements of a wallet, newest first, with what was left after each; all of them are on a page of their own, and in the file. */
export function WalletEntries({ rows, holder }: { rows: readonly Row[]; holder: string }) {
  const t = useText()
  return (
    <Card
      title={t('console.wallet.history')}
      actions={
        rows.length > 0 ? (
          <span className="flex flex-wrap gap-2">
            <LinkButton to={`/admin/wallet/movements?of=${holder}`}>{t('console.wallet.history.all')}</LinkButton>
            <LinkButton href={`/admin/wallet/csv?of=${holder}`}>{t('console.wallet.export')}</LinkButton>
          </span>
        ) : undefined
      }
      flush
    >
      <EntriesTable rows={rows} />
    </Card>
  )
}

export function EntriesTable({ rows }: { rows: readonly Row[] }) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'what',
      header: t('console.wallet.what'),
      cell: (row) => textOr((key: TextKey) => t(key), `console.wallet.purpose.${row.purpose}`, row.purpose),
    },
    {
      id: 'amount',
      header: t('console.wallet.amount'),
      align: 'end',
      cell: (row) => <bdi className="tabular-nums">{row.amount}</bdi>,
    },
    {
      id: 'balance',
      header: t('console.wallet.balance'),
      align: 'end',
      cell: (row) => <bdi className="tabular-nums">{row.balance}</bdi>,
    },
    {
      id: 'about',
      header: t('console.wallet.about'),
      cell: (row) =>
        row.username === null ? (
          <span className="break-words">{row.reason ?? '–'}</span>
        ) : (
          <span>
            <bdi className="break-all">{row.username}</bdi> · <bdi>{row.plan}</bdi>
            {row.starts && row.ends ? (
              <span className="block text-sm text-muted">
                <When at={row.starts} as="date" /> – <When at={row.ends} as="date" />
                {row.seller ? (
                  <>
                    {' '}
                    · <bdi>{row.seller}</bdi>
                  </>
                ) : null}
              </span>
            ) : null}
          </span>
        ),
    },
    {
      id: 'who',
      header: t('console.wallet.who'),
      cell: (row) => (
        <bdi>
          {row.who ?? (row.kind === '' ? '–' : textOr((key: TextKey) => t(key), `console.actor.${row.kind}`, row.kind))}
        </bdi>
      ),
    },
    { id: 'when', header: t('console.wallet.when'), cell: (row) => <When at={row.at} as="exact" />, wide: true },
  ]
  return (
    <DataTable
      caption={t('console.wallet.history')}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      empty={<EmptyState title={t('console.wallet.history.none')} />}
    />
  )
}
