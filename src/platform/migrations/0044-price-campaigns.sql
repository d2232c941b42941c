-- A new price for subscriptions that run: announced by a campaign, to each of them once, and never for time that was sold.

create table price_campaigns (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  condition jsonb,                       -- whom it reaches, as in smart rules; null: everybody
  change jsonb not null,                 -- { by: percent, percent, round_to } or { by: amount, amount, currency }
  effective_at timestamptz not null,
  notice_days int not null check (notice_days between 0 and 365),
  consent text not null check (consent in ('notice', 'ask')),
  silence text not null check (silence in ('keep', 'end')), -- where consent is asked and none is given
  note text not null default '' check (length(note) <= 1000), -- why, in the operator's words to his customers
  status text not null check (status in ('draft', 'running', 'stopped')),
  created_at timestamptz not null,
  created_by text not null,
  started_at timestamptz,
  started_by text,
  announced_at timestamptz,              -- everybody whom it reaches was found
  stopped_at timestamptz,
  stopped_by text,
  stop_reason text,
  version int not null default 1,
  primary key (business_id, id),
  check ((started_at is null) = (started_by is null)),
  check ((stopped_at is null) = (stopped_by is null)),
  check ((status = 'stopped') = (stopped_at is not null)),
  check (status <> 'running' or started_at is not null),
  check (status <> 'draft' or started_at is null)
);
create index price_campaigns_list on price_campaigns (business_id, created_at desc, id desc);
call make_tenant_table('price_campaigns');

-- One subscription in a campaign: what it paid, what it is to pay, and what became of it.
create table price_changes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  campaign_id text collate "C" not null,
  subscription_id text collate "C" not null,
  customer_id text collate "C" not null,
  currency text not null,
  old_minor bigint not null check (old_minor >= 0),
  new_minor bigint not null check (new_minor >= 0),
  -- announced: told or about to be; kept: the customer did not agree, and his price stays; canceled: the campaign was stopped, or
  -- something else became of the subscription; applied: a renewal was paid at the new price.
  status text not null check (status in ('announced', 'accepted', 'declined', 'kept', 'excepted', 'canceled', 'applied')),
  occasion int not null default 1,       -- told anew after an exception was taken back: the notice counts from there
  end_planned_at timestamptz,            -- no consent: the engine planned the end of the subscription
  answered_at timestamptz,
  answered_by text,
  ended_at timestamptz,
  end_reason text not null default '',
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, campaign_id, subscription_id),
  foreign key (business_id, campaign_id) references price_campaigns (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  check ((status in ('announced', 'accepted', 'declined')) = (ended_at is null)),
  check ((answered_at is null) = (answered_by is null)),
  check (status not in ('accepted', 'declined') or answered_at is not null),
  check (old_minor <> new_minor)
);
-- One price to come per subscription.
create unique index price_changes_open on price_changes (business_id, subscription_id) where ended_at is null;
create index price_changes_subscription on price_changes (business_id, subscription_id, created_at);
call make_tenant_table('price_changes');

-- Staff promised a customer his price: no campaign touches it while this stands.
create table price_exceptions (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  reason text not null,
  by text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  end_reason text,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check ((ended_at is null) = (ended_by is null))
);
create unique index price_exceptions_open on price_exceptions (business_id, subscription_id) where ended_at is null;
call make_tenant_table('price_exceptions');

-- The renewal that was sold at the new price.
alter table invoice_items
  add column price_change_id text collate "C",
  add foreign key (business_id, price_change_id) references price_changes (business_id, id);
create index invoice_items_price_change on invoice_items (business_id, price_change_id) where price_change_id is not null;
