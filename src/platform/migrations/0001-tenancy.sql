-- Roles and the rule that every table of a business obeys. The application role owns nothing and bypasses nothing; the
-- business is set per transaction in `app.business` (an empty string after the transaction, hence nullif).

create extension if not exists btree_gist;

do $$
declare
  role_name text;
begin
  -- app: the product. report: reads across businesses for audit queries and metrics, never for a web request.
  -- lookup: owns the few functions that find a business before one is known. auth: owns the data of signing in.
  foreach role_name in array array['linekeeper_app', 'linekeeper_report', 'linekeeper_lookup', 'linekeeper_auth'] loop
    begin
      execute format('create role %I nologin nobypassrls', role_name);
    exception
      when duplicate_object or unique_violation then null; -- Roles belong to the cluster; another database made it.
    end;
    execute format('grant %I to current_user', role_name);
    execute format('grant usage on schema public to %I', role_name);
  end loop;
end
$$;

-- The business of this transaction, or null: then no row is visible and none can be written.
create function current_business() returns text
language sql stable parallel safe
return nullif(current_setting('app.business', true), '');

-- Makes a table a business's own: forced row-level security, the application sees and writes its own business's rows, reports
-- and look-ups read all. `column_name` is the column that holds the business (`id` for businesses themselves).
create procedure make_tenant_table(table_name regclass, column_name text default 'business_id')
language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', table_name);
  execute format('alter table %s force row level security', table_name);
  execute format('create policy own on %s to linekeeper_app using (%I = current_business()) with check (%I = current_business())', table_name, column_name, column_name);
  execute format('create policy report on %s for select to linekeeper_report using (true)', table_name);
  execute format('create policy lookup on %s for select to linekeeper_lookup using (true)', table_name);
  execute format('grant select, insert, update, delete on %s to linekeeper_app', table_name);
  execute format('grant select on %s to linekeeper_report, linekeeper_lookup', table_name);
end
$$;

-- For tables whose rows are history: the application may add, never change or remove.
create procedure make_append_only(table_name regclass)
language plpgsql
as $$
begin
  execute format('revoke update, delete on %s from linekeeper_app', table_name);
end
$$;

-- Jobs are enqueued in the caller's transaction by the application role, which owns nothing of the queue.
create function enqueue_job(task text, payload json, job_key text default null, run_at timestamptz default null, priority int default 0) returns void
language sql security definer set search_path = pg_catalog
as $$
  select graphile_worker.add_job(task, payload, null, run_at, 25, job_key, priority, null, 'replace')
$$;
revoke execute on function enqueue_job(text, json, text, timestamptz, int) from public;
grant execute on function enqueue_job(text, json, text, timestamptz, int) to linekeeper_app, linekeeper_lookup;
