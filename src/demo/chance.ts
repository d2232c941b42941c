/** Chance that repeats itself: the same seed tells the same stories, so every demo looks alike. */

export type Chance = {
  /** From 0 to 1. */
  next(): number
  between(least: number, most: number): number
  oneOf<T>(items: readonly T[]): T
  /** Picks by weight. */
  weighted<T>(items: readonly (readonly [T, number])[]): T
}

/** Mulberry32: small, fast, and even enough for names and hours. Nothing secret may come of it. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    oneOf,
    weighted(items) {
      const total = items.reduce((sum, [, weight]) => sum + weight, 0)
      let left = next() * total
      for (const [item, weight] of items) {
        left -= weight
        if (left <= 0) return item
      }
      return (items.at(-1) as (typeof items)[number])[0]
    },
  }
}
