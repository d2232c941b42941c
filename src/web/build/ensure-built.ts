import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '#platform/clock.ts'
import { StartError } from '#platform/errors.ts'

const project = join(import.meta.dirname, '../../..')
export const buildFolder = join(project, 'build')

/** Everything a build depends on; rules of rooms may be in the browser's bundle. */
const sources = ['src/web', 'src/modules', 'src/platform/money.ts', 'src/platform/errors.ts']
const settings = ['package-lock.json', 'vite.config.ts', 'react-router.config.ts', 'tsconfig.json']

/**
 * Builds the web when `build/` is absent or made from other sources, and does nothing otherwise. One process builds, others
 * that start beside it wait for it. `say` gets one line when there is something to build. Throws StartError with the
 * builder's own words.
 */
export async function ensureBuilt(say: (line: string) => void = (line) => console.log(line)): Promise<void> {
  const wanted = await fingerprint()
  if ((await stamp()) === wanted) return
  await mkdir(buildFolder, { recursive: true })
  const release = await lock()
  try {
    if ((await stamp()) === wanted) return
    say('Building the web pages (once after each change, about 10 s) ...')
    await rm(join(buildFolder, 'stamp'), { force: true })
    await run()
    await writeFile(join(buildFolder, 'stamp'), wanted)
  } finally {
    await release()
  }
}

/** Content, not times: a checkout or a copy changes the times of files that stay the same. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const path of [...settings, ...(await Promise.all(sources.map(filesIn))).flat()]) {
    hash.update(path).update(await readFile(join(project, path)).catch(() => ''))
  }
  return hash.digest('hex')
}

async function filesIn(path: string): Promise<string[]> {
  if (/\.\w+$/.test(path)) return [path]
  const files = await readdir(join(project, path), { recursive: true }).catch(() => [])
  const rules = /(^|\/)rules(\.ts$|\/)/
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|tsx|css|svg|woff2)$/.test(file) && !/\.test\.tsx?$/.test(file))
    .filter((file) => path !== 'src/modules' || rules.test(file))
    .map((file) => `${path}/${file}`)
    .sort()
}

const stamp = (): Promise<string> => readFile(join(buildFolder, 'stamp'), 'utf8').catch(() => '')

/** A lock file with the builder's process id; that of a dead process is taken over. */
async function lock(): Promise<() => Promise<void>> {
  // Outside the folder that the builder empties.
  const folder = join(project, 'node_modules/.cache')
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'linekeeper-build.lock')
  for (;;) {
    const file = await open(path, 'wx').catch(() => null)
    if (file) {
      await file.writeFile(String(process.pid))
      await file.close()
      return () => rm(path, { force: true })
    }
    if (await isAbandoned(path)) await rm(path, { force: true })
    else await wait(100)
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  // Between its creation and the writing of the id a lock is empty.
  if (!pid)
    return stat(path).then(
      ({ mtimeMs }) => systemClock.now().epochMilliseconds - mtimeMs > 2_000,
      () => false,
    )
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function run(): Promise<void> {
  const builder = join(project, 'node_modules/@react-router/dev/bin.cjs')
  const child = spawn(process.execPath, [builder, 'build'], {
    cwd: project,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new StartError(`The web pages could not be built:\n${output.trim().slice(-4_000)}`)
}
