/**
 * The rehearsal: what the engine will do tonight, or in the next days, or would do under a changed policy. It reads in a transaction
 * that may not write, and asks the same decisions as the engine.
 */
import { type Shop, transaction } from '#app.ts'
import { maybe, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import type { Instant } from '#platform/time.ts'
import { canRestrict } from '../lines/panels.ts'
import { mailerOf } from '../messages/mail-settings.ts'
import { listPolicies, readSubscription } from '../subscriptions/queries.ts'
import { faultsOf, type Policy } from '../subscriptions/rules/policy.ts'
import type { Rule } from '../subscriptions/rules/rule.ts'
import type { Step } from '../subscriptions/rules/step.ts'
import { readCrowd, readSubjects } from './queries.ts'
import { type Assumption, type Foreseen, foretell } from './rules/foretell.ts'
import { byDay, compare, type Day, type Difference, type Summary, summarize } from './rules/summary.ts'

/** How far one can look, and at how many subscriptions at once when somebody waits for the answer. */
export const mostDays = 400
export const mostSubscriptions = 50_000

/** Rules that are left out stay as they are. */
export type PolicyWish = { id: string; steps: readonly Step[]; rules?: readonly Rule[] | undefined }

export type Question = {
  /** 0: what is due already. */
  days: number
  subscriptionId?: string | undefined
  /** As if these were woken now: only they are looked at. */
  asleep?: readonly string[] | undefined
  payments?: Assumption | undefined
  /** A policy as it might be: everybody under it is looked at anew. */
  policy?: PolicyWish | undefined
  /** Null: however many there are. */
  most?: number | null
}

export type Rehearsal = {
  from: Instant
  until: Instant
  payments: Assumption
  mailWorks: boolean
  /** Subscriptions that were looked at. */
  subscriptions: number
  summary: Summary
  days: Day[]
  rows: Foreseen[]
  /** With a changed policy: as it is now, and what differs. */
  compared: { summary: Summary; differences: Difference[] } | null
}

export function rehearse(shop: Shop, question: Question): Promise<Rehearsal> {
  const now = shop.now()
  // Without the request's key: completing it would be a write.
  return transaction({ ...shop, idempotency: undefined }, 'read-rehearsal', async (tx) => {
    await run(tx, sql`set transaction read only`)
    return rehearseIn(tx, shop, question, now)
  })
}

async function rehearseIn(tx: Tx, shop: Shop, question: Question, from: Instant): Promise<Rehearsal> {
  const { subscriptionId, asleep, policy: changed, payments = 'nobody' } = question
  const until = from.add({ hours: question.days * 24 })
  if (subscriptionId !== undefined) await readSubscription(tx, subscriptionId)
  await refuseTooMany(tx, question)
  const policies = new Map((await listPolicies(tx)).map((each) => [each.id, each as Policy]))
  const circumstances = {
    from,
    until,
    payments,
    mailWorks: (await mailerOf(tx, shop)) !== null,
    ...(await readCrowd(tx, from)),
  }
  const read = (wanted: Instant | null, policyOf: (id: string) => Policy | undefined) =>
    readSubjects(
      tx,
      { from, subscriptionId, asleep, until: wanted, habits: payments === 'as_before' },
      policyOf,
      (kind) => canRestrict(shop.app, kind),
    )

  const subjects = await read(changed === undefined ? until : null, (id) => policies.get(id))
  const asItIs = foretell(subjects, circumstances)
  const answer = { from, until, payments, mailWorks: circumstances.mailWorks, subscriptions: subjects.length }
  if (changed === undefined) return { ...answer, ...told(asItIs, from, until, shop), compared: null }

  const thought = thinkOf(policies, changed)
  const then = foretell(
    subjects.map((each) => (each.subscription.policyId === thought.id ? { ...each, policy: thought } : each)),
    { ...circumstances, changedPolicy: thought.id },
  )
  return {
    ...answer,
    ...told(then, from, until, shop),
    compared: { summary: summarize(asItIs), differences: compare(asItIs, then) },
  }
}

export const told = (rows: Foreseen[], from: Instant, until: Instant, shop: Shop) => ({
  summary: summarize(rows),
  days: byDay(rows, from, until, shop.zone),
  rows,
})

/** The next version of a policy, as it would be saved. */
export function thinkOf(policies: ReadonlyMap<string, Policy>, wish: PolicyWish): Policy {
  const known = policies.get(wish.id)
  if (known === undefined) throw new Refusal('not_found', 'There is no such policy.')
  const { steps, rules = known?.rules ?? [] } = wish
  const faults = faultsOf(steps, rules)
  if (faults.length > 0)
    throw new Refusal(
      'invalid_input',
      faults.join(' '),
      faults.map((detail) => ({ pointer: '/policy/steps', code: 'policy', detail })),
    )
  return { ...known, version: known.version + 1, steps, rules }
}

async function refuseTooMany(tx: Tx, { most = mostSubscriptions, subscriptionId }: Question): Promise<void> {
  if (most === null || subscriptionId !== undefined) return
  const beyond = await maybe(
    tx,
    sql`select from subscriptions where business_id = current_business() and next_step_at is not null order by next_step_at offset ${most} limit 1`,
  )
  if (beyond !== null)
    throw new Refusal(
      'conflict',
      `There are more than ${most} subscriptions to look at: ask for one, or use "linekeeper rehearse".`,
    )
}
