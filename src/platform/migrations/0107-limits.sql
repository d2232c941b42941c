-- How much a business may do, so that none starves another: set by whoever is above it, for it and for everybody below, each counted alone.

alter table businesses
  add column limits jsonb not null default '{}'
    check (jsonb_typeof(limits) = 'object' and limits - array['requests_per_minute', 'mails_per_day', 'lines_per_day', 'trials_per_day'] = '{}');

-- The tighter of two, limit by limit; what is not named is unlimited.
create function tighter(a jsonb, b jsonb) returns jsonb
language sql immutable set search_path = public
as $$
  select coalesce(jsonb_object_agg(name, least((a ->> name)::int, (b ->> name)::int)), '{}')
  from unnest(array['requests_per_minute', 'mails_per_day', 'lines_per_day', 'trials_per_day']) name where a ? name or b ? name
$$;

-- Nobody loosens his own, lifts his own suspension or hangs himself elsewhere, by whatever way he tries.
create or replace function keep_place() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user = 'linekeeper_app' and (old.parent_id, old.suspended_at, old.suspended_by, old.suspended_lines, old.closed_at, old.limits)
      is distinct from (new.parent_id, new.suspended_at, new.suspended_by, new.suspended_lines, new.closed_at, new.limits) then
    raise exception 'where a business hangs, how much it may do and whether it may sell, is decided above it';
  end if;
  return new;
end
$$;

-- A new business has the limits of its parent.
create function inherit_limits() returns trigger
language plpgsql security definer set search_path = public
as $$
begin
  new.limits := coalesce((select p.limits from businesses p where p.id = new.parent_id), '{}');
  return new;
end
$$;
create trigger inherit_limits before insert on businesses for each row execute function inherit_limits();

-- For a whole branch below this business, and never looser than its own. Answers which ones changed; none: it is not of the branch.
create function limit_branch(child text, wanted jsonb) returns table (id text)
language sql security definer set search_path = public
as $$
  update businesses b set limits = tighter(wanted, me.limits), version = b.version + 1
  from business_paths w, businesses me
  where w.ancestor_id = child and b.id = w.business_id and me.id = current_business()
    and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child and p.depth > 0)
  returning b.id
$$;

-- What a business below this one may do, and what it has done within a day.
create function limits_of(child text, since timestamptz) returns table (limits jsonb, mails int, lines int, trials int)
language sql stable security definer set search_path = public
as $$
  select b.limits,
    (select count(*)::int from messages m where m.business_id = b.id and m.status = 'sent' and m.accepted_at > since and m.created_at > since - interval '7 days'),
    (select count(*)::int from lines l where l.business_id = b.id and l.wanted <> 'none' and coalesce(l.activated_at, l.created_at) > since),
    (select count(*)::int from trial_marks t where t.business_id = b.id and t.kind = 'email' and t.at > since
      and exists (select from orders o where o.business_id = t.business_id and o.id = t.order_id and o.status <> 'canceled'))
  from businesses b
  where b.id = child and exists (select from business_paths p where p.ancestor_id = current_business() and p.business_id = child)
$$;

do $$
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  alter function inherit_limits() owner to linekeeper_lookup;
  alter function limit_branch(text, jsonb) owner to linekeeper_credits;
  alter function limits_of(text, timestamptz) owner to linekeeper_lookup;
  revoke execute on function inherit_limits() from public;
  revoke execute on function limit_branch(text, jsonb) from public;
  revoke execute on function limits_of(text, timestamptz) from public;
  grant execute on function limit_branch(text, jsonb) to linekeeper_app;
  grant execute on function limits_of(text, timestamptz) to linekeeper_app;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;
