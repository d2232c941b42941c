/** The data folder of the embedded PostgreSQL: made once, whole or not at all, and recognized ever after. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from './errors.ts'
import {
  type DatabaseUser,
  databaseCanEnter,
  databaseUser,
  ignoring,
  makeFolders,
  temporaryRoot,
} from './postgres-folder.ts'
import { type PostgresProgram, postgresProgram } from './postgres-program.ts'

const run = promisify(execFile)
const majorVersion = '18'

/** Further settings of the server, as in postgresql.conf. */
export type ClusterSettings = Record<string, string>

export type Cluster = {
  folder: string
  socketFolder: string
  logFile: string
  user: DatabaseUser | null
  program: PostgresProgram
  settings: ClusterSettings
}

/** Finds the cluster in `dataFolder` or makes it there. Throws `StartError` when the folder cannot hold one. */
export async function openCluster(dataFolder: string, settings: ClusterSettings): Promise<Cluster> {
  const wanted = resolve(dataFolder)
  const user = await databaseUser(wanted)
  await prepareParent(wanted)
  const program = await postgresProgram(user, dirname(wanted))
  if (await isEmpty(wanted)) await initialize(wanted, user, program, settings)
  const folder = await realpath(wanted)
  await checkOwner(folder, user)
  await checkVersion(folder)
  const socketFolder = await socketFolderOf(folder, user)
  return { folder, socketFolder, logFile: join(folder, 'server.log'), user, program, settings }
}

async function prepareParent(dataFolder: string): Promise<void> {
  const parent = dirname(dataFolder)
  await makeFolders(parent).catch((error: Error) => {
    throw new StartError(
      `The data folder ${parent} cannot be made (${error.message}): set LINEKEEPER_DATA to a folder that can.`,
    )
  })
  if (!(await databaseCanEnter(parent)))
    throw new StartError(
      `As root the database runs as another user, who cannot enter ${parent}: set LINEKEEPER_DATA to a folder outside root's home, such as /var/lib/linekeeper.`,
    )
}

async function isEmpty(folder: string): Promise<boolean> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new StartError(
      `The data folder ${folder} cannot be read (${error.code}): set LINEKEEPER_DATA to a folder of yours.`,
    )
  })
  return files.length === 0
}

/** Made beside its place and moved there when it is complete, so that a killed first start leaves no half of a cluster. */
async function initialize(
  folder: string,
  user: DatabaseUser | null,
  program: PostgresProgram,
  settings: ClusterSettings,
) {
  const making = await mkdtemp(`${folder}.making-`).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(
      `The data folder ${dirname(folder)} cannot be written (${error.code}): set LINEKEEPER_DATA to a folder that can.`,
    )
  })
  try {
    if (user) await chown(making, user.uid, user.gid)
    // Text sorts by code point, as `collate "C"` everywhere else, but letters of every language have upper and lower case.
    const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '-E', 'UTF8']
    // The socket's folder lets in its owner only, so whoever gets there is trusted. There is no other way in.
    const access = ['-U', 'postgres', '--auth-local=trust', '--auth-host=reject']
    const sync = settings.fsync === 'off' ? ['--no-sync'] : []
    await run(program.initdb, ['-D', making, '--data-checksums', ...locale, ...access, ...sync], {
      cwd: '/',
      env: serverEnvironment,
      ...user,
    })
    await rename(making, folder).catch(ignoring('ENOTEMPTY')) // Another process was faster; its cluster is as good.
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new StartError(
      `The database could not be made in ${folder}: ${(stderr || message).trim().split('\n').at(-1)}.`,
    )
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

export const serverEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** A backup put back by root belongs to root; somebody else's folder is not ours to take. */
async function checkOwner(folder: string, user: DatabaseUser | null): Promise<void> {
  const { uid } = await stat(folder)
  if (uid === (user?.uid ?? process.getuid?.())) return
  if (user === null)
    throw new StartError(
      `The data folder ${folder} belongs to another user: start Linekeeper as that user, or set LINEKEEPER_DATA.`,
    )
  await run('chown', ['-hR', `${user.uid}:${user.gid}`, folder])
  await chmod(folder, 0o700)
}

async function checkVersion(folder: string): Promise<void> {
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version === null)
    throw new StartError(
      `${folder} holds files, but no database: set LINEKEEPER_DATA to an empty folder, or put the backup back whole.`,
    )
  if (version.trim() !== majorVersion)
    throw new StartError(
      `The database in ${folder} was made by PostgreSQL ${version.trim()}, and this is ${majorVersion}: export it with the older Linekeeper and restore it with this one.`,
    )
}

/** The data folder itself, which is closed to others. A socket's path may have about 100 bytes; a longer one goes to temp. */
async function socketFolderOf(folder: string, user: DatabaseUser | null): Promise<string> {
  if (Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= 100) return folder
  const short = join(
    await temporaryRoot(),
    `linekeeper-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`,
  )
  await mkdir(short, { mode: 0o700 }).catch(ignoring('EEXIST'))
  const found = await lstat(short)
  const mine = process.getuid?.()
  if (user && found.isDirectory() && found.uid === mine) await chown(short, user.uid, user.gid)
  else if (!found.isDirectory() || found.uid !== (user?.uid ?? mine))
    throw new StartError(
      `${short} belongs to somebody else: remove it, or set LINEKEEPER_DATA to a folder with a shorter path.`,
    )
  return short
}
