import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changesOf } from './changes.ts'

describe('what a change made of something', () => {
  test('is told field by field, as it was and as it is, and only where it differs', () => {
    const before = { id: 'plan_1', name: 'Family', amountMinor: 999n, prices: [{ currency: 'EUR', amountMinor: 999n }] }
    const after = { name: 'Family', amountMinor: 1_299n, prices: [{ amountMinor: 1_299n, currency: 'EUR' }] }
    expect(changesOf(before, after)).toEqual({
      from: { amount_minor: '999', prices: [{ currency: 'EUR', amount_minor: '999' }] },
      to: { amount_minor: '1299', prices: [{ currency: 'EUR', amount_minor: '1299' }] },
    })
    expect(changesOf(before, { ...before })).toEqual({})
  })

  test('fields in another order, and nothing written in another way, are no change', () => {
    const before = { settings: { url: 'https://a', note: '' }, note: null }
    expect(changesOf(before, { settings: { note: undefined, url: 'https://a' }, note: '' })).toEqual({})
  })

  test('something new has no before', () => {
    expect(changesOf(null, { name: 'Ten', stock: null, at: Temporal.Instant.from('2026-01-02T03:04:05Z') })).toEqual({
      to: { name: 'Ten', at: '2026-01-02T03:04:05Z' },
    })
  })

  test('of secrets and of persons it is told that they changed, and not what they are', () => {
    const untold = { secret: ['apiKey'], personal: ['supportEmail'] }
    const changes = changesOf(
      { apiKey: 'old', supportEmail: null, url: 'https://a' },
      { apiKey: 'new', supportEmail: 'ana@example.net', url: 'https://b' },
      untold,
    )
    expect(changes).toEqual({
      from: { api_key: '(secret)', support_email: null, url: 'https://a' },
      to: { api_key: '(secret)', support_email: '(not kept)', url: 'https://b' },
    })
    expect(changesOf({ apiKey: 'same' }, { apiKey: 'same' }, untold)).toEqual({})
  })

  test('a long text is told by how it begins, also deep within', () => {
    const { to } = changesOf({ legal: { terms: 'x' } }, { legal: { terms: 'y'.repeat(5_000) } })
    expect(to).toEqual({ legal: { terms: `${'y'.repeat(300)}…` } })
  })
})

/** What is changed there is kept elsewhere, version by version, or told beside it. */
const toldElsewhere = [
  'line.login_changed', // A secret.
  'mail_settings.changed', // `setting.changed` beside it has it.
  'policy.changed', // Each version is kept.
  'settings.changed', // As with the mail settings.
  'template.changed', // As with policies.
]

test('every event that tells of a change tells what was before', () => {
  const modules = join(import.meta.dirname, '..')
  const silent: string[] = []
  let found = 0
  for (const file of readdirSync(modules, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.includes('.test')) continue
    const source = readFileSync(join(modules, file), 'utf8')
    for (const { 1: type = '', index } of source.matchAll(/'(\w+\.(?:\w+_)?(?:changed|shared|mapped|lent))'/g)) {
      const fact = source.slice(index, index + 400)
      if (!/^[^{]*subject/.test(fact)) continue
      found += 1
      if (!/changesOf\(|\bdata: changes\b|\bfrom\b/.test(fact.split('\n}')[0] ?? '') && !toldElsewhere.includes(type))
        silent.push(`${file}: ${type}`)
    }
  }
  expect(silent).toEqual([])
  expect(found).toBeGreaterThan(20)
})
