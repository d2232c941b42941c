-- Our own table of access, for media servers that ask us about each session: such a panel has no machine behind it, its lines are rows here.

create table access_entries (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  panel_id text collate "C" not null,
  username text collate "C" not null check (length(username) between 1 and 100),
  password text not null,                -- sealed
  token_hash text collate "C" not null,  -- by which a session is recognized; the token itself is nowhere
  marker text not null,
  enabled boolean not null,
  expires_at timestamptz not null,
  connections int not null check (connections > 0),
  streams int[] not null default '{}',   -- numbers of the panel's groups of streams
  changed_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id)
);
create unique index access_entries_username on access_entries (business_id, panel_id, username);
-- One read by key answers a session.
create unique index access_entries_token on access_entries (business_id, panel_id, token_hash);
create index access_entries_list on access_entries (business_id, panel_id, id);
call make_tenant_table('access_entries');

-- When a media server was last heard of, and what it was told since the panel was made. Counted up about once a minute.
create table access_doors (
  business_id text collate "C" not null,
  panel_id text collate "C" not null,
  asked_at timestamptz not null,
  allowed bigint not null check (allowed >= 0),
  refused bigint not null check (refused >= 0),
  primary key (business_id, panel_id),
  foreign key (business_id, panel_id) references panels (business_id, id)
);
call make_tenant_table('access_doors');
