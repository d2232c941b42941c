/** Runs the real program as a person would: the binary, its output, its signals. Everything lives in a folder of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = join(import.meta.dirname, '../../bin/linekeeper.js')

export type Ended = { code: number | null; out: string; err: string }

/** Nothing of the caller's own settings reaches the program. */
const cleanEnvironment = (settings: Record<string, string>): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...settings,
})

export function start(args: readonly string[], settings: Record<string, string>) {
  const child = spawn(process.execPath, [binary, ...args], {
    env: cleanEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => (said.out += text))
  child.stderr.on('data', (text) => (said.err += text))
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
  return { child, said, ended }
}

export const run = (args: readonly string[], settings: Record<string, string> = {}): Promise<Ended> =>
  start(args, settings).ended

export type Ready = { url: string; kind: string; data: string } & Record<string, unknown>
export type Running = { child: ChildProcess; ready: Ready; ended: Promise<Ended> }

/** Resolves with the line that `--json` prints when it is ready; throws with what it said when it ended before. */
export async function startReady(args: readonly string[], settings: Record<string, string>): Promise<Running> {
  const { child, said, ended } = start([...args, '--json'], settings)
  const line = await Promise.race([
    new Promise<string>((resolve) => {
      const look = () => said.out.includes('\n') && resolve(said.out.slice(0, said.out.indexOf('\n')))
      child.stdout.on('data', look)
    }),
    ended.then(({ code, err }) => {
      throw new Error(`the program ended with ${code}: ${err}`)
    }),
  ])
  return { child, ready: JSON.parse(line) as Ready, ended }
}

/** Asks it to stop, as a supervisor does. */
export async function stop({ child, ended }: Pick<Running, 'child' | 'ended'>): Promise<Ended> {
  child.kill('SIGTERM')
  return ended
}

/** Open to the database's user, whoever runs the tests. */
export function dataFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'linekeeper-cli-'))
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) }
}
