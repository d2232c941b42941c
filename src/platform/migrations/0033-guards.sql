-- What would happen to many at once, and a house that was away or is a copy: both wait for a person.

-- A run that is parked: steps of one kind, beyond what may happen within an hour by itself.
create table parked_runs (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  kind text not null check (kind in ('suspend', 'charge', 'mail')),
  most int not null,                     -- what may happen within an hour by itself, as it was then
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  primary key (business_id, id),
  check ((closed_at is null) = (closed_by is null))
);
create unique index parked_runs_open on parked_runs (business_id, kind) where closed_at is null;
call make_tenant_table('parked_runs');

-- What it would do, and what a person said of each.
create table parked_steps (
  business_id text collate "C" not null,
  subscription_id text collate "C" not null,
  period_end timestamptz not null,
  step text not null,
  run_id text collate "C" not null,
  action text not null,
  because text not null,
  currency text not null,
  amount_minor bigint not null,
  parked_at timestamptz not null,
  decision text check (decision in ('go', 'drop')),
  decided_at timestamptz,
  decided_by text,
  primary key (business_id, subscription_id, period_end, step),
  foreign key (business_id, run_id) references parked_runs (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check ((decision is null) = (decided_at is null)),
  check ((decided_at is null) = (decided_by is null))
);
create index parked_steps_run on parked_steps (business_id, run_id, parked_at);
call make_tenant_table('parked_steps');

-- A business stands still: nothing is charged, mailed or cut off until a person confirms what would be caught up.
alter table businesses
  add column stands_since timestamptz,
  add column stands_because text check (stands_because in ('silence', 'clock', 'restored', 'moved')),
  add column stands_detail text,
  add constraint businesses_stands check ((stands_since is null) = (stands_because is null)),
  add constraint businesses_test_never_stands check (stands_since is null or mode = 'live');

-- How a house knows itself again. One row, for the program itself; no role of the application reads it.
create table life_signs (
  one boolean primary key default true check (one),
  id text not null,                      -- made once; its other half lies in the data folder
  seen_at timestamptz not null,          -- of a worker, by the machine's clock
  system_identifier text,                -- of the PostgreSQL cluster
  places text[] not null                 -- from where it was reached, as fingerprints
);
