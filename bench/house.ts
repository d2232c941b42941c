/** A house as people run it: `linekeeper serve` in a process of its own, asked over HTTP. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Answer = { status: number; text: string; headers: IncomingHttpHeaders; ms: number }

export type RunningHouse = {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  stop(): Promise<void>
}

const program = join(import.meta.dirname, '../bin/linekeeper.js')

export async function startHouseProcess(
  databaseUrl: string,
  masterKey: Uint8Array,
  role: 'all' | 'web' = 'all',
): Promise<RunningHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'linekeeper-house-'))
  const child = spawn(process.execPath, ['--max-semi-space-size=32', program, 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      LINEKEEPER_SECRET_KEY: Buffer.from(masterKey).toString('base64'),
      LINEKEEPER_DATA: folder,
      LINEKEEPER_ROLE: role,
      LINEKEEPER_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8',
      HOST: '127.0.0.1',
      PORT: '0',
      TRUST_PROXY: '1',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((ready, failed) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const end = said.indexOf('\n')
      if (end > 0) ready((JSON.parse(said.slice(0, end)) as { url: string }).url)
    })
    void ended.then(() => failed(new Error('the house ended before it was ready')))
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    get: (path, headers = {}) => get(new URL(path, url), headers, agent),
    async stop() {
      agent.destroy()
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function get(url: URL, headers: Record<string, string>, agent: Agent): Promise<Answer> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    request(url, { headers, agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers, ms: performance.now() - began }),
      )
    })
      .on('error', reject)
      .end()
  })
}
