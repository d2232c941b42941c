/**
 * Makes the panel agree with what a line should be, and reads it back. Repeating it is safe at any point: it looks before it
 * creates, adopts what a lost answer left behind, and writes absolute values only. Serial per line by a lease.
 */

import { type FoundBox, type FoundLine, isOurLine, type LineSpec, type Panel } from '#adapters/panels/panel.ts'
import { jointTransaction, type Shop, singleOf, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { asked, type Batch, isDuplicate, run, sql, type Tx, table, together } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { enqueue, isFresh, offer } from '#platform/jobs.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { postCredits } from '../ledger/credits.ts'
import { queueLate } from '../messages/queue-message.ts'
import { settle } from '../people/attention.ts'
import { hangs } from './hanging.ts'
import { leaseSeconds, lineSettledJob, type ReconcilePayload, reconcileLineJob } from './jobs.ts'
import { type Ahead, lookAhead, specOf } from './look-ahead.ts'
import { secondsUntilRoom, takeInHand } from './pace-panel.ts'
import { noBoxesOf, type OpenPanel, openPanel, panelAnswered, panelFailed, servesBoxes } from './panels.ts'
import { claimLine, isUsernameFree } from './queries.ts'
import { keepName, nameToKeep } from './rename-line.ts'
import { isWorkedOn } from './rules/route.ts'
import { differences, hasBox, isOpen, type Line, nextUsername, type StoredFound } from './rules.ts'
import { AccountBusy, lookedOnce, payWhatIsDue } from './spend-credits.ts'
import { saveTrouble, waitAMoment, waitForPanel, waitForWork, waitsForPerson } from './try-later.ts'
import { type Call, saveCalls, watch } from './watch-calls.ts'

/** What is left of a lease must be enough for a panel that is slow to answer. */
const callSeconds = 120
/** How soon a line looks again whose account somebody else has. */
const accountSeconds = 1
/** How soon one looks again that found others hanging on its panel: by then they are done, or the breaker knows. */
const hangingSeconds = 5

/**
 * `known`: the line as it was wished a moment ago; `held`: until when it is claimed already; `looking`: what it may have on the panel is
 * asked already. Without `held` it is claimed now, and one that is known is looked up on the panel meanwhile.
 */
export async function reconcileLine(
  shop: Shop,
  lineId: string,
  { known, held = null, looking }: Pick<ReconcilePayload, 'known' | 'held' | 'looking'> = {},
): Promise<void> {
  const now = shop.now()
  if (shop.standstill !== null && (await waitsForPerson(shop, lineId, now))) return
  const ours = isFresh(held, now, callSeconds)
  // An answer from before somebody else may have had the line says nothing.
  const ahead = known === undefined ? null : await ((ours ? looking : undefined) ?? lookAhead(shop, known, now))
  const line = known !== undefined && ours ? known : await claim(shop, lineId, held, now)
  if (line === null || line.wanted === 'none') return
  const opened = await openPanel(shop.app, line.panelBusinessId, line.panelId)
  if (isWorkedOn(opened.row, now)) return waitForWork(shop, line, opened.row)
  if (isOpen(opened.row, now)) return waitForPanel(shop, line, opened, now)
  if (hangs(opened.panel) && ahead === null) return waitAMoment(shop, line, hangingSeconds, now)
  const letGo = takeInHand(opened.owner, opened.row)
  if (letGo === null)
    return waitAMoment(shop, line, secondsUntilRoom(opened.owner, opened.row, somebodyWaits(line)), now)
  try {
    await makeItSo(shop, opened, line, { known, ahead }, now)
  } finally {
    letGo()
  }
}

/** Somebody waits for it: it never came up, or is to be on again. */
const somebodyWaits = ({ wanted, activatedAt, found }: Line): boolean =>
  wanted === 'active' && (activatedAt === null || found?.enabled === false)

async function makeItSo(
  shop: Shop,
  opened: OpenPanel,
  line: Line,
  { known, ahead }: { known: Line | undefined; ahead: Ahead | null },
  now: Temporal.Instant,
): Promise<void> {
  const calls = ahead?.calls ?? []
  const panel = watch(shop, opened, calls, { bodies: line.activatedAt === null ? 'all' : 'failed' })
  const spec = specOf(shop, line)
  const started = stopwatch()
  // Nothing can have been made meanwhile: who made it would have had the lease.
  const looked = line.revision === known?.revision && line.remoteId === null && line.trouble === null ? ahead : null
  try {
    const found =
      line.wanted === 'ended'
        ? await endOnPanel(panel, line, spec)
        : await setOnPanel(shop, opened, panel, line, spec, looked)
    const differs = found === null ? [] : await differencesOf(opened.panel, spec, found)
    if (found !== null) await cutSessions(panel, line, found)
    await panelAnswered(opened.owner, opened.row, stopwatch() - started, now)
    await saveFound(shop, line, opened, { found, differs }, calls, now)
    // By a commit of its own: wallets are locked before lines. Should it be lost, the sweep finds what is only held.
    if (line.panelBusinessId !== shop.businessId)
      await transaction(shop, 'post-credits', (tx) => postCredits(tx, line.subscriptionId, now))
  } catch (error) {
    if (error instanceof AccountBusy) return waitAMoment(shop, line, accountSeconds, now)
    if (!(error instanceof ProviderError)) throw error
    if (error.kind === 'rejected' && error.code === 'username_taken' && line.activatedAt === null)
      return takeNextName(shop, line, calls, now)
    const keeps = error.code === 'username_taken' ? nameToKeep(line) : null
    if (keeps !== null) return keepName(shop, line, keeps, error, calls, now)
    if (error.code !== lookedOnce) await panelFailed(opened.owner, opened.row, error, calls, now)
    await saveTrouble(shop, line, opened, error, calls, now)
  }
}

async function claim(
  shop: Shop,
  id: string,
  held: Temporal.Instant | null,
  now: Temporal.Instant,
): Promise<Line | null> {
  const [line] = await singleOf(shop, 'claim-line', claimLine, {
    id,
    now,
    leaseUntil: plusSeconds(now, leaseSeconds),
    held,
  })
  return line ?? null
}

/** Who still watches by the login that was changed is cut off, where the panel can. The change stands, so a failure is only written down with the calls. */
async function cutSessions(panel: Panel, line: Line, { ref }: FoundLine): Promise<void> {
  if (line.activatedAt === null || line.loginRevision <= line.doneRevision) return
  await panel.dropConnections?.(ref).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error
  })
}

/** Looks first, whatever we believe: by the id that the panel gave, else by the name that we stored. */
export async function setOnPanel(
  shop: Shop,
  opened: OpenPanel,
  panel: Panel,
  line: Line,
  spec: LineSpec,
  ahead: Ahead | null,
): Promise<FoundLine | null> {
  await readyForBox(shop, opened, line)
  const known = line.remoteId === null ? null : await panel.readLine(line.remoteId, spec)
  // Found by the id we recorded, its name is proof enough; found by name alone, only our marker or password is (S4).
  const present =
    known !== null && isOurLine(known, spec)
      ? known
      : await (ahead?.found ??
          panel.findLine(line.username, line.marker, spec.password, spec.former, spec.device, spec.box))
  const strange = present !== null && present !== known && present.marker !== spec.marker
  if (strange && spec.device !== undefined && present.mac === spec.device.mac)
    throw new ProviderError(
      line.panelId,
      'rejected',
      `A box with the MAC address ${spec.device.mac} belongs to somebody else on this panel.`,
      { code: 'mac_taken' },
    )
  if (strange && present.password !== spec.password)
    throw new ProviderError(
      line.panelId,
      'rejected',
      `The user name ${line.username} belongs to somebody else on this panel.`,
      { code: 'username_taken' },
    )
  const make = async (there: FoundLine | null): Promise<FoundLine> => {
    if (there === null) return panel.createLine(spec)
    const agrees =
      (await differencesOf(opened.panel, spec, there)).length === 0 &&
      (spec.device !== undefined || there.password === spec.password)
    return agrees ? there : panel.updateLine(there.ref, spec)
  }
  const { charges } = opened.panel
  if (charges !== undefined) return payWhatIsDue(shop, opened, charges, line, spec, present, make)
  // After a create whose answer was lost, one look that finds nothing is not enough: the panel may still be at it.
  if (present === null && line.trouble === 'ambiguous')
    throw new ProviderError(
      line.panelId,
      'unavailable',
      'The line is not there yet; we look once more before making it again.',
      { code: lookedOnce },
    )
  return make(present)
}

/** The address is this line's alone before the panel is asked for it: two lines never take it from each other (S2-55). */
async function readyForBox(shop: Shop, { kind }: OpenPanel, line: Line): Promise<void> {
  if (!hasBox(line)) return
  if (!servesBoxes(kind, line.kind, line.box))
    throw new ProviderError(line.panelId, 'rejected', noBoxesOf(kind.title, line.box), { code: 'unsupported' })
  if (line.heldMac === line.mac) return
  try {
    await transaction(shop, 'hold-address', (tx) =>
      run(tx, sql`update lines set held_mac = mac where business_id = current_business() and id = ${line.id}`),
    )
  } catch (error) {
    if (!isDuplicate(error, 'lines_held_mac')) throw error
    throw new ProviderError(
      line.panelId,
      'rejected',
      `Another line on this panel has the MAC address ${line.mac}. Give one of them another address, or end the one that is not used.`,
      { code: 'mac_taken' },
    )
  }
}

/** A panel that cannot be asked for everything says itself what is not as wanted. */
export async function differencesOf(panel: Panel, spec: LineSpec, found: FoundLine): Promise<string[]> {
  if (panel.differences !== undefined) return panel.differences(found, spec)
  const { enabled, username, expiresAt: until, maxConnections: connections, device, box } = spec
  return differences({ enabled, username, until, connections, bouquets: spec.package.bouquets, device, box }, found)
}

/** Ending removes the line (or switches it off for good), but only one that is ours by name and marker. */
async function endOnPanel(panel: Panel, line: Line, owner: LineSpec): Promise<null> {
  const present = await panel.findLine(
    line.username,
    line.marker,
    owner.password,
    owner.former,
    owner.device,
    owner.box,
  )
  const ours =
    present !== null &&
    (present.ref === line.remoteId ||
      present.marker === line.marker ||
      (owner.device === undefined && present.password === owner.password))
  if (ours) await panel.deleteLine(present.ref, owner)
  return null
}

export const stored = (found: FoundLine): StoredFound => ({
  username: found.username,
  enabled: found.enabled,
  banned: found.banned,
  expiresAt: found.expiresAt?.toString() ?? null,
  connections: found.maxConnections,
  bouquets: found.bouquets,
  activeConnections: found.activeConnections,
  ...(found.mac === undefined ? {} : { mac: found.mac }),
  ...(found.beside === undefined ? {} : { beside: storedBox(found.beside) }),
})

const storedBox = (box: FoundBox | null) =>
  box && { enabled: box.enabled, banned: box.banned, expiresAt: box.expiresAt?.toString() ?? null }

/** The panel was read back. The wish may have moved on meanwhile: then the newer revision is due at once. */
async function saveFound(
  shop: Shop,
  line: Line,
  opened: OpenPanel,
  { found, differs }: { found: FoundLine | null; differs: readonly string[] },
  calls: Call[],
  now: Temporal.Instant,
): Promise<void> {
  const first = line.activatedAt === null && line.wanted === 'active'
  await jointTransaction(shop, 'save-found', line.customerId, async (tx) => {
    const troubled = line.trouble !== null || line.needsReview
    saveCalls(tx, shop, line, calls, now)
    const payload = { businessId: shop.businessId, lineId: line.id }
    if (first) shop.app.lineUp(tx, shop, line.id, now)
    const done = together([
      asked(tx, inStep, { line, found, differs, now }).then(([after]) => {
        // The wish moved on meanwhile: it is due, so the sweep finds it too.
        if (after !== undefined && after.revision > line.revision) offer(tx, reconcileLineJob, payload)
      }),
      troubled ? settle(tx, 'line_needs_review', line.id, 'system', now) : undefined,
      line.trouble === 'rejected' ? settle(tx, 'panel_out_of_credits', opened.row.id, 'system', now) : undefined,
      record(tx, shop, now, {
        type: first ? 'line.activated' : 'line.in_step',
        subjectType: 'line',
        subjectId: line.id,
        customerId: line.customerId,
        data: {
          panel: opened.row.id,
          wanted: line.wanted,
          until: line.wantedUntil.toString(),
          username: line.username,
          revision: String(line.revision),
          differs,
        },
      }),
      // State and consequence share the commit: a line that is up has its login on the way.
      tellLogin(tx, shop, line, first, now),
      // The order may be marked as delayed.
      first && line.tries > 0 ? enqueue(tx, lineSettledJob, payload, `settled/${line.id}`) : undefined,
    ])
    // Without a worker of its own this process still has a nudge to write.
    if (tx.local === null) await done
    else tx.late(done)
  })
}

type InStep = { line: Line; found: FoundLine | null; differs: readonly string[]; now: Temporal.Instant }

const inStep: Batch<InStep, { id: string; revision: bigint }> = {
  keyOf: ({ line }) => line.id,
  keyOfRow: ({ id }) => id,
  many: (
    lines,
  ) => sql`update lines l set remote_id = f.remote_id, found = f.found, found_at = f.at, differs = array(select jsonb_array_elements_text(f.differs)),
      done_revision = f.revision, spending = null, former_logins = case when l.revision > f.revision then l.former_logins else '[]' end,
      former_macs = case when l.revision > f.revision then l.former_macs else '{}' end, held_mac = case when l.wanted <> 'ended' or l.revision > f.revision then l.held_mac end, tries = 0, trouble = null, last_answer = null, needs_review = false, create_sent_at = coalesce(l.create_sent_at, f.at),
      activated_at = coalesce(l.activated_at, case when f.up then f.at end), next_try_at = case when l.revision > f.revision then f.at end, version = l.version + 1
    from ${table('f', lines, [
      ['id', 'text', ({ line }) => line.id],
      ['on_panel', 'text', ({ line }) => line.panelId],
      ['remote_id', 'text', ({ found }) => found?.ref ?? null],
      ['found', 'jsonb', ({ found }) => (found === null ? null : stored(found))],
      ['differs', 'jsonb', ({ differs }) => differs],
      ['revision', 'bigint', ({ line }) => line.revision],
      ['up', 'boolean', ({ line }) => line.wanted === 'active'],
      ['at', 'timestamptz', ({ now }) => now],
    ])} where l.business_id = current_business() and l.id = f.id and l.panel_id = f.on_panel returning l.id, l.revision`,
}

async function tellLogin(tx: Tx, shop: Shop, line: Line, first: boolean, now: Temporal.Instant): Promise<void> {
  const changed = line.loginRevision > line.doneRevision
  if (!first && !changed) return
  const [template, claim] = first
    ? ['credentials', `credentials/${line.id}`]
    : ['login_changed', `login_changed/${line.id}/${line.loginRevision}`]
  const about = { line_id: line.id }
  await queueLate(tx, shop, { template, claim, customerId: line.customerId, about, repeatable: true }, now)
}

/** Somebody else has the name on the panel: the next one is tried at once, and the customer is told with his login (S2-48, S2-49). */
async function takeNextName(shop: Shop, line: Line, calls: Call[], now: Temporal.Instant): Promise<void> {
  await transaction(shop, 'take-next-name', async (tx) => {
    const base = line.requestedUsername ?? line.username
    let username = nextUsername(base, line.username)
    while (!(await isUsernameFree(tx, { businessId: line.panelBusinessId, id: line.panelId }, username)))
      username = nextUsername(base, username)
    await run(
      tx,
      sql`update lines set username = ${username}, requested_username = ${base}, tries = tries + 1, next_try_at = ${now}, version = version + 1
        where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId}`,
    )
    saveCalls(tx, shop, line, calls, now)
    await record(tx, shop, now, {
      type: 'line.renamed',
      subjectType: 'line',
      subjectId: line.id,
      customerId: line.customerId,
      data: { from: line.username, to: username },
    })
    await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: line.id })
  })
}
