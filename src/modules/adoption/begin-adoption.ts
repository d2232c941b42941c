/** Staff want lines that are on a panel already under our care: here it begins, and each later word of theirs is given. Nothing is changed on the panel. */
import type { Shop } from '#app.ts'
import { hmac } from '#platform/crypto.ts'
import { maybe, run, sql, type Tx, table } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { enqueue } from '#platform/jobs.ts'
import { type Instant, isAfter, plusHours } from '#platform/time.ts'
import { findPlan, listPlans } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { findPanel } from '../lines/panels.ts'
import { sealPassword } from '../lines/passwords.ts'
import { lockDifference } from '../lines/reconciliations.ts'
import { moveAdoptionJob } from './jobs.ts'
import { countsOf, readAdoption, readAdoptionLine } from './queries.ts'
import type { FiledLine } from './read-file.ts'
import { emailIn } from './rules.ts'

export type AdoptionWish = {
  panelId: string
  /** Where the panel's packages do not tell; null: such lines wait. */
  planId: string | null
  /** Null: what the panel lists and nobody here knows. */
  filed: readonly FiledLine[] | null
}

/** What was read longer ago may be another by now. */
const freshHours = 48
export const isStillTrue = (lookedAt: Instant | null, now: Instant): boolean =>
  lookedAt !== null && !isAfter(now, plusHours(lookedAt, freshHours))

/** By which the same list is known again. */
export const digestOf = (shop: Shop, filed: readonly FiledLine[]): string =>
  hmac(shop.dataKey, `adoption-list/${JSON.stringify(filed)}`).toString('base64url')

/** Gives the adoption's id. Refuses (`conflict`) a panel that neither lists its lines nor has them elsewhere. */
export async function beginAdoption(tx: Tx, shop: Shop, wish: AdoptionWish, now: Instant): Promise<string> {
  const panel = await findPanel(tx, wish.panelId)
  if (panel === null) throw refused('/panel_id', 'There is no such panel.')
  const kind = shop.app.panels.get(panel.kind)
  if (kind?.asksUs !== undefined)
    throw new Refusal('conflict', 'The lines of this panel are kept here already: there is nothing to take over.')
  if (wish.filed === null && kind?.capabilities.canList !== true)
    throw new Refusal(
      'conflict',
      'Panels of this kind do not list their lines. Please hand in a file with their logins.',
    )
  if (wish.planId !== null && (await findPlan(tx, wish.planId)) === null)
    throw refused('/plan_id', 'There is no such plan.')
  const id = newId('ado', shop.app.clock)
  await run(
    tx,
    sql`insert into adoptions (business_id, id, panel_id, source, list_digest, plan_id, state, listed, next_look_at, created_at, created_by)
      values (${shop.businessId}, ${id}, ${wish.panelId}, ${wish.filed === null ? 'panel' : 'file'}, ${wish.filed === null ? null : digestOf(shop, wish.filed)}, ${wish.planId},
        'looking', ${wish.filed !== null}, ${now}, ${now}, ${shop.actor})`,
  )
  if (wish.filed !== null) await keepFiled(tx, shop, id, wish.filed, now)
  await told(tx, shop, wish.panelId, id, 'adoption_begun', now)
  await nudge(tx, shop, id)
  return id
}

/**
 * One line that a comparison found on the panel and that is nobody's here. An adoption of this line that is not over is given again,
 * so that a second click begins none.
 */
export async function takeOverOrphan(
  tx: Tx,
  shop: Shop,
  differenceId: string,
  planId: string | null,
  now: Instant,
): Promise<string> {
  const { kind, state, panelId, remoteId, username } = await lockDifference(tx, differenceId)
  if (kind !== 'orphan') throw new Refusal('conflict', 'A line of yours belongs to it: there is nothing to take over.')
  if (state === 'closed') throw new Refusal('conflict', 'This difference is gone already.')
  if (state === 'mending') throw new Refusal('conflict', 'It is being removed or switched off just now.')
  const before = await maybe(
    tx,
    sql<{
      id: string
    }>`select a.id from adoptions a join adoption_lines r on r.business_id = a.business_id and r.adoption_id = a.id
      where a.business_id = current_business() and a.panel_id = ${panelId} and a.source = 'line' and a.state in ('looking', 'ready', 'adopting') and r.remote_id = ${remoteId}
      order by a.created_at desc limit 1`,
  )
  if (before !== null) return before.id
  if (planId !== null && (await findPlan(tx, planId)) === null) throw refused('/plan_id', 'There is no such plan.')
  const id = newId('ado', shop.app.clock)
  await run(
    tx,
    sql`insert into adoptions (business_id, id, panel_id, source, plan_id, state, listed, next_look_at, created_at, created_by)
      values (${shop.businessId}, ${id}, ${panelId}, 'line', ${planId}, 'looking', true, ${now}, ${now}, ${shop.actor})`,
  )
  await run(
    tx,
    sql`insert into adoption_lines (business_id, id, adoption_id, state, username, remote_id, line_id, created_at)
      values (${shop.businessId}, ${newId('adl', shop.app.clock)}, ${id}, 'unread', ${username}, ${remoteId}, ${newId('line', shop.app.clock)}, ${now})`,
  )
  await told(tx, shop, panelId, id, 'adoption_begun', now)
  await nudge(tx, shop, id)
  return id
}

const refused = (pointer: string, detail: string) =>
  new Refusal('invalid_input', 'Please check what was chosen.', [{ pointer, code: 'unknown', detail }])

async function keepFiled(tx: Tx, shop: Shop, adoptionId: string, filed: readonly FiledLine[], now: Instant) {
  const plans = await listPlans(tx)
  const given = filed.map((each, index) => {
    const plan = plans.find(({ id, name }) => id === each.plan || name.toLowerCase() === each.plan?.toLowerCase())
    const row = index + 2
    if (each.plan !== null && plan === undefined) throw refused('/csv', `Row ${row}: there is no plan ${each.plan}.`)
    const email = emailIn(each.email)
    if (each.email !== null && email !== each.email)
      throw refused('/csv', `Row ${row}: ${each.email} is no e-mail address.`)
    return { ...each, email, planId: plan?.id ?? null, lineId: newId('line', shop.app.clock) }
  })
  await run(
    tx,
    sql`insert into adoption_lines (business_id, id, adoption_id, state, username, line_id, password, email, expires_at, plan_id, by_hand, created_at)
      select ${shop.businessId}, f.id, ${adoptionId}, 'unread', f.username, f.line_id, f.password, f.email, f.expires_at, f.plan_id, true, ${now} from ${table(
        'f',
        given,
        [
          ['id', 'text', () => newId('adl', shop.app.clock)],
          ['username', 'text', ({ username }) => username],
          ['line_id', 'text', ({ lineId }) => lineId],
          [
            'password',
            'text',
            ({ password, lineId }) => (password === null ? null : sealPassword(shop, lineId, password)),
          ],
          ['email', 'text', ({ email }) => email],
          ['expires_at', 'timestamptz', ({ expiresAt }) => expiresAt],
          ['plan_id', 'text', ({ planId }) => planId],
        ],
      )}`,
  )
}

/** What a person says of a line that waits: whose it is, and what he pays for. It is weighed once more. */
export async function decideLine(
  tx: Tx,
  shop: Shop,
  id: string,
  said: { email?: string | undefined; planId?: string | undefined },
  now: Instant,
): Promise<void> {
  const line = await readAdoptionLine(tx, id, true)
  const adoption = await readAdoption(tx, line.adoptionId, true)
  if (adoption.state !== 'ready' && adoption.state !== 'adopted')
    throw new Refusal('conflict', 'This adoption is under way. Please wait until it has come to rest.')
  if (line.state !== 'waits' && line.state !== 'fits') throw new Refusal('conflict', 'This line was adopted already.')
  if (said.planId !== undefined && (await findPlan(tx, said.planId)) === null)
    throw refused('/plan_id', 'There is no such plan.')
  await run(
    tx,
    sql`update adoption_lines set email = coalesce(${said.email ?? null}, email), plan_id = coalesce(${said.planId ?? null}, plan_id), by_hand = by_hand or ${said.planId !== undefined},
        state = 'unread', because = null where business_id = current_business() and id = ${id}`,
  )
  await go(tx, shop, adoption.id, 'looking', now)
}

/** Everything that was not adopted is read anew: panels change while people think. */
export async function lookAgain(tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> {
  const { state, source } = await readAdoption(tx, id, true)
  if (state !== 'ready' && state !== 'adopted' && state !== 'failed' && state !== 'undone')
    throw new Refusal('conflict', 'This adoption is under way already.')
  await run(
    tx,
    sql`update adoption_lines set state = 'unread', because = null, plan_id = case when by_hand then plan_id end
      where business_id = current_business() and adoption_id = ${id} and state <> 'adopted'`,
  )
  await run(
    tx,
    sql`update adoptions set listed = ${source !== 'panel'} where business_id = current_business() and id = ${id}`,
  )
  await go(tx, shop, id, 'looking', now)
}

/** What fits is adopted, asleep: nothing is billed, mailed, cut off or written on the panel. */
export async function adoptNow(tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> {
  const { state, lookedAt, panelId } = await readAdoption(tx, id, true)
  if (state !== 'ready' && state !== 'adopted') throw new Refusal('conflict', 'Its lines are not looked at yet.')
  if ((await countsOf(tx, id)).fits === 0) throw new Refusal('conflict', 'There is no line that could be adopted.')
  if (!isStillTrue(lookedAt, now))
    throw new Refusal('conflict', 'Its lines were looked at two days ago. Please look again first.')
  await go(tx, shop, id, 'adopting', now)
  await told(tx, shop, panelId, id, 'adoption_agreed', now)
}

/** What sleeps still is given back, as if it had never been adopted. */
export async function undoAdoption(tx: Tx, shop: Shop, id: string, now: Instant): Promise<void> {
  const { state, panelId } = await readAdoption(tx, id, true)
  if (state !== 'adopted') throw new Refusal('conflict', 'Nothing of it was adopted, or it is under way.')
  if ((await countsOf(tx, id)).asleep === 0)
    throw new Refusal('conflict', 'None of its lines sleeps any more, so nothing can be given back.')
  await go(tx, shop, id, 'undoing', now)
  await told(tx, shop, panelId, id, 'adoption_taken_back', now)
}

export async function go(tx: Tx, shop: Shop, id: string, state: 'looking' | 'adopting' | 'undoing', now: Instant) {
  await run(
    tx,
    sql`update adoptions set state = ${state}, next_look_at = ${now}, tries = 0, last_error = null, version = version + 1 where business_id = current_business() and id = ${id}`,
  )
  await nudge(tx, shop, id)
}

const nudge = (tx: Tx, shop: Shop, id: string): Promise<void> =>
  enqueue(tx, moveAdoptionJob, { businessId: shop.businessId, adoptionId: id })

export const told = (tx: Tx, shop: Shop, panelId: string, adoption: string, what: string, now: Instant) =>
  record(tx, shop, now, { type: `panel.${what}`, subjectType: 'panel', subjectId: panelId, data: { adoption } })
