import { usePage } from './page-context.tsx'

/** The document's title, `Invoices · Northwind TV`. PageHeader sets it; a page without one places this. */
export function Title({ children }: { children: string }) {
  const { business } = usePage()
  return <title>{`${children} · ${business?.name ?? 'Linekeeper'}`}</title>
}
