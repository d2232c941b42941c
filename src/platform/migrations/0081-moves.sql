-- Lines move from panel to panel with their login and their days: one by one, or all of a panel in waves. What is left behind on the
-- panel before is switched off, kept for a while in case somebody wants to go back, and removed.

create table evacuations (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  panel_id text collate "C" not null,
  to_panel_id text collate "C",          -- null: each line goes where routing says
  canary int not null check (canary between 1 and 1000),
  wave int not null check (wave between 1 and 10000),
  most_failures int not null check (most_failures >= 0), -- of one wave: more than these stop it
  keep_days int not null check (keep_days between 1 and 90),
  tells boolean not null,
  reason text not null check (length(reason) between 1 and 200),
  -- running: a wave is on its way; waiting: for a person, after the canary; stopped: by a person or by failures.
  state text not null check (state in ('running', 'waiting', 'stopped', 'finished')),
  back boolean not null default false,   -- its lines go home
  round int not null default 1,          -- a new one tries again what was refused
  wave_number int not null default 0,
  next_look_at timestamptz,
  stopped_because text,
  started_at timestamptz not null,
  started_by text not null,
  ended_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  foreign key (business_id, to_panel_id) references panels (business_id, id),
  check (to_panel_id is distinct from panel_id),
  check ((state = 'running') = (next_look_at is not null)),
  check ((state = 'finished') = (ended_at is not null))
);
create unique index evacuations_open on evacuations (business_id, panel_id) where state <> 'finished';
create index evacuations_due on evacuations (next_look_at) where next_look_at is not null;
call make_tenant_table('evacuations');

create table line_moves (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  line_id text collate "C" not null,
  from_panel_id text collate "C" not null,
  to_panel_id text collate "C",          -- null: there was none
  evacuation_id text collate "C",
  round int,
  wave_number int,
  back boolean not null default false,
  -- waiting: until the line was read back there; done; refused: a person must look; dropped: somebody changed his mind, or the line ended.
  state text not null check (state in ('waiting', 'done', 'refused', 'dropped')),
  tells boolean not null,
  keep_days int not null check (keep_days between 1 and 90),
  reason text not null,
  tries int not null default 0,
  next_try_at timestamptz,
  trouble text check (trouble in ('unavailable', 'ambiguous', 'rejected', 'auth_failed')),
  last_answer text,
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, line_id) references lines (business_id, id),
  foreign key (business_id, from_panel_id) references panels (business_id, id),
  foreign key (business_id, to_panel_id) references panels (business_id, id),
  foreign key (business_id, evacuation_id) references evacuations (business_id, id),
  check (to_panel_id is distinct from from_panel_id),
  check (to_panel_id is not null or state = 'refused'),
  check ((state = 'waiting') = (next_try_at is not null)),
  check ((state = 'waiting') = (ended_at is null)),
  check ((evacuation_id is null) = (round is null) and (evacuation_id is null) = (wave_number is null))
);
-- A line goes to one place at a time.
create unique index line_moves_open on line_moves (business_id, line_id) where state = 'waiting';
create index line_moves_due on line_moves (next_try_at) where next_try_at is not null;
create index line_moves_line on line_moves (business_id, line_id, created_at desc);
create index line_moves_evacuation on line_moves (business_id, evacuation_id, created_at desc, id desc);
call make_tenant_table('line_moves');

create table line_leftovers (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  line_id text collate "C" not null,
  panel_id text collate "C" not null,
  -- As it was there: the line may get another login later. The password is sealed as the line's.
  username text not null,
  password text not null,
  marker text not null,
  kind text not null check (kind in ('line', 'mag', 'enigma')),
  mac text,
  remote_id text,
  -- on: it must be switched off; off: read back as off; gone: removed, or not there; given_up: the panel never came back.
  state text not null check (state in ('on', 'off', 'gone', 'given_up')),
  remove_at timestamptz not null,
  tries int not null default 0,
  next_try_at timestamptz,
  last_answer text,
  created_at timestamptz not null,
  gone_at timestamptz,
  primary key (business_id, id),
  unique (business_id, line_id, panel_id),
  foreign key (business_id, line_id) references lines (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  check ((state in ('on', 'off')) = (next_try_at is not null)),
  check ((state = 'gone') = (gone_at is not null))
);
create index line_leftovers_due on line_leftovers (next_try_at) where next_try_at is not null;
create index line_leftovers_panel on line_leftovers (business_id, panel_id);
call make_tenant_table('line_leftovers');

-- Three more kinds of due work, for the sweep and for a clock that travels.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  branches text := '';
  kind record;
begin
  for kind in select * from (values ('move', 'line_moves', 'next_try_at'), ('leftover', 'line_leftovers', 'next_try_at'),
      ('evacuation', 'evacuations', 'next_look_at')) k (name, source, at) loop
    branches := branches || format($branch$    when %L then return query
      select w.business_id, w.id from %I w join businesses b on b.id = w.business_id
      where w.%I <= farthest and w.%I <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by w.%I limit most;
$branch$, kind.name, kind.source, kind.at, kind.at, kind.at);
    ahead := replace(ahead, '    union all select ''method'',', format(
      $branch$    union all select %L, w.%I from %I w where w.business_id = current_business() and w.%I is not null
    union all select 'method',$branch$, kind.name, kind.at, kind.source, kind.at));
  end loop;
  if due not like '%farthest%' or ahead not like '%evacuation%' then
    raise exception 'due_work is not as it was left by 0067';
  end if;
  execute replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || branches);
  execute ahead;
end
$$;
