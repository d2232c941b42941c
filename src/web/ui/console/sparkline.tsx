import { linePath } from './scale.ts'

/** The course of a number, beside it; it says nothing that the number and its change do not. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const max = Math.max(...values)
  const min = Math.min(...values)
  return (
    <svg
      viewBox="0 0 96 32"
      preserveAspectRatio="none"
      aria-hidden="true"
      className="h-8 w-24 min-w-6 shrink overflow-visible rtl:-scale-x-100"
    >
      <path
        d={linePath(values, 96, 32, max, min)}
        fill="none"
        stroke="var(--brand)"
        strokeWidth="1.75"
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
