/** Another box for the same line: what was paid goes on, under another MAC address. */
import { macFaults, parseMac } from '#adapters/panels/mac.ts'
import type { Shop } from '#app.ts'
import { maybe, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { record } from '../events/record.ts'
import { isMacFree, lockLine } from './queries.ts'
import { boxKindOf, hasBox } from './rules.ts'
import { refuseUnusualMac } from './unusual-mac.ts'
import { macTaken, raiseRevision } from './want-line.ts'

export const mostFormerMacs = 5

/** How often a customer may change boxes by himself: more is one line lent around, and a matter for staff. */
export const macChanges = { most: 3, days: 30 }

/**
 * Moves the line, or the box beside its login, to the box with the address that `typed` spells; the panel follows by the reconciler, then the customer is told. `limited`: a
 * customer does it himself, so many times at most; `accepted`: an address that looks unusual is meant. Refuses faulty and taken addresses, and lines that are not of a box; the
 * address that it has already changes nothing.
 */
export async function changeMac(
  tx: Tx,
  shop: Shop,
  lineId: string,
  { typed, limited, accepted = false }: { typed: string; limited: boolean; accepted?: boolean | undefined },
  now: Temporal.Instant,
): Promise<void> {
  const line = await lockLine(tx, lineId)
  if (!hasBox(line) || line.mac === null)
    throw new Refusal('conflict', 'This line signs in with user name and password.')
  if (line.wanted === 'none' || line.wanted === 'ended') throw new Refusal('conflict', 'This line has ended.')
  const read = parseMac(typed)
  if ('fault' in read)
    throw new Refusal('invalid_input', 'Please check the MAC address.', [
      { pointer: '/mac', code: 'invalid', detail: macFaults[read.fault] },
    ])
  if (read.mac === line.mac) return
  const kind = boxKindOf(line)
  if (kind !== null) await refuseUnusualMac(tx, shop, { mac: read.mac, kind, accepted })
  if (!(await isMacFree(tx, { businessId: line.panelBusinessId, id: line.panelId }, read.mac, line.id)))
    throw macTaken()
  if (limited && (await changesSince(tx, lineId, now.subtract({ hours: macChanges.days * 24 }))) >= macChanges.most)
    throw new Refusal(
      'conflict',
      `This line was moved to another box ${macChanges.most} times in ${macChanges.days} days. Please write to us, and we help.`,
    )
  // Until the new one was read back the panel may have any of them, and some find a box by its address only.
  const former = [line.mac, ...line.formerMacs].slice(0, mostFormerMacs)
  await raiseRevision(
    tx,
    shop,
    line,
    sql`mac = ${read.mac}, former_macs = ${former}::text[], login_revision = revision + 1`,
    now,
  )
  await record(tx, shop, now, {
    type: 'line.mac_changed',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    // The whole address names a person's box: the end of it is enough to tell one from the other.
    data: { from: line.mac.slice(-5), to: read.mac.slice(-5), by_customer: limited },
  })
}

async function changesSince(tx: Tx, lineId: string, since: Temporal.Instant): Promise<number> {
  const found = await maybe(
    tx,
    sql<{ changes: number }>`select count(*)::int as changes from events
      where business_id = current_business() and subject_id = ${lineId} and type = 'line.mac_changed' and at > ${since}
        and (data->>'by_customer')::boolean`,
  )
  return found?.changes ?? 0
}
