import { useEffect, useRef } from 'react'
import { Link, useLocation } from 'react-router'

/** `current`: said by a page that shows one of them where its address names none. */
type Tab = { to: string; label: string; count?: number | undefined; end?: boolean; current?: boolean }

/** Views of one record, each with an address of its own; a `to` with a query is another view of the same path. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const { pathname, search } = useLocation()
  const row = useRef<HTMLElement>(null)
  const isCurrent = ({ to, end, current }: Tab): boolean =>
    current ??
    (to.includes('?') || tabs.some((each) => each.to.startsWith(`${to}?`))
      ? `${pathname}${search}` === to
      : pathname === to || (!end && pathname.startsWith(`${to}/`)))
  // On a phone the row is wider than the screen: one should see where one is. Only the row moves, never the page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is another tab
  useEffect(() => {
    const tab = row.current?.querySelector<HTMLElement>('[aria-current=page]')
    if (row.current && tab) row.current.scrollLeft = tab.offsetLeft - (row.current.clientWidth - tab.offsetWidth) / 2
  }, [pathname, search])
  return (
    <nav ref={row} aria-label={label} className="relative mb-6 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.to}
          to={tab.to}
          {...(isCurrent(tab) ? { 'aria-current': 'page' as const } : {})}
          className="motion -mb-px inline-flex min-h-(--control) shrink-0 items-center gap-2 border-b-2 border-transparent px-3 text-muted hover:text-ink aria-[current=page]:border-brand aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {tab.label}
          {tab.count === undefined ? null : (
            <span className="rounded-full bg-sunken px-1.5 text-xs tabular-nums">{tab.count}</span>
          )}
        </Link>
      ))}
    </nav>
  )
}
