-- Affiliates: customers who bring others, what they earn by that, and how it is paid out.

-- Two more kinds of accounts, beside whatever kinds there are.
do $$
declare
  known text := (select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'accounts'::regclass and conname = 'accounts_kind_check');
  more text := replace(known, 'ARRAY[', 'ARRAY[''commission''::text, ''affiliate''::text, ');
begin
  if more = known then
    raise exception 'the kinds of accounts are not listed as they were';
  end if;
  alter table accounts drop constraint accounts_kind_check;
  execute 'alter table accounts add constraint accounts_kind_check ' || more;
end
$$;

create table affiliates (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  code text not null check (code ~ '^[A-Z0-9]{4,20}$'),
  active boolean not null default true,
  way text not null check (way in ('balance', 'by_hand', 'credits')),
  pay_to text not null default '' check (length(pay_to) <= 200),   -- by hand: where he wants it
  reseller_id text collate "C" references businesses (id),         -- credits: whose wallet
  next_look_at timestamptz,              -- null: he has brought nobody yet
  created_at timestamptz not null,
  created_by text not null,
  version int not null default 1,
  primary key (business_id, id),
  unique (business_id, customer_id),
  unique (business_id, code),
  foreign key (business_id, customer_id) references customers (business_id, id),
  check ((way = 'credits') = (reseller_id is not null))
);
create index affiliates_list on affiliates (business_id, created_at desc, id desc);
create index affiliates_due on affiliates (next_look_at) where next_look_at is not null;
call make_tenant_table('affiliates');

-- A customer was brought by one, or by nobody.
create table referrals (
  business_id text collate "C" not null,
  id text collate "C" not null,
  affiliate_id text collate "C" not null,
  customer_id text collate "C" not null,
  order_id text collate "C",
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, customer_id),
  foreign key (business_id, affiliate_id) references affiliates (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id)
);
create index referrals_affiliate on referrals (business_id, affiliate_id, created_at desc);
call make_tenant_table('referrals');

-- One for each payment of somebody who was brought, also where it earns nothing: so that it is counted once.
create table commissions (
  business_id text collate "C" not null,
  id text collate "C" not null,
  affiliate_id text collate "C" not null,
  customer_id text collate "C" not null,
  invoice_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  base_minor bigint not null check (base_minor >= 0),      -- what was paid for lines, without tax
  earned_minor bigint not null check (earned_minor between 0 and base_minor),
  -- What is left of it: the books say the same. Less than was earned where money went back.
  kept_minor bigint not null check (kept_minor between 0 and earned_minor),
  let_go_minor bigint not null default 0 check (let_go_minor between 0 and earned_minor),  -- went back after it was paid out, and was not taken back
  disputed boolean not null default false,
  moves int not null default 0,          -- how often money moved for it: each move has a name of its own
  free_at timestamptz not null,
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, invoice_id),
  foreign key (business_id, affiliate_id) references affiliates (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id)
);
create index commissions_affiliate on commissions (business_id, affiliate_id, created_at desc, id desc);
create index commissions_customer on commissions (business_id, customer_id);
call make_tenant_table('commissions');

create table affiliate_payouts (
  business_id text collate "C" not null,
  id text collate "C" not null,
  affiliate_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor > 0),
  way text not null check (way in ('balance', 'by_hand', 'credits')),
  reference text not null default '' check (length(reference) <= 200),
  reseller_id text collate "C" references businesses (id),
  credits_milli bigint check (credits_milli > 0),
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, id),
  foreign key (business_id, affiliate_id) references affiliates (business_id, id),
  check ((way = 'credits') = (reseller_id is not null)),
  check ((way = 'credits') = (credits_milli is not null))
);
create index affiliate_payouts_affiliate on affiliate_payouts (business_id, affiliate_id, created_at desc, id desc);
call make_tenant_table('affiliate_payouts');
call make_append_only('affiliate_payouts');

-- One more kind of due work: each affiliate is looked at once a night.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  more text := replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'affiliate' then return query
      select a.business_id, a.id from affiliates a join businesses b on b.id = a.business_id
      where a.next_look_at <= farthest and a.next_look_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by a.next_look_at limit most;
$branch$);
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'affiliate', a.next_look_at from affiliates a where a.business_id = current_business() and a.next_look_at is not null
    union all select 'method',$branch$);
begin
  if more = due or further = ahead then
    raise exception 'due_work or time_ahead is not as it was left';
  end if;
  execute more;
  execute further;
end
$$;
