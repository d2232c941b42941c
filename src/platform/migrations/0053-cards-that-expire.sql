-- A kept card that expires before it is charged again: its customer is told once, 30 days before.

alter table payment_methods
  add column expires_at timestamptz,     -- from this moment the bank takes it no more: the month's end in the business's zone
  add column warn_at timestamptz,        -- when to look whether its customer must be told; null: he was, or never
  add column warned_at timestamptz;

-- What is kept already, of every business: a role that only owns the tables would see none of it.
alter table payment_methods no force row level security;
alter table businesses no force row level security;
update payment_methods m set expires_at = (make_date(m.expires_year, m.expires_month, 1) + interval '1 month') at time zone b.zone
  from businesses b where b.id = m.business_id and m.expires_year is not null;
update payment_methods set warn_at = expires_at - interval '720 hours' where expires_at is not null and status = 'active';
alter table payment_methods force row level security;
alter table businesses force row level security;

alter table payment_methods
  add check ((expires_at is null) = (expires_year is null)),
  add check (warn_at is null or (expires_at is not null and warned_at is null and status <> 'removed'));
create index payment_methods_warn on payment_methods (warn_at) where warn_at is not null;

-- One more kind of due work, for the sweep and for a clock that travels.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
begin
  execute replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'card' then return query
      select m.business_id, m.id from payment_methods m join businesses b on b.id = m.business_id
      where m.warn_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by m.warn_at limit most;
$branch$);
  execute replace(ahead, '    union all select ''method'',', $branch$    union all select 'card', m.warn_at from payment_methods m where m.business_id = current_business() and m.warn_at is not null
    union all select 'method',$branch$);
end
$$;
