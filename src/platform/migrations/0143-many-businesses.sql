-- What is asked every second or minute must not read every business. Up to which instant rows may be due was the latest of all clocks, read
-- from all businesses for each kind of work: with ten thousand of them a round took four seconds, and it is made each second. Only clocks
-- that were moved can be ahead of the machine's, and of these an index knows the farthest.
create index businesses_ahead on businesses (clock_offset_ms) where clock_frozen_at is null and clock_offset_ms > 0;
create index businesses_frozen on businesses (clock_frozen_at) where clock_frozen_at is not null;

do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  bounded text := replace(body, '(select max(business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)) from businesses b)', $head$greatest(
    business_now(null, coalesce((select max(b.clock_offset_ms) from businesses b where b.clock_frozen_at is null and b.clock_offset_ms > 0), 0), machine_now),
    (select max(b.clock_frozen_at) from businesses b where b.clock_frozen_at is not null))$head$);
begin
  if bounded = body then
    raise exception 'due_work is not as it was left by 0067';
  end if;
  execute bounded;
end
$$;

-- The first business of an installation, asked for each page at a host name that no shop has proved.
create index businesses_root on businesses (created_at, id) where parent_id is null and twin_of is null;

-- Whether something is on record for a time that has not come, asked each minute. Rows come almost in this order, as in `events_written`.
create index events_at on events using brin (at) with (pages_per_range = 32, autosummarize = on);
