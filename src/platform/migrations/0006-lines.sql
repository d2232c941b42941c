-- Panels, and lines: what we want of them, what the panel last said.

create table panels (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null check (length(name) between 1 and 80),
  kind text not null,
  settings jsonb not null,               -- secret parts are sealed texts
  weight int not null default 1 check (weight >= 0),
  capacity int check (capacity > 0),     -- lines it may hold; null is unbounded
  drained boolean not null default false,
  tested_at timestamptz,                 -- the live test that made and removed a line
  -- The circuit breaker: closed until `failures` in a row reach the limit, then open until a probe succeeds.
  health text not null default 'unknown' check (health in ('unknown', 'up', 'down', 'auth_failed')),
  failures int not null default 0,
  open_until timestamptz,
  last_ok_at timestamptz,
  last_error text,
  latency_ms int,
  version_text text,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id)
);
call make_tenant_table('panels');

create table panel_grants (
  business_id text collate "C" not null references businesses (id),
  panel_id text collate "C" not null,
  granted_to text collate "C" not null references businesses (id),
  created_at timestamptz not null,
  primary key (business_id, panel_id, granted_to),
  foreign key (business_id, panel_id) references panels (business_id, id)
);
call make_tenant_table('panel_grants');

-- Which package of which panel a product maps to. A product without a reachable row cannot be sold.
create table product_panels (
  business_id text collate "C" not null,
  product_id text collate "C" not null,
  panel_business_id text collate "C" not null,
  panel_id text collate "C" not null,
  package jsonb not null,                -- { package_id?, bouquets: [ids] }
  position int not null default 0,
  primary key (business_id, product_id, panel_business_id, panel_id),
  foreign key (business_id, product_id) references products (business_id, id),
  foreign key (panel_business_id, panel_id) references panels (business_id, id)
);
call make_tenant_table('product_panels');

create table lines (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  subscription_id text collate "C" not null,
  panel_business_id text collate "C" not null,
  panel_id text collate "C" not null,
  kind text not null check (kind in ('line', 'mag', 'enigma')),
  username text not null check (username ~ '^[A-Za-z0-9._-]{3,32}$'),
  username_key text not null generated always as (lower(username)) stored,
  requested_username text,               -- what the buyer asked for, when it was taken
  password text not null,                -- sealed
  marker text not null,
  mac text,
  connections int not null check (connections between 1 and 50),
  package jsonb not null,
  -- What it should be. The revision grows with each change; the line is in step when `done_revision` has caught up.
  wanted text not null check (wanted in ('none', 'active', 'suspended', 'ended')), -- none: ordered, not paid
  wanted_until timestamptz not null,
  revision bigint not null default 1,
  done_revision bigint not null default 0 check (done_revision <= revision),
  login_revision bigint not null default 0, -- the revision that changed the TV login: once done, the customer is told
  -- What the panel said, and when it was asked.
  remote_id text,
  found jsonb,                           -- { username, enabled, banned, expires_at, connections, bouquets, active_connections }
  found_at timestamptz,
  differs text[] not null default '{}',  -- fields on which panel and wish disagree
  -- The ladder of tries: due times are columns, the queue's attempts are not.
  create_sent_at timestamptz,            -- set before the first create: from then on a lost answer is looked up
  tries int not null default 0,
  next_try_at timestamptz,
  trouble text check (trouble in ('unavailable', 'ambiguous', 'rejected', 'auth_failed')),
  last_answer text,                      -- redacted
  needs_review boolean not null default false,
  activated_at timestamptz,              -- first verified on the panel
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, id),
  unique (business_id, subscription_id),
  check ((wanted_until is not null)),
  check (needs_review = false or trouble is not null)
);
-- A panel's name space is shared by all who use the panel, so this key looks across businesses on purpose.
create unique index lines_username on lines (panel_business_id, panel_id, username_key) where wanted in ('active', 'suspended');
create index lines_due on lines (next_try_at) where next_try_at is not null;
create index lines_customer on lines (business_id, customer_id);
create index lines_list on lines (business_id, created_at desc, id desc);
create index lines_panel on lines (panel_business_id, panel_id, id);
alter table lines set (fillfactor = 85);
call make_tenant_table('lines');

-- Every call to a panel that changed or refused something: the set-up log that staff read.
create table panel_calls (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C" not null,
  line_id text collate "C",
  operation text not null,
  outcome text not null,                 -- ok, rejected, auth_failed, unavailable, ambiguous
  code text,
  detail text not null default '',       -- redacted
  took_ms int not null,
  at timestamptz not null,
  primary key (business_id, id)
);
create index panel_calls_line on panel_calls (business_id, line_id, at desc);
create index panel_calls_panel on panel_calls (business_id, panel_id, at desc);
call make_tenant_table('panel_calls');

create table incidents (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C",
  kind text not null,                    -- 'panel_down', 'panel_auth_failed', 'declared'
  detail text not null default '',
  opened_at timestamptz not null,
  closed_at timestamptz,
  told_staff_at timestamptz,
  primary key (business_id, id)
);
create unique index incidents_open on incidents (business_id, kind, panel_id) where closed_at is null;
call make_tenant_table('incidents');
