-- Businesses (the tenants), who works for them, what programs may do for them, and their customers.

create table businesses (
  id text collate "C" primary key,
  parent_id text collate "C" references businesses (id),
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  name text not null check (length(name) between 1 and 80),
  mode text not null check (mode in ('live', 'test')),
  twin_of text collate "C" references businesses (id),
  -- A test business may have its own clock: a frozen instant, or an offset from the machine's.
  clock_frozen_at timestamptz,
  clock_offset_ms bigint not null default 0,
  zone text not null,
  currency text not null check (length(currency) = 3),
  language text not null default 'en',
  country text not null default 'US' check (length(country) = 2),
  brand jsonb not null default '{}',     -- { color, logo, tagline }
  legal jsonb not null default '{}',     -- { name, address: [lines], vat_id, terms, privacy, refund_policy }
  support_email text,
  abuse_email text,
  data_key text not null,                -- wrapped by the installation's secret key
  rights_attested_at timestamptz,
  rights_attested_by text,
  live_at timestamptz,                   -- automation and shop are open; null while being set up
  closed_at timestamptz,
  created_at timestamptz not null,
  version int not null default 1,
  check (mode = 'test' or (clock_frozen_at is null and clock_offset_ms = 0)),
  check (twin_of is null or mode = 'test'),
  check ((rights_attested_at is null) = (rights_attested_by is null))
);
call make_tenant_table('businesses', 'id');

-- The closure of the tree of resellers: a business is its own ancestor at depth 0.
create table business_paths (
  ancestor_id text collate "C" not null references businesses (id),
  business_id text collate "C" not null references businesses (id),
  depth int not null check (depth >= 0),
  primary key (ancestor_id, business_id)
);
call make_tenant_table('business_paths');
create index business_paths_business on business_paths (business_id);

create table host_names (
  business_id text collate "C" not null references businesses (id),
  host text not null unique check (host = lower(host)),
  verified_at timestamptz,
  primary key (business_id, host)
);
call make_tenant_table('host_names');

create table settings (
  business_id text collate "C" not null references businesses (id),
  key text not null,
  value jsonb not null,                  -- secret parts are sealed texts
  updated_at timestamptz not null,
  updated_by text not null,
  primary key (business_id, key)
);
call make_tenant_table('settings');

create table memberships (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  user_id text not null,                 -- the identity of signing in, per installation
  email text not null,
  name text not null default '',
  role text not null check (role in ('owner', 'admin', 'billing', 'support', 'read_only')),
  expires_at timestamptz,
  created_at timestamptz not null,
  primary key (business_id, id),
  unique (business_id, user_id)
);
call make_tenant_table('memberships');
create index memberships_user on memberships (user_id);

create table api_keys (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  name text not null,
  prefix text not null,                  -- the first characters, to recognise it by
  secret_hash bytea not null unique,     -- SHA-256 of the whole key
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (business_id, id)
);
call make_tenant_table('api_keys');

-- A request that changed something, kept with its answer: completed in the commit of its effect.
create table idempotency_keys (
  business_id text collate "C" not null references businesses (id),
  caller text not null,
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,           -- method, path and body
  status int,
  answer jsonb,
  subject_id text collate "C",           -- what the effect made, when the answer itself was lost
  created_at timestamptz not null,
  locked_until timestamptz not null,
  completed_at timestamptz,
  primary key (business_id, caller, key)
);
call make_tenant_table('idempotency_keys');
create index idempotency_keys_age on idempotency_keys (created_at);

create table customers (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  email text not null check (length(email) between 3 and 254),
  -- Under row-level security an index on an expression is no use: lower() is not leakproof. So it is a column.
  email_key text not null generated always as (lower(email)) stored,
  name text not null default '' check (length(name) <= 120),
  country text check (length(country) = 2),
  language text not null default 'en',
  tags text[] not null default '{}',
  user_id text,                          -- his sign-in, once he has one
  address jsonb not null default '{}',
  vat_id text,
  marketing_consent_at timestamptz,
  marketing_consent_text text,
  mail_broken_at timestamptz,            -- the mailbox refused for good
  created_at timestamptz not null,
  erased_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  check ((marketing_consent_at is null) = (marketing_consent_text is null))
);
create unique index customers_email on customers (business_id, email_key);
create index customers_created on customers (business_id, created_at desc, id desc);
create index customers_user on customers (user_id) where user_id is not null;
call make_tenant_table('customers');

create table customer_notes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  customer_id text collate "C" not null,
  author text not null,
  body text not null check (length(body) between 1 and 4000),
  pinned boolean not null default false,
  at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id)
);
create index customer_notes_customer on customer_notes (business_id, customer_id, at desc);
call make_tenant_table('customer_notes');

-- What a person must look at. One open row per (kind, subject); closed by the cause going away or by staff.
create table attention (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null,                    -- 'line_needs_review', 'mail_failing', 'panel_down', 'reminder_by_hand', …
  subject_type text not null,
  subject_id text collate "C" not null,
  title text not null,
  detail text not null default '',
  severity text not null check (severity in ('bad', 'warn', 'info')),
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  primary key (business_id, id)
);
create unique index attention_open on attention (business_id, kind, subject_id) where closed_at is null;
create index attention_list on attention (business_id, opened_at desc) where closed_at is null;
call make_tenant_table('attention');
