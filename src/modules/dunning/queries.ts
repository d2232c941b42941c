/** All reading of this room: many subscriptions with everything that decides about them, in a few statements. */
import { one, rows, sql, type Tx } from '#platform/db.ts'
import type { Instant } from '#platform/time.ts'
import { plusHours } from '#platform/time.ts'
import { troublesFrom } from '../lines/incidents.ts'
import { catchUpStep } from '../people/standstill.ts'
import { heldOf } from '../subscriptions/add-ons.ts'
import { discountsOf } from '../subscriptions/coupons.ts'
import { factsOf } from '../subscriptions/facts.ts'
import { leadOf } from '../subscriptions/households.ts'
import { comingPricesOf } from '../subscriptions/price-changes.ts'
import {
  invoicesOfAll,
  presentPeriodStarts,
  type SubscriptionRow,
  subscriptionColumns,
  subscriptionOf,
} from '../subscriptions/queries.ts'
import { piecesOf } from '../subscriptions/rules/add-on.ts'
import { type Facts, noFacts } from '../subscriptions/rules/condition.ts'
import { spanToMeet } from '../subscriptions/rules/household.ts'
import { type Policy, timeline } from '../subscriptions/rules/policy.ts'
import type { Subscription } from '../subscriptions/rules/subscription.ts'
import { claimOf, type StepFacts, warnings, wordOfDay } from './rules/decide.ts'
import { type Circumstances, type Home, priceOfNext, type Subject } from './rules/foretell.ts'
import type { MassKind } from './rules/mass.ts'

export type Wanted = {
  /** Where it begins. */
  from: Instant
  subscriptionId?: string | undefined
  /** These, which sleep, as if they were woken; nobody else. */
  asleep?: readonly string[] | undefined
  /** Only who is looked at until then; `null`: everybody, as a changed policy asks for. */
  until: Instant | null
  /** Reads how late each paid before. */
  habits: boolean
}

type Row = SubscriptionRow & {
  periodStarts: Instant
  done: string[] | null
  invoice: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible' | null
  openMinor: bigint | null
  invoiceId: string | null
  coversUntil: Instant | null
  spanAnchorDay: number | null
  renewable: boolean | null
  sharesInvoices: boolean
  reachable: boolean
  takesOffers: boolean
  savedMethod: boolean
  connections: number
  panelKind: string | null
  cardId: string | null
  cardExpiresAt: Instant | null
  cardWarnAt: Instant | null
  payingSince: Instant | null
  paysAfter: number | null
}

/** `policyOf` answers the policy by its id: the stored one, or one that is only thought of; `restrictable`, what a kind of panel can. */
export async function readSubjects(
  tx: Tx,
  wanted: Wanted,
  policyOf: (id: string) => Policy | undefined,
  restrictable: (panelKind: string) => boolean,
): Promise<Subject[]> {
  const found = await rows(tx, subjectsQuery(wanted))
  const drafts = found.flatMap((row) => {
    const subscription =
      wanted.asleep === undefined ? subscriptionOf(row) : { ...subscriptionOf(row), nextStepAt: wanted.from }
    const policy = policyOf(subscription.policyId)
    if (policy === undefined) return []
    return [{ row, subscription, policy, known: { ...noFacts, periodStarts: row.periodStarts } }]
  })
  await learn(tx, drafts)
  const homes = await readHomes(tx, drafts)
  const [warned, told] = await readMessages(tx, drafts, homes)
  const coming = await comingPricesOf(
    tx,
    drafts.map(({ subscription }) => subscription.id),
  )
  const discounts = await discountsOf(
    tx,
    drafts.flatMap(({ subscription }) => subscription.couponUseId ?? []),
  )
  const troubles = await troublesFrom(tx, wanted.from, wanted.subscriptionId)
  return drafts.map(({ row, subscription, policy, known }) => ({
    subscription,
    policy,
    known,
    putOff: subscription.nextStep === catchUpStep,
    done: row.done ?? [],
    told: told.get(subscription.id) ?? [],
    facts: {
      invoice: invoiceOf(row),
      payingSince: row.payingSince,
      warnedAt: warned.get(subscription.id) ?? null,
      savedMethod: row.savedMethod,
      line: { connections: row.connections, restrictable: row.panelKind !== null && restrictable(row.panelKind) },
    },
    troubles: troubles.get(subscription.id) ?? [],
    owed: {
      minor:
        row.openMinor ??
        priceOfNext(subscription, {
          coming: coming.get(subscription.id) ?? null,
          discount: discounts.get(subscription.couponUseId ?? '') ?? null,
          home: homes.get(subscription.id) ?? null,
        }),
      currency: subscription.currency,
    },
    home: homes.get(subscription.id) ?? null,
    coming: coming.get(subscription.id) ?? null,
    discount: discounts.get(subscription.couponUseId ?? '') ?? null,
    renewable: row.renewable === true,
    reachable: row.reachable,
    takesOffers: row.takesOffers,
    card:
      row.cardId === null || row.cardExpiresAt === null || row.cardWarnAt === null
        ? null
        : { methodId: row.cardId, expiresAt: row.cardExpiresAt, warnAt: row.cardWarnAt },
    paysAfter: row.paysAfter,
  }))
}

/** Only of those in a household, which are few, and of customers who get one invoice for a day. */
async function readHomes(tx: Tx, drafts: readonly Draft[]): Promise<Map<string, Home>> {
  const homes = new Map<string, Home>()
  const inHomes = drafts.filter(({ row, subscription }) => subscription.householdId !== null || row.sharesInvoices)
  const leads = await Promise.all(inHomes.map(({ subscription }) => leadOf(tx, subscription)))
  const zoneOfDays = inHomes.some(({ row }) => row.sharesInvoices) ? await zoneOf(tx) : null
  for (const [index, { row, subscription }] of inHomes.entries()) {
    const { id, customerId, householdId, paidThrough, anchorDay, term, zone, addOns } = subscription
    const home = row.sharesInvoices ? customerId : householdId
    if (home === null || paidThrough === null || anchorDay === null) continue
    const lead = leads[index] ?? null
    const open = row.invoice === 'open' || row.invoice === 'draft'
    const asked =
      row.coversUntil === null || row.spanAnchorDay === null
        ? null
        : { starts: paidThrough, ends: row.coversUntil, anchorDay: row.spanAnchorDay }
    const next = lead === null ? null : spanToMeet({ paidThrough, anchorDay, term, zone }, lead)
    homes.set(id, {
      id: home,
      days: row.sharesInvoices ? zoneOfDays : null,
      invoiceId: open ? row.invoiceId : null,
      span: open ? asked : next,
      lead,
      addOns: addOns === 0 ? [] : piecesOf(await heldOf(tx, id), 'renewsQuantity'),
    })
  }
  return homes
}

const zoneOf = async (tx: Tx): Promise<string> =>
  (await one(tx, sql<{ zone: string }>`select zone from businesses where id = current_business()`)).zone

const invoiceOf = ({ invoice }: Row): StepFacts['invoice'] =>
  invoice === null ? 'missing' : invoice === 'paid' ? 'paid' : 'open'

/** Steps are read by subscription and period, whose key they have: a table of years is not walked for a month. */
const subjectsQuery = ({ subscriptionId, asleep, until, habits }: Wanted) =>
  sql<Row>`with s as (
      select ${subscriptionColumns} from subscriptions
      where business_id = current_business() and status not in ('pending', 'terminated') and case when ${asleep !== undefined}::boolean then asleep_since is not null and id = any (${asleep ?? []}::text[]) else asleep_since is null and next_step_at is not null
        and (${until}::timestamptz is null or next_step_at <= ${until}::timestamptz or next_step = ${catchUpStep}
          or customer_id in (select m.customer_id from payment_methods m where m.business_id = current_business() and m.is_default and m.warn_at <= ${until}::timestamptz)) end and (${subscriptionId ?? null}::text is null or id = ${subscriptionId ?? null})),
    savers as materialized (
      select distinct m.customer_id from payment_methods m where m.business_id = current_business() and m.status = 'active'),
    attempts as materialized (
      select i.subscription_id, max(p.created_at) as since from payments p
      cross join lateral (select p.invoice_id union all select w.invoice_id from payment_invoices w where w.business_id = p.business_id and w.payment_id = p.id) o
      join invoice_items i on i.business_id = p.business_id and i.invoice_id = o.invoice_id
      where p.business_id = current_business() and (p.status in ('processing', 'indeterminate') or p.status = 'created' and p.payment_method_id is not null) group by 1),
    habits as materialized (
      select i.subscription_id, percentile_disc(0.5) within group (order by extract(epoch from v.paid_at - i.period_start)::int) as seconds
      from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where ${habits}::boolean and i.business_id = current_business() and i.period_start is not null and v.status = 'paid' group by 1)
    select s.*, coalesce(${presentPeriodStarts(sql`s.id`, sql`s."paidThrough"`)}, s."createdAt") as "periodStarts", d.done, inv.status as invoice, case when own.sum is null or own.sum = inv.total_minor then inv.total_minor - inv.paid_minor else own.open end as "openMinor",
      inv.id as "invoiceId", it.covers_until as "coversUntil", it.anchor_day as "spanAnchorDay",
      pl.renewable, coalesce(c.one_invoice, ${invoicesOfAll}) as "sharesInvoices", c.erased_at is null as reachable, c.marketing_consent_at is not null as "takesOffers", sm.customer_id is not null and coalesce(col.status, '') <> 'waiting' as "savedMethod", l.connections, pan.kind as "panelKind", card.id as "cardId", card.expires_at as "cardExpiresAt", card.warn_at as "cardWarnAt", a.since as "payingSince", h.seconds as "paysAfter"
    from s
    join customers c on c.business_id = current_business() and c.id = s."customerId"
    left join plans pl on pl.business_id = current_business() and pl.id = s."planId"
    left join lateral (select array_agg(x.step) as done from steps_done x where x.business_id = current_business() and x.subscription_id = s.id and x.period_end = s."paidThrough") d on true
    left join invoice_items it on it.business_id = current_business() and it.subscription_id = s.id and it.period_start = s."paidThrough"
    left join invoices inv on inv.business_id = it.business_id and inv.id = it.invoice_id
    -- Of an invoice over several, its own part: what was paid is shared by what each asks for, and the parts add up.
    left join lateral (
      select sum(o.total_minor) as sum, div((before.minor + sum(o.total_minor)) * (inv.total_minor - inv.paid_minor), inv.total_minor)::bigint
          - div(before.minor * (inv.total_minor - inv.paid_minor), inv.total_minor)::bigint as open
      from invoice_items o, lateral (select coalesce(sum(b.total_minor), 0) as minor from invoice_items b
        where b.business_id = current_business() and b.invoice_id = inv.id and b.subscription_id < s.id) before
      where (s."householdId" is not null or inv.consolidated) and inv.total_minor > 0 and o.business_id = current_business() and o.invoice_id = inv.id and o.subscription_id = s.id
      group by before.minor) own on true
    left join collections col on col.business_id = inv.business_id and col.invoice_id = inv.id
    join lines l on l.business_id = current_business() and l.subscription_id = s.id
    left join panels pan on pan.business_id = l.panel_business_id and pan.id = l.panel_id
    left join savers sm on sm.customer_id = s."customerId"
    left join payment_methods card on card.business_id = current_business() and card.customer_id = s."customerId" and card.is_default and card.status = 'active' and card.warn_at is not null
    left join attempts a on a.subscription_id = s.id
    left join habits h on h.subscription_id = s.id
    order by s."nextStepAt", s.id`

type Draft = { row: Row; subscription: Subscription; policy: Policy; known: Facts }

/** What rules ask for is read only where there are rules. */
async function learn(tx: Tx, drafts: readonly Draft[]): Promise<void> {
  const asking = drafts.filter(({ policy }) => policy.rules.length > 0)
  const facts = await factsOf(
    tx,
    asking.map(({ subscription }) => subscription.id),
  )
  for (const draft of asking) draft.known = facts.get(draft.subscription.id) ?? draft.known
}

/** When each was first warned in this period, and which later messages exist already: only where something was done is asked. */
async function readMessages(
  tx: Tx,
  drafts: readonly Draft[],
  homes: ReadonlyMap<string, Home>,
): Promise<[warned: Map<string, Instant>, told: Map<string, string[]>]> {
  const steps = drafts.flatMap(({ row: { done }, subscription, policy, known }) =>
    done === null
      ? []
      : [...timeline(subscription, policy, known).map(({ key }) => key), ...done].flatMap((key) =>
          [...warnings, 'restricted', 'suspended', 'terminated'].map((template) => ({
            id: subscription.id,
            claim: claimOf(template, subscription, { key }),
          })),
        ),
  )
  // What another on the same invoice has asked on the same day.
  const words = drafts.flatMap(({ subscription, policy, known }) => {
    const { days, invoiceId } = homes.get(subscription.id) ?? { days: null, invoiceId: null }
    if (days === null || invoiceId === null) return []
    const planned = timeline(subscription, policy, known)
    return planned.flatMap((step) => {
      const claim = wordOfDay(invoiceId, step, planned, days)
      return claim === null ? [] : [{ id: subscription.id, claim }]
    })
  })
  const asked = [...steps, ...words]
  const found = await rows(
    tx,
    sql<{
      id: string
      claim: string
      at: Instant | null
    }>`select a.id, a.claim, coalesce(m.accepted_at, t.closed_at) as at
      from unnest(${asked.map(({ id }) => id)}::text[], ${asked.map(({ claim }) => claim)}::text[]) as a (id, claim)
      join message_claims c on c.business_id = current_business() and c.claim = a.claim
      join messages m on m.business_id = c.business_id and m.id = c.message_id
      left join attention t on t.business_id = m.business_id and t.kind = 'message_by_hand' and t.subject_id = m.id
      order by at nulls last`,
  )
  const [warned, told] = [new Map<string, Instant>(), new Map<string, string[]>()]
  for (const { id, claim, at } of found) {
    told.set(id, [...(told.get(id) ?? []), claim])
    if (at !== null && !warned.has(id) && warnings.some((each) => claim.startsWith(`${each}/`))) warned.set(id, at)
  }
  return [warned, told]
}

/** What decides about many at once: lines, what happened within the last hour, and what a person said of parked steps. */
export async function readCrowd(
  tx: Tx,
  now: Instant,
): Promise<Pick<Circumstances, 'activeLines' | 'recent' | 'decided'>> {
  const since = plusHours(now, -1)
  const { lines } = await one(
    tx,
    sql<{
      lines: number
    }>`select count(*)::int as lines from lines where business_id = current_business() and wanted = 'active'`,
  )
  const recent = await rows(
    tx,
    sql<{ kind: MassKind; at: Instant }>`select 'suspend' as kind, e.at from events e
        where e.business_id = current_business() and e.type in ('subscription.suspended', 'subscription.restricted') and e.at > ${since} and e.actor like 'rule:%'
      union all select 'charge', created_at from payments where business_id = current_business() and created_at > ${since} and by like 'rule:%'
      union all select 'mail', created_at from messages where business_id = current_business() and created_at > ${since}
        and template in ('renewal_invoice', 'renewal_reminder', 'renewal_offer')
      order by at`,
  )
  const decided = await rows(
    tx,
    sql<{ key: string; decision: 'go' | 'drop' | null }>`select p.subscription_id || '/' || p.step as key, p.decision
      from parked_steps p join subscriptions s on s.business_id = p.business_id and s.id = p.subscription_id and s.paid_through = p.period_end
      where p.business_id = current_business()`,
  )
  return { activeLines: lines, recent, decided: new Map(decided.map(({ key, decision }) => [key, decision])) }
}
