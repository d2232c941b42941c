-- Roles of a business's own, and what the holders of a role may give away at most. Which permission means what is a table in code; names
-- that it does not know open nothing.
create table roles (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,          -- rol_…, or the name of a built-in role whose limits were set
  name text not null default '' check (length(name) <= 60),
  permissions text[],                    -- 'lines:change'; null: those of the built-in role
  most_refund_minor bigint check (most_refund_minor >= 0),        -- per person and day, in the currency of the shop; null: as much as there is
  most_free_days int check (most_free_days between 0 and 365),    -- per person, subscription and 30 days
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (business_id, id),
  check ((permissions is null) = (id in ('admin', 'billing', 'support', 'read_only'))),
  check ((permissions is null) = (name = ''))
);
create unique index roles_name on roles (business_id, lower(name)) where permissions is not null;
call make_tenant_table('roles');

-- A role that somebody holds cannot be removed.
alter table memberships
  add column role_id text collate "C",
  drop constraint memberships_role_check,
  add check (role in ('owner', 'admin', 'billing', 'support', 'read_only', 'custom')),
  add check ((role = 'custom') = (role_id is not null)),
  add foreign key (business_id, role_id) references roles (business_id, id);
create index memberships_role on memberships (business_id, role_id) where role_id is not null;
