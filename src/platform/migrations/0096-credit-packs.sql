-- Credits that a parent sells to his children: packs with their prices, and what became of each purchase.

create table credit_packs (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  credits_milli bigint not null check (credits_milli > 0),
  currency text not null check (length(currency) = 3),
  price_minor bigint not null check (price_minor > 0),
  active boolean not null default true,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id)
);
create index credit_packs_list on credit_packs (business_id, created_at desc, id desc);
call make_tenant_table('credit_packs');

-- One purchase, one invoice: the credits are given when it is paid, once.
create table credit_orders (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  reseller_id text collate "C" not null references businesses (id),
  pack_id text collate "C" not null,
  invoice_id text collate "C" not null,
  credits_milli bigint not null check (credits_milli > 0),
  -- automatic: the wallet fell under its bound, and a saved method is charged.
  automatic boolean not null default false,
  status text not null check (status in ('open', 'given', 'dropped')),
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  primary key (business_id, id),
  unique (business_id, invoice_id),
  foreign key (business_id, pack_id) references credit_packs (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  check ((status = 'open') = (ended_at is null))
);
create index credit_orders_open on credit_orders (business_id, invoice_id) where status = 'open';
create index credit_orders_reseller on credit_orders (business_id, reseller_id, created_at desc);
-- The loop's guard: one automatic purchase at a time.
create unique index credit_orders_automatic on credit_orders (business_id, reseller_id) where status = 'open' and automatic;
call make_tenant_table('credit_orders');

-- What the holder decided: under so many free credits, buy that pack, so often a day at most.
alter table reseller_terms
  add column top_up_under bigint check (top_up_under > 0),
  add column top_up_pack text collate "C",
  add column top_up_per_day int check (top_up_per_day between 1 and 20),
  add column top_up_look_at timestamptz,   -- not again before: it was tried and did not work, or the day's limit is reached
  add column top_up_rests boolean not null default false,   -- somebody took credits out by hand: nothing is bought until a paid line waits
  add constraint reseller_terms_top_up check ((top_up_under is null) = (top_up_pack is null) and (top_up_under is null) = (top_up_per_day is null)),
  add foreign key (business_id, top_up_pack) references credit_packs (business_id, id);

-- Who holds a wallet and how to write to him, for his record among the parent's customers.
create function owner_of_reseller(child text) returns table (email text, name text, country text, language text)
language sql stable security definer set search_path = public
as $$
  select m.email, b.name, b.country, b.language from businesses b join memberships m on m.business_id = b.id and m.role = 'owner'
  where b.id = child and b.parent_id = current_business() order by m.created_at, m.id limit 1
$$;

-- What a wallet used in the last days: for a forecast.
create function wallet_used(days int, at timestamptz) returns bigint
language sql stable security definer set search_path = public
as $$
  select coalesce(sum(t.amount), 0)::bigint from businesses b join transfers t
    on t.business_id = b.parent_id and t.debit_account = 'wallet/credit/' || b.id and t.purpose = 'credits_used' and t.at > $2 - make_interval(days => days)
  where b.id = current_business()
$$;

-- Its renewal calendar: what the periods take that begin within the next days, hour by hour.
create function wallet_calendar(days int, at timestamptz) returns table (hour timestamptz, cost bigint, renewals int)
language sql stable security definer set search_path = public
as $$
  select date_trunc('hour', u.paid_through), sum((s.value ->> 'cost')::bigint)::bigint, count(*)::int
  from businesses b join business_paths w on w.ancestor_id = b.id join subscriptions u on u.business_id = w.business_id
  cross join lateral (select c.steps from period_credits c where c.business_id = u.business_id and c.subscription_id = u.id and c.status in ('held', 'posted') order by c.starts desc limit 1) l
  cross join lateral jsonb_array_elements(l.steps) s (value)
  where b.id = current_business() and b.parent_id is not null and s.value ->> 'holder' = b.id
    and u.status in ('active', 'trial', 'grace') and u.auto_renew and not u.cancel_at_end and u.paid_through between at and at + make_interval(days => days)
  group by 1 order by 1
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup;
  foreach signature in array array['owner_of_reseller(text)', 'wallet_used(int, timestamptz)', 'wallet_calendar(int, timestamptz)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  revoke create on schema public from linekeeper_lookup;
end
$$;

-- Purchases whose invoice was paid or closed, and wallets that fell under their bound.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  more text := replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'credit_order' then return query
      select o.business_id, o.id from credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.status = 'open' and v.status in ('paid', 'void', 'uncollectible') limit most;
    when 'top_up' then return query
      select t.business_id, t.reseller_id from reseller_terms t join businesses b on b.id = t.business_id
      left join accounts a on a.business_id = t.business_id and a.id = 'wallet/credit/' || t.reseller_id
      where t.top_up_under is not null and coalesce(a.balance - a.held, 0) < t.top_up_under
        and (not t.top_up_rests or exists (select from period_credits c where c.status = 'waiting' and c.short_issuer = t.business_id and c.short_holder = t.reseller_id))
        and (t.top_up_look_at is null or t.top_up_look_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now))
        and not exists (select from credit_orders o where o.business_id = t.business_id and o.reseller_id = t.reseller_id and o.status = 'open' and o.automatic) limit most;
$branch$);
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'credit_order', now_there from credit_orders o join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.business_id = current_business() and o.status = 'open' and v.status in ('paid', 'void', 'uncollectible')
    union all select 'top_up', coalesce(t.top_up_look_at, now_there) from reseller_terms t left join accounts a on a.business_id = t.business_id and a.id = 'wallet/credit/' || t.reseller_id
      where t.business_id = current_business() and t.top_up_under is not null and coalesce(a.balance - a.held, 0) < t.top_up_under
        and (not t.top_up_rests or exists (select from period_credits c where c.status = 'waiting' and c.short_issuer = t.business_id and c.short_holder = t.reseller_id))
        and not exists (select from credit_orders o where o.business_id = t.business_id and o.reseller_id = t.reseller_id and o.status = 'open' and o.automatic)
    union all select 'method',$branch$);
begin
  if more = due or further = ahead then
    raise exception 'due_work or time_ahead is not as it was left';
  end if;
  execute more;
  execute further;
end
$$;
