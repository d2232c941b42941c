-- Test twins: a live business has one sandbox of its own, with the same catalog under the same ids, imitated machines and a clock of its
-- own. What follows is held here, not only by code: a twin is of a live operator and stays it, and its machines are imitations, which no
-- live business can use.

-- By the clock of the machine: when its catalog was last copied.
alter table businesses
  add column twin_synced_at timestamptz check (twin_synced_at is null or twin_of is not null);
create unique index businesses_twin on businesses (twin_of) where twin_of is not null;

create function keep_twin() returns trigger
language plpgsql security definer set search_path = public
as $$
begin
  if tg_op = 'UPDATE' and new.twin_of is distinct from old.twin_of then
    raise exception 'what a business is a twin of never changes' using errcode = '23514';
  end if;
  if new.twin_of is not null and (new.parent_id is not null
    or not exists (select from businesses b where b.id = new.twin_of and b.mode = 'live' and b.parent_id is null)) then
    raise exception 'a twin belongs to a live operator' using errcode = '23514';
  end if;
  return new;
end
$$;
create trigger businesses_keep_twin before insert or update of twin_of, parent_id on businesses for each row execute function keep_twin();

-- A business's twin, if it has one: asked from the live side, which sees no row of it.
create function twin_of_business(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select b.id from businesses b where b.twin_of = wanted $$;

-- Who works for the business that the current one is a twin of: he works for the twin in the same role. Empty for any other business.
create function twin_staff() returns table (id text, user_id text, name text, role text, permissions text[], expires_at timestamptz)
language sql stable security definer set search_path = public
as $$
  select m.id, m.user_id, coalesce(nullif(m.name, ''), m.email), coalesce(m.role_id, m.role), r.permissions, m.expires_at
  from businesses b
  join memberships m on m.business_id = b.twin_of
  left join roles r on r.business_id = m.business_id and r.id = m.role_id
  where b.id = current_business()
$$;

-- The imitated machines of a twin: what they remember, row by row, in the order in which it was first put down. `version` counts the
-- requests that changed something, so that a process knows when another one has been asked meanwhile.
create table imitations (
  business_id text collate "C" not null references businesses (id),
  machine text not null check (machine in ('panel', 'sandbox')),
  version bigint not null default 0,
  primary key (business_id, machine)
);
call make_tenant_table('imitations');

create table imitation_rows (
  business_id text collate "C" not null,
  machine text not null,
  shelf text not null,
  key text not null,
  place bigint generated always as identity,
  value jsonb not null,
  primary key (business_id, machine, shelf, key),
  foreign key (business_id, machine) references imitations (business_id, machine)
);
call make_tenant_table('imitation_rows');

create function only_for_twins() returns trigger
language plpgsql
as $$
declare
  twin boolean := (select b.twin_of is not null from businesses b where b.id = new.business_id);
  address text;
begin
  case tg_table_name
    when 'panels' then
      address := coalesce(new.settings->>'url', '');
    when 'gateway_accounts' then
      -- Money that staff confirm by hand comes from nowhere.
      if new.kind = 'manual' then
        return new;
      end if;
      address := case when new.kind = 'sandbox' or not twin then coalesce(new.settings->>'api_base', '') else '' end;
    else -- What only imitations have.
      if twin then
        return new;
      end if;
      raise exception 'only a twin has imitations';
  end case;
  if twin and address !~ ('^http://[a-z]+[.]' || replace(new.business_id, '_', '-') || '[.]twin[.]invalid(/|$)')
    or not twin and address ~ '^https?://[^/]*[.]twin[.]invalid([:/]|$)' then
    raise exception 'a twin works with its own imitations, and nobody else does' using errcode = '23514';
  end if;
  return new;
end
$$;
create trigger imitations_of_twins before insert or update on imitations for each row execute function only_for_twins();
create trigger panels_of_twins before insert or update of settings, business_id on panels for each row execute function only_for_twins();
create trigger gateway_accounts_of_twins before insert or update of settings, kind, business_id on gateway_accounts for each row execute function only_for_twins();

-- Whose imitated panel knows a TV login: players come to the house's own address with nothing else.
create index imitation_rows_logins on imitation_rows ((value->>'username')) where machine = 'panel' and shelf = 'lines';
create function twin_of_login(wanted text, secret text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$
  select r.business_id from imitation_rows r
  where r.machine = 'panel' and r.shelf = 'lines' and r.value->>'username' = wanted and r.value->>'password' = secret order by r.business_id limit 1
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup;
  foreach signature in array array['keep_twin()', 'twin_of_business(text)', 'twin_of_login(text, text)', 'twin_staff()'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
  end loop;
  foreach signature in array array['twin_of_business(text)', 'twin_of_login(text, text)', 'twin_staff()'] loop
    execute format('grant execute on function %s to linekeeper_app, linekeeper_lookup, linekeeper_report, linekeeper_auth', signature);
  end loop;
  revoke create on schema public from linekeeper_lookup;
end
$$;
