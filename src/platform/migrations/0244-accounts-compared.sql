-- Our account at a panel that charges, compared over time: what it had when it was last read with nothing on its way, less what our calls took since,
-- plus what was bought there. What that does not explain is kept until a person has said what it was.

-- The last such reading; null: none yet, or the panel's settings name another account since.
alter table panels
  add column compared_credits numeric(18, 4),
  add column compared_at timestamptz,
  add column compared_seq bigint, -- the last charged call of ours that it had in it
  add constraint panels_compared check ((compared_credits is null) = (compared_at is null) and (compared_at is null) = (compared_seq is null));

create table account_differences (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C" not null,
  from_at timestamptz not null,          -- two readings, and what lies between
  at timestamptz not null,
  expected numeric(18, 4) not null,      -- what was there, less what our calls took
  found numeric(18, 4) not null,
  bought numeric(18, 4) not null default 0 check (bought >= 0), -- by purchases that people noted
  reason text check (length(reason) between 1 and 500),
  explained_at timestamptz,
  explained_by text,
  -- open: credits are gone that nobody explains; rise: more is there, which is taken as bought; clear: as much as people noted.
  state text not null generated always as (case when reason is not null then 'explained' when found - expected - bought < 0 then 'open'
    when found - expected - bought > 0 then 'rise' else 'clear' end) stored,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  check (from_at <= at and found <> expected),
  check ((reason is null) = (explained_at is null) and (explained_at is null) = (explained_by is null))
);
call make_tenant_table('account_differences');
create index account_differences_list on account_differences (business_id, panel_id, at desc, id desc);
create index account_differences_open on account_differences (business_id, panel_id) where state in ('open', 'rise');

create table account_purchases (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C" not null,
  credits numeric(18, 4) not null check (credits > 0),
  note text not null default '' check (length(note) <= 200),
  created_at timestamptz not null,
  created_by text not null,
  difference_id text collate "C",        -- the rise in which it was seen; null: it has not come yet
  undone_at timestamptz,
  undone_by text,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  foreign key (business_id, difference_id) references account_differences (business_id, id),
  check ((undone_at is null) = (undone_by is null))
);
call make_tenant_table('account_purchases');
create index account_purchases_list on account_purchases (business_id, panel_id, created_at desc, id desc);
create index account_purchases_seen on account_purchases (business_id, difference_id) where difference_id is not null;
