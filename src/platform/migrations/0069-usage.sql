-- Who watches, as far as a panel tells it: sampled every few minutes, kept as minutes per day. Never what is watched.

alter table panels
  add column usage_asked_at timestamptz,  -- by the clock of the machine: whoever asks next waits a few minutes
  add column usage_at timestamptz;        -- when it last told

create table line_usage (
  business_id text collate "C" not null,
  line_id text collate "C" not null,
  first_seen_at timestamptz not null,     -- when the first stream that we saw had begun
  last_seen_at timestamptz not null,
  at_once int not null check (at_once > 0), -- the most that ever watched at one time
  agent text check (length(agent) <= 120),
  country text check (country ~ '^[A-Z]{2}$'),
  primary key (business_id, line_id),
  foreign key (business_id, line_id) references lines (business_id, id),
  check (first_seen_at <= last_seen_at)
);
call make_tenant_table('line_usage');

-- A row for each line and month: days of the business's calendar.
create table line_usage_months (
  business_id text collate "C" not null,
  line_id text collate "C" not null,
  month date not null check (extract(day from month) = 1),
  minutes smallint[] not null check (array_length(minutes, 1) = 31 and array_position(minutes, null) is null),
  primary key (business_id, line_id, month),
  foreign key (business_id, line_id) references lines (business_id, id)
);
create index line_usage_months_old on line_usage_months (business_id, month);
call make_tenant_table('line_usage_months');

-- A panel's lines may be those of several businesses.
create function businesses_on_panel(owner text, panel text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select distinct l.business_id from lines l where l.panel_business_id = owner and l.panel_id = panel $$;
do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function businesses_on_panel(text, text) owner to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
end
$$;
revoke execute on function businesses_on_panel(text, text) from public;
grant execute on function businesses_on_panel(text, text) to linekeeper_app, linekeeper_lookup, linekeeper_report, linekeeper_auth;
