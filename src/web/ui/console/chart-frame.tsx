import type { ReactNode } from 'react'
import { useText } from '../page-context.tsx'

export type Series = { label: string; values: readonly number[] }

/** Told apart by color and by dash. */
export const strokes = [
  { color: 'var(--brand)', dash: undefined },
  { color: 'var(--chart-2)', dash: '6 3' },
  { color: 'var(--chart-3)', dash: '2 3' },
  { color: 'var(--chart-4)', dash: '10 3 2 3' },
  { color: 'var(--chart-5)', dash: '4 4' },
  { color: 'var(--chart-6)', dash: '1 4' },
] as const

/**
 * What all charts have around the drawing: title, the sentence that sums it up, axes in HTML (text keeps its size while the
 * drawing stretches), a legend, and the same figures as a table.
 */
export function ChartFrame({
  title,
  summary,
  labels,
  series,
  marks,
  format,
  children,
}: {
  title: string
  summary: string
  labels: readonly string[]
  series: readonly Series[]
  marks: readonly number[]
  format: (value: number) => string
  children: ReactNode
}) {
  const t = useText()
  const top = marks.at(-1) ?? 1
  return (
    <figure className="flex min-w-0 flex-col gap-3">
      <figcaption>
        <p className="font-semibold">{title}</p>
        <p className="text-sm text-muted">{summary}</p>
      </figcaption>
      {series.length > 1 ? <Legend series={series} /> : null}
      <div aria-hidden="true" className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-3" dir="ltr">
        <div className="relative h-48 text-xs text-muted">
          {/* The longest label holds the column open. */}
          <span className="invisible block">{format(top)}</span>
          {marks.map((mark) => (
            <span
              key={mark}
              className="absolute end-0 translate-y-1/2 leading-none tabular-nums"
              style={{ bottom: `${(mark / top) * 100}%` }}
            >
              {format(mark)}
            </span>
          ))}
        </div>
        <div className="relative h-48">
          {marks.map((mark) => (
            <span
              key={mark}
              className="absolute inset-x-0 border-t border-line"
              style={{ bottom: `${(mark / top) * 100}%` }}
            />
          ))}
          {children}
        </div>
        <span />
        <div className="flex justify-between pt-2 text-xs text-muted">
          {sparse(labels).map((label) => (
            <span key={label}>{label}</span>
          ))}
        </div>
      </div>
      <details className="text-sm">
        <summary className="inline-flex min-h-11 items-center text-muted underline hover:text-ink md:min-h-6">
          {t('ui.chart.table')}
        </summary>
        <FigureTable title={title} labels={labels} series={series} format={format} />
      </details>
    </figure>
  )
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {series.map(({ label }, index) => (
        <li key={label} className="flex items-center gap-2">
          <svg viewBox="0 0 24 4" aria-hidden="true" className="h-1 w-6">
            <line
              x1="0"
              x2="24"
              y1="2"
              y2="2"
              stroke={strokes[index % strokes.length]?.color}
              strokeDasharray={strokes[index % strokes.length]?.dash}
              strokeWidth="3"
            />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  )
}

function FigureTable({
  title,
  labels,
  series,
  format,
}: {
  title: string
  labels: readonly string[]
  series: readonly Series[]
  format: (value: number) => string
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="max-h-72 overflow-auto" tabIndex={0} aria-label={title}>
      <table className="mt-2 w-full text-start">
        <thead className="text-muted">
          <tr>
            <td />
            {series.map(({ label }) => (
              <th key={label} scope="col" className="px-2 py-1 text-end font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, index) => (
            <tr key={label} className="border-t border-line">
              <th scope="row" className="px-2 py-1 text-start font-normal">
                {label}
              </th>
              {series.map(({ label: name, values }) => (
                <td key={name} className="px-2 py-1 text-end">
                  {format(values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** At most five, the first and last among them. */
function sparse(labels: readonly string[]): string[] {
  if (labels.length <= 5) return [...labels]
  return [0, 0.25, 0.5, 0.75, 1].map((part) => labels[Math.round(part * (labels.length - 1))] ?? '')
}
