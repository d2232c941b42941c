-- People of a business above who worked in the console of this one: each time a row, so that its history names them. The row stands in the
-- books of the business they were let into.
create table acting_sessions (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,          -- act_…; events name it as their actor
  from_business text collate "C" not null references businesses (id),
  from_name text not null,               -- what it was called then
  member_id text collate "C" not null,   -- of that business
  user_id text collate "C" not null,
  name text not null,                    -- who it was
  reason text not null check (length(reason) between 1 and 500),
  started_at timestamptz not null,       -- by the machine's clock, as all of signing in
  ends_at timestamptz not null,
  ended_at timestamptz,
  primary key (business_id, id),
  check (from_business <> business_id),
  check (ends_at > started_at and ends_at <= started_at + interval '1 hour'),
  check (ended_at is null or ended_at >= started_at)
);
create index acting_sessions_list on acting_sessions (business_id, started_at desc, id desc);
call make_tenant_table('acting_sessions');

-- What happened stays: only the end is written later.
revoke update, delete on acting_sessions from linekeeper_app;
grant update (ended_at) on acting_sessions to linekeeper_app;

-- Only from above: never towards a parent or a sibling, by whatever way it is tried.
create function keep_acting() returns trigger
language plpgsql set search_path = public
as $$
begin
  if not exists (select from business_paths p where p.business_id = new.business_id and p.ancestor_id = new.from_business and p.depth > 0) then
    raise exception 'only a business above this one may be let in';
  end if;
  return new;
end
$$;
create trigger keep_acting before insert on acting_sessions for each row execute function keep_acting();
