/**
 * Makes the panel agree with what a line should be, and reads it back. Repeating it is safe at any point: it looks before it
 * creates, adopts what a lost answer left behind, and writes absolute values only. Serial per line by a lease.
 */

import { type FoundLine, isOurLine, type LineSpec, type Panel } from '#adapters/panels/panel.ts'
import { jointTransaction, type Shop, single, singleOf, transaction } from '#app.ts'
import { stopwatch } from '#platform/clock.ts'
import { crashPoint } from '#platform/crash.ts'
import { asked, type Batch, isDuplicate, run, sql, type Tx, table, together, written } from '#platform/db.ts'
import { ProviderError } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue, isFresh, offer } from '#platform/jobs.ts'
import { plusSeconds } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { queueLate } from '../messages/queue-message.ts'
import { raise, settle } from '../people/attention.ts'
import { leaseSeconds, lineSettledJob, reconcileLineJob } from './jobs.ts'
import { type OpenPanel, openPanel, panelAnswered, panelFailed } from './panels.ts'
import { claimLine, isUsernameFree } from './queries.ts'
import { isWorkedOn } from './rules/route.ts'
import {
  deviceOf,
  differences,
  isOpen,
  type Line,
  nameOfLine,
  nextUsername,
  type StoredFound,
  waitSeconds,
  wantedConnections,
} from './rules.ts'
import { AccountBusy, lookedOnce, payWhatIsDue } from './spend-credits.ts'
import { formerLoginsOf, passwordOf } from './want-line.ts'

/** What is left of a lease must be enough for a panel that is slow to answer. */
const callSeconds = 120

/** How often a panel that has no credits left for us is asked again: its owner tops up when he reads of it. */
const creditsSeconds = 600

type Call = { operation: string; outcome: string; code: string | null; detail: string; tookMs: number }

/**
 * `known`: the line as it was wished a moment ago; `held`: until when it is claimed already. Without that it is claimed now, and one that
 * is known is looked up on the panel meanwhile.
 */
export async function reconcileLine(
  shop: Shop,
  lineId: string,
  { known, held = null }: { known?: Line | undefined; held?: Temporal.Instant | null | undefined } = {},
): Promise<void> {
  const now = shop.now()
  if (shop.standstill !== null && (await waitsForPerson(shop, lineId, now))) return
  const calls: Call[] = []
  const ahead = known === undefined ? null : await lookAhead(shop, known, calls, now)
  const line = known !== undefined && isFresh(held, now, callSeconds) ? known : await claim(shop, lineId, held, now)
  if (line === null || line.wanted === 'none') return
  const opened = await openPanel(shop.app, line.panelBusinessId, line.panelId)
  if (isWorkedOn(opened.row, now)) return waitForWork(shop, line, opened.row)
  if (isOpen(opened.row, now)) return waitForPanel(shop, line, opened, now)

  const panel = watch(shop, opened, calls)
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
    await panelAnswered(opened.owner, opened.row, stopwatch() - started, now)
    await saveFound(shop, line, opened, { found, differs }, calls, now)
  } catch (error) {
    if (error instanceof AccountBusy) return waitForAccount(shop, line, now)
    if (!(error instanceof ProviderError)) throw error
    if (error.kind === 'rejected' && error.code === 'username_taken' && line.activatedAt === null)
      return takeNextName(shop, line, calls, now)
    if (error.code !== lookedOnce) await panelFailed(opened.owner, opened.row, error, now)
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

/** What the panel has under the name of a line that it never had; asked while the line is claimed, since only asking changes nothing. */
type Ahead = { found: Promise<FoundLine | null> } | null

async function lookAhead(shop: Shop, line: Line, calls: Call[], now: Temporal.Instant): Promise<Ahead> {
  if (line.remoteId !== null || line.wanted !== 'active') return null
  const opened = await openPanel(shop.app, line.panelBusinessId, line.panelId)
  if (isOpen(opened.row, now) || isWorkedOn(opened.row, now)) return null
  const { username, marker, password, former, device } = specOf(shop, line)
  const found = watch(shop, opened, calls).findLine(username, marker, password, former, device)
  found.catch(() => {}) // Somebody else may have the line; then nobody waits for this.
  return { found }
}

/** While the business stands still nobody is cut off; and a copy that nobody confirmed touches no panel. True when this line waits. */
async function waitsForPerson(shop: Shop, lineId: string, now: Temporal.Instant): Promise<boolean> {
  const waiting = await single(
    shop,
    'line-waits',
    sql<{ id: string }>`update lines set next_try_at = ${plusSeconds(now, 900)}
      where business_id = current_business() and id = ${lineId} and next_try_at <= ${now}
        and (wanted in ('suspended', 'ended') or ${shop.standstill?.because === 'moved'}::boolean) returning id`,
  )
  return waiting.length > 0
}

const specOf = (shop: Shop, line: Line): LineSpec => ({
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
})

/** Looks first, whatever we believe: by the id that the panel gave, else by the name that we stored. */
async function setOnPanel(
  shop: Shop,
  opened: OpenPanel,
  panel: Panel,
  line: Line,
  spec: LineSpec,
  ahead: Ahead,
): Promise<FoundLine | null> {
  await readyForBox(shop, opened, line)
  const known = line.remoteId === null ? null : await panel.readLine(line.remoteId, spec)
  // Found by the id we recorded, its name is proof enough; found by name alone, only our marker or password is (S4).
  const present =
    known !== null && isOurLine(known, spec)
      ? known
      : await (ahead?.found ?? panel.findLine(line.username, line.marker, spec.password, spec.former, spec.device))
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
  if (line.kind === 'line') return
  if (kind.capabilities.devices?.includes(line.kind) !== true)
    throw new ProviderError(line.panelId, 'rejected', `${kind.title} makes no lines for boxes of this kind.`, {
      code: 'unsupported',
    })
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
async function differencesOf(panel: Panel, spec: LineSpec, found: FoundLine): Promise<string[]> {
  if (panel.differences !== undefined) return panel.differences(found, spec)
  const { enabled, username, expiresAt: until, maxConnections: connections, device } = spec
  return differences({ enabled, username, until, connections, bouquets: spec.package.bouquets, device }, found)
}

/** Ending removes the line (or switches it off for good), but only one that is ours by name and marker. */
async function endOnPanel(panel: Panel, line: Line, owner: LineSpec): Promise<null> {
  const present = await panel.findLine(line.username, line.marker, owner.password, owner.former, owner.device)
  const ours =
    present !== null &&
    (present.ref === line.remoteId ||
      present.marker === line.marker ||
      (owner.device === undefined && present.password === owner.password))
  if (ours) await panel.deleteLine(present.ref, owner)
  return null
}

/** Each call of the panel is timed, kept for the set-up log, and a point at which the process may die. */
function watch(shop: Shop, opened: OpenPanel, calls: Call[]): Panel {
  return new Proxy(opened.panel, {
    get(target, operation: string) {
      const method = target[operation as keyof typeof target] as unknown
      if (typeof method !== 'function') return method
      return async (...values: unknown[]) => {
        const started = stopwatch()
        const keep = (outcome: string, code: string | null, detail: string) =>
          calls.push({ operation, outcome, code, detail, tookMs: Math.round(stopwatch() - started) })
        crashPoint(`panel-${operation}:before`)
        try {
          const answer: unknown = await method.apply(target, values)
          crashPoint(`panel-${operation}:after`)
          keep('ok', null, answer === null ? 'not there' : '')
          return answer
        } catch (error) {
          if (error instanceof ProviderError) keep(error.kind, error.code, error.message)
          shop.app.log.warn('panel call failed', { panel: opened.row.id, operation, error })
          throw error
        }
      }
    },
  })
}

const stored = (found: FoundLine): StoredFound => ({
  username: found.username,
  enabled: found.enabled,
  banned: found.banned,
  expiresAt: found.expiresAt?.toString() ?? null,
  connections: found.maxConnections,
  bouquets: found.bouquets,
  activeConnections: found.activeConnections,
  ...(found.mac === undefined ? {} : { mac: found.mac }),
})

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
      ['remote_id', 'text', ({ found }) => found?.ref ?? null],
      ['found', 'jsonb', ({ found }) => (found === null ? null : stored(found))],
      ['differs', 'jsonb', ({ differs }) => differs],
      ['revision', 'bigint', ({ line }) => line.revision],
      ['up', 'boolean', ({ line }) => line.wanted === 'active'],
      ['at', 'timestamptz', ({ now }) => now],
    ])} where l.business_id = current_business() and l.id = f.id returning l.id, l.revision`,
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

async function saveTrouble(
  shop: Shop,
  line: Line,
  opened: OpenPanel,
  error: ProviderError,
  calls: Call[],
  now: Temporal.Instant,
): Promise<void> {
  const tries = line.tries + 1
  // A refusal will not get better by itself; a person has to look. Everything else is tried again until it works.
  const outOfCredits = error.code === 'insufficient_credits'
  const hopeless = error.kind === 'rejected' && !outOfCredits
  const wait = outOfCredits ? creditsSeconds : waitSeconds(error, tries, spread(line.id, tries))
  // Only looked so far: nothing can be there, so staff may still put the line on another panel.
  const createSentAt =
    error.kind === 'ambiguous' || calls.some(({ operation }) => operation === 'createLine') ? now : null
  await transaction(shop, 'save-trouble', async (tx) => {
    await run(
      tx,
      sql`update lines set tries = ${tries}, trouble = ${error.kind}, last_answer = ${error.message}, needs_review = ${hopeless},
          create_sent_at = coalesce(create_sent_at, ${createSentAt}::timestamptz), next_try_at = case when revision > ${line.revision} then ${now}::timestamptz when ${hopeless} then null else ${plusSeconds(now, wait)}::timestamptz end
        where business_id = current_business() and id = ${line.id}`,
    )
    saveCalls(tx, shop, line, calls, now)
    if (outOfCredits) await tellOutOfCredits(tx, shop, opened, error, now)
    if (hopeless) {
      await raise(
        tx,
        shop,
        {
          kind: 'line_needs_review',
          subjectType: 'line',
          subjectId: line.id,
          title: `${opened.row.name} refused line ${nameOfLine(line)}`,
          detail: error.message,
          severity: 'bad',
        },
        now,
      )
      await record(tx, shop, now, {
        type: 'line.refused',
        subjectType: 'line',
        subjectId: line.id,
        customerId: line.customerId,
        data: { code: error.code },
      })
    }
    await enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
  })
}

/** One matter for all lines that wait; the first that goes through settles it. */
const tellOutOfCredits = (tx: Tx, shop: Shop, { row }: OpenPanel, error: ProviderError, now: Temporal.Instant) =>
  raise(
    tx,
    shop,
    {
      kind: 'panel_out_of_credits',
      subjectType: 'panel',
      subjectId: row.id,
      title: `${row.name} has no credits left`,
      detail: `${error.message} Paid lines wait, and are set up by themselves within ten minutes of a top-up.`,
      severity: 'bad',
    },
    now,
  )

/** The panel's breaker is open: nothing is sent; the line is due when it may be probed. */
async function waitForPanel(shop: Shop, line: Line, opened: OpenPanel, now: Temporal.Instant): Promise<void> {
  const trouble = opened.row.health === 'auth_failed' ? 'auth_failed' : 'unavailable'
  const until = plusSeconds(opened.row.openUntil ?? now, spread(line.id, line.tries) * 5)
  await transaction(shop, 'wait-for-panel', async (tx) => {
    await run(
      tx,
      sql`update lines set next_try_at = ${until}, tries = tries + 1, trouble = ${trouble}, last_answer = ${opened.row.lastError ?? 'The panel does not answer.'}
        where business_id = current_business() and id = ${line.id}`,
    )
    await enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
  })
}

/** The panel is worked on: nothing is sent, and the line is due when that is over. Who waits for his first line is told that it takes longer. */
async function waitForWork(
  shop: Shop,
  line: Line,
  panel: { workEnds: Temporal.Instant; workReason: string | null },
): Promise<void> {
  const until = plusSeconds(panel.workEnds, spread(line.id, line.tries) * 60)
  await transaction(shop, 'wait-for-work', async (tx) => {
    await run(
      tx,
      sql`update lines set next_try_at = ${until}, tries = greatest(tries, 2), trouble = 'unavailable', last_answer = ${`The panel is being worked on: ${panel.workReason}`}
        where business_id = current_business() and id = ${line.id}`,
    )
    await enqueue(tx, lineSettledJob, { businessId: shop.businessId, lineId: line.id }, `settled/${line.id}`)
  })
}

/** Another line pays from our account there: this one is due again in a moment, and nothing was tried. */
async function waitForAccount(shop: Shop, line: Line, now: Temporal.Instant): Promise<void> {
  const until = plusSeconds(now, 1 + spread(line.id, line.tries))
  await transaction(shop, 'wait-for-account', (tx) =>
    run(tx, sql`update lines set next_try_at = ${until} where business_id = current_business() and id = ${line.id}`),
  )
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
        where business_id = current_business() and id = ${line.id}`,
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

function saveCalls(tx: Tx, shop: Shop, line: Line, calls: readonly Call[], now: Temporal.Instant): void {
  for (const call of calls) written(tx, callsMade, { ...call, id: newId('call', shop.app.clock), line, now })
}

const callsMade: Batch<Call & { id: string; line: Line; now: Temporal.Instant }> = {
  keyOf: ({ id }) => id,
  many: (
    calls,
  ) => sql`insert into panel_calls (business_id, id, panel_id, line_id, operation, outcome, code, detail, took_ms, at)
    select current_business(), c.* from ${table('c', calls, [
      ['id', 'text', ({ id }) => id],
      ['panel_id', 'text', ({ line }) => line.panelId],
      ['line_id', 'text', ({ line }) => line.id],
      ['operation', 'text', ({ operation }) => operation],
      ['outcome', 'text', ({ outcome }) => outcome],
      ['code', 'text', ({ code }) => code],
      ['detail', 'text', ({ detail }) => detail],
      ['took_ms', 'int', ({ tookMs }) => tookMs],
      ['at', 'timestamptz', ({ now }) => now],
    ])}`,
}

/** A number from 0 to 1 that differs from line to line and try to try, without chance: a rehearsal gives the same. */
function spread(id: string, tries: number): number {
  let sum = tries * 7_919
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 10_007
  return sum / 10_007
}
