-- Every movement of a wallet names who it goes back to: of a debit, whoever opened the period (a customer who paid, a person who gave days, the house
-- itself); of a purchase, who ordered it. Of people of another business it is told which business that was, and no more.
alter table period_credits add column asked_by text;

create function seen_actor(actor text, whose text) returns text
language sql stable
as $$
  select case when actor is null or actor = 'system' or whose = current_business() then actor else 'business:' || whose end
$$;

do $$
declare
  found text;
  changed text;
  pair text[];
begin
  foreach pair slice 1 in array array[
    ['wallet_entries(text, int, timestamptz, text)', $a$    left join holds h on$a$, $b$    left join credit_orders o on o.business_id = w.issuer and o.id = r.cause_id
    left join affiliate_payouts y on y.business_id = w.issuer and y.id = r.cause_id
    left join holds h on$b$],
    ['wallet_entries(text, int, timestamptz, text)', $a$v.reason, v.actor$a$, $b$v.reason, coalesce(seen_actor(v.actor, w.issuer), seen_actor(o.created_by, w.holder), seen_actor(y.created_by, w.issuer),
    case when r.purpose = 'credits_used' then seen_actor(c.asked_by, c.business_id) end)$b$],
    ['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz)', $a$at timestamp with time zone)$a$, $b$at timestamp with time zone, asker text)$b$],
    ['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz, text)', $a$value_currency, created_at)$a$, $b$value_currency, created_at, asked_by)$b$],
    ['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz, text)', $a$i.currency, at$a$, $b$i.currency, at, asker$b$]] loop
    found := pg_get_functiondef(pair[1]::regprocedure);
    changed := replace(found, pair[2], pair[3]);
    if changed = found then raise exception '% is not as it was left: %', pair[1], pair[2]; end if;
    execute changed;
  end loop;
  drop function ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz);
  grant create on schema public to linekeeper_credits;
  alter function ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz, text) owner to linekeeper_credits;
  revoke create on schema public from linekeeper_credits;
  revoke execute on function ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz, text) from public;
  grant execute on function ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz, text) to linekeeper_app;
end
$$;

grant select on credit_orders, affiliate_payouts to linekeeper_lookup;
