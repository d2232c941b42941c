-- What a panel lists is compared with what we keep: when each panel is looked at next, each comparison with how far it got, and each
-- difference once, from the day it was first seen until it is gone.

create table panel_checks (
  business_id text collate "C" not null,
  panel_id text collate "C" not null,
  compare_at timestamptz,                -- when the next comparison begins by itself; null: never
  next_at timestamptz,                   -- when its work goes on: a comparison begins, a broken one is taken up, or what is being mended is looked after
  primary key (business_id, panel_id),
  foreign key (business_id, panel_id) references panels (business_id, id)
);
create index panel_checks_due on panel_checks (next_at) where next_at is not null;
call make_tenant_table('panel_checks');
insert into panel_checks (business_id, panel_id, compare_at, next_at)
  select p.business_id, p.id, first.at, first.at from panels p join businesses b on b.id = p.business_id,
    lateral (select business_now(b.clock_frozen_at, b.clock_offset_ms, now()) + random() * interval '24 hours' as at) first;

create table reconciliations (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C" not null,
  asked_by text,                         -- who wanted it; null: it was due
  trusts_less boolean not null,          -- a person said that the panel really has so few lines
  state text not null check (state in ('running', 'done', 'failed', 'doubtful')),
  stage text not null default 'listing' check (stage in ('listing', 'missing', 'over')),
  pages int not null default 0,
  listed int not null default 0,
  breaks int not null default 0,         -- how often it was broken off and taken up again
  expected int,                          -- of our lines that the panel should have
  missing int,                           -- of those, that it did not list
  differing int,                         -- differences that were open at its end
  mended int,                            -- of those, that went to be set right by themselves
  last_error text,
  started_at timestamptz not null,
  finished_at timestamptz,
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  check ((state = 'running') = (finished_at is null)),
  check ((state = 'running') = (stage <> 'over')),
  check (state <> 'done' or (expected is not null and missing is not null and differing is not null and mended is not null))
);
create unique index reconciliations_running on reconciliations (business_id, panel_id) where state = 'running';
create index reconciliations_list on reconciliations (business_id, panel_id, created_at desc, id desc);
call make_tenant_table('reconciliations');

-- What a running comparison saw, a row per page: killed in between, it goes on behind the last one.
create table reconciliation_pages (
  business_id text collate "C" not null,
  reconciliation_id text collate "C" not null,
  page int not null check (page > 0),
  lines text[] not null,                 -- ours, seen under the number that we know
  strays jsonb not null,                 -- rows that carry the name or marker of a line of ours under another number
  primary key (business_id, reconciliation_id, page),
  foreign key (business_id, reconciliation_id) references reconciliations (business_id, id)
);
call make_tenant_table('reconciliation_pages');

create table differences (
  business_id text collate "C" not null,
  id text collate "C" not null,
  panel_id text collate "C" not null,
  kind text not null check (kind in ('paid_not_served', 'served_not_paid', 'expired_active', 'edited_by_hand', 'duplicate', 'orphan')),
  subject text not null,                 -- the line; of a duplicate and an orphan the panel's number
  line_id text collate "C",
  remote_id text,
  username text not null,
  shape text not null,                   -- what exactly differs: what was accepted is accepted as long as this stays
  found jsonb,                           -- what the panel listed; null: nothing
  wanted jsonb,                          -- what it should be; null for an orphan
  can_mend boolean not null,             -- looking at the panel again sets it right
  safe boolean not null,                 -- and does so without cost or loss, so that nobody has to be asked
  currency text,
  value_minor bigint check (value_minor >= 0),
  state text not null check (state in ('open', 'mending', 'accepted', 'ignored', 'closed')),
  reason text,                           -- why it is ignored
  decided_by text,
  decided_at timestamptz,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  reconciliation_id text collate "C" not null, -- that saw it last
  closed_at timestamptz,
  closed_because text check (closed_because in ('gone', 'mended', 'adopted')),
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  foreign key (business_id, line_id) references lines (business_id, id),
  foreign key (business_id, reconciliation_id) references reconciliations (business_id, id),
  check ((kind = 'orphan') = (line_id is null)),
  check ((kind = 'orphan') = (wanted is null)),
  check ((state = 'closed') = (closed_at is not null) and (closed_at is null) = (closed_because is null)),
  check ((value_minor is null) = (currency is null)),
  check (can_mend or not safe),
  check (state <> 'ignored' or reason is not null),
  check (state not in ('mending', 'accepted', 'ignored') or (decided_by is not null and decided_at is not null)),
  check (last_seen_at >= first_seen_at)
);
create unique index differences_once on differences (business_id, panel_id, kind, subject) where closed_at is null;
create index differences_open on differences (business_id, panel_id, state) where closed_at is null;
create index differences_list on differences (business_id, created_at desc, id desc);
create index differences_line on differences (business_id, line_id) where line_id is not null;
alter table differences set (fillfactor = 80);
call make_tenant_table('differences');

-- Lines on a panel of this business that others sell there: known, and nobody's orphans. Names and markers go in, the same come out.
create function lines_of_others(panel text, names text[], ids text[]) returns table (id text, username text)
language sql stable security definer set search_path = public
as $$
  select l.id, l.username from lines l
  where l.panel_business_id = current_business() and l.panel_id = panel and l.business_id <> current_business()
    and l.username_key = any (select lower(n) from unnest(names) n) and l.username = any (names) and l.wanted in ('active', 'suspended')
  union
  select l.id, l.username from lines l
  where l.panel_business_id = current_business() and l.panel_id = panel and l.business_id <> current_business() and l.id = any (ids)
$$;
do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function lines_of_others(text, text[], text[]) owner to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
  revoke execute on function lines_of_others(text, text[], text[]) from public;
  grant execute on function lines_of_others(text, text[], text[]) to linekeeper_app;
end
$$;

-- One more kind of due work: its own branch, before the others.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  -- A journey waits for a comparison that runs, and does not stop for the next: a panel that is down would be asked at each of its retries.
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'panel', now_there from reconciliations r where r.business_id = current_business() and r.state = 'running' and r.breaks = 0
    union all select 'method',$branch$);
  longer text := replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'panel' then return query
      select c.business_id, c.panel_id from panel_checks c join businesses b on b.id = c.business_id
      where c.next_at <= farthest and c.next_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by c.next_at limit most;
$branch$);
begin
  if longer = body or further = ahead or body not like '%farthest timestamptz%' then
    raise exception 'due_work and time_ahead are not as they were left by 0067';
  end if;
  execute longer;
  execute further;
end
$$;
