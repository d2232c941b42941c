-- Payment methods that customers let us keep, and charging them.

create table payment_methods (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  customer_ref text not null,            -- the gateway's names for both: worth nothing without our key
  method_ref text not null,
  kind text not null,                    -- in the gateway's words: card, sepa_debit
  brand text,
  last4 text check (last4 ~ '^[0-9]{4}$'),
  expires_month int check (expires_month between 1 and 12),
  expires_year int,
  fingerprint text,                      -- card networks count tries per card, however often it was kept
  -- No charge without consent: the sentence that was agreed to, and when.
  mandate text not null check (length(mandate) between 1 and 2000),
  consented_at timestamptz not null,
  status text not null check (status in ('active', 'failed', 'removed')),
  status_reason text not null default '',
  is_default boolean not null default false,
  created_at timestamptz not null,
  removed_at timestamptz,
  -- Removed here at once; the gateway is told until it has forgotten it, too.
  forget_at timestamptz,
  forget_tries int not null default 0,
  forgotten_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  unique (business_id, gateway_account_id, method_ref),
  check ((status = 'removed') = (removed_at is not null)),
  check (not (is_default and status = 'removed')),
  check ((expires_month is null) = (expires_year is null)),
  check (status = 'removed' or (forget_at is null and forgotten_at is null)),
  check (forget_at is null or forgotten_at is null)
);
create unique index payment_methods_default on payment_methods (business_id, customer_id) where is_default;
create index payment_methods_customer on payment_methods (business_id, customer_id, created_at);
create index payment_methods_fingerprint on payment_methods (business_id, fingerprint) where fingerprint is not null;
create index payment_methods_forget on payment_methods (forget_at) where forget_at is not null;
call make_tenant_table('payment_methods');

alter table payments
  add column payment_method_id text collate "C",  -- a charge of a kept method, in the customer's absence
  add column mandate text check (length(mandate) between 1 and 2000), -- the buyer agreed that the method is kept, in these words
  add column consented_at timestamptz,
  add column superseded_at timestamptz,            -- another attempt took its place, or it came back from the dead
  add foreign key (business_id, payment_method_id) references payment_methods (business_id, id),
  add check ((mandate is null) = (consented_at is null)),
  add check (mandate is null or payment_method_id is null);
-- One way of collecting per invoice at a time (F01): held here, not by an `if`.
update payments p set superseded_at = created_at
  where status in ('created', 'requires_action', 'processing', 'indeterminate') and exists (
    select from payments n where n.business_id = p.business_id and n.invoice_id = p.invoice_id and n.attempt > p.attempt
      and n.status in ('created', 'requires_action', 'processing', 'indeterminate'));
create unique index payments_one_way on payments (business_id, invoice_id)
  where superseded_at is null and status in ('created', 'requires_action', 'processing', 'indeterminate');
create index payments_charges on payments (business_id, payment_method_id, created_at) where payment_method_id is not null;

-- Collecting an invoice from a kept method: one plan per invoice, and when the next try is due.
create table collections (
  business_id text collate "C" not null references businesses (id),
  invoice_id text collate "C" not null,
  customer_id text collate "C" not null,
  status text not null check (status in ('planned', 'charging', 'waiting', 'ended')),
  waits_for text check (waits_for in ('method', 'customer', 'staff')),
  next_try_at timestamptz,
  payment_method_id text collate "C",    -- asked for by name; null: the default one
  reason text not null default '',
  asked_by text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (business_id, invoice_id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, payment_method_id) references payment_methods (business_id, id),
  check ((status = 'planned') = (next_try_at is not null)),
  check ((status = 'waiting') = (waits_for is not null))
);
create index collections_due on collections (next_try_at) where next_try_at is not null;
create index collections_customer on collections (business_id, customer_id);
call make_tenant_table('collections');

-- Two more kinds of due work, before the others.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'collection' then return query
      select c.business_id, c.invoice_id from collections c join businesses b on b.id = c.business_id
      where c.next_try_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by c.next_try_at limit most;
    when 'method' then return query
      select m.business_id, m.id from payment_methods m join businesses b on b.id = m.business_id
      where m.forget_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by m.forget_at limit most;
$branch$);
end
$$;
