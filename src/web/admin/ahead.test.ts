/** Looking ahead in the console: figures, what differs, and who may. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Console, createConsole, type Person } from './console.test-support.ts'

let console: Console
let owner: Person
beforeAll(async () => {
  console = await createConsole()
  owner = await console.person('owner')
  await console.customer('ana').buys()
  await console.customer('ben').buys()
}, 90_000)
afterAll(() => console.close())

test('the rehearsal tells figures, days and rows without a script, to everybody who reads reports', async () => {
  const reader = await console.person('read_only')
  const text = await reader.text('/admin/rehearsal?days=60')
  expect(text).toMatch(/Invoices issued 2 .*25\.98/)
  expect(text).toMatch(/Suspensions 2/)
  expect(text).toContain('ana@example.net')
  const suspensions = await reader.text('/admin/rehearsal?days=60&action=suspend')
  expect(suspensions).toContain('3 days after the end of paid time: suspend')
  expect(suspensions).not.toContain('1 day before the end of paid time: remind')
})

test('with other hours it tells what differs, and what could not be saved is said', async () => {
  const text = await owner.text('/admin/rehearsal?days=60&at.suspend=96')
  expect(text).toContain('What differs')
  expect(text).toMatch(/Suspensions 2 .*now 2/)
  expect(await owner.text('/admin/rehearsal?days=60&at.suspend=-1')).toContain(
    'Nobody is suspended inside the time he paid for.',
  )
  expect(await owner.text('/admin/rehearsal?days=60&at.suspend=x')).toContain('Please enter whole hours')
})

test('a subscription that is not there is answered like one of another business', async () => {
  expect((await owner.get('/admin/rehearsal?subscription=sub_00000000000000000000000000')).status).toBe(404)
})
