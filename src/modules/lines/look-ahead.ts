/**
 * What a panel has under the name of a line that it never had, asked before its turn has come: only asking changes nothing, so it is asked
 * while the line is claimed, or while the wish for it is still on its way to the disk. Who then does not get the line forgets the answer.
 */
import type { FoundLine, LineSpec } from '#adapters/panels/panel.ts'
import type { Shop } from '#app.ts'
import { hangs } from './hanging.ts'
import { hasPace } from './pace-panel.ts'
import { openPanel } from './panels.ts'
import { formerLoginsOf, passwordOf } from './passwords.ts'
import { isWorkedOn } from './rules/route.ts'
import { boxOf, deviceOf, isOpen, type Line, wantedConnections } from './rules.ts'
import { type Call, watch } from './watch-calls.ts'

/** `calls`: the calls that it makes, and those that go on from it. */
export type Ahead = { found: Promise<FoundLine | null>; calls: Call[] }

/** Null: the line may be there, or the panel is not to be asked now. */
export async function lookAhead(shop: Shop, line: Line, now: Temporal.Instant): Promise<Ahead | null> {
  if (line.remoteId !== null || line.wanted !== 'active') return null
  const opened = await openPanel(shop.app, line.panelBusinessId, line.panelId)
  // Whoever waits for turns takes none before his own.
  if (hasPace(opened.row)) return null
  if (isOpen(opened.row, now) || isWorkedOn(opened.row, now) || hangs(opened.panel)) return null
  const { username, marker, password, former, device, box } = specOf(shop, line)
  const calls: Call[] = []
  const found = watch(shop, opened, calls, { bodies: 'all' }).findLine(username, marker, password, former, device, box)
  found.catch(() => {}) // Somebody else may have the line; then nobody waits for this.
  return { found, calls }
}

/** What a panel is asked for. */
export const specOf = (shop: Shop, line: Line): LineSpec => ({
  username: line.username,
  password: passwordOf(shop, line),
  marker: line.marker,
  enabled: line.wanted === 'active',
  expiresAt: line.wantedUntil,
  maxConnections: wantedConnections(line),
  package: line.package,
  paidUntil: line.paidUntil ?? undefined,
  former: formerLoginsOf(shop, line),
  device: deviceOf(line),
  box: boxOf(line),
})
