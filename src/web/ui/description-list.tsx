import type { ReactNode } from 'react'

/** Names and values of one record. Entries whose value is null are left out. */
export function DescriptionList({
  items,
}: {
  items: readonly { label: string; value: ReactNode | null; code?: boolean }[]
}) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-3 sm:grid-cols-[max-content_minmax(0,1fr)]">
      {items
        .filter(({ value }) => value !== null && value !== undefined)
        .map(({ label, value, code }) => (
          <div key={label} className="contents max-sm:block">
            <dt className="text-muted max-sm:mb-0.5 max-sm:text-sm">{label}</dt>
            <dd className={code ? 'code min-w-0' : 'min-w-0'}>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
