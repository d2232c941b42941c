/** One figure as `npm run bench` prints it: a value, what it is measured against in the same run, and the ratio that has a target. */
export type Figure = {
  figure: string
  value: number
  unit: string
  beside: Record<string, number>
  ratio: number
  target: number
  met: boolean
  runs: number
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Three significant digits: more would claim what a shared machine cannot give. */
export const rounded = (figure: Figure): Figure =>
  JSON.parse(
    JSON.stringify(figure, (_key, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value,
    ),
  ) as Figure
