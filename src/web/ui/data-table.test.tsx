import { renderToStaticMarkup } from 'react-dom/server'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { expect, test } from 'vitest'
import { type Column, DataTable } from './data-table.tsx'
import { readList } from './list-query.ts'

type Row = { id: string; name: string; sum: string }
const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', cell: (row) => row.name, sortable: true },
  { id: 'sum', header: 'Sum', cell: (row) => row.sum, align: 'end' },
]

function show(search: string, rows: Row[], error: string | null = null): string {
  const query = readList(`http://x/${search}`, { sorts: ['name'], defaultSort: 'name', filters: { state: ['open'] } })
  const table = (
    <DataTable
      caption="Invoices"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      rowHref={(row) => `/i/${row.id}`}
      query={query}
      page={{ next: 'c2', previous: null, about: 40 }}
      empty={<p>No invoices yet.</p>}
      error={error}
    />
  )
  return renderToStaticMarkup(
    <RouterProvider router={createMemoryRouter([{ path: '*', element: table }], { initialEntries: [`/${search}`] })} />,
  )
}

const ana = { id: '1', name: 'Ana', sum: '10.99 EUR' }

test('a real table: scope, sort as stated and as a link that turns it, the row as a link', () => {
  const html = show('?sort=name&state=open', [ana])
  expect(html).toContain('aria-sort="ascending"')
  expect(html).toContain('scope="col"')
  expect(html).toContain('href="/?sort=-name&amp;state=open"')
  expect(html).toContain('href="/i/1"')
  expect(html).toContain('href="/?sort=name&amp;state=open&amp;after=c2"')
})

test('nothing yet, nothing that matches, and not readable are three things', () => {
  expect(show('', [])).toContain('No invoices yet.')
  const none = show('?q=ana', [])
  expect(none).toContain('Nothing matches “ana”')
  expect(none).toContain('Clear filters')
  expect(show('', [], 'The database did not answer.')).toContain('The database did not answer.')
})
