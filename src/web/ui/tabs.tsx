import { NavLink } from 'react-router'

/** Views of one record, each with an address of its own. */
export function Tabs({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { to: string; label: string; count?: number | undefined; end?: boolean }[]
}) {
  return (
    <nav aria-label={label} className="mb-6 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map(({ to, label: text, count, end }) => (
        <NavLink
          key={to}
          to={to}
          end={end ?? false}
          className="motion -mb-px inline-flex min-h-(--control) shrink-0 items-center gap-2 border-b-2 border-transparent px-3 text-muted hover:text-ink aria-[current=page]:border-brand aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {text}
          {count === undefined ? null : (
            <span className="rounded-full bg-sunken px-1.5 text-xs tabular-nums">{count}</span>
          )}
        </NavLink>
      ))}
    </nav>
  )
}
