import { clsx } from 'clsx'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { type Tone, toneSoft } from './tone.ts'

const icons = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert, info: Info, none: Info }

/** Something to know about this part of the page: what happened, what comes next, what to do. */
export function Alert({
  tone = 'info',
  title,
  actions,
  className,
  children,
}: {
  tone?: Tone
  title?: ReactNode
  actions?: ReactNode
  className?: string
  children?: ReactNode
}) {
  const Icon = icons[tone]
  return (
    <div className={clsx('flex gap-3 rounded-card p-4', toneSoft[tone], className)}>
      <Icon aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div className="flex min-w-0 flex-1 flex-col gap-1 text-ink">
        {title ? <p className="font-semibold">{title}</p> : null}
        {children ? <div>{children}</div> : null}
        {actions ? <div className="mt-2 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  )
}

/** Across the page, in its header: test mode, acting as somebody, a panel that is down. */
export function Banner({
  tone = 'info',
  actions,
  children,
}: {
  tone?: Tone
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <div
      className={clsx(
        'flex flex-wrap items-center justify-center gap-x-4 gap-y-1 px-4 py-2 text-center text-sm font-medium',
        toneSoft[tone],
      )}
    >
      <span className="min-w-0">{children}</span>
      {actions}
    </div>
  )
}
