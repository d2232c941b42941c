-- Worker processes that live: each holds the advisory lock of its id for as long as it does, so a row whose lock is free tells of a
-- dead one. Asking this short list each second costs nothing, however many jobs wait.
create table workers (
  id text primary key,
  started_at timestamptz not null default now()
);

-- Due rows that nobody has been told about. A row whose nudge waits to be tried again, or was parked, is passed over: a bad row is
-- neither tried without end nor in the way of those behind it. Nudges that wait or run count as part of `most`, so that a backlog
-- stays in our tables, where it is bounded and in order.
create function sweep_due(kind text, machine_now timestamptz, most int) returns table (business_id text, id text)
language plpgsql security definer set search_path = public
as $$
declare
  reach int := most;
  found int;
  moving int;
  businesses text[];
  ids text[];
begin
  loop
    select count(*),
      count(*) filter (where j.locked_at is not null or (j.is_available and j.run_at <= now())),
      coalesce(array_agg(d.business_id order by d.place) filter (where j.id is null), '{}'),
      coalesce(array_agg(d.id order by d.place) filter (where j.id is null), '{}')
    into found, moving, businesses, ids
    from due_work(sweep_due.kind, machine_now, reach) with ordinality d (business_id, id, place)
    left join graphile_worker._private_jobs j on j.key = 'sweep/' || sweep_due.kind || '/' || d.id;
    exit when found < reach or cardinality(ids) + moving >= most or reach >= most * 64;
    reach := reach * 4;
  end loop;
  return query select each.business_id, each.id from unnest(businesses, ids) with ordinality each (business_id, id, place)
    order by each.place limit greatest(0, most - moving);
end
$$;
revoke execute on function sweep_due(text, timestamptz, int) from public;
grant execute on function sweep_due(text, timestamptz, int) to linekeeper_lookup;

-- Many nudges in one statement, behind those that people wait for (priority 1).
create function enqueue_swept(task text, payloads json[], keys text[]) returns void
language sql security definer set search_path = pg_catalog
as $$
  select graphile_worker.add_jobs(array_agg((task, payload, null, null, 25, key, 1, null)::graphile_worker.job_spec order by place))
  from unnest(payloads, keys) with ordinality each (payload, key, place)
$$;
revoke execute on function enqueue_swept(text, json[], text[]) from public;
grant execute on function enqueue_swept(text, json[], text[]) to linekeeper_lookup;
