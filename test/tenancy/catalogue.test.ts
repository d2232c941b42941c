/** What the database itself says about who may see what: every table, key, function and role, so that a new one cannot be forgotten. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import {
  definerFunctions,
  looseReferences,
  ofTheInstallation,
  openPartitions,
  passingViews,
  tables,
  unguardedTables,
  wideKeys,
} from './checks.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await testDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const names = async (text: string): Promise<string[]> =>
  (await client.query<{ name: string }>(text)).rows.map(({ name }) => name)

test('every table has a business, row-level security enabled and forced, and a policy for each role', async () => {
  const found = await names(unguardedTables)
  expect(found.filter((name) => !ofTheInstallation.includes(name))).toEqual([])
})

test('the application writes only what it can see', async () => {
  // One policy for all commands, with the same condition for what is read and what is written.
  expect(
    await names(`select c.relname || ' ' || p.polname as name from pg_policy p join pg_class c on c.oid = p.polrelid join pg_roles r on r.oid = any (p.polroles)
      where r.rolname = 'linekeeper_app' and (p.polcmd not in ('*', 'r') or not p.polpermissive
        or (p.polcmd = '*' and pg_get_expr(p.polqual, p.polrelid) is distinct from pg_get_expr(p.polwithcheck, p.polrelid)))`),
  ).toEqual([])
})

test('a partition cannot be reached but through its table', async () => {
  expect(await names(openPartitions)).toEqual([])
})

/** Unique over all businesses on purpose: each tells nothing that its holder does not know already. */
const uniqueOverAll = [
  'businesses_pkey', // an id is 80 bits of chance
  'businesses_slug_key', // addresses of shops are public
  'host_names_proved', // so are host names that lead to a shop
  'api_keys_secret_hash_key', // the hash of 256 bits of chance
  'gateway_accounts_id', // stands in the address of notices
  'lines_username', // a panel's names are shared by all who use the panel
  'lines_held_mac', // and so are its boxes
  'businesses_twin', // a business may know of its own twin
  'business_paths_pkey', // begins with the ancestor, names the business
]

test('every unique key begins with the business, or was looked at', async () => {
  const found = await names(wideKeys)
  expect(
    found.filter((name) => !uniqueOverAll.includes(name) && !ofTheInstallation.some((table) => name.startsWith(table))),
  ).toEqual([])
})

test('every foreign key between tables of a business carries the business', async () => {
  expect(await names(looseReferences)).toEqual([])
})

test('our roles own nothing, bypass nothing, and may not empty a table', async () => {
  const roles = `('linekeeper_app', 'linekeeper_report', 'linekeeper_lookup', 'linekeeper_auth', 'linekeeper_credits')`
  expect(
    await names(
      `select rolname as name from pg_roles where rolname in ${roles} and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolcanlogin)`,
    ),
  ).toEqual([])
  expect(
    await names(
      `select c.relname as name from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname in ${roles}`,
    ),
  ).toEqual([])
  expect(
    await names(
      `select c.relname || ' ' || r.rolname as name from ${tables.replace('where', ', pg_roles r where')} and r.rolname in ${roles} and has_table_privilege(r.oid, c.oid, 'truncate, references, trigger')`,
    ),
  ).toEqual([])
  expect(
    await names(
      `select c.relname as name from ${tables} and has_table_privilege('linekeeper_report', c.oid, 'insert, update, delete')`,
    ),
  ).toEqual([])
})

/** Functions that see across businesses run as the look-up role, those that move credits or share plans as theirs; those that reach the queue run as its owner. Each was looked at. */
const definers = [
  'account_calendar',
  'account_used',
  'ask_credits',
  'branch',
  'branch_closing',
  'branch_lines',
  'business_by_api_key',
  'business_by_gateway_account',
  'business_by_host',
  'business_by_slug',
  'business_ids',
  'businesses_on_panel',
  'close_branch',
  'closing_businesses',
  'due_work',
  'evacuation_goes_on',
  'evacuation_moves',
  'follow_mapping',
  'leftovers_gone',
  'leftovers_of_sellers',
  'lines_of_sellers',
  'lines_to_carry',
  'sellers_could_return',
  'sellers_on_their_way',
  'enqueue_job',
  'enqueue_swept',
  'inherit_limits',
  'lift_branch',
  'limit_branch',
  'limits_of',
  'keep_twin',
  'keep_lent',
  'put_lent_gateway',
  'lent_gateway',
  'lent_payments',
  'lent_moves',
  'lenders',
  'sellers_of_lines',
  'differences_of_sellers',
  'memberships_of',
  'move_branch',
  'name_on_panel',
  'next_waiting',
  'own_wallet',
  'credits_too_old',
  'cut_credits',
  'seen_credits',
  'shift_credits',
  'wallet_terms',
  'lasting_wallets',
  'owner_of_reseller',
  'panels_to_look_at',
  'panels_to_watch',
  'places_of_others',
  'post_credits',
  'release_credits',
  'revive_credits',
  'root_business',
  'share_plan',
  'shared_panel',
  'shared_panel_settings',
  'stop_sharing_plan',
  'supplier_of_twin',
  'one_clock_in_tests',
  'stop_winding_down',
  'suspend_branch',
  'suspension_reach',
  'declined_top_ups',
  'wallets_to_look_at',
  'watch_wallet',
  'own_standing',
  'sweep_due',
  'sweep_due_apart',
  'take_credits',
  'terms_of_plan',
  'twin_of_business',
  'twin_of_login',
  'twin_staff',
  'wallet_calendar',
  'wallet_entries',
  'wallet_flow',
  'wallet_used',
  'voucher_stock',
  'wind_down_branch',
]

test('functions that run as somebody else are few, have a fixed search path, and are not for everybody', async () => {
  const found = await client.query<{ name: string; open: boolean; fixed: boolean }>(definerFunctions)
  expect(found.rows.map(({ name }) => name).filter((name) => !definers.includes(name))).toEqual([])
  expect(found.rows.filter(({ open, fixed }) => open || !fixed)).toEqual([])
})

test('what only the sweep asks about all businesses, the application cannot ask', async () => {
  expect(
    await names(
      `select proname as name from pg_proc where proname in ('panels_to_look_at', 'panels_to_watch', 'wallets_to_look_at', 'declined_top_ups') and has_function_privilege('linekeeper_app', oid, 'execute')`,
    ),
  ).toEqual([])
})

test('there is no view that would pass the policies by', async () => {
  expect(await names(passingViews)).toEqual([])
})
