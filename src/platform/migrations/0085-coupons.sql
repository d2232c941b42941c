-- Coupons: a code that takes something off a plan's price, for one period, some, or all of them.

create table coupons (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9-]{1,39}$'), -- typed in any case
  note text not null default '' check (length(note) <= 200),     -- for staff
  percent int check (percent between 1 and 10000),               -- hundredths of a percent; null: an amount per currency
  periods int check (periods between 1 and 120),                 -- null: as long as it renews
  once_per_customer boolean not null default true,
  new_customers boolean not null default false,
  stock int check (stock between 0 and 10000000),                -- null: any number
  taken int not null default 0 check (taken >= 0),               -- uses that were not given up; its row is the lock of the stock
  starts_at timestamptz,
  ends_at timestamptz,
  active boolean not null default true,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  unique (business_id, code),
  check (taken <= stock),
  check (ends_at > starts_at)
);
create index coupons_list on coupons (business_id, created_at desc, id desc);
call make_tenant_table('coupons');

-- None: it goes with every plan.
create table coupon_plans (
  business_id text collate "C" not null,
  coupon_id text collate "C" not null,
  plan_id text collate "C" not null,
  primary key (business_id, coupon_id, plan_id),
  foreign key (business_id, coupon_id) references coupons (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id)
);
create index coupon_plans_plan on coupon_plans (business_id, plan_id);
call make_tenant_table('coupon_plans');

-- What it takes off, where that is no percentage, and from which price on.
create table coupon_sums (
  business_id text collate "C" not null,
  coupon_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  amount_minor bigint check (amount_minor > 0),
  minimum_minor bigint not null default 0 check (minimum_minor >= 0),
  primary key (business_id, coupon_id, currency),
  foreign key (business_id, coupon_id) references coupons (business_id, id)
);
call make_tenant_table('coupon_sums');

-- One order's use, at the terms of its day: a coupon that is changed later changes nothing that was agreed.
create table coupon_uses (
  business_id text collate "C" not null,
  id text collate "C" not null,
  coupon_id text collate "C" not null,
  customer_id text collate "C" not null,
  code text not null,
  percent int,
  amount_minor bigint,
  periods int,
  plan_ids text[],                       -- null: every plan
  once boolean not null,
  created_at timestamptz not null,
  freed_at timestamptz,                  -- the order was given up
  primary key (business_id, id),
  foreign key (business_id, coupon_id) references coupons (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  check ((percent is null) <> (amount_minor is null))
);
create index coupon_uses_list on coupon_uses (business_id, coupon_id, created_at desc, id desc);
create index coupon_uses_customer on coupon_uses (business_id, customer_id);
create unique index coupon_uses_once on coupon_uses (business_id, coupon_id, customer_id) where once and freed_at is null;
call make_tenant_table('coupon_uses');

-- The one that its renewals go by.
alter table subscriptions
  add column coupon_use_id text collate "C",
  add foreign key (business_id, coupon_use_id) references coupon_uses (business_id, id);
create unique index subscriptions_coupon_use on subscriptions (business_id, coupon_use_id) where coupon_use_id is not null;

-- A row of its own on the invoice, below what it is taken off.
alter table invoice_items drop constraint invoice_items_kind_check;
alter table invoice_items add constraint invoice_items_kind_check check (kind in ('period', 'setup', 'custom', 'change', 'add_on', 'discount'));
alter table invoice_items
  add column coupon_use_id text collate "C",
  add foreign key (business_id, coupon_use_id) references coupon_uses (business_id, id),
  add constraint invoice_items_discount check ((kind = 'discount') = (coupon_use_id is not null)),
  add constraint invoice_items_discount_sign check (kind <> 'discount' or net_minor < 0);
create index invoice_items_coupon_use on invoice_items (business_id, coupon_use_id) where coupon_use_id is not null;
