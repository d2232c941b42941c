-- What staff decided about a subscription against its own course: with what it was before, so that it can be taken back.

create table overrides (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  kind text not null check (kind in ('hold', 'free_days', 'end_moved', 'suspended', 'resumed', 'policy', 'price_exception')),
  before jsonb not null,                 -- { status, paid_through, anchor_day, hold_until, suspended_at, policy_id, policy_chosen_by }
  after jsonb not null,
  reason text not null,
  by text not null,
  at timestamptz not null,
  undone_at timestamptz,
  undone_by text,
  undo_reason text,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check ((undone_at is null) = (undone_by is null)),
  check ((undone_at is null) = (undo_reason is null))
);
create index overrides_subscription on overrides (business_id, subscription_id, at desc, id desc);
call make_tenant_table('overrides');

-- What staff write beside a customer, by what it is about; a note may be about one subscription.
alter table customer_notes
  add column tags text[] not null default '{}',
  add column subscription_id text collate "C",
  add foreign key (business_id, subscription_id) references subscriptions (business_id, id);
create index customer_notes_tags on customer_notes using gin (tags);
create index customer_notes_subscription on customer_notes (business_id, subscription_id) where subscription_id is not null;

-- A personal message to many: once to each, and not to those who have renewed meanwhile.
create table outreaches (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  subject text not null check (length(subject) between 1 and 150),
  body text not null check (length(body) between 1 and 5000),
  marketing boolean not null,            -- only to those who agreed to offers
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, id)
);
call make_tenant_table('outreaches');

-- Whom it is for, with the end of paid time as it was then: who has renewed has another one.
create table outreach_recipients (
  business_id text collate "C" not null,
  outreach_id text collate "C" not null,
  subscription_id text collate "C" not null,
  period_end timestamptz not null,
  queued boolean not null,               -- false: there was nobody to write to, or he had been written to before
  primary key (business_id, outreach_id, subscription_id),
  foreign key (business_id, outreach_id) references outreaches (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id)
);
call make_tenant_table('outreach_recipients');
