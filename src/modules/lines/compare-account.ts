/**
 * Our account at a panel that charges, compared over time (decision 0092): what it had when it was last read, less what our calls took since, is what it
 * should have now. More is taken as bought; less is a person's to explain. Only a reading with nothing of ours on its way is compared: each call has
 * ended, and none began while the panel was asked.
 */
import { plainCredits } from '#adapters/panels/normalize.ts'
import type { Shop } from '#app.ts'
import { maybe, one, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import { type Instant, plusHours } from '#platform/time.ts'
import { record } from '../events/record.ts'
import { raise, settle } from '../people/attention.ts'
import { readPanel } from './panels.ts'

export const accountStates = ['open', 'rise', 'clear', 'explained'] as const

export type AccountDifference = {
  id: string
  panelId: string
  fromAt: Temporal.Instant
  at: Temporal.Instant
  expected: string
  found: string
  /** By purchases that people noted. */
  bought: string
  /** What is left of it: below nothing, credits are gone. */
  rest: string
  state: (typeof accountStates)[number]
  reason: string | null
  explainedAt: Temporal.Instant | null
  explainedBy: string | null
}

export type AccountPurchase = {
  id: string
  panelId: string
  credits: string
  note: string
  createdAt: Temporal.Instant
  createdBy: string
  /** Null: it has not come yet. */
  differenceId: string | null
  undoneAt: Temporal.Instant | null
}

const differences = sql`id, panel_id as "panelId", from_at as "fromAt", at, expected::text as expected, found::text as found, bought::text as bought,
  (found - expected - bought)::text as rest, state, reason, explained_at as "explainedAt", explained_by as "explainedBy"`
const purchases = sql`id, panel_id as "panelId", credits::text as credits, note, created_at as "createdAt", created_by as "createdBy", difference_id as "differenceId", undone_at as "undoneAt"`

/** Newest first. */
export const accountDifferences = (tx: Tx, panelId: string, page: Page): Promise<AccountDifference[]> =>
  rowsOfPage(
    tx,
    sql<AccountDifference>`select ${differences} from account_differences where business_id = current_business() and panel_id = ${panelId}`,
    page,
    'at',
  )

export const findAccountDifference = (tx: Tx, id: string): Promise<AccountDifference | null> =>
  maybe(
    tx,
    sql<AccountDifference>`select ${differences} from account_differences where business_id = current_business() and id = ${id}`,
  )

/** Newest first. */
export const accountPurchases = (tx: Tx, panelId: string, page: Page): Promise<AccountPurchase[]> =>
  rowsOfPage(
    tx,
    sql<AccountPurchase>`select ${purchases} from account_purchases where business_id = current_business() and panel_id = ${panelId}`,
    page,
  )

export const findAccountPurchase = (tx: Tx, id: string): Promise<AccountPurchase | null> =>
  maybe(
    tx,
    sql<AccountPurchase>`select ${purchases} from account_purchases where business_id = current_business() and id = ${id}`,
  )

/** How the account stood before the panel was asked what it has. */
export type Mark = { seq: bigint; comparedAt: Temporal.Instant | null }

type Standing = Mark & { quiet: boolean; name: string; lineId: string | null }

/** `quiet`: no call of ours is on its way, or waits for what became of it. */
const standing = (tx: Tx, panelId: string, now: Instant): Promise<Standing | null> =>
  maybe(
    tx,
    sql<Standing>`select p.name, p.compared_at as "comparedAt", coalesce((select max(c.seq) from panel_charges c where c.business_id = p.business_id and c.panel_id = p.id), 0) as seq,
        (p.account_line is null or p.account_until <= ${now})
          and not exists (select from panel_charges c where c.business_id = p.business_id and c.panel_id = p.id and c.state = 'asked') as quiet
      from panels p where p.business_id = current_business() and p.id = ${panelId} for no key update of p`,
  )

/** Null: somebody spends just now, and what the panel answers is compared with nothing. */
export async function markAccount(tx: Tx, panelId: string, now: Instant): Promise<Mark | null> {
  const found = await standing(tx, panelId, now)
  return found?.quiet ? { seq: found.seq, comparedAt: found.comparedAt } : null
}

/** `mark` is of before the panel was asked; `held`: whoever asked had the account to himself, and gave it back in this transaction. */
export async function compareAccount(
  tx: Tx,
  owner: Shop,
  panelId: string,
  balance: string | null,
  mark: Mark | 'held' | null,
  now: Instant,
): Promise<void> {
  if (balance === null || mark === null) return
  const found = await standing(tx, panelId, now)
  if (found === null || !found.quiet) return
  // Somebody spent, or another reading came in between: this one is of the past.
  if (mark !== 'held' && (found.seq !== mark.seq || found.comparedAt?.toString() !== mark.comparedAt?.toString()))
    return
  if (found.comparedAt !== null) await noteDifference(tx, owner, panelId, found.name, balance, now)
  await run(
    tx,
    sql`update panels set compared_credits = ${balance}::numeric, compared_at = ${now}, compared_seq = ${found.seq}
      where business_id = current_business() and id = ${panelId}`,
  )
  await judgeAwaited(tx, owner, panelId, found.name, now)
}

async function noteDifference(tx: Tx, owner: Shop, panelId: string, name: string, balance: string, now: Instant) {
  const id = newId('acd', owner.app.clock)
  const made = await maybe(
    tx,
    sql<{ rise: string }>`insert into account_differences (business_id, id, panel_id, from_at, at, expected, found)
      select w.business_id, ${id}, w.id, w.compared_at, greatest(w.compared_at, ${now}::timestamptz), w.expected, ${balance}::numeric from (
        select p.business_id, p.id, p.compared_at, p.compared_credits - coalesce((select sum(c.price) from panel_charges c
          where c.business_id = p.business_id and c.panel_id = p.id and c.seq > p.compared_seq and c.state in ('done', 'unclear')), 0) as expected
        from panels p where p.business_id = current_business() and p.id = ${panelId}) w
      where w.expected <> ${balance}::numeric returning (found - expected)::text as rise`,
  )
  if (made === null) return
  const rise = units(made.rise)
  if (rise > 0n) await takeAwaited(tx, panelId, id, rise)
  await judgeAccount(tx, owner, panelId, name, now)
}

/** Purchases that were noted and have not come yet, the oldest first, as many as explain the rise. */
async function takeAwaited(tx: Tx, panelId: string, id: string, rise: bigint): Promise<void> {
  const awaited = await rows(
    tx,
    sql<{ id: string; credits: string }>`select id, credits::text as credits from account_purchases
      where business_id = current_business() and panel_id = ${panelId} and difference_id is null and undone_at is null order by created_at, id for update`,
  )
  const taken: string[] = []
  let sum = 0n
  for (const each of awaited) {
    if (sum >= rise) break
    taken.push(each.id)
    sum += units(each.credits)
  }
  await run(
    tx,
    sql`update account_purchases set difference_id = ${id} where business_id = current_business() and id = any(${taken}::text[])`,
  )
  await countBought(tx, id)
}

const countBought = (tx: Tx, id: string) =>
  run(
    tx,
    sql`update account_differences d set bought = coalesce((select sum(credits) from account_purchases p
        where p.business_id = d.business_id and p.difference_id = d.id and p.undone_at is null), 0)
      where d.business_id = current_business() and d.id = ${id}`,
  )

const unexplained = 'panel_credits_unexplained'

/** Staff are told of what is gone while nobody has said where: one item for a panel, brought up to date. */
async function judgeAccount(tx: Tx, owner: Shop, panelId: string, name: string, now: Instant): Promise<void> {
  const about = { subjectType: 'panel', subjectId: panelId }
  const open = await one(
    tx,
    sql<{ missing: string | null; fromAt: Temporal.Instant | null; toAt: Temporal.Instant | null }>`
      select sum(expected + bought - found)::text as missing, min(from_at) as "fromAt", max(at) as "toAt"
      from account_differences where business_id = current_business() and panel_id = ${panelId} and state = 'open'`,
  )
  if (open.missing === null || open.fromAt === null || open.toAt === null) {
    await settle(tx, unexplained, panelId, owner.actor, now)
    return
  }
  const credits = plainCredits(open.missing)
  const [from, to] = [open.fromAt, open.toAt].map((each) => each.toString({ smallestUnit: 'second' }))
  const news = await raise(
    tx,
    owner,
    {
      kind: unexplained,
      ...about,
      title: `${credits} credits at ${name} are gone, and no call of ours took them`,
      detail: `Between ${from} and ${to}. Compare with the panel's log of credits, and say on the panel's page what it was.`,
      severity: 'warn',
    },
    now,
  )
  if (news) await record(tx, owner, now, { type: 'panel.credits_unexplained', ...about, data: { credits } })
}

/** A supplier who was paid books within days. */
const awaitedHours = 72
const notCome = 'panel_credits_not_come'

async function judgeAwaited(tx: Tx, owner: Shop, panelId: string, name: string, now: Instant): Promise<void> {
  const late = await one(
    tx,
    sql<{ credits: string | null }>`select sum(credits)::text as credits from account_purchases
      where business_id = current_business() and panel_id = ${panelId} and difference_id is null and undone_at is null and created_at < ${plusHours(now, -awaitedHours)}`,
  )
  if (late.credits === null) {
    await settle(tx, notCome, panelId, owner.actor, now)
    return
  }
  const item = {
    kind: notCome,
    subjectType: 'panel',
    subjectId: panelId,
    title: `${plainCredits(late.credits)} credits that were bought at ${name} have not come`,
    detail: 'They were noted three days ago or before, and our account there did not rise. Ask who sells them.',
    severity: 'warn',
  } as const
  await raise(tx, owner, item, now)
}

/** A rise that was seen so lately may be what is noted now. */
const seenHours = 7 * 24

/**
 * Staff bought credits at the panel: they explain the oldest rise of the last week that nobody has explained, and wait for one where there is none.
 * Answers its id.
 */
export async function notePurchase(
  tx: Tx,
  shop: Shop,
  panelId: string,
  { credits, note }: { credits: string; note: string },
): Promise<string> {
  const now = shop.now()
  const panel = await readPanel(tx, panelId)
  if (shop.app.panels.get(panel.kind)?.capabilities.chargesEachExtension !== true)
    throw new Refusal('conflict', 'Panels of this kind cost no credits.')
  // Whoever compares the account now comes before or after.
  await standing(tx, panelId, now)
  const seen = await maybe(
    tx,
    sql<{
      id: string
    }>`select id from account_differences where business_id = current_business() and panel_id = ${panelId} and state = 'rise'
      and at > ${plusHours(now, -seenHours)} order by at, id limit 1`,
  )
  const id = newId('acp', shop.app.clock)
  await run(
    tx,
    sql`insert into account_purchases (business_id, id, panel_id, credits, note, created_at, created_by, difference_id)
      values (${shop.businessId}, ${id}, ${panelId}, ${credits}::numeric, ${note}, ${now}, ${shop.actor}, ${seen?.id ?? null})`,
  )
  await record(tx, shop, now, {
    type: 'panel.purchase_noted',
    subjectType: 'panel',
    subjectId: panelId,
    data: { purchase: id, credits },
  })
  if (seen !== null) await countAgain(tx, shop, panel, seen.id, now)
  return id
}

/** It was noted by mistake. A second call changes nothing. */
export async function undoPurchase(tx: Tx, shop: Shop, id: string): Promise<void> {
  const now = shop.now()
  const found = await findAccountPurchase(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such purchase.')
  const panel = await readPanel(tx, found.panelId)
  await standing(tx, panel.id, now)
  const undone = await maybe(
    tx,
    sql<{
      differenceId: string | null
    }>`update account_purchases set undone_at = ${now}, undone_by = ${shop.actor} where business_id = current_business() and id = ${id} and undone_at is null
      returning difference_id as "differenceId"`,
  )
  if (undone === null) return
  await record(tx, shop, now, {
    type: 'panel.purchase_undone',
    subjectType: 'panel',
    subjectId: panel.id,
    data: { purchase: id },
  })
  if (undone.differenceId === null) await judgeAwaited(tx, shop, panel.id, panel.name, now)
  else await countAgain(tx, shop, panel, undone.differenceId, now)
}

async function countAgain(tx: Tx, shop: Shop, panel: { id: string; name: string }, id: string, now: Instant) {
  await countBought(tx, id)
  await judgeAccount(tx, shop, panel.id, panel.name, now)
}

/** A person says what it was: spent by hand, taken by the supplier, given by him. Said again, the first word stands. */
export async function explainDifference(tx: Tx, shop: Shop, id: string, reason: string): Promise<void> {
  const now = shop.now()
  const found = await findAccountDifference(tx, id)
  if (found === null) throw new Refusal('not_found', 'There is no such difference.')
  const panel = await readPanel(tx, found.panelId)
  await standing(tx, panel.id, now)
  const explained = await run(
    tx,
    sql`update account_differences set reason = ${reason}, explained_at = ${now}, explained_by = ${shop.actor}
      where business_id = current_business() and id = ${id} and state in ('open', 'rise')`,
  )
  if (explained === 0) throw new Refusal('conflict', 'This difference is explained already.')
  await record(tx, shop, now, {
    type: 'panel.credits_explained',
    subjectType: 'panel',
    subjectId: panel.id,
    data: { difference: id, credits: found.rest, reason },
  })
  await judgeAccount(tx, shop, panel.id, panel.name, now)
}

/** Decimals with four places, as whole numbers. */
const units = (decimal: string): bigint => BigInt(decimal.replace('.', ''))
