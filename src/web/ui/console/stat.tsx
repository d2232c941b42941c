import { ArrowDownRight, ArrowRight, ArrowUpRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useText } from '../page-context.tsx'
import { toneText } from '../tone.ts'
import { Sparkline } from './sparkline.tsx'

/** A number that matters, its change, its course; it opens its list. `good` says which way is welcome. */
export function Stat({
  label,
  value,
  change,
  good = 'up',
  spark,
  to,
  hint,
}: {
  label: string
  value: ReactNode
  change?: { direction: 'up' | 'down' | 'same'; text: string }
  good?: 'up' | 'down'
  spark?: readonly number[]
  to?: string
  hint?: ReactNode
}) {
  const t = useText()
  const Arrow = change?.direction === 'up' ? ArrowUpRight : change?.direction === 'down' ? ArrowDownRight : ArrowRight
  const tone = change === undefined || change.direction === 'same' ? 'none' : change.direction === good ? 'good' : 'bad'
  return (
    <div className="motion relative flex min-w-0 flex-col gap-1 rounded-card border border-line bg-surface p-5 has-[a:hover]:border-line-strong">
      <p className="text-sm text-muted">
        {to ? (
          <Link to={to} className="after:absolute after:inset-0 after:rounded-card">
            {label}
          </Link>
        ) : (
          label
        )}
      </p>
      <div className="flex items-end justify-between gap-3">
        <p className="text-2xl font-semibold whitespace-nowrap tabular-nums">{value}</p>
        {spark ? <Sparkline values={spark} /> : null}
      </div>
      {change ? (
        <p className={`flex items-center gap-1 text-sm font-medium ${toneText[tone]}`}>
          <Arrow aria-hidden="true" className="size-4 rtl:-scale-x-100" />
          <span aria-hidden="true">{change.text}</span>
          <span className="sr-only">{t(`ui.stat.${change.direction}`, { change: change.text })}</span>
        </p>
      ) : null}
      {hint ? <p className="text-sm text-muted">{hint}</p> : null}
    </div>
  )
}
