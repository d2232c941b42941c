/** A line as staff see it: what we want beside what the panel last said. No password is read here. */
import { type Shop, transaction } from '#app.ts'
import { findPanel } from '#modules/lines/panels.ts'
import { callsOf, findLine } from '#modules/lines/queries.ts'
import { type Line, nameOfLine, panelStateOf, syncStateOf, wantedConnections } from '#modules/lines/rules.ts'
import { minutesByDay, usageOf } from '#modules/lines/usage.ts'
import { findCustomer } from '#modules/people/customers.ts'
import type { Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { readHistory } from './history.server.ts'
import { movesTold } from './moves.server.ts'

/** A line that was ordered and never paid is none yet. */
export async function readLine(tx: Tx, id: string): Promise<Line> {
  const line = await findLine(tx, id)
  if (line === null || line.wanted === 'none') throw new Refusal('not_found', 'There is no such line.')
  return line
}

export const readLineRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-line', async (tx) => {
    const line = await readLine(tx, id)
    const [customer, panel] = [
      await findCustomer(tx, line.customerId),
      line.panelBusinessId === shop.businessId ? await findPanel(tx, line.panelId) : null,
    ]
    return {
      line: {
        id,
        name: nameOfLine(line),
        username: line.username,
        requestedUsername: line.requestedUsername,
        kind: line.kind,
        box: line.box,
        mac: line.mac,
        wanted: line.wanted,
        sync: syncStateOf(line),
        subscriptionId: line.subscriptionId,
        revision: line.revision,
        doneRevision: line.doneRevision,
        remoteId: line.remoteId,
        because: line.routed?.because ?? null,
        foundAt: line.foundAt?.toString() ?? null,
        activeConnections: line.found?.activeConnections ?? null,
        tries: line.tries,
        trouble: line.trouble,
        nextTryAt: line.doneRevision < line.revision || line.needsReview ? (line.nextTryAt?.toString() ?? null) : null,
        lastAnswer: line.lastAnswer,
        activatedAt: line.activatedAt?.toString() ?? null,
      },
      compared: compare(line),
      customer: { id: line.customerId, name: customer?.name || customer?.email || '' },
      usage: await readUsage(tx, shop, line, panel?.usageAt ?? null),
      panel: panel === null ? null : { id: panel.id, name: panel.name, state: panelStateOf(panel, shop.now()) },
      moves: await movesTold(tx, line),
      calls: (await callsOf(tx, { lineId: id }, 30)).map(({ at, ...call }) => ({ ...call, at: at.toString() })),
      history: await readHistory(tx, { subjectId: id }),
    }
  })

/** Null: its panel never told who watches. */
async function readUsage(tx: Tx, shop: Shop, line: Line, told: Temporal.Instant | null) {
  const usage = await usageOf(tx, line.id)
  if (usage === null && told === null) return null
  return {
    told: told?.toString() ?? null,
    lastSeenAt: usage?.lastSeenAt.toString() ?? null,
    firstSeenAt: usage?.firstSeenAt.toString() ?? null,
    atOnce: usage?.atOnce ?? null,
    agent: usage?.agent ?? null,
    country: usage?.country ?? null,
    days: await minutesByDay(tx, shop, line.id, 30),
  }
}

export type Compared = {
  field: 'username' | 'mac' | 'box' | 'enabled' | 'expires_at' | 'connections' | 'bouquets'
  wanted: string
  found: string | null
  differs: boolean
}

function compare(line: Line): Compared[] {
  const { found } = line
  const fields: Omit<Compared, 'differs'>[] = [
    line.kind === 'line'
      ? { field: 'username', wanted: line.username, found: found?.username ?? null }
      : { field: 'mac', wanted: line.mac ?? '', found: found?.mac ?? null },
    {
      field: 'enabled',
      wanted: String(line.wanted === 'active'),
      found: found === null ? null : String(found.enabled && !found.banned),
    },
    { field: 'expires_at', wanted: line.wantedUntil.toString(), found: found?.expiresAt ?? null },
    {
      field: 'connections',
      wanted: line.kind === 'line' ? String(wantedConnections(line)) : '1',
      found: found === null ? null : String(found.connections),
    },
    ...(line.box === null ? [] : besideLogin(line)),
    { field: 'bouquets', wanted: listed(line.package.bouquets), found: found === null ? null : listed(found.bouquets) },
  ]
  return fields.map((each) => ({ ...each, differs: line.differs.includes(each.field) }))
}

/** The box that was sold with the login: its address, and whether it plays as the login does. */
function besideLogin({ mac, wanted, found }: Line): Omit<Compared, 'differs'>[] {
  const beside = found?.beside ?? null
  return [
    { field: 'mac', wanted: mac ?? '', found: found?.mac ?? null },
    {
      field: 'box',
      wanted: String(wanted === 'active'),
      // Where the panel keeps both as one account it has no state of its own.
      found:
        found === null
          ? null
          : String(beside === null ? found.enabled && !found.banned : beside.enabled && !beside.banned),
    },
  ]
}

const listed = (ids: readonly number[]): string => [...ids].sort((a, b) => a - b).join(', ')
