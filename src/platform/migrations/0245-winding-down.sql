-- A reseller can be closed with a date: nothing new is sold from now on, nothing is renewed past the date, and he is closed when his last line has ended.

alter table businesses
  add column closes_at timestamptz,
  add column closes_by text collate "C" references businesses (id),
  add column closing_since timestamptz,                       -- the occasion, for what is told once
  add column closes_tells boolean not null default false,     -- customers are told
  add constraint businesses_closes check ((closes_at is null) = (closes_by is null) and (closes_at is null) = (closing_since is null)
    and (closes_at is not null or not closes_tells) and (closes_at is null or parent_id is not null));
create index businesses_closing on businesses (id) where closes_at is not null and closed_at is null;

-- Nobody stays open by himself when it was decided above him, by whatever way he tries.
create function keep_closing() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user = 'linekeeper_app'
      and (old.closes_at, old.closes_by, old.closing_since, old.closes_tells) is distinct from (new.closes_at, new.closes_by, new.closing_since, new.closes_tells) then
    raise exception 'when a business closes is decided above it';
  end if;
  return new;
end
$$;
create trigger keep_closing before update on businesses for each row execute function keep_closing();

-- Subscriptions whose renewal ended because their shop closes: they go on when it stays open after all. Who left by himself is not among them.
create table closing_ends (
  business_id text collate "C" not null,
  subscription_id text collate "C" not null,
  primary key (business_id, subscription_id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id)
);
call make_tenant_table('closing_ends');

-- Answers what stands in the way.
create function wind_down_branch(child text, at timestamptz, closes timestamptz, tells boolean) returns text
language plpgsql security definer set search_path = public
as $$
declare
  found_one businesses;
begin
  select * into found_one from businesses b where b.id = child and b.parent_id = current_business() for update;
  if not found then return 'unknown'; end if;
  if found_one.closed_at is not null then return 'closed'; end if;
  if found_one.closes_at is not null then return 'closing'; end if;
  if exists (select from business_paths w join businesses b on b.id = w.business_id where w.ancestor_id = child and w.depth > 0 and b.closed_at is null) then return 'children'; end if;
  update businesses b set closes_at = closes, closes_by = current_business(), closing_since = at, closes_tells = tells, version = b.version + 1 where b.id = child;
  return 'winding_down';
end
$$;

create function stop_winding_down(child text) returns table (since timestamptz, tells boolean)
language sql security definer set search_path = public
as $$
  update businesses b set closes_at = null, closes_by = null, closing_since = null, closes_tells = false, version = b.version + 1
  where b.id = child and b.parent_id = current_business() and b.closes_at is not null and b.closed_at is null
  returning old.closing_since, old.closes_tells
$$;

-- Of the branch below: who is to close, and when.
create function branch_closing() returns table (id text, closes_at timestamptz, tells boolean)
language sql stable security definer set search_path = public
as $$
  select b.id, b.closes_at, b.closes_tells from business_paths w join businesses b on b.id = w.business_id
  where w.ancestor_id = current_business() and w.depth > 0 and b.closes_at is not null
$$;

-- For the round: businesses that close, and those that stay after all and have renewals to give back.
create function closing_businesses() returns table (business_id text, parent_id text, closes boolean)
language sql stable security definer set search_path = public
as $$
  select b.id, b.parent_id, true from businesses b where b.closes_at is not null and b.closed_at is null
  union all
  select distinct e.business_id, b.parent_id, false from closing_ends e join businesses b on b.id = e.business_id where b.closes_at is null
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  foreach signature in array array['wind_down_branch(text, timestamptz, timestamptz, boolean)', 'stop_winding_down(text)'] loop
    execute format('alter function %s owner to linekeeper_credits', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  alter function branch_closing() owner to linekeeper_lookup;
  alter function closing_businesses() owner to linekeeper_lookup;
  revoke execute on function branch_closing(), closing_businesses() from public;
  grant execute on function branch_closing() to linekeeper_app;
  grant execute on function closing_businesses() to linekeeper_lookup;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;
