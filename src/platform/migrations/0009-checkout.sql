-- An order: what a buyer asked for, and how far its fulfilment is.
create table orders (
  business_id text collate "C" not null,
  id text collate "C" not null,
  number text not null,                  -- short, for people
  customer_id text collate "C" not null,
  plan_id text collate "C" not null,
  invoice_id text collate "C",
  subscription_id text collate "C",
  cart_key text not null,                -- made with the checkout page: a second submit is the same order
  source text not null check (source in ('storefront', 'api', 'console', 'portal')),
  device text,
  mac text,
  wanted_username text,
  chosen_password text,                  -- sealed, until the line has it
  status text not null check (status in ('awaiting_payment', 'processing', 'setting_up', 'delayed', 'needs_review', 'ready', 'canceled', 'refunded')),
  reason text not null default '',
  delay_told_at timestamptz,
  ready_told_at timestamptz,
  pending_flagged_at timestamptz,
  country text,
  language text not null default 'en',
  created_at timestamptz not null,
  paid_at timestamptz,
  ready_at timestamptz,
  expires_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  unique (business_id, cart_key),
  unique (business_id, number),
  check ((status = 'ready') <= (ready_at is not null))
) with (fillfactor = 85);
create index orders_list on orders (business_id, created_at desc, id desc);
create index orders_subscription on orders (business_id, subscription_id);
create index orders_invoice on orders (business_id, invoice_id);
create index orders_open on orders (created_at) where status not in ('ready', 'canceled', 'refunded');
call make_tenant_table('orders');
