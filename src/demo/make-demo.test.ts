import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { prove } from '#modules/invariants.ts'
import { systemClock } from '#platform/clock.ts'
import { readConfig } from '#platform/config.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { silentLog } from '#platform/log.ts'
import { testDatabase } from '../../test/support/database.ts'
import { dataFolder } from '../cli/program.test-support.ts'
import { newMachines } from './machines.ts'
import { makeDemo } from './make-demo.ts'

const folder = dataFolder()
afterAll(() => folder.remove())

test('a past made by the engine itself: all kinds of customers, everything proved, nothing left in the queue', async () => {
  const database = await testDatabase()
  const db = openDatabase({ url: database.url, log: silentLog })
  try {
    const { admin, catalog } = await makeDemo({
      config: readConfig({}),
      log: silentLog,
      masterKey: randomBytes(32),
      databaseUrl: database.url,
      place: { folder: folder.path, publicUrl: 'http://localhost:3000', localUrl: 'http://127.0.0.1:3000' },
      machines: await newMachines(3000),
      customers: 24,
      progress: () => {},
    })
    expect(admin.email).toBe('admin@northwind.example')
    expect(Object.keys(catalog.plans)).toHaveLength(6)

    const count = async (text: string) =>
      (await db.pool.query<{ n: number }>(`select count(*)::int as n from ${text}`)).rows[0]?.n
    expect(await count('customers')).toBeGreaterThan(24)
    for (const type of [
      'subscription.renewed',
      'panel.down',
      'panel.up',
      'order.delayed',
      'line.refused',
      'message.failed',
      'dispute.lost',
      'dispute.evidence_sent',
      'reseller.joined',
      'credits.bought',
    ])
      expect({ type, some: ((await count(`events where type = '${type}'`)) ?? 0) > 0 }).toEqual({ type, some: true })
    // Somebody on the panel had the name that was asked for: the next one was taken.
    expect(await count('lines where requested_username <> username')).toBeGreaterThan(0)
    expect(await count(`attention where closed_at is null`)).toBeGreaterThan(1)
    expect(await count(`events where at > now()`)).toBe(0)
    expect(await count('businesses where clock_offset_ms = 0 and clock_frozen_at is null')).toBe(2) // The shop, and its reseller's.
    expect(await count(`period_credits where status = 'waiting'`)).toBeGreaterThan(0)
    expect(await count('affiliate_payouts')).toBe(1)
    expect(await count('commissions where kept_minor > 0')).toBeGreaterThan(3)
    expect(await count('line_usage')).toBeGreaterThan(5)
    expect(await count('graphile_worker._private_jobs')).toBe(0)
    expect((await prove(db, systemClock.now())).broken).toEqual([])
    expect(readdirSync(join(folder.path, 'mails')).length).toBeGreaterThan(50)
  } finally {
    await db.close()
    await database.drop()
  }
}, 90_000)
