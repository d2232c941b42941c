/**
 * The imitated panel and the sandbox gateway of each test twin, served by the house itself: no port, no folder. What they remember is in
 * the database, so that every process of the house answers for the same machine and a backup holds it. Their clock is the twin's.
 */
import { type App, type Shop, transaction } from '#app.ts'
import { sandboxWith } from '#imitations/gateways/sandbox.ts'
import { type Entry, factShelf, type Imitation, storeWith } from '#imitations/kit.ts'
import { xui } from '#imitations/panels/xui.ts'
import { receiveNotice } from '#modules/billing/receive-notice.ts'
import { openShop } from '#modules/people/business.ts'
import type { Machine } from '#modules/people/twin-address.ts'
import { accessCode, panelKey, sandboxKeys } from '#modules/twins/keys.ts'
import { machinesOf } from '#modules/twins/queries.ts'
import { json, maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'

type Notice = { url: string; headers: Record<string, string>; body: string }

type Running = {
  imitation: Imitation
  version: bigint
  /** Its clock, as it stood when it was asked. */
  at: Temporal.Instant
  changed: Entry[]
  notices: Notice[]
}

/** What this process has read of machines; a version tells whether another process was asked meanwhile. */
const running = new WeakMap<App['db'], Map<string, Running>>()
const mostRunning = 50

/**
 * Asks a twin's machine. One request at a time per machine; what it changed is committed with the answer, and what it has to tell is told
 * after that. Refuses `not_found` for a business that is no twin.
 */
export async function askMachine(app: App, twinId: string, machine: Machine, request: Request): Promise<Response> {
  const shop = await openShop(app, twinId, 'system')
  if (shop.twinOf === null) throw new Refusal('not_found', 'There is no such machine.')
  const { url, method, headers } = request
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
  const known = running.get(app.db) ?? new Map<string, Running>()
  running.set(app.db, known)
  const name = `${twinId}/${machine}`
  const { response, kept } = await transaction(shop, 'ask-imitation', async (tx) => {
    const { version, at } = await lockMachine(tx, shop, machine)
    const before = known.get(name)
    // Until the commit nobody knows whether it remembers the truth.
    known.delete(name)
    const kept = before?.version === version ? before : await start(tx, shop, machine, version)
    kept.at = at
    const response = await kept.imitation.app.fetch(new Request(url, { method, headers, body }))
    await save(tx, machine, kept, at)
    return { response, kept }
  })
  if (known.size >= mostRunning) known.clear()
  const notices = kept.notices.splice(0)
  known.set(name, kept)
  for (const notice of notices) await tell(app, notice, shop.now())
  return response
}

async function lockMachine(tx: Tx, shop: Shop, machine: Machine): Promise<{ version: bigint; at: Temporal.Instant }> {
  const locked = sql<{ version: bigint; at: Temporal.Instant }>`
    select i.version, business_now(b.clock_frozen_at, b.clock_offset_ms, ${shop.app.clock.now()}) as at
    from imitations i join businesses b on b.id = i.business_id
    where i.business_id = current_business() and i.machine = ${machine} for update of i`
  const found = await maybe(tx, locked)
  if (found !== null) return found
  await run(
    tx,
    sql`insert into imitations (business_id, machine) values (${shop.businessId}, ${machine}) on conflict do nothing`,
  )
  return one(tx, locked)
}

async function start(tx: Tx, shop: Shop, machine: Machine, version: bigint): Promise<Running> {
  const entries = await rows(
    tx,
    sql<Entry>`select shelf, key, value as "row" from imitation_rows where business_id = current_business() and machine = ${machine} order by place`,
  )
  const kept: Omit<Running, 'imitation'> = { version, at: shop.now(), changed: [], notices: [] }
  // What they did, step by step, is asked for by tests of the house alone.
  const add = (entry: Entry) => {
    if (entry.shelf !== factShelf) kept.changed.push(entry)
  }
  const store = storeWith(entries, { add, flush: async () => {} })
  const parts = { folder: null, store, now: () => kept.at }
  const imitation =
    machine === 'panel'
      ? await xui.create({
          ...parts,
          publicUrl: () => shop.app.publicUrl,
          options: { access_code: accessCode, api_key: panelKey(shop), time_zone: 'UTC' },
        })
      : await openSandbox(tx, shop, parts, kept.notices)
  // What a machine puts down each time it is switched on is known already.
  if (entries.length > 0) kept.changed.length = 0
  return Object.assign(kept, { imitation })
}

async function openSandbox(
  tx: Tx,
  shop: Shop,
  parts: Pick<Parameters<typeof xui.create>[0], 'folder' | 'store' | 'now'>,
  notices: Notice[],
): Promise<Imitation> {
  const { gatewayId } = await machinesOf(tx, shop.businessId)
  const { apiKey, noticeSecret } = sandboxKeys(shop)
  const deliver = async (notice: Notice) => {
    notices.push(notice)
    return 200
  }
  return sandboxWith(deliver).create({
    ...parts,
    publicUrl: () => `${shop.app.publicUrl}${sandboxPath(shop.businessId)}`,
    options: {
      api_key: apiKey,
      notice_secret: noticeSecret,
      notice_url: gatewayId ?? '',
      settle_after_ms: '5000',
    },
  })
}

/** Below which address of the house the payment page of a twin is. */
export const sandboxPath = (twinId: string): string => `/sandbox/${twinId}`

/** What the machine did, in one statement each for what is put down and what is taken away. */
async function save(tx: Tx, machine: Machine, kept: Running, at: Temporal.Instant): Promise<void> {
  const last = new Map(kept.changed.splice(0).map((entry) => [JSON.stringify([entry.shelf, entry.key]), entry]))
  if (last.size === 0) return
  const put = [...last.values()].filter(({ row }) => row !== undefined)
  const gone = [...last.values()].filter(({ row }) => row === undefined)
  if (put.length > 0)
    await run(
      tx,
      sql`insert into imitation_rows (business_id, machine, shelf, key, value, put_at)
        select current_business(), ${machine}, e.value->>'shelf', e.value->>'key', e.value->'row', ${at}
        from jsonb_array_elements(${json(put)}) with ordinality e (value, place) order by e.place
        on conflict (business_id, machine, shelf, key) do update set value = excluded.value, put_at = excluded.put_at`,
    )
  if (gone.length > 0)
    await run(
      tx,
      sql`delete from imitation_rows r using jsonb_array_elements(${json(gone)}) e (value)
        where r.business_id = current_business() and r.machine = ${machine} and r.shelf = e.value->>'shelf' and r.key = e.value->>'key'`,
    )
  await run(
    tx,
    sql`update imitations set version = version + 1 where business_id = current_business() and machine = ${machine}`,
  )
  kept.version += 1n
}

/** As a provider would, only that nothing travels. A notice that is lost is found by the sweep, which asks the gateway itself. */
async function tell(app: App, { url, headers, body }: Notice, receivedAt: Temporal.Instant): Promise<void> {
  if (url === '') return
  const told = await receiveNotice(app, url, { body: Buffer.from(body), headers, receivedAt }).catch(
    (error: unknown) => {
      app.log.warn('a notice of an imitation was not stored', { gateway: url, error })
      return 'later' as const
    },
  )
  if (told === 'forged') app.log.warn('a notice of an imitation was refused', { gateway: url })
}
