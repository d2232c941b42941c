import { expect, test } from 'vitest'
import { readFlash, redirectWith } from './flash.ts'

test('what is told after a redirect survives it, with all that a cookie could trip over', () => {
  const answer = redirectWith('/admin', 'ui.copied', { values: { name: 'a; b=“c”\n' } })
  expect(answer.status).toBe(303)
  const cookie = answer.headers.get('set-cookie') ?? ''
  const value = decodeURIComponent(/^flash=([^;]*)/.exec(cookie)?.[1] ?? '')
  expect(readFlash(value)).toEqual({ key: 'ui.copied', tone: 'good', values: { name: 'a; b=“c”\n' } })
})

test('a cookie that we did not write says nothing', () => {
  for (const cookie of [
    null,
    '',
    'x',
    '{}',
    '{"key":1,"tone":"good","values":{}}',
    '{"key":"a","tone":"loud","values":{}}',
  ]) {
    expect(readFlash(cookie)).toBe(null)
  }
})
