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
  requests: readonly Request[] | null
}

/** What was sent and answered, without what is secret. */
type Request = { method: string; url: string; sent: string; status: number | null; answer: string }

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
      cell: ({ detail, code, requests }) => (
        <>
          <span className="break-words">{detail || code || '–'}</span>
          {requests !== null && requests.length > 0 ? <Sent calls={requests} /> : null}
        </>
      ),
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

/** What went over the wire, for whoever wonders why it failed. */
export function Sent({ calls }: { calls: readonly Request[] }) {
  const t = useText()
  return (
    <details>
      <summary className="cursor-pointer py-2 font-semibold">{t('console.panel.test.calls')}</summary>
      <ol className="flex flex-col gap-4 pt-2">
        {calls.map(({ method, url, sent, status, answer }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is read once and never changes
          <li key={place} className="flex min-w-0 flex-col gap-1">
            <p className="code break-all">
              {method} {url} · {status ?? t('console.panel.test.noAnswer')}
            </p>
            {sent === '' ? null : <pre className="code whitespace-pre-wrap break-all text-muted">{sent}</pre>}
            <pre className="code whitespace-pre-wrap break-all text-muted">{answer}</pre>
          </li>
        ))}
      </ol>
    </details>
  )
}
