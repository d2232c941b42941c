/** A process that dies at a point of its own, and what is left of it. */
import { atCrashPoints } from '#platform/crash.ts'

/**
 * Does the work, and dies at its crash point of that number; 0: lives. `points`: those that it came by, the last is where it died. `dead`
 * false: it had fewer points.
 */
export async function dyingAt(
  deadly: number,
  work: () => Promise<unknown>,
): Promise<{ points: string[]; dead: boolean }> {
  const points: string[] = []
  let dead = false
  atCrashPoints((point) => {
    points.push(point)
    dead ||= points.length === deadly
    // A dead process commits nothing more, whatever its code would still do.
    if (dead) throw new Error(`died at ${point}`)
  })
  try {
    await work()
  } catch (error) {
    if (!dead) throw error
  } finally {
    atCrashPoints(() => {})
  }
  return { points, dead }
}
