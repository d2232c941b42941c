/** Round steps from zero over `max`: 0, 20, 40, 60. About `count` of them, never fewer than two. */
export function ticks(max: number, count = 4): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power
  const last = Math.ceil(max / step - 1e-9)
  return Array.from({ length: last + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** Points of a line in a box, top left is 0, 0; two decimals are finer than any screen. */
export function linePath(values: readonly number[], width: number, height: number, max: number, min = 0): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const range = max - min || 1
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${round(index * step)} ${round(height - ((value - min) / range) * height)}`,
    )
    .join('')
}

export const round = (value: number): number => Math.round(value * 100) / 100
