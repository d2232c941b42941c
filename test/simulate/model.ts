/**
 * What must be true of a world, seen from outside: the proof of the house itself, and a model of our own that knows only what the
 * gateway, the panel and the mailboxes know.
 */
import { listInvariants, proveIn } from '#modules/invariants.ts'
import { sql } from '#platform/db.ts'
import { strayDisputes } from './banks.ts'
import { oldPassword } from './moving-in.ts'
import { overlap } from './watch.ts'
import type { World } from './world.ts'

/** After each day: every invariant that is written down, and what the gateways were told. */
export async function checkDay(world: World): Promise<void> {
  const found = await world.look(everyInvariant(world.clock.now()))
  for (const [id, broken] of Map.groupBy(found, ({ id }) => id))
    complain(
      world,
      id,
      broken.map(({ row }) => row),
    )
  await checkAcknowledged(world)
  complain(world, 'model-at-rest', await world.leftOver())
}

/** All of them in one statement: asked one by one, most of their time went to and fro. No limit: it would be planned for rows that come soon, and none comes. */
const everyInvariant = (now: Temporal.Instant) =>
  sql<{ id: string; row: unknown }>`${sql.join(
    listInvariants().map(
      ({ id, query }) => sql`(select ${sql.lit(id)} as id, to_jsonb(broken) as row from (${query(now)}) broken)`,
    ),
    sql` union all `,
  )}`

/** At the end of a life: the whole proof, the database's own keys included, and the model. */
export async function checkLife(world: World): Promise<void> {
  const { broken } = await world.lookAll((tx) => proveIn(tx, world.clock.now()))
  for (const { id, rows: found } of broken) complain(world, id, found)
  await checkStepsOnce(world)
  await checkMoneyArrived(world)
  await checkLines(world)
  await checkServed(world)
  await checkLogins(world)
  await checkSuspensions(world)
  complain(world, 'model-disputes', await strayDisputes(world))
}

function complain(world: World, id: string, found: readonly unknown[]): void {
  if (found.length > 0)
    world.broken.push(
      `${id}: ${JSON.stringify(found.slice(0, 5), (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    )
}

/** What a gateway was told we have is on record (M1). */
async function checkAcknowledged(world: World): Promise<void> {
  const [kept] = await world.look<{ count: number }>(sql`select count(*)::int as count from notice_keys`)
  const ours = new Set(world.acknowledged.map(({ body }) => body)).size
  if ((kept?.count ?? 0) < ours)
    complain(world, 'model-acknowledged', [{ acknowledged: ours, onRecord: kept?.count ?? 0 }])
}

/** Each step of a period is done once, and remembered. */
async function checkStepsOnce(world: World): Promise<void> {
  complain(
    world,
    'model-steps-once',
    await world.look(
      sql`select subscription_id, period_end, step, count(*)::int as times from steps_done group by 1, 2, 3 having count(*) > 1`,
    ),
  )
}

type Paid = { id: string; reference: string; amount: number; status: string; created_at: string }

const gatewayPayments = (world: World): Paid[] => [...world.outside.gateway.store.shelf<Paid>('payments').values()]

/** What was paid at the gateway is on record here, once and in full, whatever was lost on the way (M1, M2). */
async function checkMoneyArrived(world: World): Promise<void> {
  const paid = gatewayPayments(world).filter(({ status }) => status === 'paid')
  const ours = await world.look(
    sql<{
      id: string
      status: string
      receivedMinor: bigint
    }>`select id, status, received_minor as "receivedMinor" from payments`,
  )
  const byId = new Map(ours.map((each) => [each.id, each]))
  const lost = paid.filter(({ reference, amount }) => byId.get(reference)?.receivedMinor !== BigInt(amount))
  complain(world, 'model-money-arrived', lost)
}

type OurLine = {
  username: string
  subscriptionId: string
  wanted: string
  status: string
  paidThrough: Temporal.Instant | null
  needsReview: boolean
  touched: boolean
}

/** A line that its customer paid for answers on the panel, and nothing is there that belongs to nobody (S3, S5). */
async function checkLines(world: World): Promise<void> {
  const ours = await linesOf(world)
  const names = new Map(ours.map((each) => [each.username, each]))
  const there = world.watch.lines()
  complain(
    world,
    'model-orphan',
    there.filter(({ username }) => !['active', 'suspended'].includes(names.get(username)?.wanted ?? 'none')),
  )
  const now = world.clock.now()
  const on = new Set(there.flatMap(({ username, enabled }) => (enabled === 1 ? [username] : [])))
  const dark = ours.filter(
    ({ username, paidThrough, touched, needsReview }) =>
      !touched &&
      !needsReview &&
      paidThrough !== null &&
      Temporal.Instant.compare(now, paidThrough) < 0 &&
      !on.has(username),
  )
  complain(world, 'model-paid-and-dark', dark)
}

/**
 * `touched`: staff or the customer cut it off, or the panel refused the line, which waits for a person then. A reseller's lines wait for
 * his credits, too: what these gave is for the invariants of the house to say.
 */
const linesOf = (world: World): Promise<OurLine[]> =>
  world.look(sql<OurLine>`select l.username, l.subscription_id as "subscriptionId", l.wanted, l.needs_review as "needsReview", s.status, s.paid_through as "paidThrough",
      exists (select from events e where e.subject_id = s.id and e.actor not like 'rule:%'
        and e.type in ('subscription.suspended', 'subscription.terminated', 'subscription.paused'))
        or exists (select from events e where e.subject_id = l.id and e.type = 'line.refused') or l.business_id <> ${world.businessId} as touched
    from lines l join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id order by l.id`)

/** Days sold are days served: within a period that was paid for, its line was on, but for what nobody could help. Who moved in had paid until the end that we took over. */
async function checkServed(world: World): Promise<void> {
  const sold = await world.look(
    sql<{
      subscriptionId: string
      starts: Temporal.Instant
      ends: Temporal.Instant
    }>`select p.subscription_id as "subscriptionId", p.starts, p.ends from periods p
      where p.kind in ('paid', 'trial') or p.kind = 'free'
        and exists (select from lines l where l.business_id = p.business_id and l.subscription_id = p.subscription_id and l.adopted_at = p.starts) order by p.starts, p.id`,
  )
  const lines = new Map((await linesOf(world)).map((each) => [each.subscriptionId, each]))
  const spans = world.watch.spans()
  for (const { subscriptionId, starts, ends } of sold) {
    const line = lines.get(subscriptionId)
    if (line === undefined || line.touched || line.needsReview) continue
    const span = {
      from: starts.epochMilliseconds,
      to: Math.min(ends.epochMilliseconds, world.clock.now().epochMilliseconds),
    }
    const served = (spans.get(line.username) ?? []).reduce((sum, each) => sum + overlap(span, each), 0)
    const missing = span.to - span.from - served
    if (missing > world.watch.excuse(span))
      complain(world, 'model-sold-is-served', [
        { line: line.username, starts, ends, missingHours: Math.round(missing / 3_600_000) },
      ])
  }
}

/**
 * A login travels once, or as often as somebody asked for it, and it is the one that works (S6); one whose letter a mailbox refused for good is a
 * person's matter. Who moved in has his, which stays as it is.
 */
async function checkLogins(world: World): Promise<void> {
  const logins = world.outside.mail.letters.flatMap(({ text, messageId }) => {
    const [, username, password] = /"username":"([^"]*)","password":"([^"]*)"/.exec(text) ?? []
    return username === undefined ? [] : [{ username, password, messageId }]
  })
  const asked = await world.look(
    sql<{
      username: string
      times: number
      refused: boolean
      adopted: boolean
    }>`with changed as (select split_part(c.claim, '/', 2) as line_id, count(*)::int as times, coalesce(bool_or(m.status = 'failed'), false) as refused
          from message_claims c left join messages m on m.business_id = c.business_id and m.id = c.message_id where c.claim like 'login_changed/%' group by 1),
        resent as (select subject_id as line_id, count(*)::int as times from events where type = 'line.login_resent' group by 1)
      select l.username, l.adopted_at is not null as adopted, coalesce(c.refused, false) as refused, coalesce(r.times, 0) + coalesce(c.times, 0) as times
        from lines l left join changed c on c.line_id = l.id left join resent r on r.line_id = l.id`,
  )
  const sent = Map.groupBy(logins, ({ username }) => username)
  for (const { username, times, adopted } of asked) {
    const letters = new Set(sent.get(username)?.map(({ messageId }) => messageId)).size
    if (letters > times + (adopted ? 0 : 1))
      complain(world, 'model-login-once', [{ username, letters, askedFor: times }])
  }
  const refused = new Set(asked.flatMap((each) => (each.refused ? [each.username] : [])))
  const adopted = new Set(asked.flatMap((each) => (each.adopted ? [each.username] : [])))
  for (const { username, password } of world.watch.lines()) {
    const known = sent.get(username)?.at(-1)?.password ?? (adopted.has(username) ? oldPassword(username) : undefined)
    if (known !== undefined && !refused.has(username) && known !== password)
      complain(world, 'model-login-works', [{ username }])
  }
}

/** Long enough for a gateway to be asked again that told us nothing. */
const knownAfter = 9 * 3_600_000
const holdsFor = 72 * 3_600_000

/** Nobody is suspended by a rule while the gateway still had his money on the way (S2). */
async function checkSuspensions(world: World): Promise<void> {
  const facts = Map.groupBy(world.outside.gateway.store.facts(), ({ ids }) => String(ids.id))
  const suspended = await world.look(
    sql<{
      subscriptionId: string
      at: Temporal.Instant
      paymentId: string
    }>`select e.subject_id as "subscriptionId", e.at, p.id as "paymentId" from events e
      join invoice_items i on i.business_id = e.business_id and i.subscription_id = e.subject_id
      join payments p on p.business_id = i.business_id and (p.invoice_id = i.invoice_id
        or exists (select from payment_invoices w where w.business_id = p.business_id and w.payment_id = p.id and w.invoice_id = i.invoice_id))
      where e.type = 'subscription.suspended' and e.actor like 'rule:%' and p.created_at between e.at - interval '72 hours' and e.at`,
  )
  const during = Map.groupBy(suspended, ({ paymentId }) => paymentId)
  for (const payment of gatewayPayments(world))
    for (const { subscriptionId, at } of during.get(payment.reference) ?? []) {
      const story = facts.get(payment.id) ?? []
      const timeOf = (action: string) => story.find((each) => each.action === action)?.at
      const [pending, paid] = [timeOf('payment.pending'), timeOf('payment.paid')]
      if (pending === undefined) continue
      const when = at.epochMilliseconds
      const began = Date.parse(pending)
      const open = began + knownAfter < when && (paid === undefined || Date.parse(paid) > when)
      const held = when < Date.parse(payment.created_at) + holdsFor
      const inTrouble = world.watch.excuse({ from: began, to: when }) > 6 * 3_600_000
      if (open && held && !inTrouble) complain(world, 'model-money-on-its-way', [{ subscriptionId, at, pending }])
    }
}
