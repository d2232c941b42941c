/** A story with a world of its own. Afterwards the world is at rest, no job failed that the story did not expect, and every invariant holds. */
import { expect, test } from 'vitest'
import { createWorld, type World, type WorldOptions } from './world.ts'

/** `seconds`: how long a story of many people may take; else as long as any test. */
type Options = WorldOptions & { seconds?: number }

/** A story that provokes failing jobs empties `world.failures` where it has looked at them. */
export function scenario(name: string, story: (world: World) => Promise<void>): void
export function scenario(name: string, options: Options, story: (world: World) => Promise<void>): void
export function scenario(
  name: string,
  ...rest: [(world: World) => Promise<void>] | [Options, (world: World) => Promise<void>]
): void {
  const [{ seconds, ...options }, story] = rest.length === 1 ? [{} as Options, rest[0]] : rest
  const live = async () => {
    const world = await createWorld(options)
    try {
      await story(world)
      await world.settle()
      expect(world.failures).toEqual([])
      expect((await world.proof()).broken).toEqual([])
    } finally {
      await world.close()
    }
  }
  test(name, live, seconds === undefined ? undefined : seconds * 1_000)
}
