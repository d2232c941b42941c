-- An order whose subscription ended before its line was ever up is canceled; a late payment, or staff, can bring the subscription back, and the order went on
-- saying that it was over, through the day on which its line came up. The sweep finds it, here and when a test business travels.
create index orders_ended_early on orders (business_id, subscription_id) where status = 'canceled' and paid_at is not null;

do $$
declare
  back text := $b$
      union all select o.business_id, o.id from orders o join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id
        join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.status = 'canceled' and o.paid_at is not null and v.status = 'paid' and s.status <> 'terminated'$b$;
  ahead text := $b$
    union all select 'settle', now_there from orders o join subscriptions s on s.business_id = o.business_id and s.id = o.subscription_id
      join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
      where o.business_id = current_business() and o.status = 'canceled' and o.paid_at is not null and v.status = 'paid' and s.status <> 'terminated'$b$;
  ended text := $b$(s.status = 'terminated' or s.status = 'suspended' and o.status in ('awaiting_payment', 'processing', 'setting_up'))$b$;
  body text;
  found text;
begin
  body := pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure);
  found := replace(body, ended || $a$
      limit most;$a$, ended || back || $a$
      limit most;$a$);
  if found = body then raise exception 'due_work is not as it was left'; end if;
  execute found;
  body := pg_get_functiondef('time_ahead(timestamptz)'::regprocedure);
  found := replace(body, ended, ended || ahead);
  if found = body then raise exception 'time_ahead is not as it was left'; end if;
  execute found;
end
$$;
