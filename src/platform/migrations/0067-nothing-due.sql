-- What is due is looked for every few seconds, and most looks find little. Each business has its own clock, so the instant up to which rows
-- are due was known only row by row, and a look read every row that waits for anything: with a million subscriptions all of them. No row
-- is due that lies behind the farthest of all clocks, and that bound is one an index can stop at.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  bounded text := regexp_replace(body, '(\w+\.\w+) <= business_now\(b\.clock_frozen_at, b\.clock_offset_ms, machine_now\)',
    '\1 <= farthest and \1 <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)', 'g');
  declared text := replace(bounded, E'\nbegin\n  case kind\n', $head$
declare
  farthest timestamptz := (select max(business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)) from businesses b);
begin
  case kind
$head$);
begin
  if bounded = body or declared = bounded then
    raise exception 'due_work is not as it was left by 0053';
  end if;
  execute declared;
end
$$;
