/**
 * Reads what a gateway kept of each payment and what it sent to the bank, once a day and when somebody asks: apart from every payment's own way,
 * which waits for none of it. Page by page, each commit says how far it got; safe to repeat, since every move and every payout is booked once under
 * the gateway's own name of it.
 */
import type { ListedMove, ListedMoves } from '#adapters/gateways/gateway.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, ProviderError, Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { raise, settle } from '../../people/attention.ts'
import { allShops } from '../../people/business.ts'
import { refreshDispute } from '../disputes/refresh-dispute.ts'
import {
  findGateway,
  type GatewayAccount,
  listGateways,
  type OpenGateway,
  openGateway,
  refuseLent,
} from '../gateways.ts'
import { readBalanceJob } from '../jobs.ts'
import { judgePayouts, matchPayouts } from './match-payouts.ts'
import { bookMoves, keepMoves, unknownDisputes } from './moves.ts'
import { applyTold } from './told-payouts.ts'

const perPage = 100
const leaseSeconds = 600
const mostBreaks = 5
const dailyHours = 20
/** So far back at first, and so far after that: what is told late is told within days. */
const firstDays = 30
const againDays = 8

type Stage = 'moves' | 'payouts' | 'parts' | 'over'

export type GatewayReading = {
  gatewayAccountId: string
  stage: Stage
  cursor: string | null
  from: Instant
  until: Instant
  breaks: number
  lastError: string | null
  nextAt: Instant | null
  doneAt: Instant | null
}

const columns = sql`gateway_account_id as "gatewayAccountId", stage, cursor, read_from as "from", read_until as "until", breaks, last_error as "lastError", next_at as "nextAt", done_at as "doneAt"`

/** How far each account was read. */
export const listReadings = (tx: Tx): Promise<GatewayReading[]> =>
  rows(
    tx,
    sql<GatewayReading>`select ${columns} from gateway_readings where business_id = current_business() order by gateway_account_id`,
  )

const findReading = (tx: Tx, accountId: string): Promise<GatewayReading | null> =>
  maybe(
    tx,
    sql<GatewayReading>`select ${columns} from gateway_readings where business_id = current_business() and gateway_account_id = ${accountId}`,
  )

/** Some kinds tell only what their settings allow: then the opened gateway lacks the verbs. */
function tells(shop: Shop, account: GatewayAccount): boolean {
  const capabilities = shop.app.gateways.get(account.kind)?.capabilities
  if (capabilities?.tellsFees !== true && capabilities?.tellsPayouts !== true) return false
  const { gateway } = openGateway(shop, account)
  return gateway.listMoves !== undefined || gateway.listPayouts !== undefined
}

/** Accounts that can be asked. */
export const listTelling = async (tx: Tx, shop: Shop): Promise<GatewayAccount[]> =>
  (await listGateways(tx)).filter(
    (each) => (each.active || each.testedAt !== null) && each.lent === null && tells(shop, each),
  )

/** One round over all businesses: begins what is due, and goes on with what was broken off. Several processes may. */
export async function readBalances(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    // A copy that nobody confirmed must not move money in the books by itself.
    if (shop.standstill !== null) continue
    const due = await transaction(shop, 'balances-to-read', (tx) => dueNow(tx, shop))
    for (const id of due)
      await readBalance(shop, id).catch((error: unknown) =>
        app.log.error('the balance at a gateway was not read', { business: shop.businessId, gateway: id, error }),
      )
  }
}

async function dueNow(tx: Tx, shop: Shop): Promise<string[]> {
  const accounts = await listTelling(tx, shop)
  if (accounts.length === 0) return []
  const known = new Map((await listReadings(tx)).map((each) => [each.gatewayAccountId, each]))
  const due: string[] = []
  for (const { id } of accounts) {
    const reading = known.get(id)
    if (reading?.nextAt) {
      if (!isAfter(reading.nextAt, shop.app.clock.now())) due.push(id)
    } else if (reading?.doneAt == null || !isAfter(plusHours(reading.doneAt, dailyHours), shop.now())) {
      await begin(tx, shop, id)
      due.push(id)
    }
  }
  return due
}

/** From the top, unless it is under way. */
async function begin(tx: Tx, shop: Shop, accountId: string): Promise<void> {
  await one(
    tx,
    sql`select id from gateway_accounts where business_id = current_business() and id = ${accountId} for update`,
  )
  const known = await findReading(tx, accountId)
  if (known !== null && known.stage !== 'over') return
  const [now, machineNow] = [shop.now(), shop.app.clock.now()]
  const last = known?.doneAt ?? null
  const from = last === null ? plusHours(now, -24 * firstDays) : plusHours(last, -24 * againDays)
  const earliest = plusHours(now, -24 * firstDays)
  await run(
    tx,
    sql`insert into gateway_readings (business_id, gateway_account_id, stage, read_from, read_until, next_at, started_at)
      values (${shop.businessId}, ${accountId}, 'moves', ${isAfter(earliest, from) ? earliest : from}, ${now}, ${machineNow}, ${now})
      on conflict (business_id, gateway_account_id) do update set stage = 'moves', cursor = null, read_from = excluded.read_from, read_until = excluded.read_until, breaks = 0,
        next_at = excluded.next_at, started_at = excluded.started_at`,
  )
}

/** Somebody wants to know now. One that is under way goes on. */
export async function askToReadBalance(tx: Tx, shop: Shop, accountId: string): Promise<void> {
  const account = await findGateway(tx, accountId)
  if (account === null) throw new Refusal('not_found', 'There is no such gateway.')
  refuseLent(account)
  if (!tells(shop, account))
    throw new Refusal('conflict', 'This gateway tells neither what it keeps nor what it pays out.')
  await begin(tx, shop, accountId)
  await enqueue(tx, readBalanceJob, { businessId: shop.businessId, gatewayAccountId: accountId })
}

type Reading = { shop: Shop; open: OpenGateway; account: GatewayAccount; at: GatewayReading }

/** Goes on where it was left; who comes while another works on it does nothing. */
export async function readBalance(shop: Shop, accountId: string): Promise<void> {
  const taken = await transaction(shop, 'take-reading', async (tx) => {
    const mine = await run(
      tx,
      sql`update gateway_readings set next_at = ${lease(shop)} where business_id = current_business() and gateway_account_id = ${accountId} and next_at <= ${shop.app.clock.now()}`,
    )
    return mine === 0 ? null : { at: await findReading(tx, accountId), account: await findGateway(tx, accountId) }
  })
  if (taken === null) return
  const { at, account } = taken
  assert(at !== null && account !== null, 'a reading has its gateway')
  const reading: Reading = { shop, account, open: openGateway(shop, account), at }
  try {
    if (reading.at.stage === 'moves') await readMoves(reading)
    if (reading.at.stage === 'payouts') await readPayouts(reading)
    if (reading.at.stage === 'parts') await readParts(reading)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await breakOff(reading, error)
  }
}

const lease = (shop: Shop): Instant => plusSeconds(shop.app.clock.now(), leaseSeconds)

/** How far it got, in the commit of what was found there. */
async function advance(tx: Tx, reading: Reading, to: { stage: Stage; cursor: string | null }): Promise<void> {
  const { shop, at } = reading
  await run(
    tx,
    sql`update gateway_readings set stage = ${to.stage}, cursor = ${to.cursor}, next_at = ${lease(shop)} where business_id = current_business() and gateway_account_id = ${at.gatewayAccountId}`,
  )
  tx.afterCommit(() => {
    reading.at = { ...at, ...to }
  })
}

async function readMoves(reading: Reading): Promise<void> {
  const { shop, open, account } = reading
  while (reading.at.stage === 'moves') {
    const { from, until, cursor } = reading.at
    crashPoint('gateway-listMoves:before')
    const page = (await open.gateway.listMoves?.({ from, until, cursor, most: perPage })) ?? { moves: [], next: null }
    crashPoint('gateway-listMoves:after')
    await askAboutDisputes(reading, page.moves)
    await transaction(shop, 'save-moves', async (tx) => {
      await keepMoves(tx, shop, account.id, page.moves, null)
      await bookMoves(tx, shop, account, shop.now())
      await advance(
        tx,
        reading,
        page.next === null ? { stage: 'payouts', cursor: null } : { stage: 'moves', cursor: page.next },
      )
    })
  }
  await bookRest(reading)
}

/** What waited since earlier days and is known by now. */
async function bookRest({ shop, account }: Reading): Promise<void> {
  for (let more = true; more; )
    more = await transaction(shop, 'book-moves', async (tx) => (await bookMoves(tx, shop, account, shop.now())) > 0)
}

/** A dispute whose notice was lost shows on the balance: its own door is told. */
async function askAboutDisputes({ shop, account, open }: Reading, moves: readonly ListedMove[]): Promise<void> {
  if (open.gateway.fetchDispute === undefined) return
  const refs = [...new Set(moves.flatMap(({ disputeRef }) => (disputeRef === null ? [] : [disputeRef])))]
  if (refs.length === 0) return
  for (const ref of await transaction(shop, 'read-unknown-disputes', (tx) => unknownDisputes(tx, account.id, refs)))
    await refreshDispute(shop, account.id, ref, null, async () => {})
}

async function readPayouts(reading: Reading): Promise<void> {
  const { shop, open, account } = reading
  while (reading.at.stage === 'payouts') {
    const { from, until, cursor } = reading.at
    crashPoint('gateway-listPayouts:before')
    const page = (await open.gateway.listPayouts?.({ from, until, cursor, most: perPage })) ?? {
      payouts: [],
      next: null,
    }
    crashPoint('gateway-listPayouts:after')
    await transaction(shop, 'save-told-payouts', async (tx) => {
      for (const each of page.payouts) await applyTold(tx, shop, account.id, each, shop.now())
      await advance(
        tx,
        reading,
        page.next === null ? { stage: 'parts', cursor: null } : { stage: 'payouts', cursor: page.next },
      )
    })
  }
}

/** Of each new payout once, after it has arrived: what it is made of does not change. */
async function readParts(reading: Reading): Promise<void> {
  const { shop, open, account } = reading
  const waiting = await transaction(shop, 'payouts-without-parts', (tx) =>
    rows(
      tx,
      sql<{
        id: string
        ref: string
      }>`select id, remote_ref as ref from payouts where business_id = current_business() and gateway_account_id = ${account.id} and remote_ref is not null
        and parts_read_at is null and state = 'arrived' and undone_at is null and created_at > ${plusHours(reading.at.until, -24 * firstDays)} order by id`,
    ),
  )
  for (const each of open.gateway.listPayoutMoves === undefined ? [] : waiting) await readPartsOf(reading, each)
  await bookRest(reading)
  await transaction(shop, 'balance-read', async (tx) => {
    const now = shop.now()
    await matchPayouts(tx, shop, now)
    await judgePayouts(tx, shop, now)
    await settle(tx, 'gateway_not_read', account.id, 'system', now)
    await run(
      tx,
      sql`update gateway_readings set stage = 'over', cursor = null, next_at = null, breaks = 0, last_error = null, done_at = ${now} where business_id = current_business() and gateway_account_id = ${account.id}`,
    )
  })
}

async function readPartsOf(reading: Reading, payout: { id: string; ref: string }): Promise<void> {
  const { shop, open, account } = reading
  for (let cursor: string | null = null, over = false; !over; ) {
    crashPoint('gateway-listPayoutMoves:before')
    const page: ListedMoves | null =
      (await open.gateway.listPayoutMoves?.({ payoutRef: payout.ref, cursor, most: perPage })) ?? null
    crashPoint('gateway-listPayoutMoves:after')
    over = page === null || page.next === null
    cursor = page?.next ?? null
    if (page !== null) await askAboutDisputes(reading, page.moves)
    await transaction(shop, 'save-parts', async (tx) => {
      if (page !== null) {
        await keepMoves(tx, shop, account.id, page.moves, payout.id)
        await bookMoves(tx, shop, account, shop.now())
      }
      if (over && page !== null)
        await run(
          tx,
          sql`update payouts set parts_read_at = ${shop.now()} where business_id = current_business() and id = ${payout.id}`,
        )
      await advance(tx, reading, { stage: 'parts', cursor: null })
    })
  }
}

/** It did not answer: again in an hour; told after some tries, and left until tomorrow. */
async function breakOff({ shop, at, account }: Reading, error: ProviderError): Promise<void> {
  const breaks = at.breaks + 1
  const over = breaks >= mostBreaks
  await transaction(shop, 'break-reading', async (tx) => {
    const now = shop.now()
    await run(
      tx,
      sql`update gateway_readings set breaks = ${breaks}, last_error = ${error.message}, stage = case when ${over} then 'over' else stage end, cursor = case when ${over} then null else cursor end,
          next_at = ${over ? null : plusHours(shop.app.clock.now(), 1)}::timestamptz, done_at = case when ${over} then ${now}::timestamptz else done_at end
        where business_id = current_business() and gateway_account_id = ${account.id}`,
    )
    if (!over) return
    await raise(
      tx,
      shop,
      {
        kind: 'gateway_not_read',
        subjectType: 'gateway',
        subjectId: account.id,
        title: `${account.name} does not tell what it kept and paid out`,
        detail: error.message,
        severity: 'warn',
      },
      now,
    )
  })
}
