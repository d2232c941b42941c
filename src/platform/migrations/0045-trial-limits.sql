-- Who has had a trial: marks that recognise him again and tell nobody who he is, and what staff allowed beyond the limits.

create table trial_marks (
  business_id text collate "C" not null,
  order_id text collate "C" not null,
  kind text not null check (kind in ('email', 'device', 'network')),
  mark text not null,                    -- under the business's own key: worth nothing without it
  at timestamptz not null,
  primary key (business_id, order_id, kind),
  foreign key (business_id, order_id) references orders (business_id, id)
);
create index trial_marks_mark on trial_marks (business_id, kind, mark, at);
create index trial_marks_at on trial_marks (business_id, at);
call make_tenant_table('trial_marks');

create table trial_allowances (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  mark text not null,                    -- of the e-mail address
  customer_id text collate "C",          -- where he is known
  reason text not null,
  by text not null,
  created_at timestamptz not null,
  used_at timestamptz,
  order_id text collate "C",
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, order_id) references orders (business_id, id),
  check ((used_at is null) = (order_id is null))
);
create unique index trial_allowances_open on trial_allowances (business_id, mark) where used_at is null;
create index trial_allowances_list on trial_allowances (business_id, created_at desc, id desc);
call make_tenant_table('trial_allowances');

-- Trials that began before this was kept count by customer; addresses are known only to the program, which has the key.
create index orders_trials on orders (business_id, customer_id, plan_id);
