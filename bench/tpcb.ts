/** The database's own limit: the transaction of pgbench (TPC-B like), through the same driver, on the same cluster, in the same run. */
import pg from 'pg'

const scale = 10

export async function prepareTpcb(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    create table if not exists bench_accounts (aid int primary key, bid int, abalance int) with (fillfactor = 90);
    create table if not exists bench_tellers (tid int primary key, bid int, tbalance int) with (fillfactor = 50);
    create table if not exists bench_branches (bid int primary key, bbalance int) with (fillfactor = 50);
    create table if not exists bench_history (tid int, bid int, aid int, delta int, mtime timestamptz);
    truncate bench_accounts, bench_tellers, bench_branches, bench_history;
    insert into bench_accounts select i, 1, 0 from generate_series(1, ${scale * 10_000}) i;
    insert into bench_tellers select i, 1, 0 from generate_series(1, ${scale * 10}) i;
    insert into bench_branches select i, 0 from generate_series(1, ${scale}) i;
    analyze bench_accounts`)
  await client.end()
}

/** Transactions per second over `milliseconds`, with `connections` pipelined connections. */
export async function runTpcb(url: string, milliseconds: number, connections = 16): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig)
      await client.connect()
      return client
    }),
  )
  let done = 0
  const started = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - started < milliseconds) {
        await one(client)
        done += 1
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  await Promise.all(clients.map((client) => client.end()))
  return done / seconds
}

const any = (most: number): number => 1 + Math.floor(Math.random() * most)

async function one(client: pg.Client): Promise<void> {
  const [aid, tid, bid, delta] = [any(scale * 10_000), any(scale * 10), any(scale), any(10_000) - 5_000]
  await Promise.all([
    client.query('begin'),
    client.query({
      name: 'a',
      text: 'update bench_accounts set abalance = abalance + $1 where aid = $2',
      values: [delta, aid],
    }),
    client.query({ name: 'b', text: 'select abalance from bench_accounts where aid = $1', values: [aid] }),
    client.query({
      name: 'c',
      text: 'update bench_tellers set tbalance = tbalance + $1 where tid = $2',
      values: [delta, tid],
    }),
    client.query({
      name: 'd',
      text: 'update bench_branches set bbalance = bbalance + $1 where bid = $2',
      values: [delta, bid],
    }),
    client.query({
      name: 'e',
      text: 'insert into bench_history values ($1, $2, $3, $4, now())',
      values: [tid, bid, aid, delta],
    }),
    client.query('commit'),
  ])
}
