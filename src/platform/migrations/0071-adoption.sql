-- Lines that are on a panel already come under our care: looked at first, then adopted, asleep until a person says that they are billed.

create table adoptions (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  panel_id text collate "C" not null,
  source text not null check (source in ('panel', 'file')),
  plan_id text collate "C",              -- where the panel's packages do not tell
  -- looking: lines are being read; ready: a person looks; adopting, undoing: under way.
  state text not null check (state in ('looking', 'ready', 'adopting', 'adopted', 'undoing', 'undone', 'failed')),
  listed boolean not null,               -- every row that there is to look at is known
  tries int not null default 0,
  last_error text,
  next_look_at timestamptz,
  looked_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  check ((state in ('looking', 'adopting', 'undoing')) = (next_look_at is not null)),
  check (state <> 'failed' or last_error is not null)
);
create index adoptions_due on adoptions (next_look_at) where next_look_at is not null;
create index adoptions_list on adoptions (business_id, created_at desc, id desc);
call make_tenant_table('adoptions');

create table adoption_lines (
  business_id text collate "C" not null,
  id text collate "C" not null,
  adoption_id text collate "C" not null,
  -- unread: to be read on the panel; fits: can be adopted; waits: for a person; adopted; undone.
  state text not null check (state in ('unread', 'fits', 'waits', 'adopted', 'undone')),
  because text,                          -- why it waits
  username text not null,
  remote_id text,
  line_id text collate "C" not null,     -- the id that its line gets: its password is sealed for it
  password text,                         -- sealed; null: not known
  email text,
  notes text,                            -- what stands beside it on the panel
  kind text check (kind in ('line', 'mag', 'enigma')),
  mac text,
  expires_at timestamptz,
  package jsonb,
  found jsonb,
  read_at timestamptz,
  plan_id text collate "C",
  by_hand boolean not null default false, -- plan or address were said by a person or a file
  customer_id text collate "C",          -- whose it becomes: known already
  made_customer boolean not null default false,
  subscription_id text collate "C",
  created_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, adoption_id) references adoptions (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  check ((state = 'waits') = (because is not null)),
  check (state <> 'fits' or (email is not null or customer_id is not null) and plan_id is not null and password is not null and expires_at is not null and found is not null),
  check ((state = 'adopted') = (subscription_id is not null))
);
create unique index adoption_lines_remote on adoption_lines (business_id, adoption_id, remote_id) where remote_id is not null;
create index adoption_lines_state on adoption_lines (business_id, adoption_id, state, id);
create index adoption_lines_subscription on adoption_lines (business_id, subscription_id) where subscription_id is not null;
call make_tenant_table('adoption_lines');

-- Taken over from a panel, and nobody has said yet that the engine may act: nothing is billed, mailed or cut off.
alter table subscriptions add column asleep_since timestamptz;
create index subscriptions_asleep on subscriptions (business_id, id) where asleep_since is not null;
-- It was on the panel before we knew of it: its login was never sent by us.
alter table lines add column adopted_at timestamptz;

do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  longer text := replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'adoption' then return query
      select a.business_id, a.id from adoptions a join businesses b on b.id = a.business_id
      where a.next_look_at <= farthest and a.next_look_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by a.next_look_at limit most;
$branch$);
  further text := replace(ahead, '    union all select ''method'',', $branch$    union all select 'adoption', a.next_look_at from adoptions a where a.business_id = current_business() and a.next_look_at is not null
    union all select 'method',$branch$);
begin
  if longer = due or further = ahead or due not like '%farthest timestamptz%' then
    raise exception 'due_work and time_ahead are not as they were left by 0067';
  end if;
  execute longer;
  execute further;
end
$$;
