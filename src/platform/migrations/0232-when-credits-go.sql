-- When the credits of a period leave a wallet is agreed with each reseller: when the period begins, when it was paid for, or when somebody watches.

-- For what is paid for, or begins, from then on.
alter table reseller_terms add column deducts text not null default 'period_start' check (deducts in ('period_start', 'payment', 'first_use'));

-- `steps` says of each wallet when it was agreed that it pays. Before a period begins they are those that have paid for it already.
alter table period_credits
  add column early_open boolean not null default false, -- something is held for it before all of it is
  add column awaits_use boolean not null default false, -- the panel confirmed; what is still held waits for a stream
  add column used_at timestamptz,                       -- somebody watched, or its panel does not tell
  add check (not awaits_use or status = 'held'),
  add check (not early_open or status in ('ahead', 'waiting'));
create index period_credits_early on period_credits (business_id, subscription_id) where early_open;

-- What a period costs now, and when each wallet pays; the ids of the holds are its own for ever, so none is taken twice.
create function credit_way(kept period_credits, at timestamptz) returns jsonb
language sql stable set search_path = public
as $$
  select coalesce(jsonb_agg(jsonb_build_object('issuer', s.issuer, 'holder', s.holder, 'cost', s.cost, 'deducts', coalesce(t.deducts, 'period_start'),
    'hold', 'hold_' || left(md5(kept.business_id || kept.period_id || s.issuer), 26)) order by s.level), '[]')
  from credit_steps(kept.business_id, kept.subscription_id, kept.plan_id, kept.share, at) s
    left join reseller_terms t on t.business_id = s.issuer and t.reseller_id = s.holder
  where s.cost > 0
$$;

-- All these wallets or none, locked in their order. Answers which has too little, or has others waiting for it. `since`: when this one began to
-- wait; null: it gives way to everybody.
create function hold_steps(way jsonb, period text, since timestamptz, at timestamptz, out short_issuer text, out short_holder text, out short_cost bigint)
language plpgsql set search_path = public
as $$
declare
  step record;
  free bigint;
begin
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    select a.balance - a.held into free from accounts a where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder for update;
    if coalesce(free, 0) < step.cost or exists (select from period_credits w where w.status = 'waiting' and w.short_issuer = step.issuer and w.short_holder = step.holder
        and (since is null or (w.waiting_since, w.period_id) < (since, period))) then
      short_issuer := step.issuer;
      short_holder := step.holder;
      short_cost := step.cost;
      return;
    end if;
  end loop;
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    update accounts a set held = a.held + step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
    insert into holds (business_id, id, account_id, amount, status, cause_id, created_at)
      values (step.issuer, step.hold, 'wallet/credit/' || step.holder, step.cost, 'open', period, at);
  end loop;
end
$$;

-- Of what one wallet used, this part comes back, counted of what has not come back before. A hold that is open is free again as a whole.
create function give_back(step jsonb, part numeric, at timestamptz) returns void
language plpgsql set search_path = public
as $$
declare
  issuer_ text := step ->> 'issuer';
  account_ text := 'wallet/credit/' || (step ->> 'holder');
  hold_ text := step ->> 'hold';
  kept holds;
  before bigint;
  times int;
  back bigint;
begin
  select * into kept from holds h where h.business_id = issuer_ and h.id = hold_;
  if kept.status = 'open' then
    update holds h set status = 'released', ended_at = at where h.business_id = issuer_ and h.id = hold_;
    update accounts a set held = a.held - kept.amount where a.business_id = issuer_ and a.id = account_;
  elsif kept.status = 'posted' then
    select count(*), coalesce(sum(t.amount), 0) into times, before from transfers t
      where t.business_id = issuer_ and t.cause_id >= hold_ and t.cause_id < hold_ || '0' and t.purpose = 'credits_recovered';
    back := floor((kept.amount - before) * least(1, greatest(0, part)));
    if back <= 0 then return; end if;
    update accounts a set balance = a.balance + back where a.business_id = issuer_ and a.id = account_;
    -- A cause has an effect once: what comes back of it a second time says so.
    insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, undoes, at)
      values (issuer_, 'trf_' || left(md5('back' || hold_ || case times when 0 then '' else times::text end), 26), 'credits_used/credit', account_, 'credit', back, 'credits_recovered',
        hold_ || case times when 0 then '' else '/' || times end, 'trf_' || left(md5('used' || hold_), 26), at);
  end if;
end
$$;

-- Takes the credits of a period that began: all wallets on the way, locked root to leaf, or none, but for those that paid for it already. Who waits
-- longer is served first. What rests has its periods later: none of them begins meanwhile.
create or replace function take_credits(period text, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
  kept period_credits;
  since timestamptz;
  way jsonb;
  paid jsonb;
  rest jsonb;
  step jsonb;
  short record;
begin
  select * into kept from period_credits c where c.business_id = me and c.period_id = period for update;
  if not found then return; end if;
  if kept.status not in ('ahead', 'waiting') or kept.starts > at
      or (kept.status = 'ahead' and exists (select from subscriptions s where s.business_id = me and s.id = kept.subscription_id and s.status = 'paused')) then
    return query select kept.status, kept.short_holder;
    return;
  end if;
  if kept.status = 'waiting' and kept.ends <= at then
    -- Nobody was served by it: who paid before has his credits back.
    for step in select * from jsonb_array_elements(kept.steps) loop perform give_back(step, 1, at); end loop;
    update period_credits c set status = 'released', ended_at = at, short_issuer = null, short_holder = null, short_cost = null, early_open = false
      where c.business_id = me and c.period_id = period;
    return query select 'released', null::text;
    return;
  end if;
  since := coalesce(kept.waiting_since, at);
  way := credit_way(kept, at);
  -- Its line went to another panel since: who is not on its way any more has paid for nothing.
  for step in select e.value from jsonb_array_elements(kept.steps) e (value)
      where not exists (select from jsonb_array_elements(way) w (value) where (w.value ->> 'issuer', w.value ->> 'holder') = (e.value ->> 'issuer', e.value ->> 'holder')) loop
    perform give_back(step, 1, at);
  end loop;
  select coalesce(jsonb_agg(coalesce(e.value, w.value) order by w.place), '[]'), coalesce(jsonb_agg(e.value order by w.place) filter (where e.value is not null), '[]'),
      coalesce(jsonb_agg(w.value order by w.place) filter (where e.value is null), '[]')
    into way, paid, rest
    from jsonb_array_elements(way) with ordinality w (value, place)
    left join jsonb_array_elements(kept.steps) e (value) on (w.value ->> 'issuer', w.value ->> 'holder') = (e.value ->> 'issuer', e.value ->> 'holder');
  select * into short from hold_steps(rest, period, since, at);
  if short.short_holder is not null then
    update period_credits c set status = 'waiting', waiting_since = since, short_issuer = short.short_issuer, short_holder = short.short_holder, short_cost = short.short_cost, steps = paid
      where c.business_id = me and c.period_id = period;
    return query select 'waiting', short.short_holder;
    return;
  end if;
  update period_credits c set status = 'held', steps = way, short_issuer = null, short_holder = null, short_cost = null, early_open = false
    where c.business_id = me and c.period_id = period;
  return query select 'held', null::text;
end
$$;

-- A period of this business begins, now or later. `item`: what paid for it; null: it was given. No row: it costs nobody credits.
drop function ask_credits(text, text, text, timestamptz, timestamptz, numeric, timestamptz);
create function ask_credits(period text, sub text, plan text, starts timestamptz, ends timestamptz, share numeric, item text, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
  kept period_credits;
  early jsonb;
begin
  if not exists (select from lines l where l.business_id = me and l.subscription_id = sub and l.panel_business_id <> me) then return; end if;
  insert into period_credits (business_id, period_id, subscription_id, plan_id, status, starts, ends, share, created_at)
    values (me, period, sub, plan, 'ahead', starts, ends, share, at) on conflict do nothing;
  -- Paid for before it begins: those who agreed so pay at once, all of them or none. Who cannot, pays when it begins; nobody pays for later while the
  -- subscription waits to be served now.
  select * into kept from period_credits c where c.business_id = me and c.period_id = period and c.status = 'ahead' and c.steps = '[]' and c.starts > at for update;
  if found and item is not null
      and not exists (select from period_credits w where w.business_id = me and w.subscription_id = sub and w.status = 'waiting') then
    early := (select coalesce(jsonb_agg(w.value order by w.place), '[]') from jsonb_array_elements(credit_way(kept, at)) with ordinality w (value, place)
      where w.value ->> 'deducts' = 'payment');
    if early <> '[]' and (select h.short_holder from hold_steps(early, period, null, at) h) is null then
      update period_credits c set steps = early, early_open = true where c.business_id = me and c.period_id = period;
    end if;
  end if;
  return query select * from take_credits(period, at);
end
$$;

-- The panel confirmed: what is held for a subscription whose line is as it should be is used; what waits for a stream, once there was one, or where
-- its panel tells of none. What nobody watched until its end is free again. Safe to repeat.
create or replace function post_credits(sub text, at timestamptz) returns int
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  up boolean := exists (select from lines l where l.business_id = me and l.subscription_id = sub and l.activated_at is not null and l.done_revision = l.revision and not l.needs_review);
  tells boolean := streams_told(me, sub, at);
  kept period_credits;
  step record;
  waits boolean;
  posted int := 0;
begin
  for kept in select * from period_credits c where c.business_id = me and c.subscription_id = sub and (c.status = 'held' or c.early_open) order by c.starts, c.period_id for update loop
    if not up and not kept.awaits_use then continue; end if;
    waits := false;
    if kept.used_at is null and not tells and kept.steps @> '[{"deducts": "first_use"}]' then kept.used_at := at; end if;
    for step in select s.*, e.value as whole from jsonb_array_elements(kept.steps) e (value), jsonb_to_record(e.value) as s (issuer text, holder text, cost bigint, hold text, deducts text) loop
      if step.deducts = 'first_use' and kept.used_at is null then
        if kept.ends <= at then perform give_back(step.whole, 1, at);
        else waits := true;
        end if;
        continue;
      end if;
      update holds h set status = 'posted', ended_at = at where h.business_id = step.issuer and h.id = step.hold and h.status = 'open';
      if not found then continue; end if;
      update accounts a set held = a.held - step.cost, balance = a.balance - step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
      insert into accounts (business_id, id, kind, unit, prepaid, created_at) values (step.issuer, 'credits_used/credit', 'credits_used', 'credit', false, at) on conflict do nothing;
      insert into transfers (business_id, id, debit_account, credit_account, unit, amount, purpose, cause_id, at)
        values (step.issuer, 'trf_' || left(md5('used' || step.hold), 26), 'wallet/credit/' || step.holder, 'credits_used/credit', 'credit', step.cost, 'credits_used', step.hold, at);
    end loop;
    if kept.status <> 'held' then
      update period_credits c set early_open = false where c.business_id = me and c.period_id = kept.period_id;
    elsif waits then
      update period_credits c set awaits_use = true where c.business_id = me and c.period_id = kept.period_id;
    else
      update period_credits c set status = case when c.steps <> '[]' and not any_posted(c.steps) then 'released' else 'posted' end, ended_at = at, awaits_use = false, used_at = kept.used_at
        where c.business_id = me and c.period_id = kept.period_id;
      posted := posted + 1;
    end if;
  end loop;
  return posted;
end
$$;

create function any_posted(steps jsonb) returns boolean
language sql stable set search_path = public
as $$
  select exists (select from jsonb_to_recordset(steps) as s (issuer text, hold text) join holds h on h.business_id = s.issuer and h.id = s.hold where h.status = 'posted')
$$;

-- Whether the panel of a line has told of late who watches. Several days of silence are no proof that nobody does.
create function streams_told(seller text, sub text, at timestamptz) returns boolean
language sql stable set search_path = public
as $$
  select exists (select from lines l join panels p on p.business_id = l.panel_business_id and p.id = l.panel_id
    where l.business_id = seller and l.subscription_id = sub and p.usage_at > at - interval '1 day')
$$;

-- Somebody watches these lines now: their present periods are used.
create function seen_credits(subs text[], at timestamptz) returns void
language sql security definer set search_path = public
as $$
  update period_credits c set used_at = at
  where c.business_id = current_business() and c.subscription_id = any(subs) and c.status = 'held' and c.used_at is null and c.starts <= at and c.ends > at
    and c.steps @> '[{"deducts": "first_use"}]'
$$;

-- The subscription ended: what was only held is free again, what waits waits no longer, and what was paid for before it began comes back. What was
-- used comes back for the days that nobody has, where the issuer recovers it. Safe to repeat.
create or replace function release_credits(sub text, at timestamptz) returns int
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  kept period_credits;
  step jsonb;
  served boolean;
  released int := 0;
begin
  for kept in select * from period_credits c where c.business_id = me and c.subscription_id = sub
      and (c.status in ('ahead', 'waiting', 'held') or (c.status = 'posted' and c.ends > at and c.recovered_at is null)) order by c.starts, c.period_id for update loop
    served := kept.status = 'posted' or kept.awaits_use;
    for step in select * from jsonb_array_elements(kept.steps) loop
      if not served or exists (select from holds h where h.business_id = step ->> 'issuer' and h.id = step ->> 'hold' and h.status = 'open') then
        perform give_back(step, 1, at);
      elsif exists (select from reseller_terms t where t.business_id = step ->> 'issuer' and t.reseller_id = step ->> 'holder' and t.recovers = 'unused') then
        perform give_back(step, coalesce(extract(epoch from kept.ends - greatest(at, kept.starts)) / nullif(extract(epoch from kept.ends - kept.starts), 0), 0), at);
      end if;
    end loop;
    if kept.status = 'posted' then
      update period_credits c set recovered_at = at where c.business_id = me and c.period_id = kept.period_id;
    elsif served and any_posted(kept.steps) then
      update period_credits c set status = 'posted', ended_at = at, recovered_at = at, awaits_use = false where c.business_id = me and c.period_id = kept.period_id;
    else
      update period_credits c set status = 'released', ended_at = at, short_issuer = null, short_holder = null, short_cost = null, early_open = false, awaits_use = false
        where c.business_id = me and c.period_id = kept.period_id;
      released := released + 1;
    end if;
  end loop;
  return released;
end
$$;

-- Time that was sold ends at `cut` (another plan, an earlier end, given back): a period with nothing left of it costs nothing, and one that got
-- shorter costs less as far as it was not used; what was used comes back as agreed. Safe to repeat.
create function cut_credits(sub text, cut timestamptz, at timestamptz) returns void
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  kept period_credits;
  step jsonb;
  steps_ jsonb;
  part numeric;
  less bigint;
begin
  for kept in select * from period_credits c where c.business_id = me and c.subscription_id = sub and c.ends > cut and c.status in ('ahead', 'waiting', 'held', 'posted')
      and c.recovered_at is null order by c.starts, c.period_id for update loop
    if kept.starts >= cut and kept.status in ('ahead', 'waiting') then
      for step in select * from jsonb_array_elements(kept.steps) loop perform give_back(step, 1, at); end loop;
      update period_credits c set status = 'released', ended_at = at, short_issuer = null, short_holder = null, short_cost = null, early_open = false
        where c.business_id = me and c.period_id = kept.period_id;
      continue;
    end if;
    part := least(1, greatest(0, extract(epoch from kept.ends - greatest(cut, kept.starts, least(at, kept.ends))) / nullif(extract(epoch from kept.ends - kept.starts), 0)));
    steps_ := '[]';
    for step in select * from jsonb_array_elements(kept.steps) loop
      if exists (select from holds h where h.business_id = step ->> 'issuer' and h.id = step ->> 'hold' and h.status = 'open') then
        -- At least a thousandth stays: it is the row's own word that something was held.
        less := least((step ->> 'cost')::bigint - 1, floor((step ->> 'cost')::bigint * coalesce(part, 0)));
        update holds h set amount = h.amount - less where h.business_id = step ->> 'issuer' and h.id = step ->> 'hold';
        update accounts a set held = a.held - less where a.business_id = step ->> 'issuer' and a.id = 'wallet/credit/' || (step ->> 'holder');
        step := jsonb_set(step, '{cost}', to_jsonb((step ->> 'cost')::bigint - less));
      elsif kept.starts > at or exists (select from reseller_terms t where t.business_id = step ->> 'issuer' and t.reseller_id = step ->> 'holder' and t.recovers = 'unused') then
        perform give_back(step, coalesce(part, 0), at);
      end if;
      steps_ := steps_ || step;
    end loop;
    update period_credits c set ends = cut, steps = steps_, share = case when c.status in ('ahead', 'waiting') and coalesce(part, 0) < 1 then c.share * (1 - coalesce(part, 0)) else c.share end
      where c.business_id = me and c.period_id = kept.period_id;
  end loop;
end
$$;

-- It rested: what was not over ends later by that long, and what had not begun begins later.
create function shift_credits(sub text, since timestamptz, until timestamptz) returns void
language sql security definer set search_path = public
as $$
  update period_credits c set starts = case when c.starts > since then c.starts + (until - since) else c.starts end, ends = c.ends + (until - since)
  where c.business_id = current_business() and c.subscription_id = sub and c.ends > since and c.status <> 'released'
$$;

-- Its renewal calendar: what the periods take that are paid for and begin within the next days, and what renewals take that are expected; hour by
-- hour, when the wallet feels it: with the payment a day before the paid end, where that was agreed, else when the period begins.
create or replace function wallet_calendar(days int, at timestamptz) returns table (hour timestamptz, cost bigint, renewals int)
language sql stable security definer set search_path = public
as $$
  with wallet as (
    select b.id as holder, b.parent_id as issuer, coalesce((select t.deducts from reseller_terms t where t.business_id = b.parent_id and t.reseller_id = b.id), 'period_start') as deducts
    from businesses b where b.id = current_business() and b.parent_id is not null),
  coming as (
    select greatest(c.starts, at) as due, s.cost from wallet v join business_paths w on w.ancestor_id = v.holder
      join period_credits c on c.business_id = w.business_id and c.status = 'ahead'
      cross join lateral credit_steps(c.business_id, c.subscription_id, c.plan_id, c.share, at) s
    where c.starts <= at + make_interval(days => days) and s.holder = v.holder and s.cost > 0 and not c.steps @> jsonb_build_array(jsonb_build_object('holder', v.holder))
    union all
    select r.due, (s.value ->> 'cost')::bigint from wallet v join business_paths w on w.ancestor_id = v.holder
      join subscriptions u on u.business_id = w.business_id
      cross join lateral (select case v.deducts when 'payment' then greatest(at, u.paid_through - interval '1 day') else u.paid_through end as due) r
      cross join lateral (select c.steps from period_credits c where c.business_id = u.business_id and c.subscription_id = u.id and c.status in ('held', 'posted') order by c.starts desc limit 1) l
      cross join lateral jsonb_array_elements(l.steps) s (value)
    where s.value ->> 'holder' = v.holder and u.status in ('active', 'trial', 'grace') and u.auto_renew and not u.cancel_at_end
      and u.paid_through >= at and r.due <= at + make_interval(days => days))
  select date_trunc('hour', due), sum(cost)::bigint, count(*)::int from coming group by 1 order by 1
$$;

-- When this business's credits are deducted by its parent.
create function wallet_terms() returns table (deducts text)
language sql stable security definer set search_path = public
as $$
  select coalesce(t.deducts, 'period_start') from businesses b left join reseller_terms t on t.business_id = b.parent_id and t.reseller_id = b.id
  where b.id = current_business() and b.parent_id is not null
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  foreach signature in array array['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz)', 'seen_credits(text[], timestamptz)',
    'cut_credits(text, timestamptz, timestamptz)', 'shift_credits(text, timestamptz, timestamptz)'] loop
    execute format('alter function %s owner to linekeeper_credits', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  foreach signature in array array['credit_way(period_credits, timestamptz)', 'hold_steps(jsonb, text, timestamptz, timestamptz)', 'give_back(jsonb, numeric, timestamptz)', 'any_posted(jsonb)'] loop
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_credits', signature);
  end loop;
  revoke execute on function streams_told(text, text, timestamptz) from public;
  grant execute on function streams_told(text, text, timestamptz) to linekeeper_credits, linekeeper_lookup;
  grant execute on function credit_steps(text, text, text, numeric, timestamptz) to linekeeper_lookup;
  alter function wallet_terms() owner to linekeeper_lookup;
  revoke execute on function wallet_terms() from public;
  grant execute on function wallet_terms() to linekeeper_app;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;

-- Nothing of a branch that moves may have been paid for with credits of the parent it leaves, for time to come. What came back a second time has its
-- line in the history, too. What is due, now that a period may be paid for before it begins, and be used after.
do $$
declare
  found text;
  changed text;
  pair text[];
begin
  foreach pair slice 1 in array array[
    ['move_branch(text, text)', $a$c.status in ('waiting', 'held')$a$, $b$(c.status in ('waiting', 'held') or (c.status = 'ahead' and c.steps <> '[]'))$b$],
    ['wallet_entries(text, int, timestamptz, text)', $a$h.id = r.cause_id$a$, $b$h.id = split_part(r.cause_id, '/', 1)$b$],
    ['wallet_flow()', $a$h.id = t.cause_id$a$, $b$h.id = split_part(t.cause_id, '/', 1)$b$],
    ['due_work(text, timestamptz, int)', $a$        where c.status = 'ahead' and c.starts <= farthest and c.starts <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
$a$, $b$        where c.status = 'ahead' and c.starts <= farthest and c.starts <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
          and not exists (select from subscriptions s where s.business_id = c.business_id and s.id = c.subscription_id and s.status = 'paused')
        union all
        select c.business_id, c.period_id from period_credits c join businesses b on b.id = c.business_id
        where c.awaits_use and (c.used_at is not null or c.ends <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
          or not streams_told(c.business_id, c.subscription_id, business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)))
$b$],
    ['due_work(text, timestamptz, int)', $a$        where c.status = 'held' and l.activated_at$a$, $b$        where c.early_open and l.activated_at is not null and l.done_revision = l.revision and not l.needs_review
        union all
        select c.business_id, c.period_id from period_credits c join lines l on l.business_id = c.business_id and l.subscription_id = c.subscription_id
        where c.status = 'held' and not c.awaits_use and l.activated_at$b$],
    ['time_ahead(timestamptz)', $a$where c.business_id = current_business() and c.status = 'ahead'$a$, $b$where c.business_id = current_business() and c.status = 'ahead'
      and not exists (select from subscriptions s where s.business_id = c.business_id and s.id = c.subscription_id and s.status = 'paused')
    union all select 'credits', c.ends from period_credits c where c.business_id = current_business() and c.awaits_use$b$]] loop
    found := pg_get_functiondef(pair[1]::regprocedure);
    changed := replace(found, pair[2], pair[3]);
    if changed = found then raise exception '% is not as it was left', pair[1]; end if;
    execute changed;
  end loop;
end
$$;
create index period_credits_unused on period_credits (ends) where awaits_use;
