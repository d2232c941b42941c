/** The wish for a line: the one door through which other rooms say what a line should be. */
import type { Shop } from '#app.ts'
import { readablePassword } from '#platform/crypto.ts'
import { apart, asked, type Batch, json, maybe, run, sql, type Tx, table } from '#platform/db.ts'
import { assert, Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { bornClaimed, enqueue, offer } from '#platform/jobs.ts'
import { isForBox, type Product } from '../catalog/plans.ts'
import { record } from '../events/record.ts'
import { readSetting } from '../people/settings.ts'
import { leaseSeconds, reconcileLineJob } from './jobs.ts'
import { loginSetting } from './login-settings.ts'
import { lookAhead } from './look-ahead.ts'
import { findPanel, noBoxesOf, servesBoxes } from './panels.ts'
import { sealPassword } from './passwords.ts'
import { dueAgain, isInHand, isMacFree, isUsernameFree, lineColumns, lineOfSubscription, lockLine } from './queries.ts'
import { canBeDelivered, takePlace } from './route-line.ts'
import type { Routed } from './rules/route.ts'
import {
  generatedUsername,
  isUsername,
  type Line,
  nextUsername,
  normalizeUsername,
  usernameRule,
  type Wanted,
} from './rules.ts'

export const mostFormerLogins = 5

export type LineWish = {
  customerId: string
  subscriptionId: string
  product: Pick<
    Product,
    'id' | 'lineKind' | 'box' | 'connections' | 'usernameStrategy' | 'passwordStrategy' | 'outputs'
  >
  username?: string | undefined
  password?: string | undefined
  mac?: string | undefined
  /** User names that the panel said it has, whoever's they are. */
  namesOnPanel?: readonly string[] | undefined
  /** Further connections, from add-ons. */
  extraConnections?: number | undefined
  /** Of the buyer, where it is known. */
  country?: string | null | undefined
}

/**
 * Stores the line of a new subscription with its user name, password and marker before anything is sent anywhere. It is not
 * wanted yet: `wantLine` does that when the time is paid.
 */
export async function prepareLine(tx: Tx, shop: Shop, wish: LineWish, now: Temporal.Instant): Promise<string> {
  const panel = await takePlace(tx, { productId: wish.product.id, country: wish.country ?? null }, now)
  if (panel === null) throw await notDelivered(tx, wish.product.id)
  const id = newId('line', shop.app.clock)
  const { lineKind, box } = wish.product
  if (isForBox(wish.product)) await refuseWhereNoBoxes(tx, shop, panel, wish.product)
  const mac = lineKind === 'line' && box === null ? null : (wish.mac ?? null)
  if (mac !== null && !(await isMacFree(tx, panel, mac))) throw macTaken()
  const { username, requested } = await chooseUsername(tx, shop, panel, wish, id)
  const password = wish.product.passwordStrategy === 'chosen' && wish.password ? wish.password : readablePassword()
  const extra = wish.extraConnections ?? 0
  await run(
    tx,
    sql`insert into lines (business_id, id, customer_id, subscription_id, panel_business_id, panel_id, kind, box, username, requested_username, password, marker, mac,
        connections, extra_connections, package, routed, wanted, wanted_until, created_at)
      values (${shop.businessId}, ${id}, ${wish.customerId}, ${wish.subscriptionId}, ${panel.businessId}, ${panel.id}, ${lineKind}, ${box}, ${username}, ${requested},
        ${sealPassword(shop, id, password)}, ${`ref:${id}`}, ${mac}, ${wish.product.connections + extra}, ${extra},
        ${json({ ...panel.package, outputs: wish.product.outputs })}, ${json(panel.routed)}, 'none', ${now}, ${now})`,
  )
  await record(tx, shop, now, {
    type: 'line.prepared',
    subjectType: 'line',
    subjectId: id,
    customerId: wish.customerId,
    data: { panel: panel.id, route: panel.routed.because },
  })
  return id
}

/** What a product is for may have been changed after it was mapped. A panel of the supplier was looked at when he mapped it. */
async function refuseWhereNoBoxes(
  tx: Tx,
  shop: Shop,
  panel: { businessId: string; id: string },
  { lineKind, box }: Pick<Product, 'lineKind' | 'box'>,
): Promise<void> {
  if (panel.businessId !== shop.businessId) return
  const row = await findPanel(tx, panel.id)
  const kind = row && shop.app.panels.get(row.kind)
  if (kind && !servesBoxes(kind, lineKind, box))
    throw new Refusal('not_sellable', 'This plan cannot be delivered at the moment, so it is not for sale.', [
      { pointer: '/plan_id', code: 'unsupported', detail: noBoxesOf(kind.title, box) },
    ])
}

/** Bought from elsewhere it could be had: the buyer is told what keeps him from it. */
async function notDelivered(tx: Tx, productId: string): Promise<Refusal> {
  if (await canBeDelivered(tx, productId))
    return new Refusal('not_sellable', 'This plan is not sold in your country at the moment.', [
      { pointer: '/country', code: 'not_served', detail: 'This plan is not sold there at the moment.' },
    ])
  return new Refusal('not_sellable', 'This plan cannot be delivered at the moment, so it is not for sale.')
}

export const macTaken = () =>
  new Refusal('invalid_input', 'This box has a line already.', [
    {
      pointer: '/mac',
      code: 'taken',
      detail: 'A box with this MAC address has a line already. Renew that one, or compare the address with the label.',
    },
  ])

async function chooseUsername(
  tx: Tx,
  shop: Shop,
  panel: { businessId: string; id: string },
  wish: LineWish,
  lineId: string,
) {
  const isBox = wish.product.lineKind !== 'line' // Nobody types the user name behind one.
  const strategy = isBox ? 'generated' : wish.product.usernameStrategy
  const asked = isBox || wish.username === undefined || wish.username === '' ? null : normalizeUsername(wish.username)
  if (asked !== null && strategy !== 'generated' && !isUsername(asked))
    throw new Refusal('invalid_input', 'Please choose another user name.', [
      {
        pointer: '/username',
        code: 'invalid',
        detail: usernameRule,
      },
    ])
  if (asked === null && strategy === 'chosen')
    throw new Refusal('invalid_input', 'Please choose a user name.', [
      { pointer: '/username', code: 'required', detail: 'Please choose a user name.' },
    ])
  const base = asked === null || strategy === 'generated' ? generatedUsername(lineId) : asked
  let username = base
  const onPanel = wish.namesOnPanel ?? []
  // What the panel has not said by now is settled when the line is made.
  while (onPanel.includes(username) || !(await isUsernameFree(tx, panel, username)))
    username = nextUsername(base, username)
  if (base === asked && username !== asked) await refuseTaken(tx, shop, asked, username)
  return { username, requested: base === asked && username !== asked ? asked : null }
}

/** Whether a buyer gets another name than he asked for, or is told before anything is ordered. */
async function refuseTaken(tx: Tx, shop: Shop, asked: string, free: string): Promise<void> {
  const rule = (await readSetting(tx, shop, loginSetting)).when_taken
  if (rule === 'next') return
  const detail =
    rule === 'ask'
      ? `“${asked}” is taken. “${free}” is free: order again with it, or with another one.`
      : `“${asked}” is taken. Please choose another one.`
  throw new Refusal('invalid_input', 'Please choose another user name.', [
    { pointer: '/username', code: 'taken', detail },
  ])
}

/**
 * Says what the line of a subscription should be. A wish that is already the stored one changes nothing; any other raises the
 * revision and nudges the reconciler. `until` is the panel's own expiry, which we set as a safety net behind `paidUntil`, the end of what was sold.
 */
export async function wantLine(
  tx: Tx,
  shop: Shop,
  subscriptionId: string,
  wish: {
    wanted: Exclude<Wanted, 'none'>
    until: Temporal.Instant
    paidUntil: Temporal.Instant | null
    restrictedTo: number | null
  },
  now: Temporal.Instant,
): Promise<void> {
  // The usual case in one statement: the wish differs, and the name is ours or free.
  const asking = { subscriptionId, ...wish, now, held: null }
  if (tx.ground.shared && tx.local !== null) {
    // Whether the name was taken meanwhile is the unique key's to say; then this is done once more, by itself.
    const held = shop.standstill === null ? bornClaimed(tx, reconcileLineJob, now, leaseSeconds) : null
    const nudged = asked(tx, wishedAtOnce, { ...asking, held }).then(([known]) => {
      if (known === undefined) return
      // Somebody has it in hand: he goes on with what is wished now.
      const ours = held !== null && known.nextTryAt?.epochMilliseconds === held.epochMilliseconds
      const looking = ours && !wasBegun(known) ? apart(() => lookAhead(shop, known, now)) : undefined
      looking?.catch(() => {}) // Told when it is waited for.
      offer(tx, reconcileLineJob, {
        businessId: shop.businessId,
        lineId: known.id,
        known,
        held: ours ? held : null,
        looking,
      })
    })
    return tx.late(nudged)
  }
  const [changed] = await asked(tx, wished, asking)
  if (changed !== undefined) return enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: changed.id })
  const line = await lineOfSubscription(tx, subscriptionId)
  assert(line !== null, `subscription ${subscriptionId} has a line`)
  const same = line.wanted === wish.wanted && line.restrictedTo === wish.restrictedTo
  const paidAlike = line.paidUntil?.epochNanoseconds === wish.paidUntil?.epochNanoseconds
  if (same && paidAlike && Temporal.Instant.compare(line.wantedUntil, wish.until) === 0) return
  if (line.wanted === 'none' && wish.wanted === 'ended') return
  const username = line.wanted === 'none' || line.wanted === 'ended' ? await stillFree(tx, line) : line.username
  await raiseRevision(
    tx,
    shop,
    line,
    sql`wanted = ${wish.wanted}, wanted_until = ${wish.until}, paid_until = ${wish.paidUntil}, restricted_to = ${wish.restrictedTo}, username = ${username},
    requested_username = ${username === line.username ? line.requestedUsername : (line.requestedUsername ?? line.username)}`,
    now,
  )
}

/** The panel may have it: what is found there is only true for whoever has the line. */
const wasBegun = ({ createSentAt, activatedAt }: Line) => createSentAt !== null || activatedAt !== null

type Wished = {
  subscriptionId: string
  wanted: Wanted
  until: Temporal.Instant
  paidUntil: Temporal.Instant | null
  restrictedTo: number | null
  now: Temporal.Instant
  /** Claimed at once, until then. */
  held: Temporal.Instant | null
}

const wishes = (given: readonly Wished[], unless: ReturnType<typeof sql>) =>
  sql<Line>`update lines set wanted = wished, wanted_until = until, paid_until = paid, restricted_to = restriction, revision = revision + 1, tries = 0, needs_review = false,
      next_try_at = case when ${isInHand(sql`at`)} then next_try_at else coalesce(held, at) end, held_until = case when ${isInHand(sql`at`)} then held_until else held end,
      trouble = null, version = version + 1
    from ${table('w', given, [
      ['of_subscription', 'text', ({ subscriptionId }) => subscriptionId],
      ['wished', 'text', ({ wanted }) => wanted],
      ['until', 'timestamptz', ({ until }) => until],
      ['paid', 'timestamptz', ({ paidUntil }) => paidUntil],
      ['restriction', 'int', ({ restrictedTo }) => restrictedTo],
      ['at', 'timestamptz', ({ now }) => now],
      ['held', 'timestamptz', ({ held }) => held],
    ])}
    where business_id = current_business() and subscription_id = of_subscription and ((wanted, wanted_until) <> (wished, until) or restricted_to is distinct from restriction or paid_until is distinct from paid)
      and (wanted in ('active', 'suspended') or (wished <> 'ended' ${unless}))
    returning ${lineColumns}`

const bySubscription = {
  keyOf: ({ subscriptionId }: Wished) => subscriptionId,
  keyOfRow: ({ subscriptionId }: Line) => subscriptionId,
}

/** A line whose name somebody else got stays as it is. */
const wished: Batch<Wished, Line> = {
  ...bySubscription,
  many: (given) => wishes(given, sql`and not name_on_panel(lines.panel_business_id, lines.panel_id, lines.username)`),
}

/** As `wished`, refused as a whole by the unique key of names when one of them is taken. */
const wishedAtOnce: Batch<Wished, Line> = { ...bySubscription, many: (given) => wishes(given, sql``) }

/** Between order and payment another buyer may have got the name: then the next one is taken and the customer told. */
async function stillFree(tx: Tx, line: Line): Promise<string> {
  const panel = { businessId: line.panelBusinessId, id: line.panelId }
  let username = line.username
  while (!(await isUsernameFree(tx, panel, username))) username = nextUsername(line.username, username)
  return username
}

export async function raiseRevision(
  tx: Tx,
  shop: Shop,
  line: Line,
  changes: ReturnType<typeof sql>,
  now: Temporal.Instant,
): Promise<void> {
  await run(
    tx,
    sql`update lines set ${changes}, revision = revision + 1, next_try_at = ${dueAgain(sql`${now}::timestamptz`)}, tries = 0, needs_review = false, trouble = null, version = version + 1
      where business_id = current_business() and id = ${line.id}`,
  )
  await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId: line.id })
}

/** A new password for the TV login, pushed to the panel; old sessions are cut there. Devices must sign in again. */
export async function changeTvLogin(
  tx: Tx,
  shop: Shop,
  lineId: string,
  password: string | null,
  now: Temporal.Instant,
): Promise<void> {
  const line = await lockLine(tx, lineId)
  if (line.wanted === 'none' || line.wanted === 'ended') throw new Refusal('conflict', 'This line has ended.')
  if (line.kind !== 'line') throw new Refusal('conflict', 'This box signs in by its MAC address.')
  const next = password ?? readablePassword()
  if (!/^[A-Za-z0-9]{8,32}$/.test(next))
    throw new Refusal('invalid_input', 'Please choose another password.', [
      {
        pointer: '/password',
        code: 'invalid',
        detail: 'A TV login password has 8 to 32 letters and digits, so that every player accepts it.',
      },
    ])
  // Until the new one was read back, the panel may have any of them, and some panels find a line by its login only.
  const former = [{ username: line.username, password: line.password }, ...line.formerLogins].slice(0, mostFormerLogins)
  await raiseRevision(
    tx,
    shop,
    line,
    sql`password = ${sealPassword(shop, line.id, next)}, login_revision = revision + 1, former_logins = ${json(former)}`,
    now,
  )
  await record(tx, shop, now, {
    type: 'line.login_changed',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
  })
}

/** Staff, a sweep or an incident's end: look at the panel again now, whatever the ladder says. Who asks for a line that a person had to look at has looked. */
export async function reconcileNow(tx: Tx, shop: Shop, lineId: string, now: Temporal.Instant): Promise<void> {
  const line = await lockLine(tx, lineId)
  if (line.wanted === 'none') throw new Refusal('conflict', 'This line was never paid for.')
  await run(
    tx,
    sql`update lines set next_try_at = ${dueAgain(sql`${now}::timestamptz`)}, tries = 0, needs_review = false, trouble = null, spending = case when needs_review then null else spending end where business_id = current_business() and id = ${lineId}`,
  )
  await enqueue(tx, reconcileLineJob, { businessId: shop.businessId, lineId })
}

/** As `reconcileNow`, for many that nobody has to have looked at: each is due now, and the sweep finds it. */
export async function lookAtLines(tx: Tx, lineIds: readonly string[], now: Temporal.Instant): Promise<void> {
  if (lineIds.length === 0) return
  await run(
    tx,
    sql`update lines l set next_try_at = ${now} from (select id from lines where business_id = current_business() and id = any (${lineIds}::text[])
        and wanted <> 'none' and done_revision = revision and next_try_at is null and not needs_review order by id for update) quiet
      where l.business_id = current_business() and l.id = quiet.id`,
  )
}

const byHand = (line: Pick<Line, 'routed'>): Routed => ({
  by: 'staff',
  because: 'chosen_by_hand',
  country: line.routed?.country ?? null,
  panels: [],
})

/** Puts a line that staff looked at onto another panel, before it was ever made; afterwards it is moved. */
export async function choosePanelByHand(
  tx: Tx,
  shop: Shop,
  lineId: string,
  panelId: string,
  now: Temporal.Instant,
): Promise<void> {
  const line = await lockLine(tx, lineId)
  if (line.remoteId !== null || line.createSentAt !== null)
    throw new Refusal(
      'conflict',
      'The line may already exist on its panel, so it cannot be put on another one by a click.',
    )
  const mapping = await maybe(
    tx,
    sql<{
      package: { bouquets: number[] }
    }>`select m.package from product_panels m join subscriptions s on s.business_id = m.business_id and s.id = ${line.subscriptionId}
      join plans p on p.business_id = s.business_id and p.id = s.plan_id and p.product_id = m.product_id
      where m.business_id = current_business() and m.panel_id = ${panelId}`,
  )
  if (mapping === null) throw new Refusal('not_sellable', 'This product has no package on that panel.')
  await raiseRevision(
    tx,
    shop,
    line,
    sql`panel_id = ${panelId}, panel_business_id = ${shop.businessId}, package = ${json({ ...mapping.package, outputs: line.package.outputs })}, routed = ${json(byHand(line))}`,
    now,
  )
  await record(tx, shop, now, {
    type: 'line.panel_chosen',
    subjectType: 'line',
    subjectId: line.id,
    customerId: line.customerId,
    data: { panel: panelId },
  })
}
