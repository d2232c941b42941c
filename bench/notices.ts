/**
 * `notices`: signed notices of a gateway, 500 a second whatever the answers take, by a process that only takes them (`LINEKEEPER_ROLE=web`).
 * Beside it, in turn, the machine's own limit: a bare server that checks the same signature and keeps the body once. Then both as fast as they can.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Agent, createServer, request } from 'node:http'
import pg from 'pg'
import { type Figure, median, quantile } from './figure.ts'
import { notice, noticeSecret, startBench } from './world.ts'

const perSecond = 500
const allowedMs = 50
const lanes = 32
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

export async function notices(quick: boolean): Promise<Figure[]> {
  const [runs, seconds] = quick ? [2, 3] : [5, 6]
  const bench = await startBench({ working: false })
  const bare = await startBare(bench.databaseUrl)
  const taken = { ours: [] as number[], bare: [] as number[], most: [] as number[], bareMost: [] as number[] }
  try {
    for (const url of [bench.noticeUrl, bare.url]) await paced(url, 1) // Connections, statements and code are warm.
    for (let run = 0; run < runs; run++) {
      taken.ours.push(quantile(await paced(bench.noticeUrl, seconds), 0.99))
      taken.bare.push(quantile(await paced(bare.url, seconds), 0.99))
      taken.most.push(await saturated(bench.noticeUrl, seconds))
      taken.bareMost.push(await saturated(bare.url, seconds))
    }
    const { rows } = await bench.app.db.pool.query<{ n: number }>('select count(*)::int as n from notice_keys')
    if (rows[0]?.n !== sent.get(bench.noticeUrl))
      throw new Error(`${rows[0]?.n} of ${sent.get(bench.noticeUrl)} notices were kept`)
    const p99 = median(taken.ours)
    return [
      {
        figure: 'notices',
        value: p99,
        unit: 'ms, 99th of 100',
        beside: {
          per_second: perSecond,
          reference_p99_ms: median(taken.bare),
          most_per_second: median(taken.most),
          reference_most_per_second: median(taken.bareMost),
        },
        ratio: p99 / allowedMs,
        target: 1,
        met: p99 <= allowedMs,
        runs,
      },
    ]
  } finally {
    await bare.close()
    await bench.close()
  }
}

/** How many went to each address. */
const sent = new Map<string, number>()
let made = 0

/** Answers how long it took, in milliseconds. */
function send(url: string): Promise<number> {
  const id = `notice${++made}`
  const { body, headers } = notice({ id: `pay_${id}`, remote: `sbx_${id}` })
  sent.set(url, (sent.get(url) ?? 0) + 1)
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume()
      answer.on('end', () =>
        answer.statusCode === 200
          ? resolve(performance.now() - began)
          : reject(new Error(`answered ${answer.statusCode}`)),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Each is sent when its time has come, also while those before wait for their answers. */
async function paced(url: string, seconds: number): Promise<number[]> {
  const answers: Promise<number>[] = []
  const began = performance.now()
  while (answers.length < seconds * perSecond) {
    const due = Math.min(seconds * perSecond, Math.floor(((performance.now() - began) / 1_000) * perSecond))
    while (answers.length < due) answers.push(send(url))
    await new Promise((next) => setTimeout(next, 1))
  }
  return Promise.all(answers)
}

/** Notices a second, with so many under way at once. */
async function saturated(url: string, seconds: number): Promise<number> {
  let done = 0
  const began = performance.now()
  const lane = async () => {
    while (performance.now() - began < seconds * 1_000) {
      await send(url)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return done / ((performance.now() - began) / 1_000)
}

async function startBare(databaseUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10, pipeline: true } as pg.PoolConfig)
  pool.on('error', () => {}) // The database may stop while a connection that was let go takes its leave.
  await pool.query(
    'create table bare_notices (id text primary key, body text not null, at timestamptz not null default now())',
  )
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const [, time, mark = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(req.headers['sandbox-signature'])) ?? []
      const right = createHmac('sha256', noticeSecret).update(`${time}.${body}`).digest()
      if (!timingSafeEqual(right, Buffer.from(mark.padEnd(64, '0'), 'hex'))) return void res.writeHead(400).end()
      const { id } = JSON.parse(body) as { id: string }
      pool
        .query({
          name: 'keep',
          text: 'insert into bare_notices (id, body) values ($1, $2) on conflict do nothing',
          values: [id, body],
        })
        .then(
          () => res.writeHead(200).end(),
          () => res.writeHead(503).end(),
        )
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.close()
      await pool.end()
    },
  }
}
