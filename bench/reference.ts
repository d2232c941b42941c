/**
 * The reference path: the least code that does the steps of the main job. A signed notice is stored, the gateway is asked, payment,
 * invoice and subscription move in one transaction, a line is made and read back on the panel, the login is mailed. One SQL call per
 * step over plain pipelined `pg`, nodemailer, the same commits; no tenancy, no ledger, no templates, no retries.
 */
import { createHmac } from 'node:crypto'
import { Agent, createServer, request, type Server } from 'node:http'
import { createTransport, type Transporter } from 'nodemailer'
import pg from 'pg'
import { usualConcurrency } from '#platform/worker.ts'
import type { Sinks } from './world.ts'

const schema = `
  drop table if exists ref_events, ref_payments, ref_invoices, ref_subscriptions, ref_lines, ref_mails;
  create table ref_events (id text primary key, body text not null, at timestamptz not null default now());
  create table ref_payments (id text primary key, invoice_id text not null, remote text not null unique, status text not null);
  create table ref_invoices (id text primary key, subscription_id text not null, status text not null, number bigint generated always as identity);
  create table ref_subscriptions (id text primary key, email text not null, status text not null, paid_through timestamptz);
  create table ref_lines (id text primary key, subscription_id text not null unique, username text not null unique, password text not null, remote text, state text not null);
  create table ref_mails (id text primary key, line_id text not null unique, status text not null);`

export type Reference = {
  url: string
  add(orders: { id: string; remote: string }[]): Promise<void>
  close(): Promise<void>
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 })

export async function startReference(databaseUrl: string, sinks: Sinks, secret: string): Promise<Reference> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 20, pipeline: true } as pg.PoolConfig)
  pool.on('error', () => {}) // The database may stop while a connection that was let go takes its leave.
  await pool.query(schema)
  const mailer = createTransport({
    host: '127.0.0.1',
    port: sinks.smtpPort,
    secure: false,
    ignoreTLS: true,
    pool: true,
    maxConnections: 5,
    maxMessages: Infinity,
  })
  const { queue, idle } = limited(usualConcurrency)
  const server: Server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      if (!signed(body, String(req.headers['sandbox-signature']), secret)) return void res.writeHead(400).end()
      const event = JSON.parse(body) as { id: string; data: { id: string; reference: string } }
      pool
        .query({
          name: 'event',
          text: 'insert into ref_events (id, body) values ($1, $2) on conflict do nothing',
          values: [event.id, body],
        })
        .then(
          () => {
            res.writeHead(200).end()
            queue(() => fulfil(pool, mailer, sinks, event.data))
          },
          () => res.writeHead(503).end(),
        )
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    async add(orders) {
      const ids = orders.map(({ id }) => id)
      await pool.query(
        `insert into ref_subscriptions select i, i || '@example.net', 'pending' from unnest($1::text[]) i`,
        [ids],
      )
      await pool.query(
        `insert into ref_invoices (id, subscription_id, status) select i, i, 'open' from unnest($1::text[]) i`,
        [ids],
      )
      await pool.query(`insert into ref_payments select i, i, r, 'open' from unnest($1::text[], $2::text[]) x (i, r)`, [
        ids,
        orders.map(({ remote }) => remote),
      ])
    },
    async close() {
      server.close()
      await idle() // The last mail is counted before it is noted as sent.
      mailer.close()
      await pool.end()
    },
  }
}

function signed(body: string, header: string, secret: string): boolean {
  const [, time, mark] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(header) ?? []
  return createHmac('sha256', secret).update(`${time}.${body}`).digest('hex') === mark
}

async function fulfil(
  pool: pg.Pool,
  mailer: Transporter,
  sinks: Sinks,
  data: { id: string; reference: string },
): Promise<void> {
  const paid = JSON.parse(
    await http('GET', `${sinks.gateway}/v1/payments/${data.id}`, { authorization: 'Bearer sandbox_key' }),
  ) as { status: string; reference: string }
  if (paid.status !== 'paid') return
  const id = data.reference
  const username = `ref${id.slice(-10).toLowerCase()}`
  const until = new Date(Date.now() + 31 * 86_400_000).toISOString()
  const client = await pool.connect()
  await Promise.all([
    client.query('begin'),
    client.query({
      name: 'p',
      text: `update ref_payments set status = 'paid' where id = $1 and status = 'open'`,
      values: [id],
    }),
    client.query({ name: 'i', text: `update ref_invoices set status = 'paid' where id = $1`, values: [id] }),
    client.query({
      name: 's',
      text: `update ref_subscriptions set status = 'active', paid_through = $2 where id = $1`,
      values: [id, until],
    }),
    client.query({
      name: 'l',
      text: `insert into ref_lines values ($1, $1, $2, 'k7mwp3xqab', null, 'wanted')`,
      values: [id, username],
    }),
    client.query('commit'),
  ])
  client.release()
  const key = { api_key: '0123456789abcdef0123456789abcdef' }
  const search = await panel(sinks, { ...key, action: 'get_lines', 'search[value]': username })
  if ((search.data as unknown[]).length > 0) return
  const made = await panel(sinks, {
    ...key,
    action: 'create_line',
    username,
    password: 'k7mwp3xqab',
    exp_date: until,
    max_connections: '1',
    bouquets_selected: '[1,2,3]',
    'access_output[]': '1',
    reseller_notes: `ref:${id}`,
  })
  const remote = String((made.data as { id: number }).id)
  await pool.query({
    name: 'm',
    text: `with line as (update ref_lines set remote = $2, state = 'active' where id = $1 returning id) insert into ref_mails select id, id, 'queued' from line`,
    values: [id, remote],
  })
  await mailer.sendMail({
    from: 'tv@shop.example',
    to: `${id}@example.net`,
    subject: 'Your TV login',
    headers: { 'X-Bench': 'login' },
    text: `User name ${username}\nPassword k7mwp3xqab\nhttp://tv.example/get.php?username=${username}&password=k7mwp3xqab`,
    html: `<p>User name ${username}</p><p>Password k7mwp3xqab</p>`,
  })
  await pool.query({ name: 'd', text: `update ref_mails set status = 'sent' where id = $1`, values: [id] })
}

const panel = async (sinks: Sinks, fields: Record<string, string>): Promise<{ data: unknown }> =>
  JSON.parse(
    await http(
      'POST',
      `${sinks.panel}/k3Fa9xQp/`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams(fields).toString(),
    ),
  ) as { data: unknown }

function http(method: string, url: string, headers: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
        agent,
      },
      (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        res.on('end', () => resolve(text))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** At most `most` at once; the rest waits in order. `idle`: when nothing is left. */
function limited(most: number): { queue(work: () => Promise<void>): void; idle(): Promise<void> } {
  const waiting: (() => Promise<void>)[] = []
  let running = 0
  let left = Promise.withResolvers<void>()
  left.resolve()
  const next = () => {
    const work = running < most ? waiting.shift() : undefined
    if (work === undefined) return
    running += 1
    work()
      .catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
      .finally(() => {
        running -= 1
        if (running === 0 && waiting.length === 0) left.resolve()
        next()
      })
  }
  return {
    queue(work) {
      if (running === 0 && waiting.length === 0) left = Promise.withResolvers<void>()
      waiting.push(work)
      next()
    },
    idle: () => left.promise,
  }
}
