import { ChartFrame } from './chart-frame.tsx'
import { round, ticks } from './scale.ts'

/** Amounts side by side, one per label. */
export function BarChart({
  title,
  summary,
  labels,
  values,
  name,
  format = String,
}: {
  title: string
  summary: string
  labels: readonly string[]
  values: readonly number[]
  name: string
  format?: (value: number) => string
}) {
  const marks = ticks(Math.max(0, ...values))
  const top = marks.at(-1) ?? 1
  const slot = 100 / Math.max(1, values.length)
  return (
    <ChartFrame
      title={title}
      summary={summary}
      labels={labels}
      series={[{ label: name, values }]}
      marks={marks}
      format={format}
    >
      <svg aria-hidden="true" viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full">
        {values.map((value, index) => {
          const height = round((value / top) * 100)
          return (
            <rect
              key={labels[index] ?? index}
              x={round(index * slot + slot * 0.15)}
              y={round(100 - height)}
              width={round(slot * 0.7)}
              height={height}
              fill="var(--brand)"
            />
          )
        })}
      </svg>
    </ChartFrame>
  )
}
