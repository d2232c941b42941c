-- Resellers: what a parent shares with a child, invitations, and the credits that a line on a parent's panel costs. Credits move in the
-- books of several businesses at once, so a few functions do it; they run as a role of their own that can do nothing else.

do $$
begin
  create role linekeeper_credits nologin nobypassrls;
exception
  when duplicate_object or unique_violation then null; -- Roles belong to the cluster; another database made it.
end
$$;
do $$
begin
  execute format('grant linekeeper_credits to current_user');
end
$$;
grant usage on schema public to linekeeper_credits;

-- A copy of what the parent shared, under the same id. What the parent decides of it stays as he decided.
alter table products add column from_parent boolean not null default false;
alter table plans add column from_parent boolean not null default false;

alter table plan_grants
  add column credit_cost_milli bigint check (credit_cost_milli >= 0), -- null: what the plan itself says
  -- [{ from, cost_milli }]: from that many periods in a calendar month on.
  add column breaks jsonb not null default '[]',
  -- Bounds of what the reseller asks of his customers, in the currency of his shop.
  add column least_minor bigint check (least_minor >= 0),
  add column most_minor bigint check (most_minor >= 0),
  add column ended_at timestamptz,       -- taken back: nothing new is sold, what runs goes on
  add column version int not null default 1,
  add check (least_minor is null or most_minor is null or least_minor <= most_minor);

create table reseller_invitations (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  email text not null check (length(email) between 3 and 254),
  name text not null default '' check (length(name) <= 80),
  plan_ids text[] not null default '{}',
  credits_milli bigint not null default 0 check (credits_milli >= 0), -- given with the acceptance
  child_id text collate "C",             -- chosen before anything of the child is made
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  withdrawn_at timestamptz,
  primary key (business_id, id),
  check (accepted_at is null or (child_id is not null and withdrawn_at is null))
);
create index reseller_invitations_list on reseller_invitations (business_id, created_at desc, id desc);
call make_tenant_table('reseller_invitations');

-- How a parent deals with a child.
create table reseller_terms (
  business_id text collate "C" not null references businesses (id),
  reseller_id text collate "C" not null references businesses (id),
  recovers text not null default 'nothing' check (recovers in ('nothing', 'unused')),
  version int not null default 1,
  primary key (business_id, reseller_id)
);
call make_tenant_table('reseller_terms');

-- What a period on another's panel costs in credits: one row for each such period, none for the others.
create table period_credits (
  business_id text collate "C" not null references businesses (id),
  period_id text collate "C" not null,
  subscription_id text collate "C" not null,
  plan_id text collate "C" not null,
  status text not null check (status in ('ahead', 'waiting', 'held', 'posted', 'released')),
  starts timestamptz not null,           -- when the credits are taken
  ends timestamptz not null,
  share numeric not null check (share > 0), -- of what a whole term costs
  waiting_since timestamptz,
  short_issuer text collate "C",         -- the wallet that has too little: whose credits, who holds them
  short_holder text collate "C",
  short_cost bigint,
  steps jsonb not null default '[]',     -- [{ issuer, holder, hold, cost }], from the panel's owner down to the seller
  recovered_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (business_id, period_id),
  foreign key (business_id, period_id) references periods (business_id, id) deferrable initially deferred,
  check ((status = 'waiting') = (short_issuer is not null)),
  check ((short_issuer is null) = (short_holder is null) and (short_issuer is null) = (short_cost is null)),
  check (status <> 'waiting' or waiting_since is not null),
  check ((status in ('posted', 'released')) = (ended_at is not null))
);
create index period_credits_ahead on period_credits (starts) where status = 'ahead';
create index period_credits_waiting on period_credits (short_issuer, short_holder, waiting_since, period_id) where status = 'waiting';
create index period_credits_held on period_credits (business_id, subscription_id) where status = 'held';
create index period_credits_subscription on period_credits (business_id, subscription_id, starts);
call make_tenant_table('period_credits');

-- Credits that people gave, took back or moved, with the reason; the transfers name it as their cause.
create table credit_moves (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null check (kind in ('given', 'taken', 'moved')),
  reseller_id text collate "C" not null references businesses (id),
  to_id text collate "C" references businesses (id), -- whom they were moved to
  amount_milli bigint not null check (amount_milli > 0),
  reason text not null check (length(reason) between 1 and 500),
  actor text not null,
  created_at timestamptz not null,
  primary key (business_id, id),
  check ((kind = 'moved') = (to_id is not null))
);
call make_tenant_table('credit_moves');
call make_append_only('credit_moves');

-- Written by the functions below only.
revoke insert, update, delete on period_credits from linekeeper_app;

do $$
declare
  each text;
begin
  foreach each in array array['businesses', 'business_paths', 'lines', 'periods', 'subscriptions', 'panels', 'reseller_terms', 'plan_grants'] loop
    execute format('create policy credits on %s for select to linekeeper_credits using (true)', each);
    execute format('grant select on %s to linekeeper_credits', each);
  end loop;
  foreach each in array array['accounts', 'holds', 'transfers', 'period_credits', 'products', 'plans', 'plan_prices', 'product_panels', 'panel_grants'] loop
    execute format('create policy credits on %s to linekeeper_credits using (true) with check (true)', each);
    execute format('grant select, insert on %s to linekeeper_credits', each);
  end loop;
  foreach each in array array['accounts', 'holds', 'period_credits', 'products', 'plans'] loop
    execute format('grant update on %s to linekeeper_credits', each);
  end loop;
  grant delete on product_panels to linekeeper_credits;
end
$$;
grant execute on function current_business() to linekeeper_credits;

-- What a parent decides of a shared plan cannot be changed by the child, by whatever way it tries.
create function keep_shared_product() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user <> 'linekeeper_app' then return new; end if;
  if tg_op = 'INSERT' then
    if new.from_parent then raise exception 'a product is shared by its parent only'; end if;
  elsif old.from_parent is distinct from new.from_parent
    or (old.from_parent and (old.line_kind, old.connections, old.outputs) is distinct from (new.line_kind, new.connections, new.outputs)) then
    raise exception 'a shared product stays as its parent made it';
  end if;
  return new;
end
$$;
create trigger keep_shared before insert or update on products for each row execute function keep_shared_product();

create function keep_shared_plan() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user <> 'linekeeper_app' then return new; end if;
  if tg_op = 'UPDATE' and (old.from_parent is distinct from new.from_parent
      or (old.from_parent and (old.product_id, old.term_unit, old.term_count, old.trial) is distinct from (new.product_id, new.term_unit, new.term_count, new.trial))) then
    raise exception 'a shared plan stays as its parent made it';
  end if;
  if tg_op = 'INSERT' and new.from_parent then raise exception 'a plan is shared by its parent only'; end if;
  -- An insert that will meet its row is an update.
  if not new.from_parent and exists (select from products p where p.business_id = new.business_id and p.id = new.product_id and p.from_parent)
    and not exists (select from plans l where l.business_id = new.business_id and l.id = new.id and l.from_parent) then
    raise exception 'a shared product is sold by the plans that its parent shared';
  end if;
  return new;
end
$$;
create trigger keep_shared before insert or update on plans for each row execute function keep_shared_plan();

create function keep_shared_panels() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user <> 'linekeeper_app' then return coalesce(new, old); end if;
  if tg_op <> 'INSERT' and old.panel_business_id <> old.business_id then raise exception 'a shared product stays on the panels of its parent'; end if;
  if tg_op <> 'DELETE' and new.panel_business_id <> new.business_id then raise exception 'a panel is shared by its owner only'; end if;
  return coalesce(new, old);
end
$$;
create trigger keep_shared before insert or update or delete on product_panels for each row execute function keep_shared_panels();

-- Copies a plan of this business to a child, or brings the copy up to date: what it is, the panels it is on, and a first price where
-- the child counts in one of ours. False: no such child, or no such plan.
create function share_plan(child text, plan text, at timestamptz) returns boolean
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  shared plans;
begin
  select * into shared from plans where business_id = me and id = plan;
  if not found or not exists (select from businesses b where b.id = child and b.parent_id = me) then return false; end if;
  insert into products (business_id, id, name, description, line_kind, connections, outputs, username_strategy, password_strategy, active, position, from_parent, created_at)
    select child, p.id, p.name, p.description, p.line_kind, p.connections, p.outputs, p.username_strategy, p.password_strategy, p.active, p.position, true, at
    from products p where p.business_id = me and p.id = shared.product_id
    on conflict (business_id, id) do update set line_kind = excluded.line_kind, connections = excluded.connections, outputs = excluded.outputs, version = products.version + 1;
  insert into plans (business_id, id, product_id, name, description, term_unit, term_count, credit_cost_milli, trial, renewable, best_value, active, position, from_parent, created_at)
    values (child, shared.id, shared.product_id, shared.name, shared.description, shared.term_unit, shared.term_count, shared.credit_cost_milli, shared.trial,
      shared.renewable, shared.best_value, true, shared.position, true, at)
    on conflict (business_id, id) do update set term_unit = excluded.term_unit, term_count = excluded.term_count, trial = excluded.trial,
      version = plans.version + 1;
  insert into plan_prices (business_id, plan_id, currency, amount_minor, setup_minor)
    select child, r.plan_id, r.currency, r.amount_minor, r.setup_minor from plan_prices r join businesses b on b.id = child and b.currency = r.currency
    where r.business_id = me and r.plan_id = shared.id
    on conflict do nothing;
  delete from product_panels m where m.business_id = child and m.product_id = shared.product_id;
  insert into product_panels (business_id, product_id, panel_business_id, panel_id, package, position)
    select child, m.product_id, m.panel_business_id, m.panel_id, m.package, m.position from product_panels m
    where m.business_id = me and m.product_id = shared.product_id;
  insert into panel_grants (business_id, panel_id, granted_to, created_at)
    select m.panel_business_id, m.panel_id, child, at from product_panels m where m.business_id = me and m.product_id = shared.product_id
    on conflict do nothing;
  return true;
end
$$;

-- Nothing new is sold of it; who has it keeps it.
create function stop_sharing_plan(child text, plan text) returns boolean
language plpgsql security definer set search_path = public
as $$
begin
  if not exists (select from businesses b where b.id = child and b.parent_id = current_business()) then return false; end if;
  update plans set active = false, version = version + 1 where business_id = child and id = plan and from_parent;
  return found;
end
$$;

-- What a period costs each wallet on the way from the panel's owner (level 1 is his child) down to the seller. No rows: the seller's own panel.
create function credit_steps(seller text, sub text, plan text, share numeric, at timestamptz) returns table (level int, issuer text, holder text, cost bigint)
language sql stable set search_path = public
as $$
  with line as (
    select l.panel_business_id as owner, l.connections from lines l
    where l.business_id = seller and l.subscription_id = sub and l.panel_business_id <> seller),
  way as (
    select w.ancestor_id as holder, b.parent_id as issuer, w.depth from line
      join business_paths o on o.ancestor_id = line.owner and o.business_id = seller
      join business_paths w on w.business_id = seller and w.depth < o.depth
      join businesses b on b.id = w.ancestor_id),
  priced as (
    select way.*, greatest(1, line.connections::numeric / d.connections) as connections, coalesce(
      (select (k ->> 'cost_milli')::bigint from jsonb_array_elements(g.breaks) k
        where (k ->> 'from')::int <= 1 + (select count(*) from holds h where h.business_id = way.issuer and h.account_id = 'wallet/credit/' || way.holder
          and h.status <> 'released' and h.created_at >= date_trunc('month', at at time zone i.zone) at time zone i.zone)
        order by (k ->> 'from')::int desc limit 1),
      g.credit_cost_milli, p.credit_cost_milli) as price
    from way cross join line join businesses i on i.id = way.issuer
      join plans p on p.business_id = way.issuer and p.id = plan
      join products d on d.business_id = p.business_id and d.id = p.product_id
      left join plan_grants g on g.business_id = way.issuer and g.plan_id = plan and g.granted_to = way.holder)
  select row_number() over (order by depth desc)::int, issuer, holder, ceil(price * share * connections)::bigint from priced
$$;

-- Takes the credits of a period that began: all wallets on the way, locked root to leaf, or none. Who waits longer is served first.
create function take_credits(period text, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
  kept period_credits;
  since timestamptz;
  step record;
  free bigint;
  way jsonb;
begin
  select * into kept from period_credits c where c.business_id = me and c.period_id = period for update;
  if not found then return; end if;
  if kept.status not in ('ahead', 'waiting') or kept.starts > at then
    return query select kept.status, kept.short_holder;
    return;
  end if;
  since := coalesce(kept.waiting_since, at);
  way := (select coalesce(jsonb_agg(jsonb_build_object('issuer', s.issuer, 'holder', s.holder, 'cost', s.cost,
    'hold', 'hold_' || left(md5(me || period || s.issuer), 26)) order by s.level), '[]') from credit_steps(me, kept.subscription_id, kept.plan_id, kept.share, at) s where s.cost > 0);
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    select a.balance - a.held into free from accounts a where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder for update;
    if coalesce(free, 0) < step.cost or exists (select from period_credits w where w.status = 'waiting' and w.short_issuer = step.issuer and w.short_holder = step.holder
        and (w.waiting_since, w.period_id) < (since, period)) then
      update period_credits c set status = 'waiting', waiting_since = since, short_issuer = step.issuer, short_holder = step.holder, short_cost = step.cost
        where c.business_id = me and c.period_id = period;
      return query select 'waiting', step.holder;
      return;
    end if;
  end loop;
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    update accounts a set held = a.held + step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
    insert into holds (business_id, id, account_id, amount, status, cause_id, created_at)
      values (step.issuer, step.hold, 'wallet/credit/' || step.holder, step.cost, 'open', period, at);
  end loop;
  update period_credits c set status = 'held', steps = way, short_issuer = null, short_holder = null, short_cost = null
    where c.business_id = me and c.period_id = period;
  return query select 'held', null::text;
end
$$;

-- A period of this business begins, now or later. No row: it costs nobody credits.
create function ask_credits(period text, sub text, plan text, starts timestamptz, ends timestamptz, share numeric, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
begin
  if not exists (select from lines l where l.business_id = me and l.subscription_id = sub and l.panel_business_id <> me) then return; end if;
  insert into period_credits (business_id, period_id, subscription_id, plan_id, status, starts, ends, share, created_at)
    values (me, period, sub, plan, 'ahead', starts, ends, share, at) on conflict do nothing;
  return query select * from take_credits(period, at);
end
$$;

-- The panel confirmed: what is held for a subscription whose line is as it should be is used. Safe to repeat.
create function post_credits(sub text, at timestamptz) returns int
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  kept period_credits;
  step record;
  posted int := 0;
begin
  if not exists (select from lines l where l.business_id = me and l.subscription_id = sub and l.activated_at is not null and l.done_revision = l.revision and not l.needs_review) then return 0; end if;
  for kept in select * from period_credits c where c.business_id = me and c.subscription_id = sub and c.status = 'held' order by c.starts, c.period_id for update loop
    for step in select * from jsonb_to_recordset(kept.steps) as s (issuer text, holder text, cost bigint, hold text) loop
      update holds h set status = 'posted', ended_at = at where h.business_id = step.issuer and h.id = step.hold and h.status = 'open';
      if not found then continue; end if;
      update accounts a set held = a.held - step.cost, balance = a.balance - step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
      insert into accounts (business_id, id, kind, unit, prepaid, created_at) values (step.issuer, 'credits_used/credit', 'credits_used', 'credit', false, at) on conflict do nothing;
      insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
        values (step.issuer, 'trf_' || left(md5('used' || step.hold), 26), 'wallet/credit/' || step.holder, 'credits_used/credit', 'credit', step.cost, 'credits_used', step.hold, at);
    end loop;
    update period_credits c set status = 'posted', ended_at = at where c.business_id = me and c.period_id = kept.period_id;
    posted := posted + 1;
  end loop;
  return posted;
end
$$;

-- The subscription ended: what was only held is free again, what waits waits no longer. What was used comes back for the days that
-- nobody has, where the issuer recovers it. Safe to repeat.
create function release_credits(sub text, at timestamptz) returns int
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  kept period_credits;
  step record;
  back bigint;
  released int := 0;
begin
  for kept in select * from period_credits c where c.business_id = me and c.subscription_id = sub
      and (c.status in ('ahead', 'waiting', 'held') or (c.status = 'posted' and c.ends > at and c.recovered_at is null)) order by c.starts, c.period_id for update loop
    if kept.status = 'posted' then
      for step in select s.* from jsonb_to_recordset(kept.steps) as s (issuer text, holder text, cost bigint, hold text)
          join reseller_terms t on t.business_id = s.issuer and t.reseller_id = s.holder and t.recovers = 'unused' loop
        back := floor(step.cost * extract(epoch from kept.ends - greatest(at, kept.starts)) / extract(epoch from kept.ends - kept.starts));
        if back <= 0 then continue; end if;
        update accounts a set balance = a.balance + back where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
        insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, undoes, at)
          values (step.issuer, 'trf_' || left(md5('back' || step.hold), 26), 'credits_used/credit', 'wallet/credit/' || step.holder, 'credit', back, 'credits_recovered', step.hold,
            'trf_' || left(md5('used' || step.hold), 26), at);
      end loop;
      update period_credits c set recovered_at = at where c.business_id = me and c.period_id = kept.period_id;
      continue;
    end if;
    for step in select * from jsonb_to_recordset(kept.steps) as s (issuer text, holder text, cost bigint, hold text) loop
      update holds h set status = 'released', ended_at = at where h.business_id = step.issuer and h.id = step.hold and h.status = 'open';
      if not found then continue; end if;
      update accounts a set held = a.held - step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
    end loop;
    update period_credits c set status = 'released', ended_at = at, short_issuer = null, short_holder = null, short_cost = null
      where c.business_id = me and c.period_id = kept.period_id;
    released := released + 1;
  end loop;
  return released;
end
$$;

-- The longest waiting period of a wallet, whoever of the branch sold it.
create function next_waiting(issuer text, holder text) returns table (business_id text, period_id text, subscription_id text)
language sql stable security definer set search_path = public
as $$
  select c.business_id, c.period_id, c.subscription_id from period_credits c
  where c.status = 'waiting' and c.short_issuer = issuer and c.short_holder = holder order by c.waiting_since, c.period_id limit 1
$$;

-- A panel of another business that is granted to this one, as routing sees it; nothing of how it is reached.
create function shared_panel(owner text, panel text) returns table (name text, capacity int, reserved int, weight int, drained boolean, countries text[], tested boolean, sick boolean,
  work_starts timestamptz, work_ends timestamptz, taken int)
language sql stable security definer set search_path = public
as $$
  select p.name, p.capacity, p.reserved, p.weight, p.drained, p.countries, p.tested_at is not null, p.health in ('down', 'auth_failed'), p.work_starts_at, p.work_ends_at,
    case when p.capacity is null then 0 else (select count(*)::int from lines l where l.panel_business_id = owner and l.panel_id = panel
      and (l.wanted in ('active', 'suspended') or (l.wanted = 'none' and l.holds_place))) end
  from panels p where p.business_id = owner and p.id = panel
    and exists (select from panel_grants g where g.business_id = owner and g.panel_id = panel and g.granted_to = current_business())
$$;

-- The address that viewers of a granted panel need is among its settings; what is secret of them stays sealed, and so does the key.
create function shared_panel_settings(owner text, panel text) returns table (kind text, settings jsonb, data_key text)
language sql stable security definer set search_path = public
as $$
  select p.kind, p.settings, b.data_key from panels p join businesses b on b.id = p.business_id
  where p.business_id = owner and p.id = panel
    and exists (select from panel_grants g where g.business_id = owner and g.panel_id = panel and g.granted_to = current_business())
$$;

-- Places on panels of this business that lines of others have.
create function places_of_others() returns table (panel_id text, used int)
language sql stable security definer set search_path = public
as $$
  select l.panel_id, count(*)::int from lines l where l.panel_business_id = current_business() and l.business_id <> current_business()
    and (l.wanted in ('active', 'suspended') or (l.wanted = 'none' and l.holds_place)) group by l.panel_id
$$;

-- Whether a running line has this name on a panel, whoever sold it.
create function name_on_panel(owner text, panel text, name text) returns boolean
language sql stable security definer set search_path = public
as $$
  select exists (select from lines l where l.panel_business_id = owner and l.panel_id = panel and l.username_key = lower(name) and l.wanted in ('active', 'suspended'))
$$;

-- What a parent asks for a plan, and the bounds of what its child may ask. No row: the plan is the child's own.
create function terms_of_plan(plan text) returns table (credit_cost_milli bigint, breaks jsonb, least_minor bigint, most_minor bigint, ended boolean)
language sql stable security definer set search_path = public
as $$
  select coalesce(g.credit_cost_milli, p.credit_cost_milli), g.breaks, g.least_minor, g.most_minor, g.ended_at is not null
  from businesses b join plan_grants g on g.business_id = b.parent_id and g.plan_id = plan and g.granted_to = b.id
    join plans p on p.business_id = g.business_id and p.id = g.plan_id
  where b.id = current_business()
$$;

-- The branch below this business: what a parent sees of each, and nothing of its customers.
create function branch() returns table (id text, parent_id text, depth int, name text, slug text, currency text, created_at timestamptz, live_at timestamptz, closed_at timestamptz,
  lines_running int, lines_waiting int, balance bigint, held bigint)
language sql stable security definer set search_path = public
as $$
  select b.id, b.parent_id, w.depth, b.name, b.slug, b.currency, b.created_at, b.live_at, b.closed_at,
    (select count(*)::int from lines l where l.business_id = b.id and l.wanted = 'active'),
    (select count(*)::int from period_credits c where c.business_id = b.id and c.status = 'waiting'),
    coalesce(a.balance, 0), coalesce(a.held, 0)
  from business_paths w join businesses b on b.id = w.business_id
    left join accounts a on a.business_id = b.parent_id and a.id = 'wallet/credit/' || b.id
  where w.ancestor_id = current_business() and w.depth > 0
$$;

-- Lines of a business of the branch: what runs where, and until when; never whose it is.
create function branch_lines(child text, most int) returns table (id text, username text, plan text, wanted text, wanted_until timestamptz, in_step boolean, connections int, credits text, created_at timestamptz)
language sql stable security definer set search_path = public
as $$
  select l.id, l.username, p.name, l.wanted, l.wanted_until, l.done_revision = l.revision and l.differs = '{}', l.connections,
    (select c.status from period_credits c where c.business_id = l.business_id and c.subscription_id = l.subscription_id order by c.starts desc limit 1), l.created_at
  from lines l join subscriptions s on s.business_id = l.business_id and s.id = l.subscription_id
    join plans p on p.business_id = s.business_id and p.id = s.plan_id
  where l.business_id = child and l.wanted <> 'none'
    and exists (select from business_paths w where w.ancestor_id = current_business() and w.business_id = child and w.depth > 0)
  order by l.created_at desc, l.id desc limit most
$$;

-- The wallet that this business holds in its parent's books.
create function own_wallet() returns table (issuer text, issuer_name text, balance bigint, held bigint, waiting int)
language sql stable security definer set search_path = public
as $$
  select p.id, p.name, coalesce(a.balance, 0), coalesce(a.held, 0),
    (select count(*)::int from period_credits c where c.status = 'waiting' and c.short_issuer = p.id and c.short_holder = b.id)
  from businesses b join businesses p on p.id = b.parent_id
    left join accounts a on a.business_id = p.id and a.id = 'wallet/credit/' || b.id
  where b.id = current_business()
$$;

-- Every movement of a wallet, oldest first in its running balance, newest first as it comes: for its holder, and for who issued the credits.
create function wallet_entries(asked_holder text, most int, before_at timestamptz, before_id text) returns table (id text, at timestamptz, purpose text, amount bigint, balance bigint, cause text, seller text, seller_name text,
  plan text, username text, starts timestamptz, ends timestamptz, reason text, actor text)
language sql stable security definer set search_path = public
as $$
  with wallet as (
    select b.parent_id as issuer, b.id as holder, 'wallet/credit/' || b.id as account from businesses b
    where b.id = asked_holder and current_business() in (b.id, b.parent_id)),
  moves as (
    select t.id, t.at, t.purpose, t.cause_id, case when t.credit_account = w.account then t.amount else -t.amount end as amount
    from wallet w join transfers t on t.business_id = w.issuer and w.account in (t.debit_account, t.credit_account)),
  running as (select m.*, sum(m.amount) over (order by m.at, m.id) as balance from moves m)
  select r.id, r.at, r.purpose, r.amount, r.balance::bigint, r.cause_id, c.business_id, s.name, p.name, l.username, c.starts, c.ends, v.reason, v.actor
  from running r cross join wallet w
    left join credit_moves v on v.business_id = w.issuer and v.id = r.cause_id
    left join holds h on h.business_id = w.issuer and h.id = r.cause_id
    left join period_credits c on c.period_id = h.cause_id and c.steps @> jsonb_build_array(jsonb_build_object('hold', h.id))
    left join businesses s on s.id = c.business_id
    left join plans p on p.business_id = c.business_id and p.id = c.plan_id
    left join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id
  where before_at is null or (r.at, r.id) < (before_at, before_id)
  order by r.at desc, r.id desc limit most
$$;
create index period_credits_period on period_credits (period_id);

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  foreach signature in array array['share_plan(text, text, timestamptz)', 'stop_sharing_plan(text, text)', 'take_credits(text, timestamptz)',
    'ask_credits(text, text, text, timestamptz, timestamptz, numeric, timestamptz)', 'post_credits(text, timestamptz)', 'release_credits(text, timestamptz)'] loop
    execute format('alter function %s owner to linekeeper_credits', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  foreach signature in array array['next_waiting(text, text)', 'shared_panel(text, text)', 'shared_panel_settings(text, text)', 'places_of_others()', 'name_on_panel(text, text, text)',
    'terms_of_plan(text)', 'branch()', 'branch_lines(text, int)', 'own_wallet()', 'wallet_entries(text, int, timestamptz, text)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  revoke execute on function credit_steps(text, text, text, numeric, timestamptz) from public;
  grant execute on function credit_steps(text, text, text, numeric, timestamptz) to linekeeper_credits, linekeeper_app;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;

-- One more kind of due work, for the sweep and for a clock that travels: periods that begin, wallets that can serve who waits, and lines
-- that are up while their credits are only held.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  more text := replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'credits' then return query
      select * from (
        select c.business_id, c.period_id from period_credits c join businesses b on b.id = c.business_id
        where c.status = 'ahead' and c.starts <= farthest and c.starts <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
        union all
        select w.business_id, w.period_id from (
          select distinct on (c.short_issuer, c.short_holder) c.* from period_credits c where c.status = 'waiting'
          order by c.short_issuer, c.short_holder, c.waiting_since, c.period_id) w
        join accounts a on a.business_id = w.short_issuer and a.id = 'wallet/credit/' || w.short_holder and a.balance - a.held >= w.short_cost
        union all
        select c.business_id, c.period_id from period_credits c join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id
        where c.status = 'held' and l.activated_at is not null and l.done_revision = l.revision and not l.needs_review) d limit most;
$branch$);
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'credits', c.starts from period_credits c where c.business_id = current_business() and c.status = 'ahead'
    union all select 'method',$branch$);
begin
  if more = due or further = ahead then
    raise exception 'due_work or time_ahead is not as it was left';
  end if;
  execute more;
  execute further;
end
$$;
