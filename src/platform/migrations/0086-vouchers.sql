-- Vouchers: codes made in batches, each good for one period of a plan. Its time begins when somebody redeems it.

create table voucher_batches (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  plan_id text collate "C" not null,
  -- What one was sold for; null: given away. What was sold is owed until it is redeemed.
  currency text check (length(currency) = 3),
  price_minor bigint check (price_minor > 0),
  sold_to text not null default '' check (length(sold_to) <= 200),
  count int not null check (count between 1 and 10000),
  last_use_at timestamptz,
  codes_made_at timestamptz,             -- a code is shown once, when it is made: only its hash is kept
  codes_made_by text,
  created_at timestamptz not null,
  created_by text not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  check ((currency is null) = (price_minor is null)),
  check ((codes_made_at is null) = (codes_made_by is null))
);
create index voucher_batches_list on voucher_batches (business_id, created_at desc, id desc);
call make_tenant_table('voucher_batches');

create table vouchers (
  business_id text collate "C" not null,
  id text collate "C" not null,
  batch_id text collate "C" not null,
  number int not null,                   -- within its batch, printed beside the code
  code_hash text,
  hint text,                             -- the last four characters, for whoever asks on the phone
  status text not null check (status in ('unused', 'redeemed', 'void')),
  customer_id text collate "C",
  subscription_id text collate "C",
  invoice_id text collate "C",
  redeemed_at timestamptz,
  voided_at timestamptz,
  void_reason text,
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, batch_id, number),
  foreign key (business_id, batch_id) references voucher_batches (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  check ((code_hash is null) = (hint is null)),
  check ((status = 'redeemed') = (redeemed_at is not null)),
  check ((status = 'redeemed') = (invoice_id is not null)),
  check ((status = 'redeemed') = (subscription_id is not null)),
  check ((status = 'redeemed') = (customer_id is not null)),
  check ((status = 'void') = (voided_at is not null))
);
create unique index vouchers_code on vouchers (business_id, code_hash) where code_hash is not null;
-- One voucher pays one invoice.
create unique index vouchers_invoice on vouchers (business_id, invoice_id) where invoice_id is not null;
create index vouchers_customer on vouchers (business_id, customer_id) where customer_id is not null;
create index vouchers_subscription on vouchers (business_id, subscription_id) where subscription_id is not null;
call make_tenant_table('vouchers');
