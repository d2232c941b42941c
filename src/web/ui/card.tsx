import { clsx } from 'clsx'
import type { ReactNode } from 'react'

/** A surface with an optional head. `flush` lets a table or list reach its edges. */
export function Card({
  title,
  actions,
  flush = false,
  level = 2,
  className,
  children,
}: {
  title?: ReactNode
  actions?: ReactNode
  flush?: boolean
  /** Level of its heading on the page. */
  level?: 2 | 3
  className?: string
  children: ReactNode
}) {
  const Heading = `h${level}` as const
  return (
    <section className={clsx('min-w-0 rounded-card border border-line bg-surface', className)}>
      {title || actions ? (
        <header className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-5 py-3">
          {title ? <Heading className="text-lg font-semibold">{title}</Heading> : <span />}
          {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
        </header>
      ) : null}
      <div className={flush ? '' : 'p-5'}>{children}</div>
    </section>
  )
}
