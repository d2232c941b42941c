-- Who holds a wallet and who issues its credits are told before it is empty; and a purchase by itself fills it up to where its holder wishes.

-- When to tell. `standard`: when the forecast says that they end within a few days. Rows are made with the wallet.
create table wallet_alarms (
  business_id text collate "C" not null references businesses (id), -- who issues the credits
  reseller_id text collate "C" not null references businesses (id), -- who holds them
  mode text not null default 'standard' check (mode in ('standard', 'own', 'off')),
  under_milli bigint check (under_milli > 0),  -- fewer free credits than that
  days int check (days between 1 and 60),      -- at this pace they end within so many days
  low_since timestamptz,                       -- it was told, and is not over
  low_because text check (low_because in ('credits', 'days')),
  look_at timestamptz not null,                -- by the clock of the machine
  version int not null default 1,
  primary key (business_id, reseller_id),
  check ((mode = 'own') = (under_milli is not null or days is not null)),
  check ((low_since is null) = (low_because is null)),
  check (mode <> 'off' or low_since is null)
);
call make_tenant_table('wallet_alarms');
-- A round each minute asks it.
create index wallet_alarms_look on wallet_alarms (look_at) where mode <> 'off';
create index wallet_alarms_under on wallet_alarms (business_id, reseller_id) where under_milli is not null;

create policy credits on wallet_alarms for insert to linekeeper_credits with check (true);
grant insert on wallet_alarms to linekeeper_credits;

create function watch_wallet() returns trigger
language plpgsql security definer set search_path = public
as $$
begin
  insert into wallet_alarms (business_id, reseller_id, look_at) values (new.business_id, new.holder_id, new.created_at) on conflict do nothing;
  return new;
end
$$;
create trigger watch_wallet after insert on accounts for each row when (new.kind = 'wallet') execute function watch_wallet();
insert into wallet_alarms (business_id, reseller_id, look_at) select a.business_id, a.holder_id, now() from accounts a where a.kind = 'wallet' on conflict do nothing;

-- Whose turn it is, and who crossed his own bound since the last look.
create function wallets_to_look_at(at timestamptz, most int) returns table (issuer text, holder text)
language sql stable security definer set search_path = public
as $$
  select w.business_id, w.reseller_id from (
    (select business_id, reseller_id from wallet_alarms where mode <> 'off' and look_at <= at order by look_at limit most)
    union
    select l.business_id, l.reseller_id from wallet_alarms l join accounts a on a.business_id = l.business_id and a.id = 'wallet/credit/' || l.reseller_id
    where l.under_milli is not null and case when l.low_since is null then a.balance - a.held < l.under_milli else l.low_because = 'credits' and a.balance - a.held >= l.under_milli end) w
  limit most
$$;

-- Up to how many free credits; null: one pack. A purchase may be of several packs.
alter table reseller_terms
  add column top_up_to bigint,
  add check (top_up_to is null or top_up_to > top_up_under);
alter table credit_orders
  add column packs int not null default 1 check (packs between 1 and 1000),
  add column told_at timestamptz; -- a purchase by itself that could not be charged: holder and issuer were told

-- Purchases by themselves that a bank declined, or for which it wants to hear the payer, and nobody was told of: no payment of theirs is on its way.
create function declined_top_ups(most int) returns table (business_id text, order_id text)
language sql stable security definer set search_path = public
as $$
  select o.business_id, o.id from credit_orders o
  where o.status = 'open' and o.automatic and o.told_at is null
    and exists (select from payments p where p.business_id = o.business_id and p.invoice_id = o.invoice_id and (p.status in ('failed', 'canceled', 'expired')
      or (p.status = 'requires_action' and p.payment_method_id is not null)))
    and not exists (select from payments p where p.business_id = o.business_id and p.invoice_id = o.invoice_id
      and p.status in ('created', 'processing', 'succeeded', 'indeterminate'))
  limit most
$$;

do $$
begin
  grant create on schema public to linekeeper_credits, linekeeper_lookup;
  alter function watch_wallet() owner to linekeeper_credits;
  alter function wallets_to_look_at(timestamptz, int) owner to linekeeper_lookup;
  alter function declined_top_ups(int) owner to linekeeper_lookup;
  revoke execute on function watch_wallet(), wallets_to_look_at(timestamptz, int), declined_top_ups(int) from public;
  grant execute on function wallets_to_look_at(timestamptz, int), declined_top_ups(int) to linekeeper_lookup;
  revoke create on schema public from linekeeper_credits, linekeeper_lookup;
end
$$;
