-- Which panels are asked who watches is one look at panels, not one at each business.
create function panels_to_watch(asked_by timestamptz, machine_now timestamptz) returns table (business_id text, panel_id text, kind text)
language sql stable security definer set search_path = public
as $$
  select p.business_id, p.id, p.kind from panels p join businesses b on b.id = p.business_id
  where b.closed_at is null and (p.usage_asked_at is null or p.usage_asked_at <= asked_by or p.usage_asked_at > machine_now)
  order by p.usage_asked_at nulls first, p.id $$;
do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function panels_to_watch(timestamptz, timestamptz) owner to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
end
$$;
revoke execute on function panels_to_watch(timestamptz, timestamptz) from public;
grant execute on function panels_to_watch(timestamptz, timestamptz) to linekeeper_app, linekeeper_lookup, linekeeper_report, linekeeper_auth;
