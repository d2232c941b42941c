/**
 * A process that lives worlds and the servers of its connections only ever take turns: each waits while the other works. On one core they
 * hand over to each other; on two, each word wakes up the other core, and caches follow. So each process has a core, where there is one
 * for each and no more; without `taskset` (not on Linux) the system decides as ever.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const variable = 'LINEKEEPER_SIMULATE_CORE'

/** For the environment of process `index` of so many. */
export function coreOf(index: number, processes: number): Record<string, string> {
  const cores = allowed()
  const core = cores[index]
  // A server that is not ours has numbers of another machine.
  const given = process.env.LINEKEEPER_TEST_DATABASE_URL
  return given || core === undefined || cores.length !== processes ? {} : { [variable]: String(core) }
}

/** Keeps a process, with all its threads, on the core of this one. */
export function share(pid: number | undefined): void {
  const core = process.env[variable]
  if (core !== undefined && pid !== undefined)
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', core, String(pid)], { stdio: 'ignore' })
}

/** The cores that we may run on, like `0-1,4`. */
function allowed(): number[] {
  try {
    const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
  } catch {
    return []
  }
}
