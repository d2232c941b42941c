-- Due rows whose nudges may be sets: many ids in one job. As `sweep_due`, and what is in a set that waits or runs is passed over, too; once
-- its row is done it counts no more.
create function sweep_due_apart(kind text, machine_now timestamptz, most int) returns table (business_id text, id text)
language plpgsql security definer set search_path = public
as $$
declare
  reach int := most;
  found int;
  moving int;
  businesses text[];
  ids text[];
  -- Sets are few, so they are looked through once.
  held text[] := array(select e.id from graphile_worker._private_jobs j cross join lateral json_array_elements_text(j.payload -> 'ids') as e (id)
    where starts_with(j.key, 'sweep/' || sweep_due_apart.kind || '/set/'));
begin
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
revoke execute on function sweep_due_apart(text, timestamptz, int) from public;
grant execute on function sweep_due_apart(text, timestamptz, int) to linekeeper_lookup;
