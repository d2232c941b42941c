-- A branch of resellers can be suspended, closed and moved by whoever is above it.

alter table businesses
  add column suspended_at timestamptz,
  add column suspended_by text collate "C" references businesses (id),
  add column suspended_because text check (length(suspended_because) between 1 and 500),
  add column suspended_lines text check (suspended_lines in ('kept', 'paused')),
  add constraint businesses_suspended check ((suspended_at is null) = (suspended_by is null) and (suspended_at is null) = (suspended_because is null)
    and (suspended_at is null) = (suspended_lines is null)),
  add constraint businesses_root_stands check (parent_id is not null or suspended_at is null);

grant update on businesses to linekeeper_credits;
grant insert, delete on business_paths to linekeeper_credits;
create policy credits_change on businesses for update to linekeeper_credits using (true) with check (true);
create policy credits_change on business_paths to linekeeper_credits using (true) with check (true);

-- Nobody lifts his own suspension or hangs himself elsewhere, by whatever way he tries.
create function keep_place() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user = 'linekeeper_app' and (old.parent_id, old.suspended_at, old.suspended_by, old.suspended_lines, old.closed_at)
      is distinct from (new.parent_id, new.suspended_at, new.suspended_by, new.suspended_lines, new.closed_at) then
    raise exception 'where a business hangs, and whether it may sell, is decided above it';
  end if;
  return new;
end
$$;
create trigger keep_place before update on businesses for each row execute function keep_place();

-- Suspends every business of a branch that is not suspended yet, or lifts what this business suspended. Answers which ones changed.
create function suspend_branch(child text, at timestamptz, because text, lines text) returns table (id text)
language sql security definer set search_path = public
as $$
  update businesses b set suspended_at = at, suspended_by = current_business(), suspended_because = because, suspended_lines = lines, version = b.version + 1
  from business_paths w
  where w.ancestor_id = child and b.id = w.business_id and b.suspended_at is null and b.closed_at is null
    and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)
  returning b.id
$$;

create function lift_branch(child text) returns table (id text)
language sql security definer set search_path = public
as $$
  update businesses b set suspended_at = null, suspended_by = null, suspended_because = null, suspended_lines = null, version = b.version + 1
  from business_paths w
  where w.ancestor_id = child and b.id = w.business_id and b.suspended_by = current_business()
    and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)
  returning b.id
$$;

-- Closes a child for good: nobody below it is open, and no line of it runs. Answers what stands in the way.
create function close_branch(child text, at timestamptz) returns text
language plpgsql security definer set search_path = public
as $$
begin
  perform from businesses b where b.id = child and b.parent_id = current_business() for update;
  if not found then return 'unknown'; end if;
  if exists (select from business_paths w join businesses b on b.id = w.business_id where w.ancestor_id = child and w.depth > 0 and b.closed_at is null) then return 'children'; end if;
  if exists (select from lines l where l.business_id = child and l.wanted in ('active', 'suspended')) then return 'lines'; end if;
  if exists (select from period_credits c where c.business_id = child and c.status in ('ahead', 'waiting', 'held')) then return 'lines'; end if;
  update businesses b set closed_at = at, live_at = null, version = b.version + 1 where b.id = child and b.closed_at is null;
  return 'closed';
end
$$;

-- Hangs a business of the branch below another one of it, or below this business. Its credits are those of the parent it had, and its lines cost
-- by the plans of the parent it gets: so there must be none of the first, and all of the second. Answers what stands in the way.
create function move_branch(child text, new_parent text) returns text
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  old_parent text;
begin
  -- One at a time: two that move below each other would make a circle.
  perform pg_advisory_xact_lock(hashtextextended('move_branch', 0));
  select b.parent_id into old_parent from businesses b where b.id = child for update;
  if not exists (select from business_paths p where p.ancestor_id = me and p.business_id = child and p.depth > 0) then return 'unknown'; end if;
  if not exists (select from business_paths p where p.ancestor_id = me and p.business_id = new_parent) then return 'unknown_parent'; end if;
  if exists (select from business_paths p where p.ancestor_id = child and p.business_id = new_parent) then return 'below_itself'; end if;
  if old_parent = new_parent then return 'moved'; end if;
  if exists (select from accounts a where a.business_id = old_parent and a.id = 'wallet/credit/' || child and (a.balance <> 0 or a.held <> 0)) then return 'credits'; end if;
  if exists (select from business_paths w join period_credits c on c.business_id = w.business_id where w.ancestor_id = child and c.status in ('waiting', 'held')) then return 'waiting'; end if;
  if exists (select from plans p where p.business_id = child and p.from_parent
      and not exists (select from plan_grants g where g.business_id = new_parent and g.plan_id = p.id and g.granted_to = child and g.ended_at is null)
      and not exists (select from plans q where q.business_id = new_parent and q.id = p.id)) then return 'plans'; end if;
  if exists (select from business_paths w join lines l on l.business_id = w.business_id where w.ancestor_id = child and l.wanted in ('active', 'suspended')
      and l.panel_business_id not in (select b.business_id from business_paths b where b.ancestor_id = child)
      and not exists (select from business_paths o where o.ancestor_id = l.panel_business_id and o.business_id = new_parent)) then return 'panels'; end if;
  update businesses b set parent_id = new_parent, version = b.version + 1 where b.id = child;
  delete from business_paths p using business_paths w
    where w.ancestor_id = child and p.business_id = w.business_id
      and not exists (select from business_paths i where i.ancestor_id = child and i.business_id = p.ancestor_id);
  insert into business_paths (ancestor_id, business_id, depth)
    select a.ancestor_id, w.business_id, a.depth + 1 + w.depth from business_paths a cross join business_paths w
    where a.business_id = new_parent and w.ancestor_id = child;
  return 'moved';
end
$$;

drop function branch();
create function branch() returns table (id text, parent_id text, depth int, name text, slug text, currency text, created_at timestamptz, live_at timestamptz, closed_at timestamptz,
  suspended_at timestamptz, suspended_because text, suspended_lines text, lines_running int, lines_waiting int, balance bigint, held bigint)
language sql stable security definer set search_path = public
as $$
  select b.id, b.parent_id, w.depth, b.name, b.slug, b.currency, b.created_at, b.live_at, b.closed_at, b.suspended_at, b.suspended_because, b.suspended_lines,
    (select count(*)::int from lines l where l.business_id = b.id and l.wanted = 'active'),
    (select count(*)::int from period_credits c where c.business_id = b.id and c.status = 'waiting'),
    coalesce(a.balance, 0), coalesce(a.held, 0)
  from business_paths w join businesses b on b.id = w.business_id
    left join accounts a on a.business_id = b.parent_id and a.id = 'wallet/credit/' || b.id
  where w.ancestor_id = current_business() and w.depth > 0
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  foreach signature in array array['suspend_branch(text, timestamptz, text, text)', 'lift_branch(text)', 'close_branch(text, timestamptz)', 'move_branch(text, text)'] loop
    execute format('alter function %s owner to linekeeper_credits', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  alter function branch() owner to linekeeper_lookup;
  revoke execute on function branch() from public;
  grant execute on function branch() to linekeeper_app;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;
