-- An order that was paid and whose subscription was cut off or ended before its line was ever up went on waiting for its money: no line came up
-- that would have moved it. The sweep finds it, here and when a test business travels.
do $$
declare
  body text := pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure);
  found text;
begin
  found := replace(body, $a$ and l.activated_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
      limit most;$a$, $b$ and l.activated_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
      union all select o.business_id, o.id from orders o join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id
        join invoices v on v.business_id = o.business_id and v.id = o.invoice_id join businesses b on b.id = o.business_id
      where o.status not in ('ready', 'canceled', 'refunded') and v.paid_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) and v.status = 'paid'
        and (s.status = 'terminated' or s.status = 'suspended' and o.status in ('awaiting_payment', 'processing', 'setting_up'))
      limit most;$b$);
  if found = body then raise exception 'due_work is not as it was left'; end if;
  execute found;
  body := pg_get_functiondef('time_ahead(timestamptz)'::regprocedure);
  found := replace(body, $a$o.status not in ('ready', 'canceled', 'refunded') and l.activated_at <= now_there$a$,
    $b$o.status not in ('ready', 'canceled', 'refunded') and l.activated_at <= now_there
    union all select 'settle', now_there from orders o join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id
      join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.business_id = current_business() and o.status not in ('ready', 'canceled', 'refunded') and v.status = 'paid'
        and (s.status = 'terminated' or s.status = 'suspended' and o.status in ('awaiting_payment', 'processing', 'setting_up'))$b$);
  if found = body then raise exception 'time_ahead is not as it was left'; end if;
  execute found;
end
$$;
