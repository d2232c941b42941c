-- What gateways keep of each payment, told by their own account of what moved; and their payouts, told by them and found again at the bank.

-- How far each account was read. One row per account: a reading that broke off goes on where it was.
create table gateway_readings (
  business_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  stage text not null check (stage in ('moves', 'payouts', 'parts', 'over')),
  cursor text,
  read_from timestamptz not null,
  read_until timestamptz not null,
  breaks int not null default 0,
  last_error text,
  next_at timestamptz,                   -- by the machine's clock: the lease of who works on it, or the next try
  done_at timestamptz,                   -- the last time that it got to the end
  started_at timestamptz not null,
  primary key (business_id, gateway_account_id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  check ((stage = 'over') = (next_at is null))
);
call make_tenant_table('gateway_readings');

-- A payout that is told by its gateway: booked when it has arrived. One that staff entered counts as arrived.
alter table payouts
  add column state text not null default 'arrived' check (state in ('coming', 'arrived', 'failed')),
  add column remote_ref text,
  add column bank_text text,             -- what the bank's statement says of it, as far as the gateway knows
  add column parts_read_at timestamptz,  -- of which moves it is made was told
  add column entry_id text collate "C",  -- where it was found on a bank's statement
  add column difference_minor bigint not null default 0, -- of what arrived less what was sent, booked when a person accepted it
  add column settled_at timestamptz,     -- a person has looked at what does not agree
  add column settled_by text,
  add column settled_reason text,
  add foreign key (business_id, entry_id) references bank_entries (business_id, id),
  add check ((settled_at is null) = (settled_by is null)),
  add check ((settled_at is null) = (settled_reason is null)),
  add check (difference_minor = 0 or settled_at is not null and entry_id is not null),
  add check (remote_ref is not null or state = 'arrived');
create unique index payouts_remote on payouts (business_id, gateway_account_id, remote_ref) where remote_ref is not null;
create unique index payouts_entry on payouts (business_id, entry_id) where entry_id is not null;

-- What moved on our balance at a gateway. Waiting: about a payment that is not in our books (yet).
create table gateway_moves (
  business_id text collate "C" not null,
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  ref text not null,                     -- the gateway's own name of it: it is booked once
  kind text not null check (kind in ('payment', 'refund', 'dispute', 'fee', 'other')),
  capture_id text,
  our_ref text,
  dispute_ref text,
  payment_id text collate "C",
  payout_id text collate "C",
  currency text not null,
  amount_minor bigint not null,
  fee_minor bigint not null,             -- kept; below zero: given back
  original_currency text,                -- what it was before the gateway made it this currency
  original_minor bigint,
  state text not null check (state in ('waiting', 'booked')),
  booked_minor bigint not null default 0, -- of the fee: what this row brought into the books; nothing where another door does it
  booked_at timestamptz,
  moved_at timestamptz not null,         -- there
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id),
  foreign key (business_id, payout_id) references payouts (business_id, id),
  unique (business_id, gateway_account_id, ref),
  check ((state = 'booked') = (booked_at is not null)),
  check (state = 'booked' or booked_minor = 0),
  check (state = 'waiting' or kind not in ('payment', 'refund') or payment_id is not null),
  check ((original_currency is null) = (original_minor is null))
);
create index gateway_moves_payment on gateway_moves (business_id, payment_id) where payment_id is not null;
create index gateway_moves_payout on gateway_moves (business_id, payout_id) where payout_id is not null;
create index gateway_moves_waiting on gateway_moves (business_id, gateway_account_id, id) where state = 'waiting';
create index gateway_moves_list on gateway_moves (business_id, created_at desc, id desc);
call make_tenant_table('gateway_moves');
