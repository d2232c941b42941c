import { textOr } from '#web/i18n/translate.ts'
import { Badge } from '../ui/badge.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Count, When } from '../ui/format.tsx'
import { useText } from '../ui/page-context.tsx'

export type Call = {
  id: string
  operation: string
  outcome: string
  code: string | null
  detail: string
  tookMs: number
  at: string
}

/** What we asked of a panel and what it said, newest first. */
export function CallsTable({ calls }: { calls: readonly Call[] }) {
  const t = useText()
  const columns: readonly Column<Call>[] = [
    {
      id: 'operation',
      header: t('console.calls.operation'),
      cell: ({ operation }) => textOr(t, `console.calls.op.${operation}`, operation),
    },
    {
      id: 'outcome',
      header: t('console.calls.outcome'),
      cell: ({ outcome }) => (
        <Badge tone={outcome === 'ok' ? 'good' : outcome === 'rejected' || outcome === 'auth_failed' ? 'bad' : 'warn'}>
          {textOr(t, `console.calls.${outcome}`, outcome)}
        </Badge>
      ),
    },
    {
      id: 'detail',
      header: t('console.calls.detail'),
      cell: ({ detail, code }) => <span className="break-words">{detail || code || '–'}</span>,
    },
    {
      id: 'took',
      header: t('console.calls.took'),
      align: 'end',
      wide: true,
      cell: ({ tookMs }) => (
        <span className="whitespace-nowrap">
          <Count value={tookMs} /> ms
        </span>
      ),
    },
    { id: 'at', header: t('console.calls.at'), align: 'end', cell: ({ at }) => <When at={at} /> },
  ]
  return (
    <DataTable
      caption={t('console.calls.title')}
      columns={columns}
      rows={calls}
      rowKey={({ id }) => id}
      empty={<p className="px-5 py-6 text-muted">{t('console.calls.none')}</p>}
    />
  )
}
