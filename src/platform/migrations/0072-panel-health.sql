-- How panels are, looked at every few minutes: whether they answer and how fast, what our account there has, until when their certificate holds.

alter table panels
  add column looked_at timestamptz,             -- by the clock of the machine: whoever looks next waits a few minutes
  add column credits_low numeric(18, 4) check (credits_low > 0), -- staff are told when our account there has fewer
  add column certificate_ends_at timestamptz;   -- of the host's TLS certificate, as last seen

-- Looks are calls for no line; they are kept for two days.
create index panel_calls_looks on panel_calls (business_id, at) where line_id is null;

-- One look at panels, not one at each business. What was never set up is left alone.
create function panels_to_look_at(looked_by timestamptz, machine_now timestamptz) returns table (business_id text, panel_id text, kind text)
language sql stable security definer set search_path = public
as $$
  select p.business_id, p.id, p.kind from panels p join businesses b on b.id = p.business_id
  where b.closed_at is null and p.health <> 'unknown' and (p.looked_at is null or p.looked_at <= looked_by or p.looked_at > machine_now)
  order by p.looked_at nulls first, p.id $$;
do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function panels_to_look_at(timestamptz, timestamptz) owner to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
end
$$;
revoke execute on function panels_to_look_at(timestamptz, timestamptz) from public;
grant execute on function panels_to_look_at(timestamptz, timestamptz) to linekeeper_app, linekeeper_lookup, linekeeper_report, linekeeper_auth;
