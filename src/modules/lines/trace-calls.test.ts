import { expect, test } from 'vitest'
import type { HttpOut } from '#platform/http-out.ts'
import { type TracedCall, tracing } from './trace-calls.ts'

/** A way out whose other side answers this. */
const answering = (text: string): HttpOut => ({
  request: async () => ({ status: 200, headers: new Headers(), text, tookMs: 1 }),
  fetch: globalThis.fetch,
  certificateEnds: () => null,
  certificateOf: async () => null,
  trusting: () => answering(text),
})

async function traced(text: string, more: object = {}): Promise<TracedCall> {
  const calls: TracedCall[] = []
  const out = tracing(answering(text), ['our-key-1'], calls)
  await out.request({
    provider: 'x',
    method: 'POST',
    url: 'http://p.example/?api_key=our-key-1&q=ana',
    writes: true,
    ...more,
  })
  return calls[0] as TracedCall
}

test.each([
  '{"username":"ana","password":"Pw-of-ana"}',
  '{"data":[{"username":"ana","pass" : "Pw-of-ana","enabled":1}]}',
  '{"user_data[password]":"Pw-of-ana"}',
  '{"username":"ana","password":"Pw-of-ana',
  '{"m3u":"http://tv/get.php?username=ana&password=Pw-of-ana&type=m3u"}',
  '{"play_token": "Pw-of-ana"}',
  'username=ana&password=Pw-of-ana',
  '{"streams":["http://tv.example:8080/live/ana/Pw-of-ana/71.ts"]}',
  '{"streams":["http:\\/\\/tv.example\\/movie\\/ana\\/Pw-of-ana\\/9.mkv"]}',
])('the login of somebody else in an answer is not shown: %s', async (text) => {
  const { answer } = await traced(text)
  expect(answer).not.toContain('Pw-of-ana')
  expect(answer).toContain('[redacted]')
})

test('our key is shown nowhere, what was asked is', async () => {
  const call = await traced('{"echo":"our-key-1"}', {
    form: [
      ['password', 'x1'],
      ['username', 'ana'],
    ],
  })
  expect(JSON.stringify(call)).not.toMatch(/our-key-1|x1/)
  expect(call).toMatchObject({ method: 'POST', status: 200, sent: 'password=[redacted]&username=ana' })
  expect(call.url).toBe('http://p.example/?api_key=[redacted]&q=ana')
})

test('the address of a box is shown nowhere, wherever it stands', async () => {
  const call = await traced('["00:1A:79:AA:BB:CC","00-1a-79-aa-bb-cc"]', {
    url: 'http://p.example/accounts/00%3A1A%3A79%3AAA%3ABB%3ACC',
    body: 'see 00:1a:79:aa:bb:cc',
  })
  expect(call).toMatchObject({ url: 'http://p.example/accounts/[mac]', sent: 'see [mac]', answer: '["[mac]","[mac]"]' })
})

test('numbers are secrets, too, and an answer stays readable', async () => {
  const { answer } = await traced('{"password":1234,"enabled":true,"mac":null}')
  expect(JSON.parse(answer)).toEqual({ password: '[redacted]', enabled: true, mac: '[redacted]' })
})
