-- Money asked, money received.

create table gateway_accounts (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null,
  name text not null check (length(name) between 1 and 80),
  settings jsonb not null,               -- secret parts are sealed texts
  active boolean not null default false,
  position int not null default 0,
  tested_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id)
);
-- A notice's address carries only this id, so it is unique over the installation.
create unique index gateway_accounts_id on gateway_accounts (id);
call make_tenant_table('gateway_accounts');

-- No real-money gateway for a sandbox business, no sandbox for a live one: held here, not only by code.
create function refuse_wrong_mode() returns trigger
language plpgsql
as $$
begin
  if new.kind = 'sandbox' and (select mode from businesses where id = new.business_id) = 'live' then
    raise exception 'a sandbox gateway can belong only to a test business' using errcode = '23514';
  end if;
  return new;
end
$$;
create trigger gateway_accounts_mode before insert or update on gateway_accounts for each row execute function refuse_wrong_mode();

-- Raw notices, for replay and dispute; the narrow key table makes each count once.
create table notices (
  business_id text collate "C" not null,
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  event_type text not null,
  hints jsonb not null,
  body text not null,                    -- sealed
  status text not null check (status in ('received', 'applied', 'ignored', 'failed')),
  reason text not null default '',
  tries int not null default 0,
  next_try_at timestamptz,
  received_at timestamptz not null,
  done_at timestamptz,
  primary key (business_id, received_at, id)
) partition by range (received_at);
create table notices_default partition of notices default;
create index notices_due on notices (next_try_at) where next_try_at is not null;
create index notices_id on notices (business_id, id);
call make_tenant_table('notices');

create table notice_keys (
  business_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  dedupe_key text not null,
  notice_id text collate "C" not null,
  primary key (business_id, gateway_account_id, dedupe_key)
);
call make_tenant_table('notice_keys');

create table invoice_series (
  business_id text collate "C" not null references businesses (id),
  series text not null,                  -- 'INV-2026', 'CN-2026'
  last_number int not null default 0,
  primary key (business_id, series)
);
call make_tenant_table('invoice_series');

create table invoices (
  business_id text collate "C" not null,
  id text collate "C" not null,
  customer_id text collate "C" not null,
  status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  series text,
  number int,                            -- within the series; given once, when issued
  currency text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  paid_minor bigint not null default 0,
  purpose text not null check (purpose in ('order', 'renewal', 'manual')),
  document jsonb,                        -- the frozen snapshot of parties and texts, once issued
  due_at timestamptz,
  created_at timestamptz not null,
  issued_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  void_reason text,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  unique (business_id, series, number),
  check (total_minor = net_minor + tax_minor and total_minor >= 0),
  check (paid_minor between 0 and total_minor),
  check ((status = 'paid') = (paid_at is not null)),
  check ((issued_at is null) = (number is null)),
  check ((issued_at is null) = (document is null)),
  check (status <> 'paid' or paid_minor = total_minor),
  check ((status = 'void') = (voided_at is not null))
) with (fillfactor = 85);
create index invoices_customer on invoices (business_id, customer_id, created_at desc);
create index invoices_list on invoices (business_id, created_at desc, id desc);
create index invoices_open on invoices (business_id, due_at) where status in ('draft', 'open');
call make_tenant_table('invoices');

create table invoice_items (
  business_id text collate "C" not null,
  id text collate "C" not null,
  invoice_id text collate "C" not null,
  subscription_id text collate "C",      -- null: nothing to fulfil
  plan_id text collate "C",
  kind text not null check (kind in ('period', 'setup', 'custom')),
  description text not null,
  quantity int not null default 1 check (quantity between 1 and 1000),
  term_unit text,
  term_count int,
  period_start timestamptz,              -- for a renewal: the period it asks money for
  net_minor bigint not null,
  tax_rate text not null default '0',    -- percent as a decimal string
  tax_minor bigint not null default 0,
  total_minor bigint not null,
  position int not null default 0,
  fulfilled_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check (total_minor = net_minor + tax_minor),
  check (kind <> 'period' or (subscription_id is not null and term_unit is not null and term_count is not null))
);
-- One renewal invoice per subscription and period.
create unique index invoice_items_period on invoice_items (business_id, subscription_id, period_start) where period_start is not null;
create index invoice_items_invoice on invoice_items (business_id, invoice_id);
create index invoice_items_subscription on invoice_items (business_id, subscription_id);
call make_tenant_table('invoice_items');

create table payments (
  business_id text collate "C" not null,
  id text collate "C" not null,
  invoice_id text collate "C" not null,
  customer_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  attempt int not null,
  status text not null check (status in ('created', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired', 'indeterminate')),
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  received_minor bigint not null default 0,
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  remote_ref text,
  redirect_url text,
  instructions text,
  reference text,                        -- what the buyer writes on a transfer
  failure jsonb,
  method jsonb,
  by text not null default 'customer',   -- who started it
  received_reference text,               -- what staff typed when they marked it received
  -- Polling is part of the design: each payment that is not final is asked for until it is.
  checks int not null default 0,
  next_check_at timestamptz,
  fetched_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  succeeded_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  unique (business_id, invoice_id, attempt),
  check ((status = 'succeeded') = (succeeded_at is not null)),
  check (refunded_minor <= received_minor)
) with (fillfactor = 85);
create unique index payments_remote on payments (business_id, gateway_account_id, remote_ref) where remote_ref is not null;
create index payments_due on payments (next_check_at) where next_check_at is not null;
create index payments_list on payments (business_id, created_at desc, id desc);
create index payments_invoice on payments (business_id, invoice_id);
call make_tenant_table('payments');

-- One money effect per gateway fact. The unique key is the guard, not an `if`.
create table money_facts (
  business_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  kind text not null check (kind in ('capture', 'refund', 'dispute', 'received_by_hand')),
  fact_id text not null,
  payment_id text collate "C" not null,
  amount_minor bigint not null,
  at timestamptz not null,
  primary key (business_id, gateway_account_id, kind, fact_id)
);
call make_tenant_table('money_facts');
call make_append_only('money_facts');

create table allocations (
  business_id text collate "C" not null,
  id text collate "C" not null,
  invoice_id text collate "C" not null,
  payment_id text collate "C",           -- null: from the customer's balance
  amount_minor bigint not null check (amount_minor > 0),
  at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id)
);
create index allocations_invoice on allocations (business_id, invoice_id);
create index allocations_payment on allocations (business_id, payment_id);
call make_tenant_table('allocations');

create table refunds (
  business_id text collate "C" not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  status text not null check (status in ('requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled', 'indeterminate')),
  remote_ref text,
  reason text not null,
  by text not null,
  created_at timestamptz not null,
  done_at timestamptz,
  next_check_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id)
);
create index refunds_payment on refunds (business_id, payment_id);
call make_tenant_table('refunds');
