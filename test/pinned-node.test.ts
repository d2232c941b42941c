import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The machine's own Node, which may be older than ours; where it has none, ours plays both parts. */
const machineNode =
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => existsSync(path)) ?? process.execPath

let folder: string
let starter: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linekeeper-pinned-'))
  const program = join(folder, 'program.ts')
  starter = join(folder, 'starter.mjs')
  await writeFile(
    program,
    `const [code]: string[] = process.argv.slice(2)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(signal.length))
    console.log(process.version, process.pid, ...process.argv.slice(2))
    if (code !== 'wait') process.exit(Number(code))
    setInterval(() => {}, 1000)`,
  )
  await writeFile(
    starter,
    `import { runOnPinnedNode } from ${JSON.stringify(join(root, 'bin/pinned-node.js'))}
    await runOnPinnedNode(${JSON.stringify(relative(root, program))})`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

/** Starts the waiting program; tells its process id. */
async function waiting(): Promise<{ starting: ChildProcess; pid: number }> {
  const starting = spawn(machineNode, [starter, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(starting.stdout as NonNullable<typeof starting.stdout>, 'data')
  return { starting, pid: Number(String(line).split(' ')[1]) }
}

it('runs on Node 26 whatever Node it was called with, with its arguments and exit code', () => {
  const { stdout, status } = spawnSync(machineNode, [starter, '7', 'two words'], { encoding: 'utf8' })
  expect(stdout).toMatch(/^v26\.\d+\.\d+ \d+ 7 two words\n$/)
  expect(status).toBe(7)
})

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes on %s and ends as the program ends', async (signal) => {
  const { starting } = await waiting()
  starting.kill(signal)
  expect(await once(starting, 'exit')).toEqual([signal.length, null])
})

it('leaves nothing behind when it is killed', async () => {
  const { starting, pid } = await waiting()
  starting.kill('SIGKILL')
  await once(starting, 'exit')
  for (let tries = 0; isAlive(pid) && tries < 100; tries++) await sleep(50)
  expect(isAlive(pid)).toBe(false)
})

/** Killed is killed, even where nobody has collected the zombie yet. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
