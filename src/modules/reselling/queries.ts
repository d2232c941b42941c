/** All reading of resellers, what is shared with them, and wallets. */
import { maybe, rows, run, sql, type Tx } from '#platform/db.ts'
import { Refusal } from '#platform/errors.ts'
import { type Page, rowsOfPage } from '#platform/list-page.ts'
import type { Break, Deduction, ResumeOrder } from './rules.ts'

/** A business below this one, as its parents see it. Credits are thousandths. */
export type Reseller = {
  id: string
  parentId: string
  /** 1: a direct child. */
  depth: number
  name: string
  slug: string
  currency: string
  createdAt: Temporal.Instant
  liveAt: Temporal.Instant | null
  closedAt: Temporal.Instant | null
  suspendedAt: Temporal.Instant | null
  suspendedBecause: string | null
  /** What became of his lines when he was suspended. */
  suspendedLines: 'kept' | 'paused' | null
  /** His customers, and those of everybody below, were told. */
  suspendedTells: boolean
  /** He is closed when his last line after that has ended; null: he stays. */
  closesAt: Temporal.Instant | null
  /** His customers were told of it. */
  closesTells: boolean
  linesRunning: number
  linesWaiting: number
  balance: bigint
  held: bigint
}

/** The whole branch, parents before their children, by name. */
export async function listBranch(tx: Tx): Promise<Reseller[]> {
  const found = await rows(
    tx,
    sql<Reseller>`select b.id, parent_id as "parentId", depth, name, slug, currency, created_at as "createdAt", live_at as "liveAt", closed_at as "closedAt", suspended_at as "suspendedAt",
        suspended_because as "suspendedBecause", suspended_lines as "suspendedLines", suspended_tells as "suspendedTells",
        c.closes_at as "closesAt", coalesce(c.tells, false) as "closesTells", lines_running as "linesRunning", lines_waiting as "linesWaiting", balance, held
      from branch() b left join branch_closing() c on c.id = b.id order by lower(name), b.id`,
  )
  const below = Map.groupBy(found, ({ parentId }) => parentId)
  const inOrder = (each: Reseller): Reseller[] => [each, ...(below.get(each.id) ?? []).flatMap(inOrder)]
  return found.filter(({ depth }) => depth === 1).flatMap(inOrder)
}

/** One of the branch, or `not_found`. */
export async function readReseller(tx: Tx, id: string): Promise<Reseller> {
  const found = (await listBranch(tx)).find((each) => each.id === id)
  if (found === undefined) throw new Refusal('not_found', 'There is no such reseller.')
  return found
}

/** As `readReseller`, for what only his own parent decides. */
export async function readChild(tx: Tx, id: string): Promise<Reseller> {
  const found = await readReseller(tx, id)
  if (found.depth !== 1) throw new Refusal('not_found', 'There is no such reseller.')
  return found
}

export type BranchLine = {
  id: string
  username: string
  plan: string
  wanted: string
  wantedUntil: Temporal.Instant
  inStep: boolean
  connections: number
  /** How its latest period stands with its credits. */
  credits: string | null
  createdAt: Temporal.Instant
}

/** Newest first. Whose lines they are, only their seller knows. */
export const branchLines = (tx: Tx, resellerId: string, most: number): Promise<BranchLine[]> =>
  rows(
    tx,
    sql<BranchLine>`select id, username, plan, wanted, wanted_until as "wantedUntil", in_step as "inStep", connections, credits, created_at as "createdAt"
      from branch_lines(${resellerId}, ${most})`,
  )

export type SharedPlan = {
  planId: string
  name: string
  /** What this business's own plan says. */
  ownCostMilli: bigint
  /** What was agreed with this reseller; null: what the plan says. */
  costMilli: bigint | null
  breaks: Break[]
  leastMinor: bigint | null
  mostMinor: bigint | null
  endedAt: Temporal.Instant | null
  shared: boolean
  version: number
}

/** Every plan of this business, shared with the reseller or not. */
export const plansFor = async (tx: Tx, resellerId: string): Promise<SharedPlan[]> =>
  (
    await rows(
      tx,
      sql<
        Omit<SharedPlan, 'breaks'> & { breaks: { from: number; cost_milli: number }[] | null }
      >`select p.id as "planId", p.name, p.credit_cost_milli as "ownCostMilli",
        g.credit_cost_milli as "costMilli", g.breaks, g.least_minor as "leastMinor", g.most_minor as "mostMinor", g.ended_at as "endedAt",
        g.plan_id is not null and g.ended_at is null as shared, coalesce(g.version, 0) as version
      from plans p left join plan_grants g on g.business_id = p.business_id and g.plan_id = p.id and g.granted_to = ${resellerId}
      where p.business_id = current_business() order by p.position, p.created_at, p.id`,
    )
  ).map((each) => ({
    ...each,
    breaks: (each.breaks ?? []).map((step) => ({ from: step.from, costMilli: BigInt(step.cost_milli) })),
  }))

export type Wallet = { issuer: string; issuerName: string; balance: bigint; held: bigint; waiting: number }

/** The wallet that this business holds with its parent; null for an operator. */
export const ownWallet = (tx: Tx): Promise<Wallet | null> =>
  maybe(tx, sql<Wallet>`select issuer, issuer_name as "issuerName", balance, held, waiting from own_wallet()`)

export type OwnTerms = { deducts: Deduction; resumes: ResumeOrder }

/** What its parent agreed with this business, and whom its wallet serves first; null for an operator. */
export const ownTerms = (tx: Tx): Promise<OwnTerms | null> =>
  maybe(tx, sql<OwnTerms>`select deducts, resumes from wallet_terms()`)

export type WaitingLine = {
  subscriptionId: string
  username: string
  plan: string
  since: Temporal.Instant
  /** It waits for this business's own wallet; else for one of those above. */
  own: boolean
}

/** Own lines whose paid periods wait for credits, in the order in which they are served; those that wait for a wallet above, by their age. */
export const waitingLines = (tx: Tx, most: number): Promise<WaitingLine[]> =>
  rows(
    tx,
    sql<WaitingLine>`select c.subscription_id as "subscriptionId", l.username, p.name as plan, c.waiting_since as since, c.short_holder = current_business() as own
      from period_credits c join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id
        join plans p on p.business_id = c.business_id and p.id = c.plan_id
      join businesses b on b.id = c.business_id left join wallet_terms() t on true
      where c.business_id = current_business() and c.status = 'waiting'
      order by case when t.resumes = 'most_valuable' and c.short_holder = c.business_id then place_of_value(c.value_minor, c.value_currency, b.currency) else 0 end,
        case when t.resumes = 'most_valuable' and c.short_holder = c.business_id then -c.short_cost else 0 end, c.waiting_since, c.period_id limit ${most}`,
  )

export type WalletEntry = {
  id: string
  at: Temporal.Instant
  purpose: string
  /** Thousandths; negative: taken. */
  amount: bigint
  /** After it. */
  balance: bigint
  cause: string
  sellerId: string | null
  sellerName: string | null
  plan: string | null
  username: string | null
  starts: Temporal.Instant | null
  ends: Temporal.Instant | null
  reason: string | null
  /** Who it goes back to; of another business only which: `business:biz_…`. Null: it is not known. */
  actor: string | null
}

/** Newest first, for the holder and for who issued the credits; nothing for anybody else. */
export const walletEntries = (
  tx: Tx,
  holder: string,
  most: number,
  before: { at: Temporal.Instant; id: string } | null = null,
): Promise<WalletEntry[]> =>
  rows(
    tx,
    sql<WalletEntry>`select id, at, purpose, amount, balance, cause, seller as "sellerId", seller_name as "sellerName", plan, username, starts, ends, reason, actor
      from wallet_entries(${holder}, ${most}, ${before?.at ?? null}::timestamptz, ${before?.id ?? null})`,
  )

export type Invitation = {
  id: string
  email: string
  name: string
  planIds: string[]
  creditsMilli: bigint
  childId: string | null
  createdAt: Temporal.Instant
  createdBy: string
  expiresAt: Temporal.Instant
  acceptedAt: Temporal.Instant | null
  withdrawnAt: Temporal.Instant | null
}

const invitationColumns = sql`id, email, name, plan_ids as "planIds", credits_milli as "creditsMilli", child_id as "childId", created_at as "createdAt", created_by as "createdBy",
  expires_at as "expiresAt", accepted_at as "acceptedAt", withdrawn_at as "withdrawnAt"`

export const listInvitations = (tx: Tx, page: Page): Promise<Invitation[]> =>
  rowsOfPage(
    tx,
    sql<Invitation>`select ${invitationColumns} from reseller_invitations where business_id = current_business()`,
    page,
  )

export const findInvitation = (tx: Tx, id: string, lock = false): Promise<Invitation | null> =>
  maybe(
    tx,
    sql<Invitation>`select ${invitationColumns} from reseller_invitations where business_id = current_business() and id = ${id} ${lock ? sql`for update` : sql``}`,
  )

/** `open`: it can be accepted. */
export const stateOfInvitation = (
  { acceptedAt, withdrawnAt, expiresAt }: Invitation,
  now: Temporal.Instant,
): 'open' | 'accepted' | 'withdrawn' | 'expired' => {
  if (acceptedAt !== null) return 'accepted'
  if (withdrawnAt !== null) return 'withdrawn'
  return Temporal.Instant.compare(now, expiresAt) >= 0 ? 'expired' : 'open'
}

/** Credits that a person took out of a wallet are not bought again by themselves, until a paid line waits for some. */
export const restTopUp = (tx: Tx, resellerId: string, rests: boolean): Promise<number> =>
  run(
    tx,
    sql`update reseller_terms set top_up_rests = ${rests} where business_id = current_business() and reseller_id = ${resellerId} and top_up_rests <> ${rests}`,
  )
