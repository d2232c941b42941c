import { ChartFrame, type Series, strokes } from './chart-frame.tsx'
import { linePath, ticks } from './scale.ts'

/** One or more courses over time, drawn on the server. `summary` says in words what is to be seen. */
export function LineChart({
  title,
  summary,
  labels,
  series,
  format = String,
}: {
  title: string
  summary: string
  labels: readonly string[]
  series: readonly Series[]
  format?: (value: number) => string
}) {
  const marks = ticks(Math.max(0, ...series.flatMap(({ values }) => values)))
  const top = marks.at(-1) ?? 1
  const [only] = series
  return (
    <ChartFrame title={title} summary={summary} labels={labels} series={series} marks={marks} format={format}>
      <svg
        aria-hidden="true"
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
      >
        {series.length === 1 && only ? (
          <path d={`${linePath(only.values, 100, 100, top)}L100 100L0 100Z`} fill="var(--brand)" opacity="0.1" />
        ) : null}
        {series.map(({ label, values }, index) => (
          <path
            key={label}
            d={linePath(values, 100, 100, top)}
            fill="none"
            stroke={strokes[index % strokes.length]?.color}
            strokeDasharray={strokes[index % strokes.length]?.dash}
            strokeWidth="2"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
    </ChartFrame>
  )
}
