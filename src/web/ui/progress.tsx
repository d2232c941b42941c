import { clsx } from 'clsx'
import { useText } from './page-context.tsx'
import type { Tone } from './tone.ts'

const bars: Record<Tone, string> = {
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
  info: 'bg-brand',
  none: 'bg-line-strong',
}

/** How much of a whole: a running job, connections in use, a wallet above its floor. */
export function Progress({
  label,
  value,
  max,
  tone = 'info',
  text,
}: {
  label: string
  value: number
  max: number
  tone?: Tone
  /** Instead of "3 / 8"; empty where the label says it. */
  text?: string
}) {
  const part = max > 0 ? Math.min(100, (value / max) * 100) : 0
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex justify-between gap-4 text-sm">
        <span>{label}</span>
        {text === '' ? null : <span className="text-muted tabular-nums">{text ?? `${value} / ${max}`}</span>}
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={value}
        aria-valuemin={0}
        aria-valuemax={max}
        className="h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div className={clsx('h-full rounded-full', bars[tone])} style={{ width: `${part}%` }} />
      </div>
    </div>
  )
}

/** The shape of what is coming. Shown after 300 ms only, since a quick answer should not flicker. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const t = useText()
  const widths = ['w-2/3', 'w-full', 'w-5/6', 'w-1/2']
  return (
    <div role="status" className="appear-late flex flex-col gap-3">
      <span className="sr-only">{t('ui.loading')}</span>
      {Array.from({ length: lines }, (_, index) => `line-${index}`).map((key, index) => (
        <div
          key={key}
          aria-hidden="true"
          className={clsx('h-4 rounded-control bg-line', widths[index % widths.length])}
        />
      ))}
    </div>
  )
}
