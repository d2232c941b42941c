import { Form } from 'react-router'
import { transaction } from '#app.ts'
import { byKind, trialBalance } from '#modules/analytics/books.ts'
import { Alert } from '../ui/alert.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Field } from '../ui/field.tsx'
import { useText } from '../ui/page-context.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { DateInput } from '../ui/special-inputs.tsx'
import type { Route } from './+types/books.ts'
import { amountOf, namesOfHolders, sidedOf } from './books.server.ts'
import { Amount, BooksTabs, SidedAmount } from './books-parts.tsx'
import { staffOf } from './guard.server.ts'

/** More accounts of one kind than these are shown as one sum that leads to its own list. */
const mostOfKind = 12

export async function loader({ context, request }: Route.LoaderArgs) {
  const { shop } = await staffOf(context, request, 'reports:see')
  const query = new URL(request.url).searchParams
  const kind = query.get('kind')
  const day = dayOf(query.get('day'))
  const before = day?.add({ days: 1 }).toZonedDateTime(shop.zone).toInstant() ?? null
  return transaction(shop, 'read-books', async (tx) => {
    const all = await trialBalance(tx, before)
    const shown = all.filter((each) => kind === null || each.kind === kind)
    const sums = byKind(shown)
    const few = new Set(sums.filter(({ accounts }) => kind !== null || accounts <= mostOfKind).map(keyOf))
    const names = await namesOfHolders(
      tx,
      shown.filter((each) => few.has(keyOf(each))).map(({ holder }) => holder),
    )
    const units = [...new Set(all.map(({ unit }) => unit))]
    return {
      day: day?.toString() ?? '',
      kind,
      units: units.map((unit) => ({
        unit,
        balanced: all.filter((each) => each.unit === unit).reduce((sum, { balance }) => sum + balance, 0n) === 0n,
        rows: sums
          .filter((each) => each.unit === unit)
          .flatMap((sum) =>
            few.has(keyOf(sum))
              ? shown
                  .filter((each) => keyOf(each) === keyOf(sum))
                  .slice(0, 500)
                  .map((each) => ({
                    id: each.id,
                    kind: each.kind,
                    name: each.holder === null ? null : (names.get(each.holder) ?? each.holder),
                    accounts: 1,
                    debit: amountOf(unit, each.debit),
                    credit: amountOf(unit, each.credit),
                    balance: sidedOf(unit, each.balance),
                  }))
              : [
                  {
                    id: `${sum.kind}/${unit}`,
                    kind: sum.kind,
                    name: null,
                    accounts: sum.accounts,
                    debit: amountOf(unit, sum.debit),
                    credit: amountOf(unit, sum.credit),
                    balance: sidedOf(unit, sum.balance),
                  },
                ],
          ),
      })),
    }
  })
}

const keyOf = ({ kind, unit }: { kind: string; unit: string }): string => `${kind}/${unit}`

function dayOf(text: string | null): Temporal.PlainDate | null {
  try {
    return text ? Temporal.PlainDate.from(text) : null
  } catch {
    return null
  }
}

type Row = Route.ComponentProps['loaderData']['units'][number]['rows'][number]

/** The trial balance, unit by unit. */
export default function BooksPage({ loaderData: { day, kind, units } }: Route.ComponentProps) {
  const t = useText()
  const columns: readonly Column<Row>[] = [
    {
      id: 'account',
      header: t('console.books.account'),
      cell: (row) => (
        <>
          <span className="font-medium">{t(`console.books.kind.${row.kind}`)}</span>
          {row.name ? <bdi className="block break-words text-muted">{row.name}</bdi> : null}
          {row.accounts > 1 ? (
            <span className="block text-muted">{t('console.books.accounts', { n: row.accounts })}</span>
          ) : null}
        </>
      ),
    },
    {
      id: 'debit',
      header: t('console.books.debit'),
      align: 'end',
      cell: (row) => <Amount of={row.debit} />,
      wide: true,
    },
    {
      id: 'credit',
      header: t('console.books.credit'),
      align: 'end',
      cell: (row) => <Amount of={row.credit} />,
      wide: true,
    },
    {
      id: 'balance',
      header: t('console.books.balance'),
      align: 'end',
      cell: (row) => <SidedAmount of={row.balance} />,
    },
  ]
  return (
    <>
      <PageHeader
        title={t('console.books.title')}
        description={t('console.books.lead')}
        {...(kind === null ? {} : { back: { to: '/admin/books', label: t('console.books.title') } })}
        actions={
          <LinkButton to="/admin/books/journal.csv" reload>
            {t('console.books.journal')}
          </LinkButton>
        }
      />
      <div className="flex flex-col gap-6">
        <BooksTabs current="balances" />
        <Form method="get" className="flex flex-wrap items-end gap-3">
          {kind === null ? null : <input type="hidden" name="kind" value={kind} />}
          <Field label={t('console.books.asOf')}>
            {(tied) => <DateInput {...tied} name="day" defaultValue={day} />}
          </Field>
          <Button>{t('console.books.show')}</Button>
        </Form>
        {units.length === 0 ? (
          <EmptyState title={t('console.books.none')}>{t('console.books.none.lead')}</EmptyState>
        ) : null}
        {units.map(({ unit, balanced, rows }) => (
          <Card key={unit} title={unit === 'credit' ? t('console.books.kind.wallet') : unit} flush>
            <DataTable
              caption={`${t('console.books.title')} ${unit}`}
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              rowHref={(row) =>
                row.accounts > 1
                  ? `/admin/books?kind=${row.kind}`
                  : `/admin/books/account?id=${encodeURIComponent(row.id)}`
              }
              empty={<EmptyState title={t('console.books.none')} />}
            />
            {kind === null ? (
              <div className="p-5">
                <Alert tone={balanced ? 'good' : 'bad'}>
                  {t(balanced ? 'console.books.balanced' : 'console.books.unbalanced', { unit })}
                </Alert>
              </div>
            ) : null}
          </Card>
        ))}
      </div>
    </>
  )
}
