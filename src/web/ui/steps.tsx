import { clsx } from 'clsx'
import { Check, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from './page-context.tsx'

export type Step = { label: string; state: 'done' | 'current' | 'failed' | 'next'; detail?: ReactNode }

/** Where something stands: payment received, creating your line, ready. The state is said, not only drawn. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  const t = useText()
  const said = { done: t('ui.steps.done'), current: t('ui.steps.current'), failed: t('ui.steps.failed'), next: null }
  return (
    <ol className="flex flex-col">
      {steps.map(({ label, state, detail }, index) => (
        <li key={label} aria-current={state === 'current' ? 'step' : undefined} className="flex gap-4 pb-6 last:pb-0">
          <span className="relative flex flex-col items-center">
            <span
              aria-hidden="true"
              className={clsx(
                'flex size-7 shrink-0 items-center justify-center rounded-full border-2 text-sm font-semibold',
                state === 'done' && 'border-good bg-good-soft text-good',
                state === 'current' && 'border-brand bg-brand-soft text-brand',
                state === 'failed' && 'border-bad bg-bad-soft text-bad',
                state === 'next' && 'border-line text-muted',
              )}
            >
              {state === 'done' ? (
                <Check className="size-4" />
              ) : state === 'failed' ? (
                <X className="size-4" />
              ) : (
                index + 1
              )}
            </span>
            {index < steps.length - 1 ? (
              <span
                aria-hidden="true"
                className={clsx(
                  'absolute top-8 -bottom-5 w-0.5 rounded-full',
                  state === 'done' ? 'bg-good' : 'bg-line',
                )}
              />
            ) : null}
          </span>
          <div className="min-w-0 flex-1 pt-0.5">
            <p className={clsx('font-medium', state === 'next' && 'text-muted')}>
              {label}
              {said[state] ? <span className="sr-only"> ({said[state]})</span> : null}
            </p>
            {detail ? <div className="text-sm text-muted">{detail}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  )
}
