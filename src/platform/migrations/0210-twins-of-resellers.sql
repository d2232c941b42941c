-- A reseller has a test twin, too. What he sells runs on his supplier's panels for credits, so his twin is two businesses: the shop, and above it
-- a supplier made for it alone, with an imitated panel, the plans that are shared with him and credits that do not exist. Nothing of
-- his real supplier is in the way of it.

drop index businesses_twin;
create unique index businesses_twin on businesses (twin_of, (parent_id is null)) where twin_of is not null;

create or replace function keep_twin() returns trigger
language plpgsql security definer set search_path = public
as $$
declare
  live businesses;
begin
  if tg_op = 'UPDATE' and new.twin_of is distinct from old.twin_of then
    raise exception 'what a business is a twin of never changes' using errcode = '23514';
  end if;
  if new.twin_of is null then return new; end if;
  select * into live from businesses b where b.id = new.twin_of and b.mode = 'live';
  if not found then
    raise exception 'a twin belongs to a live business' using errcode = '23514';
  end if;
  -- An operator's stands alone; a reseller's hangs below its own supplier, and below nobody else.
  if new.parent_id is not null and (live.parent_id is null
    or not exists (select from businesses s where s.id = new.parent_id and s.twin_of = new.twin_of and s.parent_id is null)) then
    raise exception 'a twin hangs below nothing but its own supplier' using errcode = '23514';
  end if;
  return new;
end
$$;

-- The shop in test mode, not the supplier above it.
create or replace function twin_of_business(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$
  select t.id from businesses l join businesses t on t.twin_of = l.id and (t.parent_id is null) = (l.parent_id is null) where l.id = wanted
$$;

create function supplier_of_twin(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$
  select t.id from businesses l join businesses t on t.twin_of = l.id and t.parent_id is null where l.id = wanted and l.parent_id is not null
$$;

-- Nobody works for the supplier of a twin.
create or replace function twin_staff() returns table (id text, user_id text, name text, role text, permissions text[], expires_at timestamptz)
language sql stable security definer set search_path = public
as $$
  select m.id, m.user_id, coalesce(nullif(m.name, ''), m.email), coalesce(m.role_id, m.role), r.permissions, m.expires_at
  from businesses b
  join businesses l on l.id = b.twin_of and (l.parent_id is null) = (b.parent_id is null)
  join memberships m on m.business_id = l.id
  left join roles r on r.business_id = m.business_id and r.id = m.role_id
  where b.id = current_business()
$$;

-- Who buys for a twin is who owns the live business.
create or replace function owner_of_reseller(child text) returns table (email text, name text, country text, language text)
language sql stable security definer set search_path = public
as $$
  select m.email, b.name, b.country, b.language from businesses b join memberships m on m.business_id = coalesce(b.twin_of, b.id) and m.role = 'owner'
  where b.id = child and b.parent_id = current_business() order by m.created_at, m.id limit 1
$$;

-- The supplier's clock is the twin's: what is held, used and paid above happens when it happens below.
create function one_clock_in_tests() returns trigger
language plpgsql security definer set search_path = public
as $$
begin
  update businesses set clock_frozen_at = new.clock_frozen_at, clock_offset_ms = new.clock_offset_ms, version = version + 1 where id = new.parent_id;
  return null;
end
$$;
create trigger one_clock_in_tests after update of clock_frozen_at, clock_offset_ms on businesses for each row
  when (new.twin_of is not null and new.parent_id is not null
    and (old.clock_frozen_at, old.clock_offset_ms) is distinct from (new.clock_frozen_at, new.clock_offset_ms))
  execute function one_clock_in_tests();

do $$
begin
  grant create on schema public to linekeeper_lookup, linekeeper_credits;
  alter function supplier_of_twin(text) owner to linekeeper_lookup;
  revoke execute on function supplier_of_twin(text) from public;
  grant execute on function supplier_of_twin(text) to linekeeper_app, linekeeper_lookup;
  alter function one_clock_in_tests() owner to linekeeper_credits;
  revoke execute on function one_clock_in_tests() from public;
  revoke create on schema public from linekeeper_lookup, linekeeper_credits;
end
$$;
