-- A pause ends by itself, and what staff decided can be taken back.

alter table pauses add column resumes_at timestamptz;
update pauses set resumes_at = starts + interval '60 days';
alter table pauses alter column resumes_at set not null;
create index pauses_due on pauses (resumes_at) where ends is null;

do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'pause' then return query
      select p.business_id, p.subscription_id from pauses p join businesses b on b.id = p.business_id
      where p.ends is null and p.resumes_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by p.resumes_at limit most;
$branch$);
end
$$;
