-- A business's own host name, proved by a record of its domain. Anybody may claim a name; it is his who has proved it.

alter table host_names drop constraint host_names_host_key;
create unique index host_names_proved on host_names (host) where verified_at is not null;
-- One at a time: links of a shop begin with it.
create unique index host_names_one on host_names (business_id);

alter table host_names
  add column token text not null default '',
  add column claimed_at timestamptz not null default now(),
  add column looked_at timestamptz,
  add column fault text,                     -- what the last look found wrong
  add column version int not null default 1,
  add constraint host_names_fault check (fault is null or verified_at is null);
