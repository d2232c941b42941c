import '../i18n/areas/tax.ts'
import { Download } from 'lucide-react'
import { bases } from '#modules/billing/rules/tax.ts'
import { money } from '#platform/money.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { Count, Money } from '../ui/format.tsx'
import { Input, Select } from '../ui/input.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/tax-report.ts'
import { staffOf } from './guard.server.ts'
import { reportAsked } from './tax-report.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'invoices:see')
  const { period, basis, rows } = await reportAsked(shop, request)
  return {
    period: period.name,
    basis,
    rows: rows.map(({ netMinor, taxMinor, currency, ownNetMinor, ownTaxMinor, ownCurrency, ...row }) => ({
      ...row,
      net: money(netMinor, currency),
      tax: money(taxMinor, currency),
      own:
        ownCurrency === currency
          ? null
          : { net: money(ownNetMinor, ownCurrency), tax: money(ownTaxMinor, ownCurrency) },
    })),
  }
}

type Row = Route.ComponentProps['loaderData']['rows'][number]

export default function TaxReport({ loaderData: { period, basis, rows } }: Route.ComponentProps) {
  const t = useText()
  const unproved = rows.reduce((sum, each) => sum + each.unproved, 0)
  const waiting = rows.reduce((sum, each) => sum + each.waiting, 0)
  const stated = rows.some(({ own }) => own !== null)
  const columns: readonly Column<Row>[] = [
    {
      id: 'where',
      header: t('console.tax.where'),
      cell: (row) => [row.country, row.region].filter(Boolean).join('-'),
    },
    {
      id: 'as',
      header: t('console.tax.treatment'),
      cell: (row) =>
        row.scheme === null ? t(`console.tax.treatment.${row.treatment}`) : t(`console.tax.scheme.${row.scheme}`),
    },
    { id: 'rate', header: t('console.tax.percent'), align: 'end', cell: (row) => `${row.rate} %` },
    { id: 'net', header: t('console.tax.report.net'), align: 'end', cell: (row) => <Money value={row.net} /> },
    { id: 'tax', header: t('console.tax.title'), align: 'end', cell: (row) => <Money value={row.tax} /> },
    ...(stated
      ? ([
          {
            id: 'own_net',
            header: t('console.tax.report.ownNet'),
            align: 'end',
            cell: (row) => <Money value={row.own?.net ?? row.net} />,
          },
          {
            id: 'own_tax',
            header: t('console.tax.report.ownTax'),
            align: 'end',
            cell: (row) => <Money value={row.own?.tax ?? row.tax} />,
          },
        ] satisfies Column<Row>[])
      : []),
    {
      id: 'invoices',
      header: t('console.tax.report.invoices'),
      align: 'end',
      cell: (row) => <Count value={row.invoices} />,
    },
    {
      id: 'credits',
      header: t('console.credits.title'),
      align: 'end',
      cell: (row) => <Count value={row.creditNotes} />,
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.tax.report')}
        description={t('console.tax.report.lead')}
        back={{ to: '/admin/tax', label: t('console.tax.title') }}
        actions={
          <LinkButton
            href={`/admin/tax/report.csv?period=${period}&basis=${basis}`}
            icon={<Download aria-hidden="true" className="size-4" />}
          >
            {t('console.tax.report.csv')}
          </LinkButton>
        }
      />
      <form method="get" className="mb-6 flex flex-wrap items-end gap-4">
        <Field label={t('console.tax.report.period')} hint={t('console.tax.report.period.hint')}>
          {(tied) => <Input {...tied} name="period" maxLength={7} defaultValue={period} className="max-w-40" />}
        </Field>
        <Field label={t('console.tax.report.basis')}>
          {(tied) => (
            <Select
              {...tied}
              name="basis"
              defaultValue={basis}
              options={bases.map((value) => ({ value, label: t(`console.tax.report.basis.${value}`) }))}
            />
          )}
        </Field>
        <Button>{t('console.tax.report.show')}</Button>
      </form>
      {unproved === 0 ? null : (
        <div className="mb-6">
          <Alert tone="warn">{t('console.tax.report.unproved', { count: unproved })}</Alert>
        </div>
      )}
      {waiting === 0 ? null : (
        <div className="mb-6">
          <Alert tone="warn">{t('console.tax.report.waiting', { count: waiting })}</Alert>
        </div>
      )}
      <Card title={period} flush>
        <DataTable
          caption={t('console.tax.report')}
          columns={columns}
          rows={rows}
          rowKey={(row) => [row.country, row.region, row.treatment, row.scheme, row.rate, row.net.currency].join('/')}
          empty={<EmptyState title={t('console.tax.report.none')}>{t('console.tax.report.none.lead')}</EmptyState>}
        />
      </Card>
    </>
  )
}
