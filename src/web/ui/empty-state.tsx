import { Inbox, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from './page-context.tsx'

/** Nothing here yet: what would be here, and how it gets here. `icon` replaces the tray. */
export function EmptyState({
  title,
  children,
  actions,
  icon,
}: {
  title: ReactNode
  children?: ReactNode
  actions?: ReactNode
  icon?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="mb-1 flex size-11 items-center justify-center rounded-full bg-sunken text-muted">
        {icon ?? <Inbox aria-hidden="true" className="size-5" />}
      </span>
      <p className="text-lg font-medium">{title}</p>
      {children ? <div className="max-w-prose text-muted">{children}</div> : null}
      {actions ? (
        <div className="mt-2 flex flex-wrap justify-center gap-2 [&>a:not([class])]:text-brand [&>a:not([class])]:underline">
          {actions}
        </div>
      ) : null}
    </div>
  )
}

/** A part of the page that could not be read: what happened, that nothing changed, what comes next. */
export function ErrorState({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  const t = useText()
  return (
    <EmptyState
      title={t('ui.error.part')}
      actions={actions}
      icon={<TriangleAlert aria-hidden="true" className="size-5 text-bad" />}
    >
      {children}
    </EmptyState>
  )
}
