/** The server process of a cluster: started apart from us, told from a stranger that happens to have its old number. */
import { spawn } from 'node:child_process'
import { open, readFile, readlink, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cluster, type ClusterSettings, serverEnvironment } from './postgres-cluster.ts'

/** For a small machine (two cores, a gigabyte or two). Who needs more has a PostgreSQL of his own and sets DATABASE_URL. */
const settings: ClusterSettings = {
  listen_addresses: '',
  port: '5432', // Names the socket file only.
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  random_page_cost: '1.1', // Solid state is what there is today.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log', // Starts, recoveries and crashes; never a statement with somebody's data in it.
  log_checkpoints: 'off',
}

/** Why a server ended before it was ready. `passing`: what a killed predecessor left behind, gone in a moment. */
export type StartFailure = { reason: string; passing: boolean }

/** Starts the server in a process group of its own, so that Ctrl-C reaches only us. It does not keep us from ending. */
export async function launch(cluster: Cluster): Promise<{ failure(): StartFailure | null }> {
  await rotate(cluster.logFile)
  const log = await open(cluster.logFile, 'a', 0o600)
  const { size } = await log.stat()
  const wanted = {
    ...settings,
    unix_socket_directories: `"${cluster.socketFolder.replaceAll('"', '""')}"`,
    ...cluster.settings,
  }
  const options = Object.entries(wanted).flatMap(([name, value]) => ['-c', `${name}=${value}`])

  // Nobody alive has the lock file's number (see `livingPostmaster`), but a stranger may have got it since, and PostgreSQL
  // would refuse. It ignores its own grandparent's number; that it still looks at the shared memory is what keeps this safe.
  const stale = await lockedBy(cluster.folder)
  const environment = stale === null ? serverEnvironment : { ...serverEnvironment, PG_GRANDPARENT_PID: String(stale) }
  const child = spawn(cluster.program.postgres, ['-D', cluster.folder, ...options], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: environment,
    ...cluster.user,
  })
  child.unref()

  let failure: StartFailure | null = null
  child.once('error', (error) => {
    failure = { reason: error.message, passing: false }
  })
  child.once('exit', () => {
    readFile(cluster.logFile)
      .then((text) => explain(text.subarray(size).toString('utf8')))
      .catch(() => ({ reason: 'its log cannot be read', passing: false }))
      .then((found) => {
        failure = found
      })
  })
  await log.close()
  return { failure: () => failure }
}

/** The number of the cluster's living server, or null. A zombie is dead, and a stranger with its number is not it. */
export async function livingPostmaster(folder: string): Promise<number | null> {
  const pid = await lockedBy(folder)
  return pid !== null && (await isPostmaster(pid, folder)) ? pid : null
}

async function lockedBy(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 0 ? pid : null
}

async function isPostmaster(pid: number, folder: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // A server works in its data folder. What we may not look at runs as another user, so it is not ours.
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')
    const state = status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3)
    return state !== 'Z' && state !== 'X' && (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === folder
  }
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function explain(text: string): StartFailure {
  const fatal = [...text.matchAll(/(?:FATAL|PANIC): {2}(.+)/g)].at(-1)?.[1]
  const reason = fatal ?? text.trim().split('\n').at(-1) ?? ''
  return {
    reason: reason || 'it ended without a word',
    passing: /lock file|pre-existing shared memory block/.test(reason),
  }
}

/** One old log is kept; ten megabytes are years of starts. */
async function rotate(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => null)
  if (found && found.size > 10_000_000) await rename(logFile, `${logFile}.1`)
}
