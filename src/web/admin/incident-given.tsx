import { Alert } from '../ui/alert.tsx'
import { Card } from '../ui/card.tsx'
import { Checkbox } from '../ui/choice.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { usePage, useText } from '../ui/page-context.tsx'
import { ActDialog } from './act.tsx'
import type { IncidentRecord } from './incident.server.ts'

type Row = IncidentRecord['rows'][number]

/** What it would give, or gave: the figures, who gets nothing and why, and each row. */
export function IncidentGiven({
  incident,
  totals,
  preview,
  rows,
  change,
}: Pick<IncidentRecord, 'incident' | 'totals' | 'preview' | 'rows'> & { change: boolean }) {
  const t = useText()
  const title = t(
    preview === null
      ? 'console.incidents.given'
      : incident.state === 'running'
        ? 'console.incidents.would.now'
        : 'console.incidents.would',
  )
  return (
    <section className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">{title}</h2>
      {incident.state === 'compensating' ? <Alert tone="info" title={t('console.incidents.giving')} /> : null}
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        <Stat label={t('console.incidents.subscriptions')} value={<Count value={totals.subscriptions} />} />
        <Stat label={t('console.incidents.customers')} value={<Count value={totals.customers} />} />
        <Stat label={t('console.incidents.time')} value={t('console.incidents.days', { count: totals.days })} />
        <Stat
          label={t('console.incidents.worth')}
          value={
            totals.worth.length === 0
              ? '–'
              : totals.worth.map((sum) => (
                  <span key={sum.currency} className="block">
                    <Money value={sum} />
                  </span>
                ))
          }
        />
      </div>
      {preview?.left.map(({ outcome, count }) => (
        <p key={outcome} className="text-muted">
          {t(`console.incidents.left.${outcome}`, { count })}
        </p>
      ))}
      {preview !== null && change && incident.state === 'over' && totals.subscriptions > 0 ? (
        <div>
          <ActDialog
            act="give"
            look="primary"
            trigger={t('console.incidents.give', { count: totals.subscriptions })}
            title={t('console.incidents.give.title', { count: totals.subscriptions })}
            confirm={t('console.incidents.give', { count: totals.subscriptions })}
            keep={t('ui.cancel')}
            fields={{ fingerprint: preview.fingerprint }}
          >
            <p className="text-muted">{t('console.incidents.give.lead')}</p>
            <Checkbox name="tells" label={t('console.incidents.tell')} defaultChecked />
          </ActDialog>
        </div>
      ) : null}
      <Card flush>
        <DataTable
          caption={title}
          columns={useColumns(preview !== null)}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/admin/subscriptions/${row.id}`}
          empty={<EmptyState title={t('console.incidents.reaches')} />}
        />
      </Card>
    </section>
  )
}

function useColumns(would: boolean): readonly Column<Row>[] {
  const t = useText()
  const span = useSpan()
  return [
    {
      id: 'customer',
      header: t('console.customers.customer'),
      cell: (row) => <bdi className="break-words">{row.customer}</bdi>,
    },
    ...(would
      ? [
          {
            id: 'outcome',
            header: t('console.list.state'),
            cell: (row: Row) => t(`console.incidents.outcome.${row.outcome}`),
          },
        ]
      : []),
    { id: 'out', header: t('console.incidents.out'), cell: (row) => span(row.outSeconds), wide: true },
    { id: 'gets', header: t('console.incidents.gets'), cell: (row) => span(row.seconds) },
    { id: 'worth', header: t('console.incidents.worth'), align: 'end', cell: (row) => <Money value={row.worth} /> },
    { id: 'ends', header: t('console.incidents.newEnd'), cell: (row) => <When at={row.endsAfter} as="exact" /> },
  ]
}

/** `5 hr, 20 min` in the reader's language. */
function useSpan(): (seconds: number) => string {
  const { locale } = usePage()
  return (seconds) => {
    if (seconds === 0) return '–'
    const parts = {
      days: Math.floor(seconds / 86_400),
      hours: Math.floor((seconds % 86_400) / 3_600),
      minutes: Math.ceil((seconds % 3_600) / 60),
    }
    return new Intl.DurationFormat(locale, { style: 'short' }).format(parts)
  }
}
