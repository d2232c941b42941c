/**
 * Whose money is it? Looks at the new entries of an import, some hundred at a time: what is sure is booked, each in a commit of its own;
 * everything else waits for a person. Killed anywhere, it goes on with what is still new.
 */
import { findOurReferences, readCreditorReference } from '#adapters/gateways/bank/creditor-reference.ts'
import { type Shop, transaction } from '#app.ts'
import { maybe, rows, run, sql, type Tx, table } from '#platform/db.ts'
import { isMoneyKnown } from '../confirm-payment.ts'
import { judgePayouts, matchPayouts } from '../payouts/match-payouts.ts'
import { book, tellWaiting } from './book-entry.ts'
import {
  type BankEntry,
  entryColumns,
  invoicePrefixes,
  invoicesNumbered,
  lockEntry,
  paymentsReferred,
} from './entries.ts'
import { invoiceNumbersIn, type Verdict, verdictOn, type Why } from './rules.ts'

const atOnce = 500

export async function matchEntries(shop: Shop, importId: string): Promise<void> {
  for (;;) {
    const sure = await transaction(shop, 'look-at-entries', (tx) => look(tx, importId))
    if (sure === null) break
    for (const entryId of sure) await bookSurely(shop, entryId)
  }
  const now = shop.now()
  await transaction(shop, 'entries-matched', async (tx) => {
    const done = await maybe(
      tx,
      sql<{
        accountId: string
      }>`update bank_imports set next_match_at = null where business_id = current_business() and id = ${importId} and next_match_at is not null
        returning gateway_account_id as "accountId"`,
    )
    if (done === null) return
    await tellWaiting(tx, shop, done.accountId, now)
    await matchPayouts(tx, shop, now)
    await judgePayouts(tx, shop, now)
  })
}

/** What is surely whose; the rest of the batch waits or is noted. Null: nothing is new any more. */
async function look(tx: Tx, importId: string): Promise<string[] | null> {
  const entries = await rows(
    tx,
    sql<BankEntry>`select ${entryColumns} from bank_entries where business_id = current_business() and import_id = ${importId} and status = 'new'
      order by id limit ${atOnce} for update`,
  )
  if (entries.length === 0) return null
  const verdicts = await verdictsOn(tx, entries)
  const settled = verdicts.flatMap(({ entry, verdict }) => (verdict.status === 'booked' ? [] : [{ entry, verdict }]))
  if (settled.length > 0) await save(tx, settled)
  return verdicts.flatMap(({ entry, verdict }) => (verdict.status === 'booked' ? [entry.id] : []))
}

/** References that an entry carries: the structured one counts before what was written. */
export function referencesOf(entry: Pick<BankEntry, 'reference' | 'remittance' | 'endToEndId'>): string[] {
  const structured = findOurReferences(entry.reference ?? '')
  if (structured.length > 0) return structured
  const written = findOurReferences(entry.remittance)
  return written.length > 0 ? written : findOurReferences(entry.endToEndId ?? '')
}

async function verdictsOn(tx: Tx, entries: readonly BankEntry[]): Promise<{ entry: BankEntry; verdict: Verdict }[]> {
  const prefixes = await invoicePrefixes(tx)
  const read = entries.map((entry) => ({
    entry,
    references: referencesOf(entry),
    numbers: invoiceNumbersIn([entry.reference ?? '', entry.remittance, entry.endToEndId ?? ''].join(' '), prefixes),
  }))
  const payments = await paymentsReferred(tx, [...new Set(read.flatMap(({ references }) => references))])
  const invoices = await invoicesNumbered(
    tx,
    read.flatMap(({ numbers }) => numbers),
  )
  const paymentsBy = Map.groupBy(payments, ({ key }) => key)
  const invoicesBy = new Map(invoices.map((each) => [each.key, each]))
  return read.map(({ entry, references, numbers }) => {
    const known = references.flatMap((each) => paymentsBy.get(each) ?? [])
    const named = numbers.flatMap(({ series, number }) => invoicesBy.get(`${series}/${number}`) ?? [])
    const refers = references.length > 0 || numbers.length > 0 || readCreditorReference(entry.reference ?? '') !== null
    return { entry, verdict: verdictOn({ ...entry, refers }, known, named) }
  })
}

type Settled = { entry: BankEntry; verdict: Exclude<Verdict, { status: 'booked' }> }

const save = (tx: Tx, settled: readonly Settled[]) =>
  run(
    tx,
    sql`update bank_entries e set status = v.status, why = v.why, version = e.version + 1
      from ${table('v', settled, [
        ['id', 'text', ({ entry }) => entry.id],
        ['status', 'text', ({ verdict }) => verdict.status],
        ['why', 'text', ({ verdict }) => (verdict.status === 'waiting' ? verdict.why : null)],
      ])} where e.business_id = current_business() and e.id = v.id`,
  )

/** Looked at again under its lock: two entries may carry the reference of one payment. */
async function bookSurely(shop: Shop, entryId: string): Promise<void> {
  try {
    await transaction(shop, 'book-sure-entry', async (tx) => {
      const entry = await lockEntry(tx, entryId)
      if (entry.status !== 'new') return
      const [seen] = await verdictsOn(tx, [entry])
      if (seen?.verdict.status === 'booked') await book(tx, shop, entry, seen.verdict.target, shop.now())
      else if (seen !== undefined) await save(tx, [{ entry, verdict: seen.verdict }])
    })
  } catch (error) {
    shop.app.log.error('bank entry not booked', { entry: entryId, error })
    await transaction(shop, 'entry-not-booked', (tx) =>
      run(
        tx,
        sql`update bank_entries set status = 'waiting', why = ${(isMoneyKnown(error) ? 'paid_already' : 'failed') satisfies Why}, version = version + 1
          where business_id = current_business() and id = ${entryId} and status = 'new'`,
      ),
    )
  }
}
