-- Add-ons: what is sold beside a plan, by the piece, for the time of the plan. The first kind is a further connection.

create table add_ons (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null check (kind in ('connection')),
  name text not null check (length(name) between 1 and 80),
  max_quantity int not null check (max_quantity between 1 and 49), -- of one subscription
  active boolean not null default true,
  position int not null default 0,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id)
);
call make_tenant_table('add_ons');

-- With which plans it is sold. One piece for one term of the plan takes so many credits.
create table add_on_plans (
  business_id text collate "C" not null,
  add_on_id text collate "C" not null,
  plan_id text collate "C" not null,
  credit_cost_milli bigint not null default 0 check (credit_cost_milli >= 0),
  primary key (business_id, add_on_id, plan_id),
  foreign key (business_id, add_on_id) references add_ons (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id)
);
create index add_on_plans_plan on add_on_plans (business_id, plan_id);
call make_tenant_table('add_on_plans');

create table add_on_prices (
  business_id text collate "C" not null,
  add_on_id text collate "C" not null,
  plan_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (business_id, add_on_id, plan_id, currency),
  foreign key (business_id, add_on_id, plan_id) references add_on_plans (business_id, add_on_id, plan_id) on delete cascade
);
call make_tenant_table('add_on_prices');

-- What a subscription has of them: paid for now, and asked for from the next period on. The price is the one agreed.
create table subscription_add_ons (
  business_id text collate "C" not null,
  subscription_id text collate "C" not null,
  add_on_id text collate "C" not null,
  quantity int not null check (quantity between 0 and 49),
  renews_quantity int not null check (renews_quantity between 0 and 49),
  price_minor bigint not null check (price_minor >= 0),     -- of one, for one term
  credit_cost_milli bigint not null default 0 check (credit_cost_milli >= 0),
  from_period_id text collate "C",       -- the next period is paid with another quantity, which holds when it begins
  primary key (business_id, subscription_id, add_on_id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, add_on_id) references add_ons (business_id, id),
  foreign key (business_id, from_period_id) references periods (business_id, id),
  check (quantity + renews_quantity > 0)
);
create index subscription_add_ons_waiting on subscription_add_ons (business_id, from_period_id) where from_period_id is not null;
call make_tenant_table('subscription_add_ons');

-- What the rows above come to, where the engine and every list read it: how many, and what they add to each renewal.
alter table subscriptions
  add column add_ons int not null default 0 check (add_ons >= 0),
  add column add_ons_minor bigint not null default 0 check (add_ons_minor >= 0);

-- `connections` is what the plan and its add-ons give; so many of them come from add-ons.
alter table lines
  add column extra_connections int not null default 0,
  add constraint lines_extra_connections check (extra_connections between 0 and connections - 1);

-- More of an add-on before the period is over: paid for first, as a dearer plan is. One wish at a time.
create table add_on_changes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  add_on_id text collate "C" not null,
  from_quantity int not null check (from_quantity >= 0),
  to_quantity int not null check (to_quantity > from_quantity),
  status text not null check (status in ('awaiting_payment', 'applied', 'canceled')),
  price_minor bigint not null check (price_minor >= 0),
  credit_cost_milli bigint not null default 0 check (credit_cost_milli >= 0),
  charge_minor bigint not null check (charge_minor >= 0),
  invoice_id text collate "C",
  due_at timestamptz,                    -- awaiting payment: lapses
  covers_until timestamptz,              -- what was paid for it ends here
  reason text not null default '',
  by text not null,
  created_at timestamptz not null,
  applied_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, add_on_id) references add_ons (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  check ((status = 'applied') = (applied_at is not null)),
  check ((status = 'awaiting_payment') = (due_at is not null)),
  check (status <> 'awaiting_payment' or invoice_id is not null)
);
create unique index add_on_changes_open on add_on_changes (business_id, subscription_id) where status = 'awaiting_payment';
create index add_on_changes_subscription on add_on_changes (business_id, subscription_id, created_at);
create index add_on_changes_invoice on add_on_changes (business_id, invoice_id) where invoice_id is not null;
create index add_on_changes_due on add_on_changes (due_at) where status = 'awaiting_payment';
call make_tenant_table('add_on_changes');

-- The add-ons that a subscription has after a change of plan, at the prices agreed then.
alter table plan_changes add column add_ons jsonb not null default '[]';

alter table invoice_items drop constraint invoice_items_kind_check;
alter table invoice_items add constraint invoice_items_kind_check check (kind in ('period', 'setup', 'custom', 'change', 'add_on'));
alter table invoice_items add column add_on_id text collate "C";
alter table invoice_items add foreign key (business_id, add_on_id) references add_ons (business_id, id);
alter table invoice_items add constraint invoice_items_add_on check ((kind = 'add_on') = (add_on_id is not null));

-- An offer that nobody paid in time, and a period that begins with another quantity.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'add_on' then return query
      select d.business_id, d.subscription_id from (
        select c.business_id, c.subscription_id, c.due_at from add_on_changes c where c.status = 'awaiting_payment'
        union all
        select a.business_id, a.subscription_id, p.starts from subscription_add_ons a
          join periods p on p.business_id = a.business_id and p.id = a.from_period_id
          join subscriptions s on s.business_id = a.business_id and s.id = a.subscription_id and s.status <> 'paused'
          where a.from_period_id is not null) d
      join businesses b on b.id = d.business_id
      where d.due_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by d.due_at limit most;
$branch$);
end
$$;
