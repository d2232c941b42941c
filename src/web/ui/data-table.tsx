import { clsx } from 'clsx'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { EmptyState, ErrorState } from './empty-state.tsx'
import { isNarrowed, type ListQuery, listHref } from './list-query.ts'
import { useText } from './page-context.tsx'
import { type PageInfo, Pager } from './pager.tsx'

export type Column<Row> = {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** `end` for amounts and counts. */
  align?: 'start' | 'end'
  /** The server can sort by `id`. */
  sortable?: boolean
  /** Left out between 640 and 1024 px; cards below show it. */
  wide?: boolean
}

/**
 * A list of records. Sorting, filtering and paging are links, done by the server; below 640 px each row is a card. The
 * first column names the record and carries the row's link. With `selectable` each row has a checkbox named `ids`: put the
 * table in a form, with the buttons that act on the choice.
 */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  rowHref,
  query,
  page,
  empty,
  error,
  selectable = false,
  rowActions,
}: {
  /** For screen readers: what is listed. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  rowHref?: (row: Row) => string
  query?: ListQuery
  page?: PageInfo
  /** Shown when there is nothing at all; nothing that *matches* is told by the table itself. */
  empty?: ReactNode
  /** The list could not be read: what happened and when we try again. */
  error?: string | null
  selectable?: boolean
  rowActions?: (row: Row) => ReactNode
}) {
  const t = useText()
  const { search } = useLocation()
  if (error) return <ErrorState>{error}</ErrorState>
  if (rows.length === 0) {
    if (!query || !isNarrowed(query)) return <>{empty ?? <EmptyState title={t('ui.table.none')} />}</>
    const cleared = Object.fromEntries(['q', ...Object.keys(query.filters)].map((name) => [name, null]))
    return (
      <EmptyState
        title={query.q ? t('ui.table.noMatchFor', { query: query.q }) : t('ui.table.noMatch')}
        actions={<Link to={listHref(search, cleared)}>{t('ui.table.clear')}</Link>}
      />
    )
  }
  return (
    <>
      {/* Very wide tables scroll in themselves, the page never does. */}
      <div className="min-w-0 overflow-x-auto">
        <table {...as.table} className="w-full border-collapse text-start max-sm:block">
          <caption className="sr-only">{caption}</caption>
          <thead {...as.rowgroup} className="border-b border-line text-sm text-muted max-sm:sr-only">
            <tr {...as.row}>
              {selectable ? (
                <th {...as.columnheader} scope="col" className="w-10 ps-5">
                  <span className="sr-only">{t('ui.table.select')}</span>
                </th>
              ) : null}
              {columns.map((column) => (
                <HeaderCell key={column.id} column={column} query={query} search={search} />
              ))}
              {rowActions ? (
                <th {...as.columnheader} scope="col">
                  <span className="sr-only">{t('ui.table.actions')}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody {...as.rowgroup} className="max-sm:block">
            {rows.map((row) => (
              <tr
                {...as.row}
                key={rowKey(row)}
                className="motion relative border-b border-line last:border-b-0 hover:bg-sunken max-sm:flex max-sm:flex-col max-sm:gap-1.5 max-sm:px-5 max-sm:py-4"
              >
                {selectable ? (
                  <td {...as.cell} className="relative z-1 ps-5 max-sm:absolute max-sm:end-2 max-sm:top-2 max-sm:ps-0">
                    {/* As large as a thumb, on a phone. */}
                    <label className="grid place-items-center max-sm:size-11">
                      <input
                        type="checkbox"
                        name="ids"
                        value={rowKey(row)}
                        aria-label={`${t('ui.table.select')} ${rowKey(row)}`}
                        className="tick size-5"
                      />
                    </label>
                  </td>
                ) : null}
                {columns.map((column, index) => (
                  <Cell key={column.id} column={column} first={index === 0}>
                    {index === 0 && rowHref ? (
                      <Link
                        to={rowHref(row)}
                        className="font-medium text-ink after:absolute after:inset-0 hover:underline"
                      >
                        {column.cell(row)}
                      </Link>
                    ) : (
                      column.cell(row)
                    )}
                  </Cell>
                ))}
                {rowActions ? (
                  <td {...as.cell} className="relative z-1 pe-4 text-end max-sm:pe-0 max-sm:pt-1 max-sm:text-start">
                    {rowActions(row)}
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {page ? <Pager page={page} /> : null}
    </>
  )
}

/** A table that is laid out as cards loses its roles in some browsers; said again, it stays a table. */
const as = {
  table: { role: 'table' },
  rowgroup: { role: 'rowgroup' },
  row: { role: 'row' },
  columnheader: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const

function HeaderCell<Row>({
  column,
  query,
  search,
}: {
  column: Column<Row>
  query: ListQuery | undefined
  search: string
}) {
  const { id, header, align, sortable, wide } = column
  const sorted = query?.sort.by === id ? (query.sort.descending ? 'descending' : 'ascending') : undefined
  const Icon = sorted === 'ascending' ? ArrowUp : sorted === 'descending' ? ArrowDown : ChevronsUpDown
  return (
    <th
      {...as.columnheader}
      scope="col"
      aria-sort={sortable ? (sorted ?? 'none') : undefined}
      className={clsx(
        'h-10 px-3 font-medium first:ps-5 last:pe-5',
        align === 'end' ? 'text-end' : 'text-start',
        wide && 'max-lg:hidden',
      )}
    >
      {sortable && query ? (
        <Link
          to={listHref(search, { sort: sorted === 'ascending' ? `-${id}` : id })}
          className={clsx('inline-flex items-center gap-1 hover:text-ink', sorted && 'text-ink')}
        >
          {header}
          <Icon aria-hidden="true" className="size-3.5" />
        </Link>
      ) : (
        header
      )}
    </th>
  )
}

function Cell<Row>({ column, first, children }: { column: Column<Row>; first: boolean; children: ReactNode }) {
  return (
    <td
      {...as.cell}
      className={clsx(
        'px-3 first:ps-5 last:pe-5 max-sm:flex max-sm:min-w-0 max-sm:justify-between max-sm:gap-4 max-sm:p-0! sm:h-(--row) sm:py-2',
        column.align === 'end' ? 'sm:text-end' : 'text-start',
        column.wide && 'sm:max-lg:hidden',
        first && 'max-sm:text-lg',
      )}
    >
      {first ? null : (
        <span aria-hidden="true" className="text-muted sm:hidden">
          {column.header}
        </span>
      )}
      {/* The link of the row lies over it; what is to be clicked inside stands above. */}
      <span className="min-w-0 max-sm:text-end max-sm:first:text-start">{children}</span>
    </td>
  )
}
