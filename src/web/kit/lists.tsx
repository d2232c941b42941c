import { BarChart } from '../ui/console/bar-chart.tsx'
import { Diff } from '../ui/console/diff.tsx'
import { JsonView } from '../ui/console/json-view.tsx'
import { LineChart } from '../ui/console/line-chart.tsx'
import { Stat } from '../ui/console/stat.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { Money, When } from '../ui/format.tsx'
import type { ListQuery } from '../ui/list-query.ts'
import { StateBadge } from '../ui/state-badge.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { Columns, Section } from './section.tsx'

export type Sample = {
  id: string
  customer: string
  plan: string
  state: string
  expires: string
  price: { minor: bigint; currency: string }
}

/** Lists and charts: the pieces of the console. */
export function Lists({ rows, query }: { rows: readonly Sample[]; query: ListQuery }) {
  return (
    <>
      <div className="mb-6 grid grid-cols-[minmax(0,1fr)] gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Stat
          label="Revenue this month"
          value="4,812.40 EUR"
          change={{ direction: 'up', text: '8.2 %' }}
          spark={[3, 4, 4, 6, 5, 7, 9]}
          to="/kit?q=revenue"
        />
        <Stat
          label="Active lines"
          value="1,284"
          change={{ direction: 'up', text: '12' }}
          spark={[8, 8, 9, 9, 10, 11, 12]}
        />
        <Stat label="Lost" value="9" change={{ direction: 'up', text: '3' }} good="down" />
        <Stat label="Renewal rate" value="91 %" change={{ direction: 'same', text: '0' }} hint="over 30 days" />
      </div>
      <Tabs
        label="Record"
        tabs={[
          { to: '/kit', label: 'Lines', count: 3, end: true },
          { to: '/kit/invoices', label: 'Invoices', count: 12 },
          { to: '/kit/timeline', label: 'Timeline' },
        ]}
      />
      <div className="mb-4">
        <FilterBar
          query={query}
          search="Search customers"
          filters={[
            {
              name: 'state',
              label: 'State',
              options: [
                { value: 'active', label: 'Active' },
                { value: 'grace', label: 'Grace' },
              ],
            },
          ]}
        />
      </div>
      <Section title="Subscriptions" flush>
        <DataTable
          caption="Subscriptions"
          columns={columns}
          rows={rows}
          rowKey={(row) => row.id}
          rowHref={(row) => `/kit?q=${row.id}`}
          query={query}
          page={{ next: 'c2', previous: null, about: 1284 }}
          selectable
        />
      </Section>
      <Section title="No match" flush>
        <DataTable caption="None" columns={columns} rows={[]} rowKey={(row) => row.id} query={{ ...query, q: 'ana' }} />
      </Section>
      <Columns>
        <Section title="Line chart">
          <LineChart
            title="Active lines"
            summary="From 980 to 1,284 in twelve months, without a month of loss."
            labels={months}
            series={[
              { label: 'Lines', values: [980, 1004, 1031, 1040, 1066, 1101, 1130, 1142, 1180, 1203, 1251, 1284] },
            ]}
          />
        </Section>
        <Section title="Two courses">
          <LineChart
            title="New and lost"
            summary="New customers stay ahead of lost ones."
            labels={months}
            series={[
              { label: 'New', values: [40, 44, 61, 38, 52, 60, 58, 49, 66, 70, 81, 77] },
              { label: 'Lost', values: [22, 20, 34, 29, 26, 25, 29, 37, 28, 47, 33, 44] },
            ]}
          />
        </Section>
        <Section title="Bars">
          <BarChart
            title="Revenue"
            summary="November is the best month so far."
            labels={months}
            name="EUR"
            values={[3100, 3300, 3250, 3400, 3600, 3500, 3900, 4000, 4200, 4100, 4500, 4812]}
          />
        </Section>
        <Section title="Difference">
          <Diff
            caption="Wanted and found"
            before="Found on the panel"
            after="Wanted"
            rows={[
              { field: 'expiry', before: '2026-11-21', after: '2026-12-21' },
              { field: 'connections', before: '1', after: '2' },
              { field: 'note', before: null, after: 'lk:line_01' },
            ]}
          />
        </Section>
      </Columns>
      <Section title="Last answer">
        <JsonView
          label="Last answer of the panel"
          value={{ status: 'STATUS_SUCCESS', data: { id: 4711, username: 'ana84-2', exp_date: 1763683200 } }}
        />
      </Section>
    </>
  )
}

const months = ['Dec', 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov']

const columns: readonly Column<Sample>[] = [
  { id: 'customer', header: 'Customer', cell: (row) => <bdi>{row.customer}</bdi>, sortable: true },
  { id: 'plan', header: 'Plan', cell: (row) => row.plan, wide: true },
  { id: 'state', header: 'State', cell: (row) => <StateBadge of="subscription" state={row.state} /> },
  { id: 'expires', header: 'Expires', cell: (row) => <When at={row.expires} as="both" />, sortable: true },
  { id: 'price', header: 'Price', cell: (row) => <Money value={row.price} />, align: 'end' },
]
