-- Statements of a bank account: what came is kept entry by entry, booked once, or waits for a person.

create table bank_imports (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  file_name text not null,
  file_hash text not null,               -- the same file twice changes nothing
  format text not null check (format in ('camt.053', 'camt.054', 'csv')),
  entries int not null,                  -- that were new
  known int not null,                    -- that had come before
  pending int not null,                  -- that are only announced
  missing_statements boolean not null,   -- the bank counts statements, and one is not here
  next_match_at timestamptz,             -- null: every entry was looked at
  by text not null,
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  unique (business_id, gateway_account_id, file_hash)
);
create index bank_imports_list on bank_imports (business_id, created_at desc, id desc);
create index bank_imports_due on bank_imports (next_match_at) where next_match_at is not null;
call make_tenant_table('bank_imports');

create table bank_statements (
  business_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  statement_id text not null,
  import_id text collate "C" not null,
  sequence int,                          -- counted by the bank
  primary key (business_id, gateway_account_id, statement_id),
  foreign key (business_id, import_id) references bank_imports (business_id, id)
);
create index bank_statements_sequence on bank_statements (business_id, gateway_account_id, sequence);
call make_tenant_table('bank_statements');

create table bank_entries (
  business_id text collate "C" not null,
  id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  import_id text collate "C" not null,
  entry_key text not null,               -- the bank's own name of it, or what it says within its statement
  fingerprint text not null,             -- what it says, whatever file it came in
  direction text not null check (direction in ('credit', 'debit')),
  reversal boolean not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor > 0),
  booked_on date not null,
  value_on date,
  name text,
  iban text,
  reference text,
  remittance text not null,
  end_to_end_id text,
  bank_ref text,
  status text not null check (status in ('new', 'waiting', 'booked', 'aside', 'noted')),
  why text check (why in ('no_reference', 'unknown_reference', 'several_references', 'other_currency', 'paid_already', 'invoice_closed', 'came_back', 'failed', 'twin')),
  reason text,                           -- of a person who put it aside
  payment_id text collate "C",
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  foreign key (business_id, import_id) references bank_imports (business_id, id),
  foreign key (business_id, payment_id) references payments (business_id, id),
  unique (business_id, gateway_account_id, entry_key),
  check ((status = 'booked') = (payment_id is not null)),
  check (status <> 'booked' or direction = 'credit'),
  check ((status in ('booked', 'aside')) = (decided_at is not null))
) with (fillfactor = 85);
-- A payment holds the money of one entry.
create unique index bank_entries_payment on bank_entries (business_id, payment_id) where payment_id is not null;
create index bank_entries_list on bank_entries (business_id, status, created_at desc, id desc);
create index bank_entries_all on bank_entries (business_id, created_at desc, id desc);
create index bank_entries_import on bank_entries (business_id, import_id, status, id);
create index bank_entries_fingerprint on bank_entries (business_id, gateway_account_id, fingerprint);
create index bank_entries_payer on bank_entries (business_id, iban) where status = 'booked';
call make_tenant_table('bank_entries');

-- One more kind of due work, for the sweep and for a clock that travels.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  more text := replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'bank' then return query
      select i.business_id, i.id from bank_imports i join businesses b on b.id = i.business_id
      where i.next_match_at <= farthest and i.next_match_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by i.next_match_at limit most;
$branch$);
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'bank', i.next_match_at from bank_imports i where i.business_id = current_business() and i.next_match_at is not null
    union all select 'method',$branch$);
begin
  if more = due or further = ahead then
    raise exception 'due_work or time_ahead is not as it was left';
  end if;
  execute more;
  execute further;
end
$$;
