-- Incidents that a person declares, and the time that is given for them.

alter table incidents
  add column product_id text collate "C",
  add column name text,                      -- for staff
  add column sentence text,                  -- for everybody: the status page shows it
  add column round_to text check (round_to in ('minute', 'hour', 'day')),
  add column least_minutes int check (least_minutes between 0 and 10080),
  add column most_hours int check (most_hours between 1 and 8760),         -- of one incident
  add column most_hours_month int check (most_hours_month between 1 and 8760), -- of one customer in a calendar month
  add column declared_at timestamptz,
  add column declared_by text,
  add column said_at timestamptz,            -- when its times were last said: nobody could keep to them before
  -- What became of it: once, and for good.
  add column decision text check (decision in ('compensate', 'waive', 'withdraw')),
  add column decided_at timestamptz,
  add column decided_by text,
  add column tells boolean not null default true, -- customers get one message each
  add column done_through text collate "C",  -- the last customer of the batch before
  add column finished_at timestamptz,        -- everybody has his time
  add column next_look_at timestamptz,       -- when its work goes on: its end is noticed, or the next batch
  add column version int not null default 1,
  add foreign key (business_id, panel_id) references panels (business_id, id),
  add foreign key (business_id, product_id) references products (business_id, id),
  add constraint incidents_declared check ((kind = 'declared') = (declared_at is not null)),
  add constraint incidents_whole check (kind <> 'declared' or (name is not null and sentence is not null and declared_by is not null and said_at is not null
    and round_to is not null and least_minutes is not null and most_hours is not null and most_hours_month is not null
    and (panel_id is null) <> (product_id is null) and (closed_at is null or closed_at > opened_at))),
  add constraint incidents_decided check ((decision is null) = (decided_at is null) and (decision is null) = (decided_by is null)),
  add constraint incidents_compensated check (decision is distinct from 'compensate' or closed_at is not null),
  add constraint incidents_finished check (finished_at is null or decision = 'compensate');
create index incidents_due on incidents (next_look_at) where next_look_at is not null;
create index incidents_list on incidents (business_id, opened_at desc, id desc);

-- Two incidents of one panel or product never cover the same moment, so that an hour is neither announced nor given twice.
alter table incidents add constraint incidents_apart exclude using gist
  (business_id with =, coalesce(panel_id, product_id) with =, tstzrange(opened_at, closed_at) with &&)
  where (kind = 'declared' and decision is distinct from 'withdraw');

-- What a subscription got for an incident: once, for ever.
create table compensations (
  business_id text collate "C" not null references businesses (id),
  incident_id text collate "C" not null,
  subscription_id text collate "C" not null,
  customer_id text collate "C" not null,
  outage tstzmultirange not null,            -- when it was paid for, and wanted, and could not be watched
  out_seconds bigint not null check (out_seconds > 0),
  seconds bigint not null check (seconds > 0), -- what was given for it
  currency text not null,
  worth_minor bigint not null check (worth_minor >= 0), -- at the agreed price
  ends_before timestamptz not null,
  ends_after timestamptz not null,
  created_at timestamptz not null,
  primary key (business_id, incident_id, subscription_id),
  foreign key (business_id, incident_id) references incidents (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  check (ends_after = ends_before + make_interval(secs => seconds))
);
create index compensations_subscription on compensations (business_id, subscription_id);
create index compensations_customer on compensations (business_id, customer_id, created_at);
call make_tenant_table('compensations');

-- One more kind of due work: its own branch, before the others.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'incident' then return query
      select i.business_id, i.id from incidents i join businesses b on b.id = i.business_id
      where i.next_look_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by i.next_look_at limit most;
$branch$);
end
$$;
