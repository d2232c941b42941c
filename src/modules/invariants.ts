/**
 * The proof: every invariant of every room, asked over all businesses. It runs after each scenario, each night, and when the console or
 * the command line asks; what it finds is parked and shown, never mended by a guess.
 */

import type { Database } from '#platform/db/connection.ts'
import { inTransaction, rows, sql, type Tx, together } from '#platform/db.ts'
import { type Invariant, invariantsOf } from '#platform/invariant.ts'
import type { Instant } from '#platform/time.ts'
import { adoptionInvariants } from './adoption/invariants.ts'
import { affiliateInvariants } from './affiliates/invariants.ts'
import { billingInvariants } from './billing/invariants.ts'
import { checkoutInvariants } from './checkout/invariants.ts'
import { dunningInvariants } from './dunning/invariants.ts'
import { eventInvariants } from './events/invariants.ts'
import { ledgerInvariants } from './ledger/invariants.ts'
import { lineInvariants } from './lines/invariants.ts'
import { messageInvariants } from './messages/invariants.ts'
import { peopleInvariants } from './people/invariants.ts'
import { collectingInvariants } from './reselling/collecting/invariants.ts'
import { resellingInvariants } from './reselling/invariants.ts'
import { subscriptionInvariants } from './subscriptions/invariants.ts'
import { twinInvariants } from './twins/invariants.ts'
import { voucherInvariants } from './vouchers/invariants.ts'

export type { Invariant } from '#platform/invariant.ts'

/** Rows are plain JSON values, at most a hundred of each. */
export type Proof = { checked: number; broken: { id: string; text: string; rows: unknown[] }[] }

/** References that no foreign key holds, because the other side may come later, be a parent's, or lie in partitions. */
const looseReferences: readonly [table: string, columns: string[], other: string, otherColumns: string[]][] = [
  ['periods', ['business_id', 'invoice_item_id'], 'invoice_items', ['business_id', 'id']],
  ['periods', ['business_id', 'hold_id'], 'holds', ['business_id', 'id']],
  ['subscriptions', ['business_id', 'policy_id'], 'policies', ['business_id', 'id']],
  ['policy_choices', ['business_id', 'policy_id'], 'policies', ['business_id', 'id']],
  ['lines', ['panel_business_id', 'panel_id'], 'panels', ['business_id', 'id']],
  ['money_facts', ['business_id', 'payment_id'], 'payments', ['business_id', 'id']],
  ['money_facts', ['business_id', 'gateway_account_id'], 'gateway_accounts', ['business_id', 'id']],
  ['notices', ['business_id', 'gateway_account_id'], 'gateway_accounts', ['business_id', 'id']],
  ['invoice_items', ['business_id', 'plan_id'], 'plans', ['business_id', 'id']],
  ['panel_calls', ['business_id', 'line_id'], 'lines', ['business_id', 'id']],
  ['messages', ['business_id', 'customer_id'], 'customers', ['business_id', 'id']],
  ['transfers', ['business_id', 'undoes'], 'transfers', ['business_id', 'id']],
]

/** A row that names another which is not there, or is another business's. */
function reference(
  id: string,
  table: string,
  columns: readonly string[],
  other: string,
  otherColumns: readonly string[],
): Omit<Invariant, 'room'> {
  const pairs = columns.map((column, index) => sql`o.${sql.ref(otherColumns[index] ?? '')} = c.${sql.ref(column)}`)
  const named = columns.map((column) => sql`c.${sql.ref(column)} is not null`)
  return {
    id,
    text: `Each row of ${table} names a row of ${other} that is there and of the same business (${columns.join(', ')})`,
    query: () => sql`select to_jsonb(c) - 'password' - 'body' - 'settings' as row from ${sql.table(table)} c
      where ${sql.join(named, sql` and `)} and not exists (select from ${sql.table(other)} o where ${sql.join(pairs, sql` and `)})`,
  }
}

const loose = invariantsOf(
  'references',
  looseReferences.map(([table, columns, other, otherColumns]) =>
    reference(`T3-${table}-${columns.at(-1)}`, table, columns, other, otherColumns),
  ),
)

/** All that are written down. `prove` adds one for each foreign key that the database itself lists. */
export const listInvariants = (): readonly Invariant[] => [
  ...eventInvariants,
  ...peopleInvariants,
  ...ledgerInvariants,
  ...lineInvariants,
  ...subscriptionInvariants,
  ...billingInvariants,
  ...dunningInvariants,
  ...voucherInvariants,
  ...adoptionInvariants,
  ...affiliateInvariants,
  ...messageInvariants,
  ...checkoutInvariants,
  ...resellingInvariants,
  ...collectingInvariants,
  ...twinInvariants,
  ...loose,
]

/** Asks everything at the machine's `now`; each business is judged by its own clock. */
export const prove = (on: Database | { readonly db: Database }, now: Instant): Promise<Proof> =>
  inTransaction('db' in on ? on.db : on, { role: 'report' }, 'prove', (tx) => proveIn(tx, now))

/** As `prove`, inside a transaction of the report role. */
export async function proveIn(tx: Tx, now: Instant): Promise<Proof> {
  const invariants = [...listInvariants(), ...(await foreignKeys(tx))]
  const answers = await together(
    invariants.map(({ query }) =>
      rows<{ row: unknown }>(
        tx,
        // By itself, since the first hundred rows of a join may be planned to come soon, and none comes at all.
        sql`with broken as materialized (${query(now)}) select to_jsonb(broken) as row from broken limit 100`,
      ),
    ),
  )
  const broken = invariants.flatMap(({ id, text }, index) => {
    const found = answers[index] ?? []
    return found.length > 0 ? [{ id, text, rows: found.map(({ row }) => row) }] : []
  })
  return { checked: invariants.length, broken }
}

/** The database refuses what these find, as long as nobody switched its keys off: a restore, a repair by hand, an extension's bug. */
async function foreignKeys(tx: Tx): Promise<readonly Invariant[]> {
  const keys = await rows<{ name: string; table: string; columns: string[]; other: string; otherColumns: string[] }>(
    tx,
    sql`select k.conname as name, k.conrelid::regclass::text as table, k.confrelid::regclass::text as other,
        (select array_agg(a.attname::text order by u.place) from unnest(k.conkey) with ordinality u (number, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
        (select array_agg(a.attname::text order by u.place) from unnest(k.confkey) with ordinality u (number, place) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as "otherColumns"
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not c.relispartition order by 1`,
  )
  return invariantsOf(
    'references',
    keys.map((key) => reference(`T3-${key.name}`, key.table, key.columns, key.other, key.otherColumns)),
  )
}
