/**
 * Everything that is checked, in one command. Ends with `N passed, N failed` alone on a line; a check of `npm run check` counts
 * as one, so does each test. A test that did not run (skipped, or in a file that does not load) counts as failed. Up to three files that failed are
 * run once more.
 * Arguments go to Vitest and leave the checks out: `npm test -- src/platform`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { ensureBuilt } from '../../src/web/build/ensure-built.ts'
import { ensureChromium } from './chromium.ts'
import { type Counts, countTests, doubtful, withSecondTry } from './count-tests.ts'

const root = join(import.meta.dirname, '..', '..')
const tools = join(root, 'node_modules', '.bin')
const environment = {
  ...process.env,
  // npm and the tools start `node` by name; it has to be this one.
  PATH: [dirname(process.execPath), tools, process.env.PATH].join(delimiter),
}
const simulator = join(root, 'test', 'simulate', 'main.ts')
const only = process.argv.slice(2)

heading('pages')
await ensureBuilt()

const total = (only.length === 0 ? [browser(), ...checks(), tests(), await simulation()] : [tests()]).reduce(
  (a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
  }),
)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

function browser(): Counts {
  heading('browser')
  try {
    const { path, from } = ensureChromium(console.log)
    console.log(`${path} (from ${from})`)
    return { passed: 0, failed: 0 }
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error))
    return { passed: 0, failed: 1 }
  }
}

/** The parts of `npm run check`, one by one, so that a fault in one does not hide those of the next. */
function checks(): Counts[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  return Object.keys(scripts)
    .filter((name) => name.startsWith('check:'))
    .map((name) => (run(name, 'npm', ['run', '-s', name]) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }))
}

/** What failed is run once more by itself; what passes then is told, for somebody to look at (decision 99). */
function tests(): Counts {
  const first = vitest('tests', only)
  const again = only.length === 0 && !first.succeeded ? doubtful(first.report) : []
  if (again.length === 0) return countTests(first.report, first.succeeded)
  const second = vitest('what failed, once more', again)
  if (second.succeeded)
    console.log(`passed at the second try only: ${again.map((path) => relative(root, path)).join(', ')}`)
  return countTests(withSecondTry(first.report, second.report), second.succeeded)
}

function vitest(name: string, which: readonly string[]): { report: unknown; succeeded: boolean } {
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-results-'))
  const report = join(folder, 'vitest.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const succeeded = run(name, join(tools, 'vitest'), ['run', ...reporters, ...which])
    return { report: readReport(report), succeeded }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** After the tests, so that they have the machine to themselves: shops that were lived before, on a slow machine fewer of them, and beside them one that is large. */
async function simulation(): Promise<Counts> {
  const large = spawn(process.execPath, [simulator, '--big', '--processes', '1'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(large, 'close')
  const small = run('simulation', process.execPath, [simulator, '--seeds', '200', '--minutes', '16', '--least', '24'])
  heading('simulation of one shop of 5,000')
  large.stdout.pipe(process.stdout, { end: false })
  const [status] = await ended
  console.log(status === 0 ? 'ok' : 'failed: simulation of one shop of 5,000')
  const passed = Number(small) + Number(status === 0)
  return { passed, failed: 2 - passed }
}

/** Null when Vitest did not get far enough to write one. */
function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

function run(name: string, command: string, args: string[]): boolean {
  heading(name)
  const { status } = spawnSync(command, args, { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] })
  console.log(status === 0 ? 'ok' : `failed: ${name}`)
  return status === 0
}

function heading(text: string): void {
  console.log(`\n== ${text}`)
}
