/**
 * Another user name for a line that runs: the panel follows by the reconciler, the old name stops there, and the customer gets the new login
 * by mail. The panel is asked before, with little patience; should somebody have got the name since, the line keeps the one that it has
 * (`keepName`). Repeating it changes nothing.
 */
import { type Shop, transaction } from '#app.ts'
import { isDuplicate, json, maybe, run, sql, type Tx } from '#platform/db.ts'
import { type ProviderError, Refusal } from '#platform/errors.ts'
import { enqueue } from '#platform/jobs.ts'
import type { Instant } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { readSetting } from '../people/settings.ts'
import { reconcileLineJob } from './jobs.ts'
import { loginSetting } from './login-settings.ts'
import { nameOnPanel } from './name-on-panel.ts'
import { findLine, isUsernameFree, lockLine } from './queries.ts'
import { isUsername, type Line, normalizeUsername, usernameRule } from './rules.ts'
import { mostFormerLogins, raiseRevision } from './want-line.ts'
import { type Call, saveCalls } from './watch-calls.ts'

export const renameDays = 30

const badUsername = (detail: string, code = 'invalid') =>
  new Refusal('invalid_input', 'Please choose another user name.', [{ pointer: '/username', code, detail }])

const taken = (username: string) => badUsername(`“${username}” is taken. Please choose another one.`, 'taken')

/** `limited`: a customer does it himself, so many times as the business lets him. */
export async function renameLine(
  shop: Shop,
  lineId: string,
  { typed, limited }: { typed: string; limited: boolean },
): Promise<void> {
  const now = shop.now()
  const username = normalizeUsername(typed)
  if (!isUsername(username)) throw badUsername(usernameRule)
  const { line, asks } = await transaction(shop, 'read-line', async (tx) => ({
    line: await findLine(tx, lineId),
    asks: (await readSetting(tx, shop, loginSetting)).asks_panel,
  }))
  if (line === null) throw new Refusal('not_found', 'There is no such line.')
  if (line.username === username) return
  mustRun(line)
  const panel = { businessId: line.panelBusinessId, id: line.panelId }
  if (asks && (await nameOnPanel(shop, panel, username)) === 'taken') throw taken(username)
  try {
    await transaction(shop, 'rename-line', (tx) => rename(tx, shop, lineId, username, limited, now))
  } catch (error) {
    // Somebody was given it at the same moment.
    if (isDuplicate(error, 'lines_username')) throw taken(username)
    throw error
  }
}

function mustRun(line: Line): void {
  if (line.kind !== 'line') throw new Refusal('conflict', 'This box signs in by its MAC address.')
  if (line.wanted === 'none' || line.wanted === 'ended') throw new Refusal('conflict', 'This line has ended.')
}

async function rename(
  tx: Tx,
  shop: Shop,
  lineId: string,
  username: string,
  limited: boolean,
  now: Instant,
): Promise<void> {
  const line = await lockLine(tx, lineId)
  if (line.username === username) return
  mustRun(line)
  if (!(await isUsernameFree(tx, { businessId: line.panelBusinessId, id: line.panelId }, username)))
    throw taken(username)
  if (limited) await refuseTooOften(tx, shop, line, now)
  // Until the new one was read back the panel may have any of them, and some find a line by its login only.
  const former = [{ username: line.username, password: line.password }, ...line.formerLogins].slice(0, mostFormerLogins)
  await raiseRevision(
    tx,
    shop,
    line,
    sql`username = ${username}, requested_username = null, login_revision = revision + 1, former_logins = ${json(former)}`,
    now,
  )
  await record(tx, shop, now, {
    type: 'line.username_changed',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { from: line.username, to: username, by_customer: limited },
  })
}

/** Who got another name than he asked for may choose once more; that is not counted. */
async function refuseTooOften(tx: Tx, shop: Shop, line: Line, now: Instant): Promise<void> {
  const { renames_a_month: most } = await readSetting(tx, shop, loginSetting)
  if (line.requestedUsername !== null && line.requestedUsername !== line.username) return
  if (most === 0) throw new Refusal('conflict', 'The user name is changed by our staff. Please write to us.')
  if ((await renamesSince(tx, line.id, now.subtract({ hours: renameDays * 24 }))) < most) return
  const detail = `The user name was changed ${most === 1 ? 'once' : `${most} times`} within ${renameDays} days already. Please write to us, and we help.`
  throw new Refusal('conflict', detail, [{ pointer: '/username', code: 'too_often', detail }])
}

async function renamesSince(tx: Tx, lineId: string, since: Instant): Promise<number> {
  const found = await maybe(
    tx,
    sql<{
      count: number
    }>`select count(*) filter (where type = 'line.username_changed')::int - count(*) filter (where type = 'line.username_kept')::int as count from events
      where business_id = current_business() and subject_id = ${lineId} and at > ${since}
        and (type = 'line.username_kept' or (type = 'line.username_changed' and (data->>'by_customer')::boolean))`,
  )
  return found?.count ?? 0
}

/** The name that a running line has on the panel, while another is wished that somebody there has. Null: none is known. */
export const nameToKeep = (line: Line): string | null => {
  const now = line.found?.username ?? null
  return line.activatedAt === null || now === null || now === line.username ? null : now
}

/** Somebody has the new name on the panel: the line goes on under the one that it has, and its customer may choose again. */
export async function keepName(
  shop: Shop,
  line: Line,
  name: string,
  error: ProviderError,
  calls: readonly Call[],
  now: Instant,
): Promise<void> {
  await transaction(shop, 'keep-name', async (tx) => {
    const fresh = await lockLine(tx, line.id)
    saveCalls(tx, shop, line, calls, now)
    await run(
      tx,
      sql`update lines set username = ${name}, requested_username = ${fresh.username}, revision = revision + 1, login_revision = revision + 1, tries = 0, next_try_at = ${now}, version = version + 1
        where business_id = current_business() and id = ${line.id} and panel_id = ${line.panelId} and username = ${line.username}`,
    )
    await record(tx, shop, now, {
      type: 'line.username_kept',
      subjectType: 'line',
      subjectId: line.id,
      customerId: line.customerId,
      data: { name, wished: line.username, code: error.code },
    })
    await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: line.id })
  })
}
