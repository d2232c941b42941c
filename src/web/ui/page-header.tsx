import { ChevronLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { Title } from './title.tsx'

/** The head of a page: the document's title, way back, one h1, at most one primary action. */
export function PageHeader({
  title,
  description,
  badge,
  actions,
  back,
}: {
  title: string
  description?: ReactNode
  badge?: ReactNode
  actions?: ReactNode
  back?: { to: string; label: string }
}) {
  return (
    <header className="mb-6 flex flex-col gap-1">
      <Title>{title}</Title>
      {back ? (
        <Link
          to={back.to}
          className="mb-1 inline-flex min-h-6 items-center gap-1 self-start text-sm text-muted hover:text-ink"
        >
          <ChevronLeft aria-hidden="true" className="size-4 rtl:-scale-x-100" />
          {back.label}
        </Link>
      ) : null}
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="min-w-0 text-2xl font-semibold">{title}</h1>
          {badge}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
      {description ? <p className="mt-1 max-w-prose text-muted">{description}</p> : null}
    </header>
  )
}
