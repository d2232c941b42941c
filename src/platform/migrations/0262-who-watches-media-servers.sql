-- Who watches on media servers that ask us: what their questions tell. One row for each device of a line, gone two days after its last question.
-- A device is known again by a digest of its token, address and player; neither address nor stream is kept.

create table access_viewers (
  business_id text collate "C" not null,
  panel_id text collate "C" not null,
  viewer text collate "C" not null check (length(viewer) between 1 and 64),
  username text collate "C" not null,
  agent text check (length(agent) <= 200),
  began_at timestamptz not null,         -- by the clock of the machine, as the next
  asked_at timestamptz not null check (asked_at >= began_at),
  primary key (business_id, panel_id, viewer),
  foreign key (business_id, panel_id) references panels (business_id, id)
);
create index access_viewers_asked on access_viewers (business_id, panel_id, asked_at);
call make_tenant_table('access_viewers');
