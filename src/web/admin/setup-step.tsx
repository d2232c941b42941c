import '../i18n/areas/setup.ts'
import { clsx } from 'clsx'
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from '../ui/page-context.tsx'

/** One thing of the checklist; only the open one shows what to do. */
export function SetUpStepCard({
  number,
  title,
  lead,
  state,
  open,
  change,
  children,
}: {
  number: number
  title: string
  lead: string
  state: 'done' | 'skipped' | 'next'
  open: boolean
  change: ReactNode
  children: ReactNode
}) {
  const t = useText()
  return (
    <li
      aria-current={open ? 'step' : undefined}
      className={clsx('rounded-card border bg-surface p-5', open ? 'border-brand' : 'border-line')}
    >
      <div className="flex items-center gap-4">
        <span
          aria-hidden="true"
          className={clsx(
            'flex size-8 shrink-0 items-center justify-center rounded-full font-semibold',
            state === 'done' && 'bg-good-soft text-good',
            state === 'skipped' && 'bg-warn-soft text-warn',
            state === 'next' && (open ? 'bg-brand text-on-brand' : 'bg-sunken text-muted'),
          )}
        >
          {state === 'done' ? (
            <Check className="size-4" />
          ) : state === 'skipped' ? (
            <Minus className="size-4" />
          ) : (
            number
          )}
        </span>
        <h2 className="min-w-0 flex-1 text-lg font-semibold">
          {title}
          {state === 'next' ? null : (
            <span className="ms-2 text-sm font-normal text-muted">{t(`console.setup.state.${state}`)}</span>
          )}
        </h2>
        {open ? null : change}
      </div>
      {open ? (
        <div className="mt-3 flex flex-col gap-5 sm:ps-12">
          <p className="max-w-prose text-muted">{lead}</p>
          {children}
        </div>
      ) : null}
    </li>
  )
}
