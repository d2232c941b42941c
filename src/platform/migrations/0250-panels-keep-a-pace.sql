-- How often a panel may be asked: no more requests in a second than its operator says, of all processes together. Null: as often as there is reason to.

alter table panels add column requests_per_second int check (requests_per_second between 1 and 50);

-- When the next turn of a panel begins that nobody took yet; only of panels with a pace. A table of its own: it is written with each request.
create table panel_turns (
  business_id text collate "C" not null,
  panel_id text collate "C" not null,
  next_at timestamptz not null,
  primary key (business_id, panel_id),
  foreign key (business_id, panel_id) references panels (business_id, id)
) with (fillfactor = 50);
call make_tenant_table('panel_turns');
