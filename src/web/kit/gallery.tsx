import { CreditCard, LayoutDashboard, Receipt, Server, Settings, Tv, Users } from 'lucide-react'
import { money } from '#platform/money.ts'
import { Button } from '../ui/button.tsx'
import { type ConsoleNav, Shell } from '../ui/console/shell.tsx'
import { readList } from '../ui/list-query.ts'
import { MenuLink } from '../ui/menu.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import type { Route } from './+types/gallery.ts'
import { Controls } from './controls.tsx'
import { Feedback } from './feedback.tsx'
import { kitOnly } from './kit-only.ts'
import { Lists, type Sample } from './lists.tsx'

/** Every piece of the kit in its states, as the console shows it. The plain faces: `/kit/storefront`, `/kit/portal`. */
export function loader({ context, request }: Route.LoaderArgs) {
  kitOnly(context)
  const price = money(1099, 'EUR')
  const rows: Sample[] = [
    {
      id: 'sub_1',
      customer: 'Ana Ferreira',
      plan: 'Monthly, 2 connections',
      state: 'active',
      expires: '2026-12-21T12:00:00Z',
      price,
    },
    {
      id: 'sub_2',
      customer: 'محمد الأمين',
      plan: 'Yearly',
      state: 'grace',
      expires: '2026-11-19T12:00:00Z',
      price: money(8990, 'EUR'),
    },
    {
      id: 'sub_3',
      customer: 'Maximiliane Oberhuber-Schwarzenbacher von und zu Hohenlohe',
      plan: 'Quarterly',
      state: 'suspended',
      expires: '2026-11-14T12:00:00Z',
      price: money(2790, 'EUR'),
    },
  ]
  return {
    price,
    rows,
    query: readList(request.url, {
      sorts: ['customer', 'expires'],
      defaultSort: 'customer',
      filters: { state: ['active', 'grace'] },
    }),
  }
}

export default function Gallery({ loaderData: { price, rows, query } }: Route.ComponentProps) {
  return (
    <Shell
      nav={nav}
      mode="test"
      businessName="Northwind TV"
      person="sam@example.net"
      account={<MenuLink to="/kit">Your account</MenuLink>}
    >
      <PageHeader
        title="Kit"
        description="Every piece and its states."
        actions={<Button look="primary">Create line</Button>}
        back={{ to: '/kit', label: 'All pages' }}
      />
      <Lists rows={rows} query={query} />
      <Controls />
      <Feedback price={price} />
    </Shell>
  )
}

const nav: ConsoleNav = [
  { items: [{ to: '/kit', label: 'Overview', icon: <LayoutDashboard aria-hidden="true" />, end: true }] },
  {
    heading: 'Customers',
    items: [
      { to: '/kit/customers', label: 'Customers', icon: <Users aria-hidden="true" /> },
      { to: '/kit/lines', label: 'Lines', icon: <Tv aria-hidden="true" />, count: 3 },
      { to: '/kit/panels', label: 'Panels', icon: <Server aria-hidden="true" /> },
    ],
  },
  {
    heading: 'Money',
    items: [
      { to: '/kit/invoices', label: 'Invoices', icon: <Receipt aria-hidden="true" /> },
      { to: '/kit/payments', label: 'Payments', icon: <CreditCard aria-hidden="true" /> },
    ],
  },
  { items: [{ to: '/kit/settings', label: 'Settings', icon: <Settings aria-hidden="true" /> }] },
]
