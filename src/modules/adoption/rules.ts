/** What a line that is on a panel already becomes: which plan, whose, or why a person must look first. Values only. */
import type { FoundLine } from '#adapters/panels/panel.ts'
import { type Instant, isAfter } from '#platform/time.ts'
import type { LineKind } from '../catalog/plans.ts'

export const adoptionStates = ['looking', 'ready', 'adopting', 'adopted', 'undoing', 'undone', 'failed'] as const
export const adoptionLineStates = ['unread', 'fits', 'waits', 'adopted', 'undone'] as const

/** Why a line waits for a person, the first that applies. */
export const reasons = [
  'gone', // The panel does not have it.
  'known', // It is one of ours by now.
  'marked', // Somebody's reference stands beside it, perhaps of another installation.
  'box', // A kind of box that no product is for.
  'name', // A user name that we could not keep.
  'banned',
  'switched_off',
  'never_ends',
  'over',
  'no_password', // The panel does not show it, and no file told it.
  'connections', // As many as it likes, or more than we can keep.
  'no_plan', // No plan is mapped to its package.
  'which_plan', // Several are.
  'no_price', // Its plan has no price in the currency of the business.
  'no_email',
  'used', // It has changed since it was adopted, so it was not given back.
] as const
export type Reason = (typeof reasons)[number]

/** A plan that lines of this panel may be of, with the package that it has there. */
export type PlanThere = {
  planId: string
  kind: LineKind
  connections: number
  packageId: string | undefined
  bouquets: readonly number[]
  /** It has a price in the currency of the business. */
  priced: boolean
}

export type ReadLine = {
  found: FoundLine | null
  kind: LineKind
  /** From a file; else the panel's own. */
  password: string | null
  email: string | null
  /** Said by a person or a file. */
  planId: string | null
  /** From a file, for a line that never ends on the panel. */
  expiresAt: Instant | null
  /** Whose line had this name before. */
  customerId: string | null
  isKnown: boolean
}

export type Verdict = { planId: string | null; because: Reason | null; expiresAt: Instant | null; connections: number }

/** `usual`: the plan where packages do not tell. */
export function weigh(read: ReadLine, plans: readonly PlanThere[], usual: string | null, now: Instant): Verdict {
  const { found } = read
  if (found === null) return { planId: null, because: 'gone', expiresAt: null, connections: 1 }
  const plan = planOf(found, read, plans, usual)
  const chosen = plans.find(({ planId }) => planId === plan)
  // 0: unlimited, or not told because the package decides.
  const decided = found.maxConnections === 0 && chosen?.packageId !== undefined
  const connections = decided ? chosen.connections : found.maxConnections
  const expiresAt = found.expiresAt ?? read.expiresAt
  const waits: Record<Exclude<Reason, 'gone' | 'used'>, boolean> = {
    known: read.isKnown,
    marked: found.marker !== null,
    box: !plans.some(({ kind }) => kind === read.kind),
    name: !/^[A-Za-z0-9._-]{3,32}$/.test(found.username),
    banned: found.banned,
    switched_off: !found.enabled,
    never_ends: expiresAt === null,
    over: expiresAt !== null && !isAfter(expiresAt, now),
    no_password: read.kind === 'line' && read.password === null,
    connections: read.kind === 'line' && (connections < 1 || connections > 50),
    no_plan: plan === null,
    which_plan: plan === 'several',
    no_price: chosen?.priced === false,
    no_email: read.email === null && read.customerId === null,
  }
  const because = (Object.keys(waits) as (keyof typeof waits)[]).find((each) => waits[each]) ?? null
  return {
    planId: chosen?.planId ?? null,
    because,
    expiresAt,
    connections: read.kind === 'line' ? connections : 1,
  }
}

/** What a person said; else by the package, and among several by the connections; else the usual one. */
function planOf(
  found: FoundLine,
  read: ReadLine,
  plans: readonly PlanThere[],
  usual: string | null,
): string | 'several' | null {
  const fitting = plans.filter(({ kind }) => kind === read.kind)
  if (read.planId !== null && fitting.some(({ planId }) => planId === read.planId)) return read.planId
  const alike = fitting.filter((plan) => hasPackage(plan, found))
  const closer = alike.filter(({ connections }) => connections === found.maxConnections)
  const best = closer.length > 0 ? closer : alike
  const known = fitting.find(({ planId }) => planId === usual)
  if (best.length === 0) return known?.planId ?? null
  if (best.some(({ planId }) => planId === usual)) return usual
  return best.length === 1 ? (best[0]?.planId ?? null) : 'several'
}

const hasPackage = (plan: PlanThere, found: FoundLine): boolean =>
  plan.packageId === undefined
    ? sameSet(plan.bouquets, found.bouquets)
    : plan.packageId === (found.packageId ?? undefined)

const sameSet = (a: readonly number[], b: readonly number[]): boolean =>
  new Set(a).symmetricDifference(new Set(b)).size === 0

/** The first address among somebody's words. */
export const emailIn = (words: string | null | undefined): string | null =>
  /[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+/.exec(words ?? '')?.[0] ?? null
