-- A parent lends one of his gateways to a child: its customers pay there, the books of both say what was collected for it, and statements say
-- what was paid out. Rows of these tables are the lender's; the reseller reads those that are about him.

do $$
declare
  known text := (select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'accounts'::regclass and conname = 'accounts_kind_check');
  more text := replace(known, 'ARRAY[', 'ARRAY[''reseller''::text, ''collecting''::text, ');
begin
  if more = known then
    raise exception 'the kinds of accounts are not listed as they were';
  end if;
  alter table accounts drop constraint accounts_kind_check;
  execute 'alter table accounts add constraint accounts_kind_check ' || more;
end
$$;

create table gateway_loans (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  reseller_id text collate "C" not null references businesses (id),
  child_account_id text collate "C" not null, -- the same gateway among the reseller's own
  kept_bps int not null default 0 check (kept_bps between 0 and 10000),   -- hundredths of a percent of each payment
  kept_fixed jsonb not null default '{}',      -- and so much of each, by currency
  hold_days int not null default 14 check (hold_days between 0 and 365),
  least_payout jsonb not null default '{}',    -- by currency
  refunds text not null default 'owed' check (refunds in ('owed', 'any')),
  monthly boolean not null default true,       -- a statement closes by itself at the end of each month
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,                        -- taken back: what is under way ends properly, nothing new begins
  ended_by text,
  version int not null default 1,
  primary key (business_id, id),
  unique (business_id, gateway_account_id, reseller_id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  check (reseller_id <> business_id),
  check ((ended_at is null) = (ended_by is null))
);
create index gateway_loans_reseller on gateway_loans (business_id, reseller_id);
create index gateway_loans_to on gateway_loans (reseller_id);
call make_tenant_table('gateway_loans');

-- One row for each movement of the reseller's books on a lent gateway, so that it is counted once.
create table collected (
  business_id text collate "C" not null,
  id text collate "C" not null,
  loan_id text collate "C" not null,
  reseller_id text collate "C" not null references businesses (id),
  transfer_id text collate "C" not null,       -- in the reseller's books
  payment_id text collate "C" not null,        -- there, too
  kind text not null check (kind in ('payment', 'refund', 'dispute', 'dispute_fee')),
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor <> 0), -- below zero: it left again
  kept_minor bigint not null default 0 check (kept_minor >= 0),
  at timestamptz not null,
  free_at timestamptz not null,                -- until then a payment is held back
  statement_id text collate "C",
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, transfer_id),
  foreign key (business_id, loan_id) references gateway_loans (business_id, id),
  check (kept_minor = 0 or kind = 'payment' and kept_minor <= amount_minor)
);
create index collected_open on collected (business_id, reseller_id, currency) where statement_id is null;
create index collected_reseller on collected (business_id, reseller_id, currency, at);
create index collected_statement on collected (business_id, statement_id) where statement_id is not null;
create index collected_loan on collected (business_id, loan_id, at);
create index collected_for on collected (reseller_id, loan_id) where kept_minor > 0;
call make_tenant_table('collected');

create table reseller_statements (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  number int not null check (number > 0),      -- without gaps, one series for all resellers of a business
  reseller_id text collate "C" not null references businesses (id),
  currency text not null check (length(currency) = 3),
  from_at timestamptz not null,
  until_at timestamptz not null,
  opening_minor bigint not null,
  payments_minor bigint not null,
  refunds_minor bigint not null,               -- below zero
  disputes_minor bigint not null,              -- with what banks keep for them
  kept_minor bigint not null check (kept_minor >= 0),
  paid_minor bigint not null check (paid_minor >= 0),
  closing_minor bigint not null,
  payable_minor bigint not null check (payable_minor >= 0),
  parties jsonb not null,                      -- who wrote it to whom, as they were called then
  held_until timestamptz,                      -- when the last of what is held back is free
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, id),
  unique (business_id, number),
  check (closing_minor = opening_minor + payments_minor + refunds_minor + disputes_minor - kept_minor - paid_minor),
  check (from_at <= until_at)
);
create unique index reseller_statements_follow on reseller_statements (business_id, reseller_id, currency, until_at);
create index reseller_statements_list on reseller_statements (business_id, created_at desc, id desc);
create index reseller_statements_to on reseller_statements (reseller_id, created_at desc, id desc);
call make_tenant_table('reseller_statements');
call make_append_only('reseller_statements');

create table reseller_payouts (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  reseller_id text collate "C" not null references businesses (id),
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor > 0),
  reference text not null check (length(reference) between 1 and 80),
  paid_on date not null,
  statement_id text collate "C",
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, id),
  unique (business_id, reseller_id, reference)
);
create index reseller_payouts_list on reseller_payouts (business_id, reseller_id, created_at desc, id desc);
create index reseller_payouts_to on reseller_payouts (reseller_id, created_at desc, id desc);
call make_tenant_table('reseller_payouts');

-- Of which lent gateway a payout takes how much, in the reseller's books.
create table reseller_payout_parts (
  business_id text collate "C" not null,
  payout_id text collate "C" not null,
  loan_id text collate "C" not null,
  reseller_id text collate "C" not null references businesses (id),
  amount_minor bigint not null check (amount_minor > 0),
  primary key (business_id, payout_id, loan_id),
  foreign key (business_id, payout_id) references reseller_payouts (business_id, id),
  foreign key (business_id, loan_id) references gateway_loans (business_id, id)
);
create index reseller_payout_parts_to on reseller_payout_parts (reseller_id, loan_id);
call make_tenant_table('reseller_payout_parts');
call make_append_only('reseller_payout_parts');

do $$
declare
  each text;
begin
  foreach each in array array['gateway_loans', 'collected', 'reseller_statements', 'reseller_payouts', 'reseller_payout_parts'] loop
    execute format('create policy reseller on %s for select to linekeeper_app using (reseller_id = current_business())', each);
    execute format('revoke delete on %s from linekeeper_app', each);
  end loop;
end
$$;

-- What was collected and paid never changes; it comes onto one statement, once.
create function keep_collected() returns trigger
language plpgsql
as $$
begin
  if old.statement_id is not null or (to_jsonb(old) - 'statement_id') <> (to_jsonb(new) - 'statement_id') then
    raise exception 'what was collected or paid out is never changed' using errcode = '23514';
  end if;
  return new;
end
$$;
create trigger keep_collected before update on collected for each row execute function keep_collected();
create trigger keep_collected before update on reseller_payouts for each row execute function keep_collected();

-- The lent gateway among the reseller's own: a row without settings of its own.
alter table gateway_accounts
  add column lender_id text collate "C" references businesses (id),
  add column loan_id text collate "C",
  add check ((lender_id is null) = (loan_id is null)),
  add check (lender_id is null or settings = '{}'::jsonb);
create index gateway_accounts_lent on gateway_accounts (lender_id) where lender_id is not null;

-- Whatever door is tried: it comes by a loan, and stays what it is.
create function keep_lent() returns trigger
language plpgsql security definer set search_path = public
as $$
begin
  if tg_op = 'UPDATE' and (old.lender_id, old.loan_id) is not distinct from (new.lender_id, new.loan_id) and (new.loan_id is null or old.kind = new.kind) then
    return new;
  end if;
  if tg_op = 'INSERT' and (new.loan_id is null or exists (select from gateway_loans l join gateway_accounts g on g.business_id = l.business_id and g.id = l.gateway_account_id
      where l.business_id = new.lender_id and l.id = new.loan_id and l.reseller_id = new.business_id and l.child_account_id = new.id and g.kind = new.kind and g.loan_id is null)) then
    return new;
  end if;
  raise exception 'a gateway is lent by whom it belongs to' using errcode = '23514';
end
$$;
create trigger keep_lent before insert or update on gateway_accounts for each row execute function keep_lent();

-- Money that somebody says he has received is no money of the lender's.
create function only_told_by_lent() returns trigger
language plpgsql
as $$
begin
  if exists (select from gateway_accounts g where g.business_id = new.business_id and g.id = new.gateway_account_id and g.loan_id is not null) then
    raise exception 'a lent gateway says itself what it took' using errcode = '23514';
  end if;
  return new;
end
$$;
create trigger only_told_by_lent before insert on money_facts for each row when (new.kind = 'received_by_hand') execute function only_told_by_lent();

-- Puts the gateway among those of the reseller; the loan is written before. False: there is no such loan to a child of this business.
create function put_lent_gateway(loan text, at timestamptz) returns boolean
language plpgsql security definer set search_path = public
as $$
declare
  lent gateway_loans;
begin
  select * into lent from gateway_loans l where l.business_id = current_business() and l.id = loan and l.ended_at is null
    and exists (select from businesses b where b.id = l.reseller_id and b.parent_id = l.business_id);
  if not found then return false; end if;
  insert into gateway_accounts (business_id, id, kind, name, settings, active, position, tested_at, created_at, lender_id, loan_id)
    select lent.reseller_id, lent.child_account_id, g.kind, g.name, '{}', false, g.position, g.tested_at, at, lent.business_id, lent.id
    from gateway_accounts g where g.business_id = lent.business_id and g.id = lent.gateway_account_id
    on conflict (business_id, id) do update set tested_at = excluded.tested_at, version = gateway_accounts.version + 1;
  return true;
end
$$;

-- With what a lent gateway is opened: sealed settings of the lender's, for the reseller whom they are lent. Live: new payments may begin.
create function lent_gateway(loan text) returns jsonb
language sql stable security definer set search_path = public
as $$
  select jsonb_build_object('lenderId', b.id, 'lenderName', b.name, 'accountId', g.id, 'settings', g.settings, 'dataKey', b.data_key, 'refunds', l.refunds,
    'live', l.ended_at is null and c.parent_id = b.id)
  from gateway_loans l join gateway_accounts g on g.business_id = l.business_id and g.id = l.gateway_account_id
    join businesses b on b.id = l.business_id join businesses c on c.id = l.reseller_id
  where l.id = loan and l.reseller_id = current_business()
$$;

-- Whose payment (or page that keeps a method) it is that one of our gateways names, of those whom it was lent: by our own reference or by the gateway's.
create function lent_payments(account text, refs text[]) returns table (ref text, business_id text, gateway_account_id text, payment_id text, currency text)
language sql stable security definer set search_path = public
as $$
  select f.ref, l.reseller_id, l.child_account_id, f.id, f.currency
  from gateway_loans l cross join lateral (
    select p.id as ref, p.id, p.currency from payments p where p.business_id = l.reseller_id and p.id = any (refs) and p.gateway_account_id = l.child_account_id
    union
    select p.remote_ref, p.id, p.currency from payments p where p.business_id = l.reseller_id and p.gateway_account_id = l.child_account_id and p.remote_ref = any (refs)
    union
    select m.fact_id, p.id, p.currency from money_facts m join payments p on p.business_id = m.business_id and p.id = m.payment_id
      where m.business_id = l.reseller_id and m.gateway_account_id = l.child_account_id and m.kind = 'capture' and m.fact_id = any (refs)
    union
    select r.ref, s.id, null from method_setups s cross join unnest(refs) as r (ref)
      where s.business_id = l.reseller_id and s.gateway_account_id = l.child_account_id and r.ref in (s.id, s.remote_ref)) f
  where l.business_id = current_business() and l.gateway_account_id = account
$$;

-- What moved on a lent gateway in the reseller's books and is not counted in ours yet. What he booked of our own settling is none of it.
create function lent_moves(loan text, most int) returns table (id text, at timestamptz, currency text, amount bigint, purpose text, payment_id text)
language sql stable security definer set search_path = public
as $$
  with lent as (
    select l.*, coalesce((select max(c.at) from collected c where c.business_id = l.business_id and c.loan_id = l.id), '-infinity') - interval '1 day' as since
    from gateway_loans l where l.business_id = current_business() and l.id = loan),
  moved as (
    select t.*, t.debit_account = a.id as comes, l.business_id as lender from lent l
      join accounts a on a.business_id = l.reseller_id and a.kind = 'clearing' and a.holder_id = l.child_account_id
      join transfers t on t.business_id = l.reseller_id and t.debit_account = a.id and t.at > l.since
    union all
    select t.*, false, l.business_id from lent l
      join accounts a on a.business_id = l.reseller_id and a.kind = 'clearing' and a.holder_id = l.child_account_id
      join transfers t on t.business_id = l.reseller_id and t.credit_account = a.id and t.at > l.since)
  select m.id, m.at, m.unit, case when m.comes then m.amount else -m.amount end, m.purpose, coalesce(p.id, r.payment_id, d.payment_id)
  from moved m
    left join payments p on p.business_id = m.business_id and p.id = m.cause_id
    left join refunds r on r.business_id = m.business_id and r.id = m.cause_id
    left join disputes d on d.business_id = m.business_id and d.id = m.cause_id
  where split_part(m.purpose, '/', 1) not in ('collecting_kept', 'payout') and coalesce(p.id, r.payment_id, d.payment_id) is not null
    and not exists (select from collected c where c.business_id = m.lender and c.transfer_id = m.id)
  order by m.at, m.id limit most
$$;

-- Who lends, and to whom: the rounds open no other business.
create function lenders() returns table (business_id text, reseller_id text)
language sql stable security definer set search_path = public
as $$ select distinct l.business_id, l.reseller_id from gateway_loans l order by 1, 2 $$;

-- What a gateway told of a payment that it took for a reseller.
alter table gateway_moves add column lent_payment_id text collate "C";
do $$
declare
  old_check text := (select conname from pg_constraint where conrelid = 'gateway_moves'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%payment_id IS NOT NULL%');
begin
  execute format('alter table gateway_moves drop constraint %I', old_check);
end
$$;
alter table gateway_moves add constraint gateway_moves_about check (state = 'waiting' or kind not in ('payment', 'refund') or payment_id is not null or lent_payment_id is not null);

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup, linekeeper_credits;
  create policy credits on gateway_loans for select to linekeeper_credits using (true);
  create policy credits on gateway_accounts to linekeeper_credits using (true) with check (true);
  grant select on gateway_loans to linekeeper_credits;
  grant select, insert, update on gateway_accounts to linekeeper_credits;
  alter function put_lent_gateway(text, timestamptz) owner to linekeeper_credits;
  foreach signature in array array['keep_lent()', 'lent_gateway(text)', 'lent_payments(text, text[])', 'lent_moves(text, int)', 'lenders()'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
  end loop;
  revoke execute on function put_lent_gateway(text, timestamptz) from public;
  grant execute on function put_lent_gateway(text, timestamptz) to linekeeper_app;
  grant execute on function lent_gateway(text) to linekeeper_app;
  grant execute on function lent_payments(text, text[]) to linekeeper_app;
  grant execute on function lent_moves(text, int) to linekeeper_app;
  grant execute on function lenders() to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup, linekeeper_credits;
end
$$;
