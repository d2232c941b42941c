import { describe, expect, test } from 'vitest'
import type { ProviderError } from '#platform/errors.ts'
import { judgeStatus, readBody } from './reply.ts'

describe('bodies', () => {
  test.each([
    ['{"a":1}', { a: 1 }],
    ['\uFEFF \r\n{"a":1}\n', { a: 1 }],
    ['[{"id":1}]', [{ id: 1 }]],
    ['[]', []],
    ['<br />\n<b>Notice</b>: Undefined index: id in <b>/home/x.php</b> on line <b>3</b><br />\n{"a":[1]}', { a: [1] }],
    ['Warning: count(): [Mon Jan 1] {main} thrown\n[{"id":1}]', [{ id: 1 }]],
  ])('%j', (text, value) => expect(readBody(text)).toEqual({ kind: 'json', value }))

  test.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['\uFEFF', 'empty'],
    ['null', 'unreadable'],
    ['true', 'unreadable'],
    ['false', 'unreadable'],
    ['1', 'unreadable'],
    ['"STATUS_SUCCESS"', 'unreadable'],
    ['nonsense', 'unreadable'],
    ['{"status":"STATUS_SUCC', 'unreadable'],
    // What is left of a truncated answer holds whole parts: none of them is the answer.
    ['{"status":"STATUS_SUCCESS","data":[{"id":1},{"id":2}]', 'unreadable'],
    ['{"status":"STATUS_SUCCESS","data":{"id":1}', 'unreadable'],
    ['<b>Notice</b>: x\n{"status":"STATUS_SUCCESS","data":[{"id":1}]', 'html'],
    ['<!DOCTYPE html><html><script>var a = [1,2]</script></html>', 'html'],
    ['<html><script type="application/ld+json">{"a":1}</script></html>', 'html'],
  ])('%j is %s', (text, kind) => expect(readBody(text)).toEqual({ kind }))
})

describe('HTTP statuses', () => {
  const judge = (status: number, { text = '<html>', writes = true, headers = {} as Record<string, string> } = {}) => {
    try {
      judgeStatus(
        'p',
        { status, text, headers: new Headers(headers), tookMs: 1 },
        { url: 'http://panel.example/code/', writes, action: 'act' },
      )
      return 'read the body'
    } catch (error) {
      const { kind, code } = error as ProviderError
      return `${kind} ${code}`
    }
  }
  test.each([
    [200, {}, 'read the body'],
    [301, { headers: { location: 'https://panel.example/code/' } }, 'auth_failed misconfigured'],
    [302, { headers: { location: '/login' } }, 'auth_failed misconfigured'],
    [400, {}, 'ambiguous http_error'],
    [401, {}, 'auth_failed auth_failed'],
    [403, { text: '' }, 'auth_failed auth_failed'],
    [404, {}, 'auth_failed misconfigured'],
    [404, { text: '{"error":"x"}' }, 'rejected not_found'],
    [422, { text: '{"error":"x"}' }, 'rejected invalid_input'],
    [422, {}, 'ambiguous http_error'],
    [429, {}, 'unavailable busy'],
    [503, {}, 'unavailable busy'],
    [500, {}, 'ambiguous http_error'],
    [500, { writes: false }, 'unavailable http_error'],
    [504, { writes: false }, 'unavailable http_error'],
  ] as const)('%i %j: %s', (status, more, wanted) => expect(judge(status, more)).toBe(wanted))

  test('the time to wait is handed on, as seconds only', () => {
    const wait = (text: string) => {
      try {
        judgeStatus(
          'p',
          { status: 503, text: '', headers: new Headers({ 'retry-after': text }), tookMs: 1 },
          { url: 'http://x/', writes: true, action: 'act' },
        )
      } catch (error) {
        return (error as ProviderError).retryAfterSeconds
      }
      return 'no error'
    }
    expect(wait('30')).toBe(30)
    expect(wait('Wed, 21 Oct 2026 07:28:00 GMT')).toBeUndefined()
    expect(wait('999999999')).toBeUndefined()
  })

  test('an address that wants https says so', () => {
    const act = () =>
      judgeStatus(
        'p',
        { status: 301, text: '', headers: new Headers({ location: 'https://panel.example/code/' }), tookMs: 1 },
        { url: 'http://panel.example/code/', writes: true, action: 'act' },
      )
    expect(act).toThrow(/https address/)
  })
})
