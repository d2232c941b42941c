-- How long our account at a supplier's panel lasts: what it was charged of late, and what renewals of lines there will take. Lines may be a child's.

create function account_used(panel text, days int, at timestamptz) returns bigint
language sql stable security definer set search_path = public
as $$
  select coalesce(sum(c.price * 1000), 0)::bigint from panel_charges c
  where c.business_id = current_business() and c.panel_id = panel and c.state in ('done', 'unclear') and c.asked_at > at - make_interval(days => days)
$$;

-- A renewal takes what the line's last charged call took, or an average one where it has had none.
create function account_calendar(panel text, days int, at timestamptz) returns table (hour timestamptz, cost bigint, renewals int)
language sql stable security definer set search_path = public
as $$
  with usual as materialized (
    select coalesce(avg(c.price), 0) as price from panel_charges c
    where c.business_id = current_business() and c.panel_id = panel and c.state in ('done', 'unclear') and c.asked_at > at - make_interval(days => 90))
  select date_trunc('hour', u.paid_through), sum(coalesce(last.price, usual.price) * 1000)::bigint, count(*)::int
  from lines l join subscriptions u on u.business_id = l.business_id and u.id = l.subscription_id cross join usual
    left join lateral (select c.price from panel_charges c where c.line_business_id = l.business_id and c.line_id = l.id and c.state in ('done', 'unclear')
      order by c.seq desc limit 1) last on true
  where l.panel_business_id = current_business() and l.panel_id = panel and l.wanted = 'active'
    and u.status in ('active', 'trial', 'grace') and u.auto_renew and not u.cancel_at_end and u.paid_through between at and at + make_interval(days => days)
  group by 1 having sum(coalesce(last.price, usual.price)) > 0 order by 1
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup;
  foreach signature in array array['account_used(text, int, timestamptz)', 'account_calendar(text, int, timestamptz)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  revoke create on schema public from linekeeper_lookup;
end
$$;
