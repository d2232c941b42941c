import '../i18n/areas/papers.ts'
import { Link } from 'react-router'
import type { StatementRow, StatementView } from '#modules/billing/statement/view.ts'
import { Alert } from './alert.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { type Column, DataTable } from './data-table.tsx'
import { Field } from './field.tsx'
import { Select } from './input.tsx'
import { useText } from './page-context.tsx'
import { DateInput } from './special-inputs.tsx'

type Asked = { from: string; to: string; currency: string; currencies: readonly string[]; error: string | null }

/** The days that are asked for, and the statement word for word as in its PDF. `papers`: where a reader opens an invoice or credit note. */
export function StatementSheet({
  asked,
  view,
  papers,
}: {
  asked: Asked
  view: StatementView | null
  papers: (paper: NonNullable<StatementRow['paper']>) => string
}) {
  return (
    <>
      <Days asked={asked} />
      {asked.error === null ? null : (
        <div className="mb-6">
          <Alert tone="bad">{asked.error}</Alert>
        </div>
      )}
      {view === null ? null : <Sheet view={view} papers={papers} />}
    </>
  )
}

function Days({ asked: { from, to, currency, currencies } }: { asked: Asked }) {
  const t = useText()
  return (
    <form method="get" className="mb-6 flex flex-wrap items-end gap-4">
      <Field label={t('papers.statement.from')}>
        {(tied) => <DateInput {...tied} name="from" required defaultValue={from} />}
      </Field>
      <Field label={t('papers.statement.to')}>
        {(tied) => <DateInput {...tied} name="to" required defaultValue={to} />}
      </Field>
      {currencies.length < 2 ? null : (
        <Field label={t('papers.statement.currency')}>
          {(tied) => (
            <Select
              {...tied}
              name="currency"
              defaultValue={currency}
              options={currencies.map((value) => ({ value, label: value }))}
            />
          )}
        </Field>
      )}
      <Button>{t('papers.statement.show')}</Button>
    </form>
  )
}

function Sheet({ view, papers }: { view: StatementView; papers: Parameters<typeof StatementSheet>[0]['papers'] }) {
  const { labels } = view
  const columns: readonly Column<StatementRow>[] = [
    {
      id: 'what',
      header: labels.what,
      cell: ({ text, detail, paper }) => (
        <>
          {paper === null ? (
            text
          ) : paper.kind === 'invoice' ? (
            <Link className="underline" to={papers(paper)}>
              {text}
            </Link>
          ) : (
            <a className="underline" href={papers(paper)}>
              {text}
            </a>
          )}
          {detail === '' ? null : <span className="block text-sm text-muted">{detail}</span>}
        </>
      ),
    },
    { id: 'day', header: labels.day, cell: ({ day }) => day },
    { id: 'charged', header: labels.charged, align: 'end', cell: ({ charged }) => charged || '–' },
    { id: 'credited', header: labels.credited, align: 'end', cell: ({ credited }) => credited || '–' },
    { id: 'balance', header: labels.balance, align: 'end', cell: ({ balance }) => balance },
  ]
  const rows = [view.opening, ...view.rows, view.closing].map((row, place) => ({ ...row, place }))
  return (
    <>
      <Card flush>
        <DataTable
          caption={view.title}
          columns={columns}
          rows={rows}
          rowKey={(row) => String((row as (typeof rows)[number]).place)}
        />
      </Card>
      <p className="mt-4 font-medium">{view.verdict}</p>
    </>
  )
}
