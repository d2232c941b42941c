import { clsx } from 'clsx'
import type { ReactNode } from 'react'
import { type Tone, toneSoft } from './tone.ts'

/** A short mark: Test, Best value, 3 new. For states there is StateBadge. */
export function Badge({
  tone = 'none',
  children,
  className,
}: {
  tone?: Tone | 'brand'
  children: ReactNode
  className?: string
}) {
  const colors = tone === 'brand' ? 'bg-brand-soft text-brand' : toneSoft[tone]
  return (
    <span
      className={clsx(
        'inline-flex items-center rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        colors,
        className,
      )}
    >
      {children}
    </span>
  )
}
