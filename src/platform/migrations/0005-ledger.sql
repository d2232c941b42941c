-- Accounts, transfers and holds. A transfer is one row with a debit and a credit account, so it cannot be unbalanced; it is
-- never changed. Account ids are spoken: `clearing/EUR/gwa_…`, `customer/EUR/cus_…`, `revenue/EUR`.

create table accounts (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null check (kind in ('clearing', 'customer', 'deferred', 'revenue', 'tax', 'fees', 'suspense', 'write_off', 'exchange',
    'credits_issued', 'wallet', 'credits_used', 'credits_expired')),
  unit text not null,                    -- a currency, or `credit` (thousandths)
  holder_id text collate "C",            -- the customer, gateway account or business that it stands for
  prepaid boolean not null,
  -- Only prepaid accounts store a total: elsewhere it would be one lock for every order.
  balance bigint not null default 0,
  held bigint not null default 0 check (held >= 0),
  created_at timestamptz not null,
  primary key (business_id, id),
  constraint accounts_never_negative check (not prepaid or balance - held >= 0),
  check (prepaid = (kind in ('customer', 'wallet'))),
  check (prepaid or (balance = 0 and held = 0))
);
call make_tenant_table('accounts');

create table transfers (
  business_id text collate "C" not null,
  id text collate "C" not null,
  debit_account text collate "C" not null,
  credit_account text collate "C" not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  purpose text not null,                 -- 'receipt', 'sale', 'tax', 'refund', 'undo', …
  cause_id text collate "C" not null,    -- the payment, invoice item, refund that caused it
  undoes text collate "C",
  at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, debit_account) references accounts (business_id, id),
  foreign key (business_id, credit_account) references accounts (business_id, id),
  check (debit_account <> credit_account)
);
-- One cause has one effect of a kind, whoever reports it and however often.
create unique index transfers_effect on transfers (business_id, cause_id, purpose, credit_account);
create index transfers_debit on transfers (business_id, debit_account, at desc);
create index transfers_credit on transfers (business_id, credit_account, at desc);
call make_tenant_table('transfers');
call make_append_only('transfers');

create table holds (
  business_id text collate "C" not null,
  id text collate "C" not null,
  account_id text collate "C" not null,
  amount bigint not null check (amount > 0),
  status text not null check (status in ('open', 'posted', 'released')),
  cause_id text collate "C" not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (business_id, id),
  unique (business_id, cause_id, account_id),
  foreign key (business_id, account_id) references accounts (business_id, id),
  check ((status = 'open') = (ended_at is null))
);
call make_tenant_table('holds');
