-- What is sold. A product says what a line gets; a plan sells it for a term at a price per currency.

create table products (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  description text not null default '',
  line_kind text not null default 'line' check (line_kind in ('line', 'mag', 'enigma')),
  connections int not null default 1 check (connections between 1 and 50),
  outputs text[] not null default '{hls,ts}',
  username_strategy text not null default 'hybrid' check (username_strategy in ('generated', 'chosen', 'hybrid')),
  password_strategy text not null default 'generated' check (password_strategy in ('generated', 'chosen')),
  active boolean not null default true,
  position int not null default 0,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id)
);
call make_tenant_table('products');

create table plans (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  product_id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  description text not null default '',
  term_unit text not null check (term_unit in ('hour', 'day', 'month', 'year')),
  term_count int not null check (term_count between 1 and 1000),
  credit_cost_milli bigint not null default 0 check (credit_cost_milli >= 0), -- thousandths of a credit
  trial boolean not null default false,
  renewable boolean not null default true,
  best_value boolean not null default false,
  active boolean not null default true,
  position int not null default 0,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, product_id) references products (business_id, id)
);
call make_tenant_table('plans');

create table plan_prices (
  business_id text collate "C" not null,
  plan_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  amount_minor bigint not null check (amount_minor >= 0),
  setup_minor bigint not null default 0 check (setup_minor >= 0),
  primary key (business_id, plan_id, currency),
  foreign key (business_id, plan_id) references plans (business_id, id)
);
call make_tenant_table('plan_prices');

-- What a parent lets a child sell.
create table plan_grants (
  business_id text collate "C" not null references businesses (id),
  plan_id text collate "C" not null,
  granted_to text collate "C" not null references businesses (id),
  created_at timestamptz not null,
  primary key (business_id, plan_id, granted_to),
  foreign key (business_id, plan_id) references plans (business_id, id)
);
call make_tenant_table('plan_grants');
