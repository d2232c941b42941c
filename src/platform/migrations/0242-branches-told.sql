-- Who is suspended, moved or closed from above is told so, and by choice of who suspends, the customers of the branch are: by their own shops, so
-- that nobody above learns who they are.

alter table businesses
  add column suspended_tells boolean not null default false, -- customers are told
  add check (not suspended_tells or suspended_at is not null);

-- Nobody loosens his own, lifts his own suspension or hangs himself elsewhere, by whatever way he tries.
create or replace function keep_place() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user = 'linekeeper_app' and (old.parent_id, old.suspended_at, old.suspended_by, old.suspended_lines, old.suspended_tells, old.closed_at, old.limits)
      is distinct from (new.parent_id, new.suspended_at, new.suspended_by, new.suspended_lines, new.suspended_tells, new.closed_at, new.limits) then
    raise exception 'where a business hangs, how much it may do and whether it may sell, is decided above it';
  end if;
  return new;
end
$$;

drop function suspend_branch(text, timestamptz, text, text);
create function suspend_branch(child text, at timestamptz, because text, lines text, tells boolean) returns table (id text, since timestamptz)
language sql security definer set search_path = public
as $$
  update businesses b set suspended_at = at, suspended_by = current_business(), suspended_because = because, suspended_lines = lines, suspended_tells = tells, version = b.version + 1
  from business_paths w
  where w.ancestor_id = child and b.id = w.business_id and b.suspended_at is null and b.closed_at is null
    and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)
  returning b.id, b.suspended_at
$$;

-- Answers what was lifted, too: each business tells its people about it.
drop function lift_branch(text);
create function lift_branch(child text) returns table (id text, since timestamptz, lines text, tells boolean)
language sql security definer set search_path = public
as $$
  update businesses b set suspended_at = null, suspended_by = null, suspended_because = null, suspended_lines = null, suspended_tells = false, version = b.version + 1
  from business_paths w
  where w.ancestor_id = child and b.id = w.business_id and b.suspended_by = current_business()
    and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)
  returning b.id, old.suspended_at, old.suspended_lines, old.suspended_tells
$$;

-- How this business stands with those above it. Who decided is named where it is the own supplier; the reason is told to whom it was meant for, not to
-- those who were suspended along with him. Always one row.
create function own_standing() returns table (parent text, parent_name text, suspended_at timestamptz, suspended_lines text, suspended_tells boolean, by_parent boolean, because text,
  closed_at timestamptz)
language sql stable security definer set search_path = public
as $$
  select p.id, p.name, b.suspended_at, b.suspended_lines, b.suspended_tells, b.suspended_by = b.parent_id,
    case when (p.suspended_at, p.suspended_by) is distinct from (b.suspended_at, b.suspended_by) then b.suspended_because end, b.closed_at
  from businesses b left join businesses p on p.id = b.parent_id
  where b.id = current_business()
$$;

-- Whom a suspension of a branch would reach: numbers only. `customers` have a line that runs, `resting` one that would rest.
create function suspension_reach(child text) returns table (businesses int, lines int, customers int, resting int)
language sql stable security definer set search_path = public
as $$
  with reached as (
    select b.id from business_paths w join businesses b on b.id = w.business_id
    where w.ancestor_id = child and b.suspended_at is null and b.closed_at is null
      and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)),
  running as (
    select s.business_id, s.customer_id, l.panel_business_id <> l.business_id as above from reached r
      join subscriptions s on s.business_id = r.id and s.status in ('trial', 'active', 'grace')
      join lines l on l.business_id = s.business_id and l.subscription_id = s.id and l.wanted = 'active')
  select (select count(*)::int from reached), (select count(*)::int from running),
    (select count(distinct (business_id, customer_id))::int from running), (select count(distinct (business_id, customer_id))::int from running where above)
$$;

drop function branch();
create function branch() returns table (id text, parent_id text, depth int, name text, slug text, currency text, created_at timestamptz, live_at timestamptz, closed_at timestamptz,
  suspended_at timestamptz, suspended_because text, suspended_lines text, suspended_tells boolean, lines_running int, lines_waiting int, balance bigint, held bigint)
language sql stable security definer set search_path = public
as $$
  select b.id, b.parent_id, w.depth, b.name, b.slug, b.currency, b.created_at, b.live_at, b.closed_at, b.suspended_at, b.suspended_because, b.suspended_lines, b.suspended_tells,
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
  foreach signature in array array['suspend_branch(text, timestamptz, text, text, boolean)', 'lift_branch(text)'] loop
    execute format('alter function %s owner to linekeeper_credits', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  foreach signature in array array['own_standing()', 'suspension_reach(text)', 'branch()'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;
