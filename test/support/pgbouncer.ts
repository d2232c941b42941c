/** A real PgBouncer in transaction mode before a test's database. Installed from Debian's package where the user is root. */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type PgBouncer = { url: string; stop(): Promise<void> }

const program = '/usr/sbin/pgbouncer'

/** Says what it did; throws a sentence where it can do nothing. */
export function ensurePgBouncer(say: (text: string) => void): void {
  if (existsSync(program)) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error('PgBouncer is missing: please install Debian’s package pgbouncer.')
  say('Installing Debian’s pgbouncer')
  execFileSync('apt-get', ['update'], { stdio: 'ignore' })
  execFileSync('apt-get', ['install', '-y', 'pgbouncer'], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** Few server connections on purpose: every transaction may land on another one, so that state of a session would show. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const target = new URL(databaseUrl)
  const socketFolder = target.searchParams.get('host') ?? target.hostname
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  chmodSync(folder, 0o777)
  const port = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  const users = join(folder, 'users')
  writeFileSync(users, `"${target.username}" ""\n`)
  writeFileSync(
    config,
    `[databases]
* = host=${socketFolder} port=${target.port || '5432'}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
logfile = ${join(folder, 'log')}
`,
  )
  // It refuses to run as root, and must enter the socket's folder: it runs as that folder's owner.
  const owner = socketFolder.startsWith('/') ? statSync(socketFolder).uid : 0
  const name = execFileSync('id', ['-un', String(owner)], { encoding: 'utf8' }).trim()
  const user = process.getuid?.() === 0 ? ['-u', name === 'root' ? 'nobody' : name] : []
  const child = spawn(program, ['-q', ...user, config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  await listening(
    port,
    () => complaint,
    () => child.exitCode,
  )
  const url = new URL(`postgres://${target.username}@127.0.0.1:${port}${target.pathname}`)
  return {
    url: url.href,
    async stop() {
      child.kill('SIGTERM')
      await new Promise((done) => child.once('exit', done))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number, complaint: () => string, ended: () => number | null): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (ended() !== null) break
    const open = await new Promise<boolean>((answer) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        answer(true)
      })
      socket.once('error', () => answer(false))
    })
    if (open) return
    await sleep(50)
  }
  throw new Error(`PgBouncer does not start: ${complaint()}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
