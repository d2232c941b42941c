/**
 * Our books beside the gateway's own list, once a day and when somebody asks. What does not agree at first sight is asked about and mended
 * by the doors of every day; what differs even then waits for a person. The list is a hint: what it leaves out is looked up one by one,
 * and a list that cannot be believed concludes nothing. Page by page, each commit says how far it got; safe to repeat.
 */
import type { ListedMoney, PaymentSnapshot } from '#adapters/gateways/gateway.ts'
import { type App, type Shop, transaction } from '#app.ts'
import { crashPoint } from '#platform/crash.ts'
import { rows, run, sql, type Tx } from '#platform/db.ts'
import { assert, ProviderError } from '#platform/errors.ts'
import { type Instant, isAfter, plusHours, plusSeconds } from '#platform/time.ts'
import { raise, settle } from '../../people/attention.ts'
import { allShops } from '../../people/business.ts'
import { findGateway, listGateways, type OpenGateway, openGateway } from '../gateways.ts'
import { lentPayments } from '../lent-payments.ts'
import { findPayment } from '../queries.ts'
import { refresh } from '../refresh-payment.ts'
import { refreshRefunds } from '../refund-facts.ts'
import { begin, type GatewayComparison, readComparison } from './comparisons.ts'
import {
  bookedPayment,
  closeGone,
  countMissing,
  countOpen,
  type Found,
  keepFound,
  type MoneyDifference,
  matchListed,
  nextMissing,
  openBehind,
} from './differences.ts'
import { agrees, doubtOf, verdictOn } from './rules.ts'

const perPage = 100
/** Looked up one by one between two commits. */
const perStep = 20
const leaseSeconds = 600
const mostBreaks = 5
/** A little less than a day: timers are never exact. */
const dailyHours = 20

/** One round over all businesses: begins what is due, and goes on with what was broken off. Several processes may. */
export async function compareGateways(app: App): Promise<void> {
  for await (const shop of allShops(app)) {
    // A copy that nobody confirmed knows less than the gateway, and that is no difference.
    if (shop.standstill !== null) continue
    const due = await transaction(shop, 'gateways-to-compare', (tx) => dueNow(tx, shop))
    for (const id of due)
      await compareGateway(shop, id).catch((error: unknown) =>
        app.log.error('a comparison with a gateway failed', { business: shop.businessId, comparison: id, error }),
      )
  }
}

async function dueNow(tx: Tx, shop: Shop): Promise<string[]> {
  const accounts = (await listGateways(tx)).filter(
    ({ kind, active, testedAt, lent }) =>
      (active || testedAt !== null) && lent === null && shop.app.gateways.get(kind)?.capabilities.listsMoney === true,
  )
  if (accounts.length === 0) return []
  const last = new Map(
    (
      await rows(
        tx,
        sql<{ accountId: string; id: string; state: string; nextAt: Instant | null; createdAt: Instant }>`
          select distinct on (gateway_account_id) gateway_account_id as "accountId", id, state, next_at as "nextAt", created_at as "createdAt"
          from gateway_comparisons where business_id = current_business() order by gateway_account_id, created_at desc, id desc`,
      )
    ).map((each) => [each.accountId, each]),
  )
  const due: string[] = []
  for (const { id: accountId } of accounts) {
    const known = last.get(accountId)
    const again = known?.nextAt && !isAfter(known.nextAt, shop.app.clock.now()) ? known.id : null
    const isOver =
      known === undefined || (known.nextAt === null && !isAfter(plusHours(known.createdAt, dailyHours), shop.now()))
    const id = isOver ? await begin(tx, shop, accountId, { askedBy: null, trustsLess: false }) : again
    if (id !== null) due.push(id)
  }
  return due
}

type Comparing = { shop: Shop; open: OpenGateway; comparison: GatewayComparison }

/** Goes on where it was left; who comes while another works on it does nothing. */
export async function compareGateway(shop: Shop, comparisonId: string): Promise<void> {
  const taken = await transaction(shop, 'take-comparison', async (tx) => {
    const mine = await run(
      tx,
      sql`update gateway_comparisons set next_at = ${lease(shop)} where business_id = current_business() and id = ${comparisonId} and next_at <= ${shop.app.clock.now()}`,
    )
    if (mine === 0) return null
    const comparison = await readComparison(tx, comparisonId)
    return { comparison, account: await findGateway(tx, comparison.gatewayAccountId) }
  })
  if (taken === null) return
  const { comparison, account } = taken
  assert(account !== null, 'a comparison has its gateway')
  const comparing = { shop, open: openGateway(shop, account), comparison }
  try {
    if (comparison.stage === 'listing') await readList(comparing)
    if (comparing.comparison.stage === 'missing') await lookUpMissing(comparing)
    if (comparing.comparison.stage === 'open') await lookAgain(comparing)
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    await breakOff(comparing, error)
  }
}

const lease = (shop: Shop): Instant => plusSeconds(shop.app.clock.now(), leaseSeconds)

/** How far it got, in the commit of what was found there. */
async function advance(
  tx: Tx,
  comparing: Comparing,
  to: { stage: GatewayComparison['stage']; cursor: string | null },
): Promise<void> {
  const { shop, comparison } = comparing
  await run(
    tx,
    sql`update gateway_comparisons set stage = ${to.stage}, cursor = ${to.cursor}, next_at = ${lease(shop)} where business_id = current_business() and id = ${comparison.id}`,
  )
  tx.afterCommit(() => {
    comparing.comparison = { ...comparison, ...to }
  })
}

async function readList(comparing: Comparing): Promise<void> {
  const { shop, open } = comparing
  assert(open.gateway.listMoney !== undefined, 'a gateway that lists has a list')
  while (comparing.comparison.stage === 'listing') {
    const { comparison } = comparing
    const { from, until, cursor } = comparison
    crashPoint('gateway-listMoney:before')
    const { moneys, next } = await open.gateway.listMoney({ from, until, cursor, most: perPage })
    crashPoint('gateway-listMoney:after')
    const { found, payments, foreign } = await judgePage(comparing, moneys)
    await transaction(shop, 'save-listed-page', async (tx) => {
      await run(
        tx,
        sql`insert into gateway_comparison_pages (business_id, comparison_id, page, payments)
          select current_business(), id, pages, ${payments}::text[] from gateway_comparisons where business_id = current_business() and id = ${comparison.id}`,
      )
      await run(
        tx,
        sql`update gateway_comparisons set pages = pages + 1, listed = listed + ${moneys.length}, foreign_count = foreign_count + ${foreign}
          where business_id = current_business() and id = ${comparison.id}`,
      )
      await keepFound(tx, shop, comparison, found)
      await advance(
        tx,
        comparing,
        next === null ? { stage: 'missing', cursor: null } : { stage: 'listing', cursor: next },
      )
    })
  }
}

async function judgePage(
  comparing: Comparing,
  moneys: readonly ListedMoney[],
): Promise<{ found: Found[]; payments: string[]; foreign: number }> {
  const { shop, open } = comparing
  const matched = await transaction(shop, 'match-listed', (tx) => matchListed(tx, open.account.id, moneys))
  const byPlace = new Map(matched.map((each) => [each.place, each]))
  const found: Found[] = []
  const judged = new Set<string>()
  const shared = matched.length < moneys.length && (await isShared(comparing))
  const lent = await lentNames(comparing, moneys, byPlace)
  let foreign = 0
  for (const [place, money] of moneys.entries()) {
    const known = byPlace.get(place)
    if (known === undefined) {
      if (namesOf(money).some((name) => lent.has(name))) continue
      const stray = await unknownMoney(open, money)
      if (stray === null) continue
      // Another system's, where others use the account, too.
      if (shared) foreign += 1
      else found.push(stray)
      continue
    }
    // Told by two accounts at one provider: it is compared with the one that took it.
    const elsewhere = known.gatewayAccountId !== open.account.id
    if (elsewhere || agrees(known, money) || judged.has(known.id)) continue
    judged.add(known.id)
    found.push(...(await differencesOf(comparing, known.id, money)))
  }
  return { found, payments: [...new Set(matched.map(({ id }) => id))], foreign }
}

const namesOf = ({ ourRef, remoteRef, captureId }: Pick<ListedMoney, 'ourRef' | 'remoteRef' | 'captureId'>): string[] =>
  [ourRef, remoteRef, captureId].filter((name) => name !== null)

/** What of the rest is a payment of somebody whom this gateway is lent: it is in his books, and compared by nobody but himself. */
async function lentNames(
  { shop, open }: Comparing,
  moneys: readonly ListedMoney[],
  known: ReadonlyMap<number, unknown>,
): Promise<Set<string>> {
  const names = moneys.filter((_, place) => !known.has(place)).flatMap(namesOf)
  if (names.length === 0) return new Set()
  const found = await transaction(shop, 'read-lent-payments', (tx) => lentPayments(tx, open.account.id, names))
  return new Set(found.map(({ ref }) => ref))
}

const isShared = ({ shop, open }: Comparing): Promise<boolean> =>
  transaction(shop, 'read-gateway', async (tx) => (await findGateway(tx, open.account.id))?.shared === true)

/** Money without a payment of ours; null: on a second look nothing is there. */
async function unknownMoney(open: OpenGateway, money: ListedMoney): Promise<Found | null> {
  const fact = money.captureId ?? money.remoteRef
  if (fact === null) return null
  const received =
    money.received ?? (money.remoteRef === null ? null : ((await fetched(open, money.remoteRef))?.received ?? null))
  if (received === null || received.minor === 0n) return null
  return {
    kind: 'unknown',
    fact,
    paymentId: null,
    remoteRef: money.remoteRef,
    ourRef: money.ourRef?.slice(0, 100) ?? null,
    currency: received.currency,
    oursMinor: 0n,
    theirsMinor: received.minor,
    moneyAt: money.at,
  }
}

/** Null: the gateway does not know it. */
async function fetched({ gateway }: OpenGateway, remoteRef: string): Promise<PaymentSnapshot | null> {
  try {
    crashPoint('gateway-fetchPayment:before')
    const snapshot = await gateway.fetchPayment(remoteRef)
    crashPoint('gateway-fetchPayment:after')
    return snapshot
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'rejected' && error.code === 'not_found') return null
    throw error
  }
}

/** What the gateway itself says decides. What can be mended by asking is mended first, by the doors of every day. */
async function differencesOf(
  { shop, open }: Comparing,
  paymentId: string,
  listed: Pick<ListedMoney, 'remoteRef' | 'captureId' | 'ourRef' | 'at'> | null,
): Promise<Found[]> {
  const look = async () => {
    const booked = await transaction(shop, 'read-booked', (tx) => bookedPayment(tx, paymentId))
    assert(booked !== null, 'a payment stays')
    const ref = booked.remoteRef ?? listed?.remoteRef ?? null
    return { booked, verdict: verdictOn(booked, ref === null ? null : await fetched(open, ref)) }
  }
  if ((await look()).verdict === null) return []
  const payment = await transaction(shop, 'read-payment', (tx) => findPayment(tx, paymentId))
  assert(payment !== null, 'a payment stays')
  await mended(() => refresh(shop, payment))
  await mended(() => refreshRefunds(shop, payment))
  const { booked, verdict } = await look()
  if (verdict === null) return []
  const moneyAt = listed?.at ?? booked.createdAt
  const ourRef = listed?.ourRef ?? null
  return [{ ...verdict, fact: paymentId, paymentId, remoteRef: booked.remoteRef, ourRef, moneyAt }]
}

/** What the gateway refuses to tell of one payment is no reason to break off: the look after it says what is known. */
async function mended(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'rejected') throw error
  }
}

async function lookUpMissing(comparing: Comparing): Promise<void> {
  const { shop } = comparing
  const counted = await transaction(shop, 'weigh-list', async (tx) => {
    const { comparison } = comparing
    const told = await countMissing(tx, comparison)
    await run(
      tx,
      sql`update gateway_comparisons set expected = coalesce(expected, ${told.expected}), missing = coalesce(missing, ${told.missing}) where business_id = current_business() and id = ${comparison.id}`,
    )
    return told
  })
  // Looked up in part already: it was believed then.
  const first = comparing.comparison.cursor === null && !comparing.comparison.trustsLess
  const doubt = first ? doubtOf(counted) : null
  if (doubt !== null) return endInDoubt(comparing, doubt)
  while (comparing.comparison.stage === 'missing') {
    const ids = await transaction(shop, 'read-missing', (tx) => nextMissing(tx, comparing.comparison, perStep))
    const found: Found[] = []
    for (const id of ids) found.push(...(await differencesOf(comparing, id, null)))
    const last = ids.at(-1)
    await transaction(shop, 'save-looked-up', async (tx) => {
      await keepFound(tx, shop, comparing.comparison, found)
      const on = last !== undefined && ids.length === perStep
      await advance(tx, comparing, on ? { stage: 'missing', cursor: last } : { stage: 'open', cursor: null })
    })
  }
}

/** What was open before and did not come by: mended meanwhile, gone, or older than the list. */
async function lookAgain(comparing: Comparing): Promise<void> {
  const { shop } = comparing
  for (let over = false; !over; ) {
    const open = await transaction(shop, 'read-differences', (tx) => openBehind(tx, comparing.comparison, perStep))
    const gone: string[] = []
    const found: Found[] = []
    for (const each of open) {
      const still = await stillOf(comparing, each)
      if (still === 'gone') gone.push(each.id)
      else found.push(...still)
    }
    over = open.length < perStep
    await transaction(shop, 'save-looked-again', async (tx) => {
      await closeGone(tx, gone, shop.now())
      await keepFound(tx, shop, comparing.comparison, found)
      if (over) await finish(tx, comparing, 'done', null)
      else await advance(tx, comparing, { stage: 'open', cursor: open.at(-1)?.id ?? null })
    })
  }
}

async function stillOf(comparing: Comparing, each: MoneyDifference): Promise<Found[] | 'gone'> {
  const { shop, open, comparison } = comparing
  if (each.paymentId !== null) {
    const found = (await differencesOf(comparing, each.paymentId, null)).filter(({ kind }) => kind === each.kind)
    return found.length === 0 ? 'gone' : found
  }
  const money = { captureId: each.fact, remoteRef: each.remoteRef, ourRef: each.ourRef }
  const known = await transaction(shop, 'match-listed', (tx) => matchListed(tx, open.account.id, [money]))
  const listed = !isAfter(comparison.from, each.moneyAt)
  return known.length > 0 || listed ? 'gone' : [each]
}

async function endInDoubt(comparing: Comparing, doubt: string): Promise<void> {
  const { shop } = comparing
  await transaction(shop, 'doubt-list', (tx) => finish(tx, comparing, 'doubtful', doubt))
}

/** Pages are forgotten with the end; what is open is one item among what needs attention. */
async function finish(
  tx: Tx,
  comparing: Comparing,
  state: 'done' | 'failed' | 'doubtful',
  trouble: string | null,
): Promise<void> {
  const { shop, comparison, open } = comparing
  const now = shop.now()
  await run(
    tx,
    sql`update gateway_comparisons set state = ${state}, stage = 'over', cursor = null, next_at = null, last_error = ${trouble}, finished_at = ${now} where business_id = current_business() and id = ${comparison.id}`,
  )
  await run(
    tx,
    sql`delete from gateway_comparison_pages where business_id = current_business() and comparison_id = ${comparison.id}`,
  )
  tx.afterCommit(() => {
    comparing.comparison = { ...comparison, state, stage: 'over' }
  })
  const about = { subjectType: 'gateway_comparison', subjectId: open.account.id }
  await tellOpen(tx, shop, open.account, now)
  if (trouble === null) {
    await settle(tx, 'gateway_not_compared', open.account.id, 'system', now)
    return
  }
  const title =
    state === 'doubtful'
      ? `${open.account.name} listed far fewer payments than it should have`
      : `${open.account.name} could not be compared with our books`
  const detail = `${trouble} Nothing was concluded from it.`
  await raise(tx, shop, { kind: 'gateway_not_compared', ...about, title, detail, severity: 'warn' }, now)
}

/** One item per account, as long as a difference waits. */
export async function tellOpen(tx: Tx, shop: Shop, account: { id: string; name: string }, now: Instant): Promise<void> {
  const open = await countOpen(tx, account.id)
  if (open === 0) {
    await settle(tx, 'money_differs', account.id, shop.actor, now)
    return
  }
  await raise(
    tx,
    shop,
    {
      kind: 'money_differs',
      subjectType: 'gateway_comparison',
      subjectId: account.id,
      title:
        open === 1 ? `Our books and ${account.name} differ` : `Our books and ${account.name} differ in ${open} places`,
      detail: 'Each can be booked, mended at its payment, or put aside with a reason.',
      severity: 'bad',
    },
    now,
  )
}

/** A gateway that failed half-way is asked for the rest later; too often, and the comparison is given up and told. */
async function breakOff(comparing: Comparing, error: ProviderError): Promise<void> {
  const { shop, comparison, open } = comparing
  const breaks = comparison.breaks + 1
  shop.app.log.warn('comparison with a gateway broken off', { gateway: open.account.id, error })
  await transaction(shop, 'break-comparison', async (tx) => {
    await run(
      tx,
      sql`update gateway_comparisons set breaks = ${breaks}, last_error = ${error.message}, next_at = ${plusSeconds(shop.app.clock.now(), 60 * 2 ** breaks)} where business_id = current_business() and id = ${comparison.id}`,
    )
    if (breaks >= mostBreaks || error.kind === 'auth_failed' || error.kind === 'rejected')
      await finish(tx, comparing, 'failed', error.message)
  })
}
