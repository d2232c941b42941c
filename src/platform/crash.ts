/**
 * Named points at which a test may kill the process for real. Every commit and every remote call registers two, so that the
 * crash test can walk all of them and finds the ones nobody ever crashed at. Dead code unless LINEKEEPER_CRASH_AT is set.
 */

const target = process.env.LINEKEEPER_CRASH_AT?.split('#')

const seen = new Map<string, number>()

let listener: ((name: string) => void) | null = null

/** The simulation dies at points too, but thousands of times in one process: its listener throws. */
export const atCrashPoints = (listen: (name: string) => void): void => {
  listener = listen
}

/** `LINEKEEPER_CRASH_AT=confirm-payment:before-commit#2` kills the process the second time it comes by. */
export function crashPoint(name: string): void {
  listener?.(name)
  if (target === undefined) return
  const count = (seen.get(name) ?? 0) + 1
  seen.set(name, count)
  if (count === 1) process.stderr.write(`crash-point ${name}\n`)
  if (target[0] === name && count === Number(target[1] ?? 1)) process.kill(process.pid, 'SIGKILL')
}
