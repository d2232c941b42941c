-- A buyer, his bank or his wallet takes money back: a dispute is a resource of its own, and the books follow what its gateway says of it.

alter table accounts drop constraint accounts_kind_check;
alter table accounts add constraint accounts_kind_check check (kind in ('clearing', 'customer', 'deferred', 'revenue', 'tax', 'fees', 'disputed',
  'suspense', 'write_off', 'exchange', 'credits_issued', 'wallet', 'credits_used', 'credits_expired'));

create table disputes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  payment_id text collate "C" not null,
  customer_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  remote_ref text,                       -- null: staff entered it, and staff say how it ends
  kind text not null check (kind in ('card', 'wallet', 'bank_return')),
  status text not null check (status in ('warning', 'open', 'under_review', 'won', 'lost', 'closed')),
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  -- What the books say now: taken and not given back, of that counted as lost, and what the gateway keeps for its trouble.
  withdrawn_minor bigint not null default 0 check (withdrawn_minor >= 0),
  lost_minor bigint not null default 0 check (lost_minor between 0 and withdrawn_minor),
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  moves int not null default 0,          -- how often money moved for it: each move has a name of its own
  reason text not null,
  evidence_due_at timestamptz,
  evidence_sent_at timestamptz,
  evidence_sent_by text,
  -- While it freezes, its customer buys nothing and nothing is charged to him.
  released_at timestamptz,
  released_by text,
  suspended text[] not null default '{}', -- subscriptions that were suspended for it
  by text not null,
  opened_at timestamptz not null,        -- there
  created_at timestamptz not null,       -- here
  asked_at timestamptz not null,         -- of the newest answer that was applied, when it was asked for
  closed_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  check ((status in ('won', 'lost', 'closed')) = (closed_at is not null)),
  check ((released_at is null) = (released_by is null)),
  check (status not in ('won', 'closed') or released_at is not null),
  check ((evidence_sent_at is null) = (evidence_sent_by is null))
);
create unique index disputes_remote on disputes (business_id, gateway_account_id, remote_ref) where remote_ref is not null;
create index disputes_payment on disputes (business_id, payment_id);
create index disputes_list on disputes (business_id, created_at desc, id desc);
-- Asked at every door at which something is bought or charged; few rows.
create index disputes_freeze on disputes (business_id, customer_id) where released_at is null;
call make_tenant_table('disputes');

-- Taken by disputes and not given back: it can be refunded no more.
alter table payments add column disputed_minor bigint not null default 0 check (disputed_minor >= 0);
