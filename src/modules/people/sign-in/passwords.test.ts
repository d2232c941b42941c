import { describe, expect, it } from 'vitest'
import { faultOf, hashPassword, isOutdated, verifyPassword } from './passwords.ts'

describe('hashing', () => {
  it('is argon2id with its parameters beside it, salted, and verifies', async () => {
    const [one, two] = [await hashPassword('correct horse battery'), await hashPassword('correct horse battery')]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await verifyPassword('correct horse battery', one)).toBe(true)
    expect(await verifyPassword('correct horse batterz', one)).toBe(false)
  })

  // A vector of the reference implementation's own tests.
  it('agrees with the reference implementation', async () => {
    const known = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await verifyPassword('password', known)).toBe(true)
    expect(isOutdated(known)).toBe(true)
    expect(isOutdated(await hashPassword('whatever it is'))).toBe(false)
  })

  it('takes composed and decomposed letters for the same', async () => {
    expect(await verifyPassword('cafe\u0301 olé au', await hashPassword('caf\u00e9 olé au'))).toBe(true)
  })

  it('refuses what is no hash', async () => {
    for (const stored of ['', 'plain', '$argon2i$v=19$m=1,t=1,p=1$AA$AA', '$2b$10$abcdefghijklmnopqrstuv'])
      expect(await verifyPassword('plain', stored)).toBe(false)
  })

  it('asks callers to come back when the queue is long', async () => {
    const results = await Promise.allSettled(Array.from({ length: 215 }, () => verifyPassword('x', cheap)))
    expect(results.slice(0, 200).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(results.filter((each) => each.status === 'rejected').map((each) => each.reason.code)).toEqual(
      Array.from({ length: 13 }, () => 'unavailable'),
    )
  })
})

const cheap = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b2dWRWJTmaaVLo2'

describe('choosing', () => {
  it.each([
    ['short 7', 'too_short'],
    ['x'.repeat(129), 'too_long'],
    ['password', 'too_common'],
    ['Password2024!', 'too_common'],
    ['Welcome123', 'too_common'],
    ['1234567890', 'too_common'],
    ['aaaaaaaaaa', 'too_common'],
    ['ann.person@example.org', 'too_common'],
    ['ann.person99', 'too_common'],
  ])('%s is %s', (password, code) => {
    expect(faultOf(password, 'ann.person@example.org')).toMatchObject({ pointer: '/password', code })
  })

  it.each(['tall green gate', 'kr8Lwq2zP', 'пароль-из-слов', `${'x'.repeat(64)}yzab`])('%s will do', (password) => {
    expect(faultOf(password, 'ann@example.org')).toBeNull()
  })
})
