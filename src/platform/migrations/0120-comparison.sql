-- Our books beside a gateway's own list: each comparison says how far it got, and what does not agree waits for a person.

-- Other systems take money by the same account there: what carries no payment of ours is theirs.
alter table gateway_accounts add column shared boolean not null default false;

create table gateway_comparisons (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  asked_by text,                         -- null: it was due
  trusts_less boolean not null,          -- a person has looked: what the list leaves out is looked up, however much it is
  state text not null check (state in ('running', 'done', 'failed', 'doubtful')),
  stage text not null check (stage in ('listing', 'missing', 'open', 'over')),
  cursor text,                           -- of the stage: the next page of the list, or the last payment that was looked up
  listed_from timestamptz not null,
  listed_until timestamptz not null,
  pages int not null default 0,
  listed int not null default 0,
  foreign_count int not null default 0,  -- of others who use the account
  expected int,                          -- payments of ours that the list should have
  missing int,                           -- of them, those that it left out
  breaks int not null default 0,
  last_error text,
  next_at timestamptz,                   -- by the machine's clock: the lease of who works on it, or the next try
  started_at timestamptz not null,
  finished_at timestamptz,
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  check ((state = 'running') = (finished_at is null)),
  check ((state = 'running') = (next_at is not null)),
  check ((state = 'running') = (stage <> 'over'))
);
create unique index gateway_comparisons_running on gateway_comparisons (business_id, gateway_account_id) where state = 'running';
create index gateway_comparisons_list on gateway_comparisons (business_id, created_at desc, id desc);
create index gateway_comparisons_last on gateway_comparisons (business_id, gateway_account_id, created_at desc);
call make_tenant_table('gateway_comparisons');

-- Which payments a page told: what none told is looked up. Forgotten when the comparison is over.
create table gateway_comparison_pages (
  business_id text collate "C" not null,
  comparison_id text collate "C" not null,
  page int not null,
  payments text[] not null,
  primary key (business_id, comparison_id, page),
  foreign key (business_id, comparison_id) references gateway_comparisons (business_id, id)
);
call make_tenant_table('gateway_comparison_pages');

create table money_differences (
  business_id text collate "C" not null,
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  comparison_id text collate "C" not null, -- that saw it last
  kind text not null check (kind in ('unknown', 'not_booked', 'other_amount', 'other_refunds', 'missing_there')),
  fact text not null,                    -- of unknown money: its name there; else the payment
  payment_id text collate "C",
  remote_ref text,
  our_ref text,                          -- what it says of us there
  currency text not null,                -- there
  ours_minor bigint not null,
  theirs_minor bigint not null,
  money_at timestamptz not null,
  state text not null check (state in ('open', 'aside', 'closed')),
  because text check (because in ('gone', 'booked')),
  reason text,                           -- of a person who put it aside
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  foreign key (business_id, comparison_id) references gateway_comparisons (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id),
  unique (business_id, gateway_account_id, kind, fact),
  check ((kind = 'unknown') or payment_id is not null),
  check ((state = 'closed') = (because is not null)),
  check ((state = 'open') = (decided_at is null)),
  check ((state = 'aside') = (reason is not null))
);
create index money_differences_list on money_differences (business_id, created_at desc, id desc);
create index money_differences_open on money_differences (business_id, gateway_account_id) where state = 'open';
call make_tenant_table('money_differences');
