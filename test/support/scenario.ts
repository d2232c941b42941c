/** A story with a world of its own. Afterwards the world is at rest, no job failed that the story did not expect, and every invariant holds. */
import { expect, test } from 'vitest'
import { createWorld, type World, type WorldOptions } from './world.ts'

/** A story that provokes failing jobs empties `world.failures` where it has looked at them. */
export function scenario(name: string, story: (world: World) => Promise<void>): void
export function scenario(name: string, options: WorldOptions, story: (world: World) => Promise<void>): void
export function scenario(
  name: string,
  ...rest: [(world: World) => Promise<void>] | [WorldOptions, (world: World) => Promise<void>]
): void {
  const [options, story] = rest.length === 1 ? [{}, rest[0]] : rest
  test(name, async () => {
    const world = await createWorld(options)
    try {
      await story(world)
      await world.settle()
      expect(world.failures).toEqual([])
      expect((await world.proof()).broken).toEqual([])
    } finally {
      await world.close()
    }
  })
}
