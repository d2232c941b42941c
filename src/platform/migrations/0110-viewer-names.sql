-- The host name that a reseller gives to viewers for a panel of his supplier: told to customers as long as it answers as the panel does.
create table viewer_names (
  business_id text collate "C" not null references businesses (id),
  panel_business_id text collate "C" not null,
  panel_id text collate "C" not null,
  host text not null check (host = lower(host)),
  proved_for text,                       -- the panel's address for viewers beside which it answered alike; null: it did not
  fault text,                            -- what the last look found wrong
  looked_at timestamptz not null,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (business_id, panel_business_id, panel_id),
  foreign key (panel_business_id, panel_id) references panels (business_id, id),
  check ((fault is null) = (proved_for is not null))
);
call make_tenant_table('viewer_names');
