/** A simulated world: one shop on a database of its own, the other companies' machines, and a clock that jumps to what is due. */
import pg from 'pg'
import type { Shop } from '#app.ts'
import { transaction } from '#app.ts'
import { sweepKinds } from '#main.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { saveAddOn } from '#modules/catalog/add-ons.ts'
import { savePlan } from '#modules/catalog/plans.ts'
import { openShop } from '#modules/people/business.ts'
import { type StoppedClock, stoppedClock } from '#platform/clock.ts'
import { openDatabase } from '#platform/db/connection.ts'
import { inTransaction, type Query, rows, sql, type Tx } from '#platform/db.ts'
import { ProviderError, Refusal } from '#platform/errors.ts'
import { silentLog } from '#platform/log.ts'
import type { Chance } from '../../src/demo/chance.ts'
import { type OpenShop, openBusiness } from '../support/shop.ts'
import { openLog, type SeedLog } from './log.ts'
import { Died, type Machine, openMachine } from './machine.ts'
import { type Outside, openOutside, origins } from './outside.ts'
import { openWatch } from './watch.ts'

export type World = Awaited<ReturnType<typeof openWorld>>

/** A notice as the gateway posted it, kept to be posted again much later. */
export type Posted = { accountId: string; body: string; headers: Record<string, string> }

/** `sql`: what a sabotage changes in the database. */
export type WorldOptions = { sql: string | null; url: string; zone: string; start: string; chance: Chance }

const jobOf = new Map(sweepKinds.map(({ kind, job, payloadKey }) => [kind, { name: job.name, payloadKey }]))

export async function openWorld({ url, zone, start, chance, sql: planted }: WorldOptions) {
  const clock = stoppedClock(start)
  const log = openLog(() => clock.now())
  /** What was acknowledged is kept, whatever happens next: by its body. */
  const acknowledged: Posted[] = []
  const posted: Posted[] = []
  const broken: string[] = []
  /** The house is down, and nobody noticed. */
  let silent = false
  let machine: Machine

  async function receive(notice: Posted): Promise<number> {
    if (silent) return 503
    const { accountId, headers } = notice
    const raw = { body: Buffer.from(notice.body), headers, receivedAt: clock.now() }
    const receipt = await receiveNotice(machine.app(), accountId, raw)
    if (receipt === 'stored') acknowledged.push(notice)
    return receipt === 'stored' ? 200 : 400
  }

  const outside: Outside = await openOutside(
    () => clock.now(),
    chance,
    log,
    async ({ url: at, body, headers }) => {
      const notice = { accountId: at.slice(at.lastIndexOf('/') + 1), body, headers }
      posted.push(notice)
      return receive(notice)
    },
  )
  const watch = openWatch(outside, () => clock.now())
  const masterKey = Buffer.alloc(32, 7)
  machine = openMachine({ url, clock, masterKey, outside: () => outside, log })
  const opened = await openBusiness(machine.app(), origins, { slug: 'northwind', zone })
  await addPlans(opened)
  /** Eyes of our own on the same database: they outlive the process. */
  const eyes = openDatabase({ url, log: silentLog, max: 1 })
  const lookAll = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    machine.unseen(() => inTransaction(eyes, { role: 'report' }, 'simulate-look', work))
  if (planted !== null) await eyes.pool.query(planted)
  const engine = openEngine({ url, clock, machine, log, broken })

  return {
    ...opened,
    businessId: opened.shop.businessId,
    clock,
    log,
    outside,
    watch,
    machine,
    zone,
    chance,
    eyes,
    broken,
    acknowledged: acknowledged as readonly Posted[],
    posted: posted as readonly Posted[],
    receive,
    async settle(): Promise<void> {
      await engine.settle()
      watch.look()
    },
    /** When something becomes due next. */
    async nextDue(): Promise<Temporal.Instant | null> {
      const [found] = await lookAll((tx) => rows(tx, soonest(clock.now())))
      return found?.at ?? null
    },
    isSilent: () => silent,
    silence(on: boolean): void {
      silent = on
    },
    /** The shop as somebody sees it who has just come in. */
    shopFor: (actor: string): Promise<Shop> => openShop(machine.app(), opened.shop.businessId, actor),
    look: <Row>(query: Query<Row>): Promise<Row[]> => lookAll(async (tx) => rows(tx, query)),
    lookAll,
    /**
     * Lets somebody do something: a refusal is an answer, a death is one too; anything else is a bug of ours.
     */
    async attempt(name: string, act: () => Promise<unknown>): Promise<boolean> {
      let outcome = 'done'
      try {
        await act()
      } catch (error) {
        if (error instanceof Refusal) outcome = `refused ${error.code}`
        else if (error instanceof ProviderError) outcome = `provider ${error.kind}`
        else if (error instanceof Died || machine.isDead()) outcome = 'died'
        else {
          outcome = 'failed'
          broken.push(`act ${name} failed: ${textOf(error)}`)
        }
      }
      log.note(`${name}: ${outcome}`)
      machine.revive()
      return outcome === 'done'
    },
    async close(): Promise<void> {
      await engine.close()
      await eyes.close()
      await machine.close()
      await outside.close()
    },
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

type Work = { id: string | null; name: string; payload: unknown }

/** Carries out what waits and what is due, as workers would, one thing after the other. */
function openEngine(options: { url: string; clock: StoppedClock; machine: Machine; log: SeedLog; broken: string[] }) {
  const { clock, machine, log, broken } = options
  const db = new pg.Pool({ connectionString: options.url, max: 1 })
  db.on('error', () => {}) // The database goes away with its world.
  const kinds = [...jobOf.keys()]
  let done: string[] = []
  /** What is due and failed is not tried again before time has passed, as the queue would. */
  let failedNow = { at: '', keys: new Set<string>() }

  /** Jobs first, each once; one that dies with its process is still there. Then what is due, sorted, so that a seed repeats itself. */
  async function next(): Promise<Work[]> {
    const { rows: found } = await db.query<{ id: string | null; kind: string; first: string; payload: unknown }>({
      name: 'next',
      text: `with gone as (delete from graphile_worker._private_jobs where id = any($1::bigint[]))
        select j.id::text, t.identifier as kind, '0' || lpad(j.id::text, 20, '0') as first, j.payload from graphile_worker._private_jobs j
          join graphile_worker._private_tasks t on t.id = j.task_id where j.id <> all($1::bigint[])
        union all
        select null, k.kind, k.place || '/' || d.id, json_build_array(d.business_id, d.id)
          from unnest($2::text[]) with ordinality k (kind, place), due_work(k.kind, $3, 20000) d
          where not exists (select from graphile_worker._private_jobs j where j.id <> all($1::bigint[]))
        order by first`,
      values: [done, kinds, clock.now().toString()],
    })
    done = []
    return found.map(({ id, kind, payload }) => {
      if (id !== null) return { id, name: kind, payload }
      const { name, payloadKey } = jobOf.get(kind) ?? { name: kind, payloadKey: 'id' }
      const [businessId, rowId] = payload as [string, string]
      return { id, name, payload: { businessId, [payloadKey]: rowId } }
    })
  }

  async function perform(work: Work): Promise<void> {
    const key = `${work.name} ${JSON.stringify(work.payload)}`
    const now = clock.now().toString()
    if (failedNow.at !== now) failedNow = { at: now, keys: new Set() }
    try {
      await machine.run(work.name, work.payload)
      log.note(key)
    } catch (error) {
      if (machine.isDead()) return
      failedNow.keys.add(key)
      const known = error instanceof ProviderError || error instanceof Refusal
      log.note(`${key} failed: ${known ? error.message : 'a bug'}`)
      if (!known) broken.push(`job ${key} failed: ${textOf(error)}`)
    }
    if (work.id !== null) done.push(work.id)
  }

  return {
    async settle(): Promise<void> {
      for (let round = 0; round < 300; round++) {
        const isNew = (work: Work) =>
          work.id !== null ||
          failedNow.at !== clock.now().toString() ||
          !failedNow.keys.has(`${work.name} ${JSON.stringify(work.payload)}`)
        const found = (await next()).filter(isNew)
        if (found.length === 0) return
        for (const work of found) {
          await perform(work)
          if (!machine.isDead()) continue
          machine.revive()
          break
        }
      }
      broken.push(`the world does not come to rest: ${JSON.stringify((await next()).slice(0, 5))}`)
    },
    close: () => db.end(),
  }
}

/** Short terms live many lives in two months; a month has the calendar's traps. */
async function addPlans({ shop, productId, planId }: OpenShop): Promise<void> {
  const facts = { productId, description: '', creditCostMilli: 1000n, bestValue: false, active: true }
  const price = (amountMinor: bigint) => ({ prices: [{ currency: shop.currency, amountMinor, setupMinor: 0n }] })
  await transaction(shop, 'set-up', async (tx) => {
    const week = { name: 'Week', termUnit: 'day', termCount: 7, trial: false, renewable: true } as const
    const weekId = await savePlan(tx, shop, { ...facts, ...week, position: 1, ...price(399n) })
    const pass = { name: 'Day pass', termUnit: 'hour', termCount: 36, trial: false, renewable: false } as const
    await savePlan(tx, shop, { ...facts, ...pass, position: 2, ...price(149n) })
    const trial = { name: 'Trial', termUnit: 'day', termCount: 2, trial: true, renewable: false } as const
    await savePlan(tx, shop, { ...facts, ...trial, position: 3, ...price(0n) })
    const sold = (id: string, amountMinor: bigint) => ({
      planId: id,
      creditCostMilli: 0n,
      prices: [{ currency: shop.currency, amountMinor }],
    })
    const kind = { kind: 'connection', name: 'Extra connection', maxQuantity: 3, active: true, position: 0 } as const
    await saveAddOn(tx, shop, { ...kind, plans: [sold(planId, 301n), sold(weekId, 79n)] })
  })
}

const soonest = (now: Temporal.Instant) => sql<{ at: Temporal.Instant | null }>`select least(
  (select min(next_step_at) from subscriptions where next_step_at > ${now}), (select min(next_try_at) from lines where next_try_at > ${now}),
  (select min(next_try_at) from messages where next_try_at > ${now}), (select min(next_check_at) from payments where next_check_at > ${now}),
  (select min(next_try_at) from notices where next_try_at > ${now}), (select min(next_check_at) from refunds where next_check_at > ${now}),
  (select min(warn_at) from payment_methods where warn_at > ${now}),
  (select min(due_at) from add_on_changes where status = 'awaiting_payment' and due_at > ${now}),
  (select min(p.starts) from subscription_add_ons a join periods p on p.business_id = a.business_id and p.id = a.from_period_id where p.starts > ${now}),
  (select min(due_at) from plan_changes where status in ('awaiting_payment', 'paid') and due_at > ${now}),
  (select min(expires_at) from orders where status in ('awaiting_payment', 'processing') and expires_at > ${now})) as at`
