/**
 * `bank-entries`: a CSV of 50,000 entries is read, kept and looked through, none of which can be told. Beside it: the same rows copied
 * by one plain statement.
 */
import { transaction } from '#app.ts'
import { importStatement } from '#modules/billing/bank/import-statement.ts'
import { matchEntries } from '#modules/billing/bank/match-entries.ts'
import { saveGateway } from '#modules/billing/gateways.ts'
import { type Figure, median } from './figure.ts'
import { startBench } from './world.ts'

const entries = 50_000
const allowedSeconds = 20

export async function bank(quick: boolean): Promise<Figure[]> {
  const bench = await startBench()
  const runs = quick ? 1 : 3
  const taken: number[] = []
  const plain: number[] = []
  try {
    const gatewayAccountId = await transaction(bench.shop, 'bench', (tx) =>
      saveGateway(tx, bench.shop, {
        name: 'Bank',
        kind: 'bank_transfer',
        settings: { account_holder: 'Bench', iban: 'DE89370400440532013000' },
        active: true,
        position: 1,
      }),
    )
    const { pool } = bench.app.db
    for (let run = 0; run < runs; run++) {
      const rows = Array.from({ length: entries }, (_, n) => `2026-03-02,Payer ${n},run ${run} note ${n},${n % 90}.99`)
      const content = ['Date,Name,Reference,Amount', ...rows].join('\n')
      const began = performance.now()
      const importId = await importStatement(bench.shop, { gatewayAccountId, fileName: 'many.csv', content })
      await matchEntries(bench.shop, importId)
      taken.push((performance.now() - began) / 1_000)
      const { rows: left } = await pool.query(
        `select count(*)::int as n from bank_entries where import_id = $1 and status = 'waiting'`,
        [importId],
      )
      if (left[0].n !== entries) throw new Error(`${left[0].n} entries wait`)
      const client = await pool.connect()
      await client.query('create temp table copied (like bank_entries including all)')
      const copying = performance.now()
      await client.query('insert into copied select * from bank_entries where import_id = $1', [importId])
      plain.push((performance.now() - copying) / 1_000)
      await client.query('drop table copied')
      client.release()
    }
    const [value, reference] = [median(taken), median(plain)]
    return [
      {
        figure: 'bank-entries',
        value: entries / value,
        unit: 'entries/s',
        beside: { seconds: value, reference },
        ratio: value / allowedSeconds,
        target: 1,
        met: value <= allowedSeconds,
        runs,
      },
    ]
  } finally {
    await bench.close()
  }
}
