import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { masterKey, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'linekeeper-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('settings', () => {
  it('are all optional', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: '0.0.0.0',
      role: 'all',
      logLevel: 'info',
      trustProxy: false,
      databaseUrl: null,
      smtpUrl: null,
    })
  })

  it('tell all their faults in one sentence', () => {
    const faulty = {
      PORT: 'many',
      DATABASE_URL: 'mysql://x',
      PUBLIC_URL: 'shop',
      LINEKEEPER_ROLE: 'boss',
      LINEKEEPER_SECRET_KEY: 'short',
      LOG_LEVEL: 'loud',
    }
    expect(() => readConfig(faulty)).toThrow(/PORT is "many".*; .*/)
    for (const name of Object.keys(faulty)) expect(() => readConfig(faulty)).toThrow(name)
  })

  it('take the direct connection from the database’s, and name statements unless a pooler is in between', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://a/b' })).toMatchObject({
      databaseDirectUrl: 'postgres://a/b',
      namedStatements: true,
    })
    const pooled = { DATABASE_URL: 'postgres://pool/b', DATABASE_DIRECT_URL: 'postgres://db/b' }
    expect(readConfig(pooled)).toMatchObject({ databaseDirectUrl: 'postgres://db/b', namedStatements: false })
    expect(readConfig({ ...pooled, DATABASE_NAMED_STATEMENTS: '1' }).namedStatements).toBe(true)
  })

  it('keep only the origin of the public address', () => {
    expect(readConfig({ PUBLIC_URL: 'https://tv.example/shop?x=1' }).publicUrl).toBe('https://tv.example')
  })
})

describe('the master key', () => {
  it('is made once, for its owner’s eyes only', () => {
    const first = masterKey({ secretKey: null, dataFolder: folder })
    expect(first).toHaveLength(32)
    expect(masterKey({ secretKey: null, dataFolder: folder })).toEqual(first)
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600)
  })

  it('comes from the environment when given, and a damaged one is not replaced', () => {
    const given = Buffer.alloc(32, 5)
    expect(masterKey({ secretKey: given.toString('base64'), dataFolder: folder })).toEqual(given)
    writeFileSync(join(folder, 'secret.key'), 'half')
    expect(() => masterKey({ secretKey: null, dataFolder: folder })).toThrow('damaged')
  })
})
