/** What a process has begun it also carries on, without claiming what it has just made. */
import { expect } from 'vitest'
import { workerHandlers } from '#main.ts'
import { sendMessageJob } from '#modules/messages/jobs.ts'
import { sendMessage } from '#modules/messages/send-message.ts'
import { atCrashPoints } from '#platform/crash.ts'
import { rows, sql } from '#platform/db.ts'
import { scenario } from '../support/scenario.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import type { World } from '../support/world.ts'

const logins = async (world: World, password: string) =>
  (await parsedMails(world.mailbox.mails)).filter(({ text }) => text?.includes(password)).length

const credentials = (world: World) =>
  read(world.shop, (tx) =>
    rows(
      tx,
      sql<{ id: string; status: string; due: string | null }>`select id, status, next_try_at::text as due from messages
        where business_id = current_business() and template = 'credentials' order by created_at desc limit 1`,
    ),
  ).then(([message]) => present(message))

/** Orders whose line is up and whose login waits, as the process that made it knows it. */
async function bornClaimed(world: World) {
  // What is kept from the first sale: texts, brand, mail settings.
  await world.customer('ben').buys()
  const handlers = workerHandlers(world.app)
  const offered: { task: string; payload: unknown }[] = []
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays()
  world.app.db.local = {
    offer: (task, payload) => void offered.push({ task, payload }),
    soon: (task) => task === sendMessageJob.name,
  }
  await world.notify(present(world.delivered.filter(({ body }) => body.includes('payment.paid')).at(-1)))
  for (let next = offered.shift(); next !== undefined; next = offered.shift()) {
    if (next.task === sendMessageJob.name) {
      world.app.db.local = null
      const { messageId, known, born } = sendMessageJob.payload.parse(next.payload)
      if (born === undefined) continue
      return { ana, send: () => sendMessage(world.shop, messageId, known, born), born }
    }
    await present(handlers.get(next.task)).run(next.payload)
  }
  throw new Error('no login was handed on')
}

scenario('a paid line and its login are begun as they are made', async (world) => {
  await world.customer('ben').buys()
  world.hears(false)
  const ana = await world.customer('ana').orders()
  await ana.pays()
  const commits: string[] = []
  atCrashPoints((name) => void commits.push(name))
  try {
    await world.withWorkers(1, async ([app]) => {
      await world.notify(present(world.delivered.filter(({ body }) => body.includes('payment.paid')).at(-1)), app)
    })
  } finally {
    atCrashPoints(() => {})
  }
  expect(commits).toContain('save-found:after-commit')
  expect(commits).toContain('mail-send:after')
  expect(commits.filter((name) => name.startsWith('claim-line'))).toEqual([])
  expect(await logins(world, await (await ana.line()).password())).toBe(1)
})

scenario(
  'a login that was made and not begun at once is claimed again by who made it, and sent once',
  async (world) => {
    const { ana, send } = await bornClaimed(world)
    const made = await credentials(world)
    expect(made).toMatchObject({ status: 'sending' })
    await world.clock.advance({ seconds: 45 })
    await send()
    expect(await credentials(world)).toMatchObject({ id: made.id, status: 'sent', due: null })
    await send()
    expect(await logins(world, await (await ana.line()).password())).toBe(1)
  },
)

scenario(
  'a login whose maker died is sent by the sweep when its claim ends, and not again by the maker',
  async (world) => {
    const { ana, send } = await bornClaimed(world)
    const password = await (await ana.line()).password()
    await world.pass({ seconds: 60 })
    expect(await logins(world, password)).toBe(0)
    await world.pass({ seconds: 60 })
    expect(await logins(world, password)).toBe(1)
    await send()
    expect(await logins(world, password)).toBe(1)
  },
)
