/**
 * Who runs the embedded database, and where it may live. PostgreSQL refuses to run as root, so where we are root another
 * user runs it, and that user must be able to walk into the folders: root's home, for one, is closed to it.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from './errors.ts'

const run = promisify(execFile)

/** `null` wherever it is used means: we are not root, the database runs as ourselves. */
export type DatabaseUser = { uid: number; gid: number }

/** The user that runs the database of `dataFolder`: the one that already owns it, else `postgres`, else `nobody`. */
export async function databaseUser(dataFolder: string): Promise<DatabaseUser | null> {
  if (process.getuid?.() !== 0) return null
  const owner = await stat(dataFolder).catch(() => null)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const user = (await userNamed('postgres')) ?? (await userNamed('nobody'))
  if (user) return user
  throw new StartError(
    'PostgreSQL does not run as root and this machine has neither a user postgres nor nobody: start Linekeeper as an ordinary user, or set DATABASE_URL.',
  )
}

/** Whether the database could live in `folder`, which need not exist yet. Always true where we are not root. */
export async function databaseCanEnter(folder: string): Promise<boolean> {
  const user = await databaseUser(folder)
  return user === null || succeedsAs(user, 'cd -- "$1"', await nearestExisting(resolve(folder)))
}

/**
 * `wanted`, where the database can enter it; else a folder of ours under the system's temp that stays the same for the
 * same wish. For the demo and for tests: a real installation is told to choose another folder instead.
 */
export async function reachableFolder(wanted: string): Promise<string> {
  if (await databaseCanEnter(wanted)) return wanted
  const name = `linekeeper-${createHash('sha256').update(resolve(wanted)).digest('hex').slice(0, 12)}`
  return ownFolder(join(await temporaryRoot(), name))
}

/** The system's folder for temporary files, or `/tmp` where ours (`TMPDIR`) is closed to the database's user. */
export async function temporaryRoot(): Promise<string> {
  for (const root of [tmpdir(), '/tmp', '/var/tmp']) if (await databaseCanEnter(root)) return root
  throw new StartError('No temporary folder is open to the database: set TMPDIR, or LINEKEEPER_DATA, to one that is.')
}

/** Makes `folder` and what is missing above it; others may walk through but not look (0711), so that the database can. */
export async function makeFolders(folder: string): Promise<void> {
  const missing: string[] = []
  for (let each = folder; (await stat(each).catch(() => null)) === null; each = dirname(each)) missing.unshift(each)
  for (const each of missing) {
    await mkdir(each).catch(ignoring('EEXIST'))
    await chmod(each, 0o711) // A umask of 077 would shut the database out.
  }
}

/** A shell test, run as that user: asks the system itself, so access lists and security modules have their say. */
export async function succeedsAs(user: DatabaseUser, script: string, ...args: string[]): Promise<boolean> {
  return run('/bin/sh', ['-c', script, 'sh', ...args], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  )
}

export const ignoring = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error
}

/** In a temp folder everybody may write, so a folder that somebody else put under our name is refused, not used. */
async function ownFolder(folder: string): Promise<string> {
  await makeFolders(folder)
  const found = await lstat(folder)
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return folder
  throw new StartError(`${folder} belongs to somebody else: remove it, or set LINEKEEPER_DATA to a folder of yours.`)
}

async function userNamed(name: string): Promise<DatabaseUser | null> {
  const ask = async (what: string) => Number((await run('id', [what, name])).stdout)
  return Promise.all([ask('-u'), ask('-g')]).then(
    ([uid, gid]) => ({ uid, gid }),
    () => null,
  )
}

async function nearestExisting(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null)
  return found || folder === dirname(folder) ? folder : nearestExisting(dirname(folder))
}
