import { describe, expect, it } from 'vitest'
import { refuseCrossSite } from './same-origin.ts'

const ours = 'https://shop.example'
type Case = [what: string, method: string, headers: Record<string, string>, allowed: boolean]

const cases: Case[] = [
  ['a page view from anywhere', 'GET', { origin: 'https://evil.example' }, true],
  ['our own form', 'POST', { origin: ours, 'sec-fetch-site': 'same-origin' }, true],
  ['our own form without a referrer', 'POST', { origin: 'null', 'sec-fetch-site': 'same-origin', cookie: 'a=b' }, true],
  ['a form of another site', 'POST', { origin: 'https://evil.example', cookie: 'a=b' }, false],
  [
    'a form of another shop beside ours',
    'POST',
    { origin: 'https://x.shop.example', 'sec-fetch-site': 'same-site' },
    false,
  ],
  ['our host under another port', 'POST', { origin: 'https://shop.example:8443' }, false],
  ['our host without TLS', 'POST', { origin: 'http://shop.example' }, false],
  ['a sandboxed frame', 'POST', { origin: 'null', 'sec-fetch-site': 'cross-site' }, false],
  ['an opaque origin and nothing else', 'POST', { origin: 'null' }, false],
  ['a browser that hides the origin', 'DELETE', { 'sec-fetch-site': 'cross-site', cookie: 'a=b' }, false],
  ['an address typed in and sent', 'POST', { 'sec-fetch-site': 'none', cookie: 'a=b' }, false],
  ['a cookie of unknown descent', 'POST', { cookie: 'a=b' }, false],
  ['a program without a cookie', 'POST', {}, true],
]

describe('requests that change something', () => {
  it.each(cases)('%s (%s %j): %s', (_what, method, headers, allowed) => {
    const ask = () => refuseCrossSite({ method, headers: new Headers(headers) }, ours)
    if (allowed) expect(ask).not.toThrow()
    else expect(ask).toThrow(expect.objectContaining({ code: 'forbidden' }))
  })
})
