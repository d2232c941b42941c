-- Money that a gateway has paid out to the bank: what it still holds for us is then what the books say.

alter table accounts drop constraint accounts_kind_check;
alter table accounts add constraint accounts_kind_check check (kind in ('clearing', 'bank', 'customer', 'deferred', 'revenue', 'tax', 'fees', 'disputed',
  'suspense', 'write_off', 'exchange', 'credits_issued', 'wallet', 'credits_used', 'credits_expired'));

create table payouts (
  business_id text collate "C" not null,
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),  -- what arrived
  fee_minor bigint not null default 0 check (fee_minor >= 0), -- what the gateway kept of what it paid out
  reference text not null check (length(reference) between 1 and 120),
  arrived_on date not null,
  by text not null,
  created_at timestamptz not null,
  undone_at timestamptz,
  undone_by text,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  check ((undone_at is null) = (undone_by is null))
);
-- The same payout is entered once, whoever does it.
create unique index payouts_once on payouts (business_id, gateway_account_id, reference) where undone_at is null;
create index payouts_list on payouts (business_id, created_at desc, id desc);
call make_tenant_table('payouts');
