-- Paid time, state, policy.

create table policies (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  version int not null,
  name text not null,
  steps jsonb not null,                  -- [{ key, action, offset_hours, … }], relative to the end of paid time
  current boolean not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, id, version)
);
create unique index policies_current on policies (business_id, id) where current;
call make_tenant_table('policies');

create table households (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  name text not null default '',
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id)
);
call make_tenant_table('households');

create table subscriptions (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  plan_id text collate "C" not null,
  household_id text collate "C",
  status text not null check (status in ('pending', 'trial', 'active', 'grace', 'suspended', 'paused', 'terminated')),
  zone text not null,
  anchor_day int check (anchor_day between 1 and 31),
  paid_through timestamptz,              -- end of paid (or trial) time
  suspended_at timestamptz,
  terminated_at timestamptz,
  terminated_because text check (terminated_because in ('unpaid', 'canceled', 'refunded', 'staff')),
  paused_at timestamptz,
  banked_seconds bigint not null default 0,
  -- Agreed at the sale; holds until an announced change.
  currency text not null,
  price_minor bigint not null check (price_minor >= 0),
  credit_cost_milli bigint not null default 0,
  term_unit text not null,
  term_count int not null,
  policy_id text collate "C" not null,
  auto_renew boolean not null default true,
  cancel_at_end boolean not null default false,
  hold_until timestamptz,                -- staff: do not suspend before
  waiting_for text,                      -- 'credits': the paid period cannot begin yet
  -- The engine: any door that changes facts sets it to now; only dunning executes and writes the next one.
  next_step_at timestamptz,
  next_step text,                        -- key of that step, for people
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  check ((status = 'terminated') = (terminated_at is not null)),
  check ((terminated_at is null) = (terminated_because is null)),
  check ((status = 'suspended') <= (suspended_at is not null)),
  check ((status = 'paused') = (paused_at is not null)),
  check (status = 'pending' or paid_through is not null),
  check ((paid_through is null) = (anchor_day is null))
) with (fillfactor = 85);
create index subscriptions_due on subscriptions (next_step_at) where next_step_at is not null;
create index subscriptions_customer on subscriptions (business_id, customer_id);
create index subscriptions_list on subscriptions (business_id, created_at desc, id desc);
create index subscriptions_ending on subscriptions (business_id, paid_through) where status <> 'terminated';
call make_tenant_table('subscriptions');

alter table lines add foreign key (business_id, subscription_id) references subscriptions (business_id, id) deferrable initially deferred;
alter table lines add foreign key (business_id, customer_id) references customers (business_id, id);

-- Time bought. Periods of one subscription never overlap; the database refuses it.
create table periods (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  starts timestamptz not null,
  ends timestamptz not null,
  kind text not null check (kind in ('paid', 'trial', 'free', 'compensation')),
  invoice_item_id text collate "C",      -- what paid for it
  hold_id text collate "C",
  waiting_for text,
  created_at timestamptz not null,
  ended_early_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check (starts < ends),
  constraint periods_never_overlap exclude using gist (business_id with =, subscription_id with =, tstzrange(starts, ends) with &&)
);
-- One paid item buys one period, forever.
create unique index periods_item on periods (business_id, invoice_item_id) where invoice_item_id is not null;
call make_tenant_table('periods');

-- Each step of a policy happens once per subscription and period.
create table steps_done (
  business_id text collate "C" not null,
  subscription_id text collate "C" not null,
  period_end timestamptz not null,
  step text not null,
  outcome text not null,                 -- done, skipped
  reason text not null default '',
  due_at timestamptz not null,
  at timestamptz not null,
  primary key (business_id, subscription_id, period_end, step),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id)
);
call make_tenant_table('steps_done');
