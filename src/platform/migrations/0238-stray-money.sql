-- Money that came in another currency than its payment asked for: booked in its own, to nobody yet, until a person says where it belongs.

alter table money_facts add column currency text check (length(currency) = 3); -- null: that of the payment
alter table money_facts drop constraint money_facts_kind_check;
alter table money_facts add constraint money_facts_kind_check check (kind in ('capture', 'refund', 'dispute', 'received_by_hand', 'exchanged'));
alter table money_facts add constraint money_facts_currency check (currency is null or kind in ('capture', 'refund'));

alter table payments add column stray boolean not null default false; -- some of its money came so

create table stray_moneys (
  business_id text collate "C" not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  customer_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  fact_id text not null,                       -- the gateway's own name of it
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor > 0),
  counted_minor bigint not null default 0 check (counted_minor >= 0),   -- for what its payment was made for
  kept_minor bigint not null default 0 check (kept_minor >= 0),         -- as the customer's balance
  returned_minor bigint not null default 0 check (returned_minor >= 0), -- back at the gateway
  worth_minor bigint not null default 0,       -- what the counted part is in the payment's currency
  worth_currency text not null check (length(worth_currency) = 3),
  rate jsonb,                                  -- the day's rate that stood beside the form
  reason text check (length(reason) between 1 and 500),
  decided_at timestamptz,
  decided_by text,
  created_at timestamptz not null,
  version int not null default 1,
  state text not null generated always as (case when counted_minor + kept_minor + returned_minor < amount_minor then 'open'
    when counted_minor > 0 then 'counted' when kept_minor > 0 then 'kept' else 'returned' end) stored,
  primary key (business_id, id),
  unique (business_id, gateway_account_id, fact_id),
  foreign key (business_id, payment_id) references payments (business_id, id),
  check (counted_minor + kept_minor + returned_minor <= amount_minor),
  check ((counted_minor > 0) = (worth_minor > 0) and worth_minor >= 0),
  check (currency <> worth_currency),
  check ((counted_minor + kept_minor > 0) = (decided_at is not null) and (decided_at is null) = (decided_by is null) and (decided_at is null) = (reason is null))
);
call make_tenant_table('stray_moneys');
create index stray_moneys_payment on stray_moneys (business_id, payment_id);
create index stray_moneys_list on stray_moneys (business_id, created_at desc, id desc);
revoke delete on stray_moneys from linekeeper_app;

-- A refund of such money is in its currency, and nothing of what an invoice was paid with.
alter table refunds
  add column stray_id text collate "C",
  add constraint refunds_stray check (stray_id is null or (invoice_id is null and destination = 'source' and from_balance_minor = 0 and tax_minor = 0)),
  add foreign key (business_id, stray_id) references stray_moneys (business_id, id);
create index refunds_of_stray on refunds (business_id, stray_id) where stray_id is not null;
