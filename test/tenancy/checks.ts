/** What the database's catalogue says is wrong, as questions that answer with names: asked of the schema as it is, and of holes opened for the test. */

/** Tables that belong to the installation, not to a business; each was looked at. */
export const ofTheInstallation = ['migrations', 'workers', 'installation', 'life_signs']

export const tables = `pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p')`

/** No business, row-level security off or not forced, or not a policy for each role. */
export const unguardedTables = `select c.relname as name from ${tables} and not c.relispartition
    and not (c.relrowsecurity and c.relforcerowsecurity and (select count(*) from pg_policy p where p.polrelid = c.oid) >= 3
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = case when c.relname = 'businesses' then 'id' else 'business_id' end and a.attnotnull))`

/** A partition that one of our roles reaches past its table's policies. */
export const openPartitions = `select c.relname || ' ' || r.rolname as name from ${tables.replace('where', ', pg_roles r where')} and c.relispartition and r.rolname like 'linekeeper\\_%'
      and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate')`

/** A unique key that does not begin with the business tells that a value exists elsewhere. */
export const wideKeys = `select i.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
    join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
    where n.nspname = 'public' and (x.indisunique or x.indisexclusion) and a.attname <> 'business_id' and not c.relispartition order by 1`

/** A reference that takes an id of another business. A line may be on a panel of another business, and a charge of a panel may be for such a line. */
export const looseReferences = `select k.conname as name from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and n.nspname = 'public' and not c.relispartition and k.confrelid <> 'businesses'::regclass
      and not exists (select from unnest(k.conkey, k.confkey) as pair (mine, other)
        join pg_attribute m on m.attrelid = k.conrelid and m.attnum = pair.mine join pg_attribute o on o.attrelid = k.confrelid and o.attnum = pair.other
        where o.attname = 'business_id' and m.attname in ('business_id', 'panel_business_id', 'line_business_id'))`

/** Views that read as their owner. */
export const passingViews = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'
      and (c.relkind = 'm' or (c.relkind = 'v' and not coalesce(c.reloptions::text like '%security_invoker=true%', false)))`

/** Functions that run as their owner: each must be known, closed to the public, and with a fixed search path. */
export const definerFunctions = `
    select p.proname as name, has_function_privilege('public', p.oid, 'execute') as open, coalesce(p.proconfig::text like '%search_path=%', false) as fixed
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public' and p.prosecdef order by 1`
