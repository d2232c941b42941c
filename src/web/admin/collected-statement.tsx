import '../i18n/areas/collecting.ts'
import { transaction } from '#app.ts'
import { viewOfResellerStatement } from '#modules/reselling/collecting/paper.ts'
import { linesOfStatement, readStatement, statementNumber } from '#modules/reselling/collecting/statements.ts'
import { LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/collected-statement.ts'
import { staffOf } from './guard.server.ts'

/** A statement, word for word as its PDF, for whoever collected and for whom it was. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'payments:see')
  return transaction(shop, 'read-reseller-statement', async (tx) => {
    const statement = await readStatement(tx, params.id)
    const { id, lenderId, resellerId } = statement
    const view = viewOfResellerStatement(statement, await linesOfStatement(tx, statement))
    const { facts, labels, verdict, seller, buyer } = view
    const rows = [view.opening, ...view.rows, view.closing].map((row, index) => ({ ...row, id: String(index) }))
    const back = lenderId === shop.businessId ? `/admin/resellers/${resellerId}/collecting` : '/admin/collected'
    return {
      ...{ id, facts, labels, verdict, rows, back },
      number: statementNumber(statement),
      parties: [
        { label: labels.seller, value: seller.name },
        { label: labels.buyer, value: buyer.name },
      ],
    }
  })
}

type Data = Route.ComponentProps['loaderData']

export default function CollectedStatementPage({ loaderData }: Route.ComponentProps) {
  const { id, number, facts, parties, labels, verdict, rows, back } = loaderData
  const t = useText()
  const columns: readonly Column<Data['rows'][number]>[] = [
    { id: 'day', header: labels.day, cell: (row) => row.day },
    {
      id: 'what',
      header: labels.what,
      cell: (row) => (
        <span className="min-w-0 break-words">
          {row.text}
          {row.detail === '' ? null : <span className="block text-sm break-all text-muted">{row.detail}</span>}
        </span>
      ),
    },
    { id: 'in', header: labels.charged, align: 'end', cell: (row) => <bdi>{row.charged}</bdi> },
    { id: 'out', header: labels.credited, align: 'end', cell: (row) => <bdi>{row.credited}</bdi> },
    { id: 'owed', header: labels.balance, align: 'end', cell: (row) => <bdi>{row.balance}</bdi> },
  ]
  return (
    <>
      <PageHeader
        title={t('console.collected.statement', { number })}
        back={{ to: back, label: t('console.collecting.title') }}
        actions={
          <>
            <LinkButton href={`/admin/collected/${id}/csv`}>{t('console.collected.csv')}</LinkButton>
            <LinkButton href={`/admin/collected/${id}/pdf`}>{t('console.collected.pdf')}</LinkButton>
          </>
        }
      />
      <div className="flex flex-col gap-6">
        <Card>
          <DescriptionList items={[...parties, ...facts]} />
          <p className="mt-5 font-medium">{verdict}</p>
        </Card>
        <Card flush>
          <DataTable caption={number} columns={columns} rows={rows} rowKey={(row) => row.id} />
        </Card>
      </div>
    </>
  )
}
