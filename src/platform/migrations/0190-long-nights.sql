-- A night's backlog was looked through every second, also while thousands of its rows still waited in sets. Half of what may wait must
-- be gone before more is looked for: hands are never empty, and the backlog is read a few times instead of a hundred.
create or replace function sweep_due_apart(kind text, machine_now timestamptz, most int) returns table (business_id text, id text)
language plpgsql security definer set search_path = public
as $$
declare
  reach int := most;
  found int;
  moving int;
  businesses text[];
  ids text[];
  held text[];
begin
  -- Sets are few, so they are looked through once. One that is parked is passed over, and in nobody's way.
  select coalesce(array_agg(e.id), '{}'), count(*) filter (where j.locked_at is not null or (j.is_available and j.run_at <= now()))
  into held, moving
  from graphile_worker._private_jobs j cross join lateral json_array_elements_text(j.payload -> 'ids') as e (id)
  where starts_with(j.key, 'sweep/' || sweep_due_apart.kind || '/set/');
  if moving * 2 > most then
    return;
  end if;
  loop
    select count(*),
      count(*) filter (where h.id is not null or j.locked_at is not null or (j.is_available and j.run_at <= now())),
      coalesce(array_agg(d.business_id order by d.place) filter (where j.id is null and h.id is null), '{}'),
      coalesce(array_agg(d.id order by d.place) filter (where j.id is null and h.id is null), '{}')
    into found, moving, businesses, ids
    from due_work(sweep_due_apart.kind, machine_now, reach) with ordinality d (business_id, id, place)
    left join graphile_worker._private_jobs j on j.key = 'sweep/' || sweep_due_apart.kind || '/' || d.id
    left join unnest(held) h (id) on h.id = d.id;
    exit when found < reach or cardinality(ids) + moving >= most or reach >= most * 64;
    reach := reach * 4;
  end loop;
  return query select each.business_id, each.id from unnest(businesses, ids) with ordinality each (business_id, id, place)
    order by each.place limit greatest(0, most - moving);
end
$$;

-- The only index by subscription was that of the rule that periods never overlap, whose kind costs ten times as much to ask. This one
-- answers where the present period began without the row, or PostgreSQL would think the other as cheap.
create index periods_subscription on periods (business_id, subscription_id, ends) include (starts, kind);
