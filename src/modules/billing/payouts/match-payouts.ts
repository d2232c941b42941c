/**
 * A payout and the bank's entry that it arrived as. What is surely one is found by itself, after each file and each reading; a person may say so,
 * and take it back. The entry is then nobody's payment: it waits no more.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { format, money } from '#platform/money.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { record } from '../../events/record.ts'
import { post } from '../../ledger/post.ts'
import { bank, fees } from '../../ledger/rules.ts'
import { raise, settle } from '../../people/attention.ts'
import { tellWaiting } from '../bank/book-entry.ts'
import { lockEntry } from '../bank/entries.ts'
import { findPayout, lockPayout, seePayout, seePayouts } from './payouts.ts'
import { type EntryText, type Payout, type PayoutDifference, surePairs } from './rules.ts'

const lookBackHours = 24 * 60

const textOf = sql`concat_ws(' ', e.name, e.reference, e.remittance, e.end_to_end_id)`
/** Nobody's money as far as anybody knows. */
const free = sql`e.direction = 'credit' and not e.reversal and e.status = 'waiting' and e.why in ('no_reference', 'unknown_reference')
  and not exists (select 1 from payouts x where x.business_id = e.business_id and x.entry_id = e.id)`

type Sent = Pick<Payout, 'id' | 'currency' | 'amountMinor' | 'arrivedOn' | 'reference' | 'remoteRef' | 'bankText'> & {
  kind: string
}

/** Looks for each payout that nobody has found at the bank yet. Safe to repeat. */
export async function matchPayouts(tx: Tx, shop: Shop, now: Instant): Promise<void> {
  const since = plusHours(now, -lookBackHours)
  const payouts = await rows(
    tx,
    sql<Sent>`select o.id, o.currency, o.amount_minor as "amountMinor", o.arrived_on::text as "arrivedOn", o.reference, o.remote_ref as "remoteRef", o.bank_text as "bankText", g.kind
      from payouts o join gateway_accounts g on g.business_id = o.business_id and g.id = o.gateway_account_id
      where o.business_id = current_business() and o.state = 'arrived' and o.undone_at is null and o.entry_id is null and o.arrived_on > (${since}::timestamptz)::date for update of o`,
  )
  if (payouts.length === 0) return
  const entries = await rows(
    tx,
    sql<EntryText>`select e.id, e.currency, e.amount_minor as "amountMinor", e.booked_on::text as "bookedOn", ${textOf} as text from bank_entries e
      where e.business_id = current_business() and ${free} and e.booked_on > (${since}::timestamptz)::date`,
  )
  if (entries.length === 0) return
  const named = payouts.map((each) => ({ ...each, gateway: [shop.app.gateways.get(each.kind)?.title ?? each.kind] }))
  for (const { payoutId, entryId } of surePairs(named, entries)) await tie(tx, shop, payoutId, entryId, now)
}

async function tie(tx: Tx, shop: Shop, payoutId: string, entryId: string, now: Instant): Promise<void> {
  const entry = await lockEntry(tx, entryId)
  await run(
    tx,
    sql`update payouts set entry_id = ${entryId} where business_id = current_business() and id = ${payoutId} and entry_id is null`,
  )
  await run(
    tx,
    sql`update bank_entries set status = 'noted', why = null, version = version + 1 where business_id = current_business() and id = ${entryId}`,
  )
  await record(tx, shop, now, {
    type: 'payout.found_at_bank',
    subjectType: 'payout',
    subjectId: payoutId,
    data: { entry: entryId, amount: entry.amountMinor.toString(), currency: entry.currency },
  })
  await tellWaiting(tx, shop, entry.gatewayAccountId, now)
}

/** The entry is somebody's money again, as far as anybody knows. */
export async function releaseEntry(tx: Tx, shop: Shop, { id, entryId }: Payout, now: Instant): Promise<void> {
  await run(
    tx,
    sql`update payouts set entry_id = null, difference_minor = 0 where business_id = current_business() and id = ${id}`,
  )
  if (entryId === null) return
  const entry = await lockEntry(tx, entryId)
  await run(
    tx,
    sql`update bank_entries set status = 'waiting', why = 'no_reference', version = version + 1 where business_id = current_business() and id = ${entryId} and status = 'noted'`,
  )
  await tellWaiting(tx, shop, entry.gatewayAccountId, now)
}

/** Entries that a person may choose from: of the payout's currency and about its days, the same sum first. */
export const entriesFor = (tx: Tx, payout: Payout): Promise<EntryText[]> =>
  rows(
    tx,
    sql<EntryText>`select e.id, e.currency, e.amount_minor as "amountMinor", e.booked_on::text as "bookedOn", ${textOf} as text from bank_entries e
      where e.business_id = current_business() and ${free} and e.currency = ${payout.currency} and e.booked_on between ${payout.arrivedOn}::date - 7 and ${payout.arrivedOn}::date + 14
      order by abs(e.amount_minor - ${payout.amountMinor}), e.booked_on, e.id limit 8`,
  )

/** A person says that this entry is the payout. */
export const matchByHand = (shop: Shop, payoutId: string, entryId: string): Promise<void> =>
  transaction(shop, 'match-payout', async (tx) => {
    const now = shop.now()
    const payout = await lockPayout(tx, payoutId)
    if (payout.entryId === entryId) return
    if (payout.undoneAt !== null || payout.state !== 'arrived')
      throw new Refusal('conflict', 'This payout is not in the books.')
    if (payout.entryId !== null) throw new Refusal('conflict', 'This payout was found at the bank already.')
    const fit = await maybe(
      tx,
      sql`select e.id from bank_entries e where e.business_id = current_business() and e.id = ${entryId} and e.currency = ${payout.currency} and ${free} for update`,
    )
    if (fit === null)
      throw new Refusal('conflict', 'This entry does not wait, or is in another currency than the payout.')
    await tie(tx, shop, payoutId, entryId, now)
    await judgePayout(tx, shop, payoutId, now)
  })

/** It was another entry after all. */
export const unmatchByHand = (shop: Shop, payoutId: string): Promise<void> =>
  transaction(shop, 'unmatch-payout', async (tx) => {
    const now = shop.now()
    const payout = await lockPayout(tx, payoutId)
    if (payout.entryId === null) return
    if (payout.differenceMinor !== 0n)
      throw new Refusal('conflict', 'Its difference is booked. Take the payout back instead.')
    await releaseEntry(tx, shop, payout, now)
    await record(tx, shop, now, { type: 'payout.not_at_bank', subjectType: 'payout', subjectId: payoutId })
    await judgePayout(tx, shop, payoutId, now)
  })

/**
 * A person has looked at what does not agree and says why. What arrived less or more than was sent is booked with the fees: somebody on the way
 * kept it, or gave it.
 */
export const settlePayout = (shop: Shop, payoutId: string, reason: string): Promise<void> =>
  transaction(shop, 'settle-payout', async (tx) => {
    const now = shop.now()
    const payout = await lockPayout(tx, payoutId)
    if (payout.settledAt !== null) return
    const { differences } = await seePayout(tx, payout)
    if (differences.length === 0) throw new Refusal('conflict', 'Everything about this payout agrees.')
    const off = differences.find(({ kind }) => kind === 'bank')?.minor ?? 0n
    const [here, kept] = [bank(payout.currency), fees(payout.currency, payout.gatewayAccountId)]
    const transfer = off > 0n ? { debit: here, credit: kept, amount: off } : { debit: kept, credit: here, amount: -off }
    await post(tx, shop, [{ ...transfer, purpose: 'bank_difference' }], { id: payoutId, at: now })
    await run(
      tx,
      sql`update payouts set settled_at = ${now}, settled_by = ${shop.actor}, settled_reason = ${reason}, difference_minor = ${off} where business_id = current_business() and id = ${payoutId}`,
    )
    await record(tx, shop, now, {
      type: 'payout.settled',
      subjectType: 'payout',
      subjectId: payoutId,
      data: { reason, difference: off.toString() },
    })
    await settle(tx, 'payout_differs', payoutId, shop.actor, now)
  })

const words: Readonly<Record<PayoutDifference['kind'], string>> = {
  parts: 'What it is made of is not what was sent.',
  unknown: 'It holds money that is not in our books.',
  bank: 'Another sum arrived at the bank.',
  missing: 'It is on no statement of the bank.',
}

/** One item among what needs attention for each payout with which something does not agree. */
async function judgePayout(tx: Tx, shop: Shop, payoutId: string, now: Instant): Promise<void> {
  const payout = await findPayout(tx, payoutId)
  if (payout !== null) await tell(tx, shop, payout, (await seePayout(tx, payout)).differences, now)
}

/** All of the last weeks: what a statement or a payment that came later explains is settled by itself. */
export async function judgePayouts(tx: Tx, shop: Shop, now: Instant): Promise<void> {
  const recent = await rows(
    tx,
    sql<{
      id: string
    }>`select id from payouts where business_id = current_business() and state = 'arrived' and undone_at is null and settled_at is null
      and arrived_on > (${plusHours(now, -lookBackHours)}::timestamptz)::date`,
  )
  const payouts = (await Promise.all(recent.map(({ id }) => findPayout(tx, id)))).filter((each) => each !== null)
  const seen = await seePayouts(tx, payouts)
  for (const each of payouts) await tell(tx, shop, each, seen.get(each.id)?.differences ?? [], now)
}

async function tell(
  tx: Tx,
  shop: Shop,
  payout: Payout,
  differences: readonly PayoutDifference[],
  now: Instant,
): Promise<void> {
  if (differences.length === 0) return void (await settle(tx, 'payout_differs', payout.id, shop.actor, now))
  await raise(
    tx,
    shop,
    {
      kind: 'payout_differs',
      subjectType: 'payout',
      subjectId: payout.id,
      title: `A payout of ${format(money(payout.amountMinor, payout.currency))} does not agree`,
      detail: differences
        .map(({ kind, minor }) => `${words[kind]} (${format(money(minor, payout.currency))})`)
        .join(' '),
      severity: 'warn',
    },
    now,
  )
}
