/** Odd money in the console: what is refused with a plain sentence, what is saved, and who may. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Console, createConsole } from './console.test-support.ts'

let console: Console
beforeAll(async () => {
  console = await createConsole()
}, 90_000)
afterAll(() => console.close())

const said = { tolerance_percent: '0,5', tolerance_most: '0.50 EUR\n1 usd', late_money: 'reopen' }

test('a tolerance and a word on late money are saved, and refused with a plain sentence', async () => {
  const owner = await console.person('owner')
  const save = (more: object = {}) => owner.post('/admin/odd-money', { ...said, ...more })
  for (const [wrong, sentence] of [
    [{ tolerance_percent: '11' }, 'percentage of at most 10'],
    [{ tolerance_percent: 'much' }, 'percentage of at most 10'],
    [{ tolerance_most: 'a little' }, 'is no amount'],
    [{ tolerance_most: '0 EUR' }, 'is no amount'],
    [{ tolerance_most: '0.005 EUR' }, 'is no amount'],
    [{ tolerance_most: '1 EUR\n2 EUR' }, 'named twice'],
    [{ tolerance_most: '' }, 'how much is forgiven at most'],
    [{ late_money: 'burn' }, ''],
  ] as const) {
    const answer = await save(wrong)
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(sentence)])
  }
  expect((await save()).status).toBe(303)
  const page = await (await owner.get('/admin/odd-money')).text()
  expect(page).toContain('value="0.5"')
  expect(page).toContain('0.50 EUR\n1.00 USD')
  expect(page).toMatch(/<option[^>]*value="reopen"[^>]*selected|selected[^>]*value="reopen"/)
  const reader = await console.person('read_only')
  expect((await reader.post('/admin/odd-money', said)).status).toBe(403)
  expect((await save({ tolerance_percent: '0', tolerance_most: '', late_money: 'balance' })).status).toBe(303)
})
