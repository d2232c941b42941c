/**
 * A real process is killed at every named point of the main job, before and after each commit and each remote call; another one goes on
 * from what it left, and the end is always the same.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prove } from '#modules/invariants.ts'
import { passwordOf } from '#modules/lines/passwords.ts'
import { findLine } from '#modules/lines/queries.ts'
import { openShop } from '#modules/people/business.ts'
import { sandbox } from '../../src/imitations/gateways/sandbox.ts'
import { type Served, serveImitation } from '../../src/imitations/kit.ts'
import { type Mailbox, startMailbox } from '../../src/imitations/mailbox.ts'
import { xui } from '../../src/imitations/panels/xui.ts'
import { testDatabase } from '../support/database.ts'
import { openBusiness } from '../support/shop.ts'
import { parsedMails, present, read } from '../support/stories.ts'
import { fastClock, mainJob, openHouse, type Run } from './main-job.ts'
import { excluded, namedPoints, nameOf } from './points.ts'

const clockStart = Date.now()
const clock = fastClock(clockStart)
let panel: Served
let gateway: Served
let mailbox: Mailbox

beforeAll(async () => {
  const served = { folder: null, port: 0, now: () => clock.now() }
  panel = await serveImitation(xui, served)
  gateway = await serveImitation(sandbox, served)
  mailbox = await startMailbox({ now: () => clock.now() })
})
afterAll(async () => {
  await panel.close()
  await gateway.close()
  await mailbox.stop()
})

/** On a rough road the panel loses the answer to the create; a renewing buyer's next period is charged to the method that he saved. */
type Road = 'smooth' | 'rough' | 'renewing'

/** A database with a business of its own that sells. */
async function prepare(name: string, on: Road) {
  const rough = on === 'rough'
  const database = await testDatabase()
  const masterKey = randomBytes(32).toString('base64')
  const road = rough ? await serveImitation(xui, { folder: null, port: 0, now: () => clock.now() }) : panel
  const house = openHouse({ databaseUrl: database.url, masterKey, clockStart, mailPort: mailbox.port })
  try {
    const origins = { panel: road.url, gateway: gateway.url }
    const { shop, gatewayId, planId } = await openBusiness(house.app, origins, { slug: name })
    if (rough) road.faults.add({ fault: 'timeout_after', times: 1, action: 'create_line' })
    const gatewayAccount = { id: gatewayId, key: `sandbox_key_${name}`, secret: `sandbox_notice_secret_${name}` }
    const run: Run = {
      databaseUrl: database.url,
      masterKey,
      clockStart,
      gatewayUrl: gateway.url,
      gatewayAccount,
      mailPort: mailbox.port,
      businessId: shop.businessId,
      planId,
      name,
      renews: on === 'renewing',
    }
    return {
      run,
      panelUrl: road.url,
      async drop() {
        await database.drop()
        if (rough) await road.close()
      },
    }
  } finally {
    await house.close()
  }
}

/** How the child ended, and the points that it came by. */
async function inChild(run: Run, crashAt: string): Promise<{ killed: boolean; points: string[]; said: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main-job.child.ts')], {
    env: { ...process.env, CRASH_RUN: JSON.stringify(run), LINEKEEPER_CRASH_AT: crashAt },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const signal = await new Promise<string | null>((resolve) => child.on('exit', (_code, by) => resolve(by)))
  return {
    killed: signal === 'SIGKILL',
    points: [...said.matchAll(/^crash-point (\S+)$/gm)].map(([, point]) => point as string),
    said,
  }
}

/** What must be so in the end, whatever happened on the way. */
async function sameEnd(run: Run, panelUrl: string): Promise<void> {
  const house = openHouse(run)
  try {
    const shop = await openShop(house.app, run.businessId, 'system')
    const { rows } = await house.app.db.pool.query(
      `select (select count(*)::int from orders where status = 'ready') as ready, (select count(*)::int from payments where status = 'succeeded') as payments,
         (select count(*)::int from periods) as periods, (select count(*)::int from lines where wanted = 'active' and done_revision = revision) as lines,
         (select count(*)::int from refunds where status = 'succeeded') as refunds, (select count(*)::int from messages where template = 'credentials' and status = 'sent') as logins,
         (select count(*)::int from payment_methods where forgotten_at is not null) as forgotten`,
    )
    const times = run.renews ? 2 : 1
    const forgotten = run.renews ? 2 : 0
    expect(rows).toEqual([{ ready: 1, payments: times, periods: times, lines: 1, refunds: 1, logins: 1, forgotten }])
    const { rows: ids } = await house.app.db.pool.query<{ id: string }>('select id from lines')
    const line = present(await read(shop, (tx) => findLine(tx, present(ids[0]).id)))
    const answer = await fetch(`${panelUrl}/__lines`)
    const { lines } = (await answer.json()) as {
      lines: { username: string; password: string; enabled: number; admin_notes?: string }[]
    }
    const password = passwordOf(shop, line)
    expect(
      lines
        .filter(({ username }) => username.startsWith(run.name))
        .map(({ username, enabled, ...rest }) => ({ username, enabled, password: rest.password })),
    ).toEqual([{ username: run.name, enabled: 1, password }])
    // A login whose fate was unknown goes again under the same id: for the reader it is one mail.
    const logins = (await parsedMails(mailbox.mails)).filter(({ text }) => text?.includes(password))
    expect(new Set(logins.map(({ messageId }) => messageId)).size).toBe(1)
    // The gateway's own books: what was paid there is what we believe, not a charge more.
    const books = (await (await fetch(`${gateway.controlUrl}/__truth`)).json()) as {
      facts: { action: string; ids: { reference?: string } }[]
    }
    const references = books.facts.flatMap(({ action, ids }) => (action === 'payment.paid' ? [ids.reference] : []))
    const { rows: paid } = await house.app.db.pool.query<{ id: string }>('select id from payments')
    expect(references.filter((each) => paid.some(({ id }) => id === each))).toHaveLength(times)
    expect((await prove(house.app.db, clock.now())).broken).toEqual([])
  } finally {
    await house.close()
  }
}

/** Killed at the point, gone on with in this process. False when this run did not come by the point. */
async function crashed(name: string, on: Road, point: string): Promise<boolean> {
  const { run, panelUrl, drop } = await prepare(name, on)
  try {
    const { killed, said } = await inChild(run, point)
    if (!killed && !said.includes('done')) throw new Error(`the child failed by itself:\n${said}`)
    await mainJob(run)
    await sameEnd(run, panelUrl)
    return killed
  } finally {
    await drop()
  }
}

/** A run that nobody kills: the points that it comes by. */
async function pointsOf(name: string, on: Road): Promise<string[]> {
  const { run, panelUrl, drop } = await prepare(name, on)
  const { said, points } = await inChild(run, 'none')
  expect(said).toContain('done')
  await sameEnd(run, panelUrl)
  await drop()
  return points.filter((point) => excluded[nameOf(point)] === undefined)
}

/** All of `items`, `width` at a time. */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()]
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next[1], next[0])
    }),
  )
}

test('killed at any point, the main job ends as if nothing had happened', { timeout: 600_000 }, async () => {
  const walked: { point: string; on: Road }[] = []
  for (const on of ['smooth', 'rough', 'renewing'] as const) {
    const points = await pointsOf(`dry${on}`, on)
    walked.push(...points.filter((each) => !walked.some(({ point }) => point === each)).map((point) => ({ point, on })))
  }
  const faults: string[] = []
  const missed: string[] = []
  await inParallel(walked, 4, async ({ point, on }, index) => {
    try {
      // What depends on timing (a sweep, a late nudge) may not come by in one run: once more.
      const died = (await crashed(`crash${index}a`, on, point)) || (await crashed(`crash${index}b`, on, point))
      if (!died) missed.push(point)
    } catch (error) {
      faults.push(`${point}: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
  expect(faults).toEqual([])
  expect(missed).toEqual([])

  const known = new Set(walked.map(({ point }) => nameOf(point)))
  expect(namedPoints().filter((name) => !known.has(name) && excluded[name] === undefined)).toEqual([])
})
