/** Reads the past for a backtest: every end of paid time, what came of it, and what was done about it. */
import { rows, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Instant, isAfter, isBefore, plusHours } from '#platform/time.ts'
import { type Trouble, troublesFrom } from '../lines/incidents.ts'
import { factsOf } from '../subscriptions/facts.ts'
import { type SubscriptionRow, subscriptionColumns, subscriptionOf } from '../subscriptions/queries.ts'
import { type Facts, isSold, noFacts } from '../subscriptions/rules/condition.ts'
import type { Policy } from '../subscriptions/rules/policy.ts'
import type { Action } from '../subscriptions/rules/step.ts'
import { type Period, renewalMinor, type Subscription } from '../subscriptions/rules/subscription.ts'
import type { Cycle } from './rules/backtest.ts'
import { claimOf } from './rules/decide.ts'

export type Past = {
  from: Instant
  until: Instant
  /** Only who is under this policy now. */
  policyId?: string | undefined
  subscriptionId?: string | undefined
  /** Null: however many there are. */
  most: number | null
}

/** Steps lie at most this far from the end they belong to. */
const reachHours = 120 * 24

type Row = SubscriptionRow & {
  starts: Instant
  ends: Instant
  kind: Period['kind']
  begins: Instant
  movedAt: Instant | null
  paidMinor: bigint | null
  renewable: boolean | null
  reachable: boolean
  takesOffers: boolean
  savedMethod: boolean
  connections: number
  panelKind: string | null
}

/** Who rested meanwhile is left out: a pause moves what was sold, and the past does not say where it was before. */
const rested = (
  past: Past,
) => sql`exists (select from pauses u where u.business_id = current_business() and u.subscription_id = subscriptions.id
  and u.starts < ${past.until} and (u.ends is null or u.ends > ${past.from}))`

const asked = ({ policyId, subscriptionId }: Past) => sql`business_id = current_business() and status <> 'pending'
  and (${policyId ?? null}::text is null or policy_id = ${policyId ?? null}) and (${subscriptionId ?? null}::text is null or id = ${subscriptionId ?? null})`

export async function countRested(tx: Tx, past: Past): Promise<number> {
  const found = await rows(tx, sql`select from subscriptions where ${asked(past)} and ${rested(past)}`)
  return found.length
}

/** `policyOf` answers the policy by its id: the stored one, or one that is only thought of; `restrictable`, what a kind of panel can. */
export async function readCycles(
  tx: Tx,
  past: Past,
  policyOf: (id: string) => Policy | undefined,
  restrictable: (panelKind: string) => boolean,
): Promise<Cycle[]> {
  const limit = past.most === null ? null : past.most + 1
  const found = await rows(
    tx,
    sql<Row>`with s as (select ${subscriptionColumns} from subscriptions where ${asked(past)} and not ${rested(past)}),
      c as (
        select p.subscription_id, p.starts, p.ends, p.kind, p.created_at as begins, lead(p.created_at) over w as moved_at, lead(p.invoice_item_id) over w as item_id
        from periods p where p.business_id = current_business() and p.starts < p.ends
        window w as (partition by p.subscription_id order by p.starts))
      select s.*, c.starts, c.ends, c.kind, c.begins, c.moved_at as "movedAt", i.total_minor + coalesce((select sum(a.total_minor) from invoice_items a
          where a.business_id = i.business_id and a.invoice_id = i.invoice_id and a.subscription_id = i.subscription_id and a.kind in ('add_on', 'discount')), 0)::bigint as "paidMinor",
        l.connections, pan.kind as "panelKind", pl.renewable, k.erased_at is null as reachable,
        k.marketing_consent_at is not null as "takesOffers",
        exists (select from payment_methods m where m.business_id = current_business() and m.customer_id = s."customerId" and m.status = 'active') as "savedMethod"
      from s
      join c on c.subscription_id = s.id
      join customers k on k.business_id = current_business() and k.id = s."customerId"
      join lines l on l.business_id = current_business() and l.subscription_id = s.id
      left join panels pan on pan.business_id = l.panel_business_id and pan.id = l.panel_id
      left join plans pl on pl.business_id = current_business() and pl.id = s."planId"
      left join invoice_items i on i.business_id = current_business() and i.id = c.item_id
      where c.ends > ${plusHours(past.from, -reachHours)} and c.ends < ${plusHours(past.until, reachHours)}
      order by s.id, c.starts limit ${limit}`,
  )
  if (past.most !== null && found.length > past.most)
    throw new Refusal(
      'conflict',
      `There are more than ${past.most} renewals to look at: ask for fewer days, one subscription, or use "linekeeper rehearse --backtest".`,
    )
  const [did, facts, troubles] = [
    await readDone(tx, past),
    await factsNow(tx, found, policyOf),
    await troublesFrom(tx, plusHours(past.from, -reachHours), past.subscriptionId),
  ]
  return found.flatMap((row, index) => {
    const policy = policyOf(row.policyId)
    if (policy === undefined) return []
    const next = found[index + 1]
    const now = facts.get(row.id) ?? noFacts
    const known = {
      did,
      facts: { ...now, paidPeriods: now.paidPeriods - paidSince(found, index) },
      troubles: troubles.get(row.id) ?? [],
    }
    const line = {
      connections: row.connections,
      restrictable: row.panelKind !== null && restrictable(row.panelKind),
    }
    return [{ ...cycleOf(row, next?.id !== row.id, soldSince(found, index), policy, known), line }]
  })
}

/** Time that was given continues the period that was sold before it. */
function soldSince(found: readonly Row[], index: number): Instant {
  const { id, starts } = found[index] as Row
  for (let at = index; found[at]?.id === id; at--) {
    const row = found[at] as Row
    if (isSold(row)) return row.starts
  }
  return starts
}

/** Periods of the same subscription that were paid after this one. */
function paidSince(found: readonly Row[], index: number): number {
  const id = found[index]?.id
  let count = 0
  for (let at = index + 1; found[at]?.id === id; at++) if (found[at]?.kind === 'paid') count += 1
  return count
}

type Known = { did: Map<string, Cycle['did']>; facts: Facts; troubles: readonly Trouble[] }

function cycleOf(
  row: Row,
  last: boolean,
  soldAt: Instant,
  policy: Policy,
  { did, facts, troubles }: Known,
): Omit<Cycle, 'line'> {
  const {
    starts: _s,
    ends,
    kind,
    begins,
    movedAt,
    paidMinor,
    renewable,
    reachable,
    takesOffers,
    savedMethod,
    connections: _c,
    panelKind: _k,
    ...rest
  } = row
  const now = subscriptionOf(rest)
  const byHand = now.terminatedBecause === 'staff' || now.terminatedBecause === 'refunded'
  return {
    subscription: asItWas(now, ends, kind, last),
    policy,
    known: {
      ...facts,
      periodStarts: soldAt,
      renewals: facts.renewals.filter(({ due }) => isBefore(due, ends)),
      failedCharges: facts.failedCharges.filter((at) => !isAfter(at, ends)),
      // Who watched later may have watched before, too: that is not kept so finely.
      lastSeen: facts.lastSeen === null || isAfter(facts.lastSeen, ends) ? null : facts.lastSeen,
    },
    begins,
    owed: { minor: paidMinor ?? renewalMinor(now), currency: now.currency },
    movedAt,
    paid: paidMinor === null || paidMinor === 0n ? null : { minor: paidMinor, currency: now.currency },
    stoppedAt: last && byHand ? now.terminatedAt : null,
    renewable: renewable === true,
    reachable,
    takesOffers,
    savedMethod,
    troubles,
    // What was carried over from an end before this one was done for that.
    did: (did.get(`${row.id}/${ends}`) ?? []).filter(({ at }) => !isBefore(at, begins)),
  }
}

/** Who renewed did not leave; whether the last one leaves is known only as it stands now. */
const asItWas = (
  now: Subscription,
  paidThrough: Instant,
  kind: Period['kind'],
  last: boolean,
): Cycle['subscription'] => ({
  ...now,
  paidThrough,
  anchorDay: now.anchorDay ?? 1,
  status: kind === 'trial' ? 'trial' : 'active',
  suspendedAt: null,
  restrictedTo: null,
  terminatedAt: null,
  terminatedBecause: null,
  pausedAt: null,
  holdUntil: null,
  waitingFor: null,
  cancelAtEnd: last && (now.cancelAtEnd || now.terminatedBecause === 'canceled'),
  autoRenew: last ? now.autoRenew : true,
})

async function factsNow(tx: Tx, found: readonly Row[], policyOf: (id: string) => Policy | undefined) {
  const asking = found.filter(({ policyId }) => (policyOf(policyId)?.rules.length ?? 0) > 0).map(({ id }) => id)
  return factsOf(tx, [...new Set(asking)])
}

const templates: Partial<Record<Action, string>> = {
  issue_invoice: 'renewal_invoice',
  remind: 'renewal_reminder',
  offer: 'renewal_offer',
  grace: 'grace',
  restrict: 'restricted',
  suspend: 'suspended',
  terminate: 'terminated',
}

type Done = { id: string; ends: Instant; step: string; at: Instant; dueAt: Instant; action: Action | null }

/** By subscription and end. A step that was late by less than an hour was in time. */
async function readDone(tx: Tx, past: Past): Promise<Map<string, Cycle['did']>> {
  const found = await rows(
    tx,
    sql<Done>`with known as (
        select distinct on (p.id, x->>'key') p.id, x->>'key' as key, x->>'action' as action from policies p, jsonb_array_elements(p.steps) x
        where p.business_id = current_business() order by p.id, x->>'key', p.version desc)
      select d.subscription_id as id, d.period_end as ends, d.step, d.at, d.due_at as "dueAt", coalesce(k.action, case d.step when 'grace' then 'grace' end) as action
      from steps_done d join subscriptions s on s.business_id = d.business_id and s.id = d.subscription_id
      left join known k on k.id = s.policy_id and k.key = d.step
      where d.business_id = current_business() and d.outcome = 'done' and d.at >= ${past.from} and d.at <= ${past.until}
        and (${past.subscriptionId ?? null}::text is null or d.subscription_id = ${past.subscriptionId ?? null})
      order by d.at`,
  )
  const claims = found.map(({ id, ends, step, action }) => {
    const template = action === null ? undefined : templates[action]
    return template === undefined ? '' : claimOf(template, { id, paidThrough: ends }, { key: step })
  })
  const made = await rows(
    tx,
    sql<{
      claim: string
    }>`select claim from message_claims where business_id = current_business() and claim = any (${claims.filter((each) => each !== '')}::text[])`,
  )
  const told = new Set(made.map(({ claim }) => claim))
  const all = new Map<string, Cycle['did'][number][]>()
  for (const [index, { id, ends, step, at, dueAt, action }] of found.entries()) {
    if (action === null) continue
    const key = `${id}/${ends}`
    const mails = told.has(claims[index] ?? '') ? [templates[action] ?? ''] : []
    const done = { step, action, at: isAfter(at, plusHours(dueAt, 1)) ? at : dueAt, mails }
    all.set(key, [...(all.get(key) ?? []), done])
  }
  return all
}
