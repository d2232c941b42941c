-- The few functions that look across businesses. Each returns the least that finds one, by an exact key. They run as the look-up
-- role, which may read and nothing else.

-- A business's own now: the machine's, moved or frozen for a test business.
create function business_now(frozen timestamptz, offset_ms bigint, machine_now timestamptz) returns timestamptz
language sql immutable parallel safe
return coalesce(frozen, machine_now + make_interval(secs => offset_ms / 1000.0));

create function business_by_host(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select h.business_id from host_names h where h.host = lower(wanted) and h.verified_at is not null $$;

create function business_by_slug(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select b.id from businesses b where b.slug = lower(wanted) $$;

create function root_business() returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select b.id from businesses b where b.parent_id is null and b.twin_of is null order by b.created_at, b.id limit 1 $$;

create function business_by_gateway_account(wanted text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select g.business_id from gateway_accounts g where g.id = wanted $$;

create function business_by_api_key(wanted bytea) returns table (business_id text, key_id text)
language sql stable security definer set search_path = public
as $$ select k.business_id, k.id from api_keys k where k.secret_hash = wanted $$;

create function memberships_of(wanted text) returns table (business_id text, membership_id text)
language sql stable security definer set search_path = public
as $$ select m.business_id, m.id from memberships m where m.user_id = wanted $$;

create function business_ids() returns table (business_id text)
language sql stable security definer set search_path = public
as $$ select b.id from businesses b where b.closed_at is null order by b.id $$;

-- What is due and not done, by each business's own clock: ids only. Jobs are nudges; this is the guarantee.
create function due_work(kind text, machine_now timestamptz, most int) returns table (business_id text, id text)
language plpgsql stable security definer set search_path = public
as $$
begin
  case kind
    when 'notice' then return query
      select n.business_id, n.id from notices n join businesses b on b.id = n.business_id
      where n.next_try_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by n.next_try_at limit most;
    when 'payment' then return query
      select p.business_id, p.id from payments p join businesses b on b.id = p.business_id
      where p.next_check_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by p.next_check_at limit most;
    when 'refund' then return query
      select r.business_id, r.id from refunds r join businesses b on b.id = r.business_id
      where r.next_check_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by r.next_check_at limit most;
    when 'invoice' then return query
      select distinct i.business_id, i.invoice_id from invoice_items i
      join invoices v on v.business_id = i.business_id and v.id = i.invoice_id and v.status = 'paid'
      where i.fulfilled_at is null and i.subscription_id is not null limit most;
    when 'line' then return query
      select l.business_id, l.id from lines l join businesses b on b.id = l.business_id
      where l.next_try_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by l.next_try_at limit most;
    when 'message' then return query
      select m.business_id, m.id from messages m join businesses b on b.id = m.business_id
      where m.next_try_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by m.next_try_at limit most;
    when 'subscription' then return query
      select s.business_id, s.id from subscriptions s join businesses b on b.id = s.business_id
      where s.next_step_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by s.next_step_at limit most;
    when 'settle' then return query -- Orders that do not say yet what became of their line.
      select o.business_id, o.id from orders o join lines l on l.business_id = o.business_id and l.subscription_id = o.subscription_id
      where o.status not in ('ready', 'canceled', 'refunded') and l.activated_at is not null limit most;
    when 'order' then return query
      select o.business_id, o.id from orders o join businesses b on b.id = o.business_id
      where o.status in ('awaiting_payment', 'processing') and o.expires_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
      order by o.expires_at limit most;
  end case;
end
$$;

create index invoice_items_unfulfilled on invoice_items (business_id, invoice_id) where fulfilled_at is null and subscription_id is not null;
create index orders_expiring on orders (expires_at) where status in ('awaiting_payment', 'processing');
create index refunds_due on refunds (next_check_at) where next_check_at is not null;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup;
  foreach signature in array array['business_by_host(text)', 'business_by_slug(text)', 'root_business()', 'business_by_gateway_account(text)',
    'business_by_api_key(bytea)', 'memberships_of(text)', 'business_ids()', 'due_work(text, timestamptz, int)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app, linekeeper_lookup, linekeeper_report, linekeeper_auth', signature);
  end loop;
  revoke create on schema public from linekeeper_lookup;
end
$$;
