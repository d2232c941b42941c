-- Who waits for credits is served oldest first, or most valuable first: the holder of the wallet decides.

alter table reseller_terms add column resumes text not null default 'oldest' check (resumes in ('oldest', 'most_valuable'));
-- What the seller's customer paid for the period, before tax; null: nobody did, or nobody knows.
alter table period_credits
  add column value_minor bigint,
  add column value_currency text,
  add check ((value_minor is null) = (value_currency is null));

create policy credits on invoice_items for select to linekeeper_credits using (true);
create policy credits on invoices for select to linekeeper_credits using (true);
grant select on invoice_items, invoices to linekeeper_credits;

-- How a wallet serves, and in which currency its holder counts.
create function serves_by(issuer text, holder text, out by_value boolean, out currency text)
language sql stable set search_path = public
as $$
  select coalesce((select t.resumes = 'most_valuable' from reseller_terms t where t.business_id = issuer and t.reseller_id = holder), false), b.currency
  from businesses b where b.id = holder
$$;

-- The place of a value: the highest first, those of another currency or unknown last, by their credits.
create function place_of_value(minor bigint, minor_currency text, currency text) returns bigint
language sql immutable set search_path = public
as $$ select case when minor is null or minor_currency <> currency then 1 else -minor end $$;

-- The first of those that wait for a wallet, whoever of the branch sold it.
create or replace function next_waiting(issuer text, holder text) returns table (business_id text, period_id text, subscription_id text)
language plpgsql stable security definer set search_path = public
as $$
#variable_conflict use_column
declare
  serves record;
begin
  select * into serves from serves_by(issuer, holder);
  if serves.by_value then
    return query select c.business_id, c.period_id, c.subscription_id from period_credits c
      where c.status = 'waiting' and c.short_issuer = issuer and c.short_holder = holder
      order by place_of_value(c.value_minor, c.value_currency, serves.currency), c.short_cost desc, c.waiting_since, c.period_id limit 1;
  else
    return query select c.business_id, c.period_id, c.subscription_id from period_credits c
      where c.status = 'waiting' and c.short_issuer = issuer and c.short_holder = holder order by c.waiting_since, c.period_id limit 1;
  end if;
end
$$;

-- All these wallets or none, locked in their order. Answers which has too little, or has others waiting for it before this one. `since`: when this one
-- began to wait; null: it gives way to everybody.
drop function hold_steps(jsonb, text, timestamptz, timestamptz);
create function hold_steps(way jsonb, kept period_credits, since timestamptz, at timestamptz, out short_issuer text, out short_holder text, out short_cost bigint)
language plpgsql set search_path = public
as $$
declare
  step record;
  serves record;
  free bigint;
  known bigint; -- what it cost when it began to wait here: its place is by that
begin
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    select a.balance - a.held into free from accounts a where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder for update;
    select * into serves from serves_by(step.issuer, step.holder);
    known := case when kept.short_issuer = step.issuer and kept.short_holder = step.holder then kept.short_cost else step.cost end;
    if coalesce(free, 0) < step.cost or exists (select from period_credits w where w.status = 'waiting' and w.short_issuer = step.issuer and w.short_holder = step.holder
        and (w.business_id, w.period_id) <> (kept.business_id, kept.period_id)
        and (since is null or case when serves.by_value
          then (place_of_value(w.value_minor, w.value_currency, serves.currency), -w.short_cost, w.waiting_since, w.period_id)
            < (place_of_value(kept.value_minor, kept.value_currency, serves.currency), -known, since, kept.period_id)
          else (w.waiting_since, w.period_id) < (since, kept.period_id) end)) then
      short_issuer := step.issuer;
      short_holder := step.holder;
      short_cost := step.cost;
      return;
    end if;
  end loop;
  for step in select * from jsonb_to_recordset(way) as s (issuer text, holder text, cost bigint, hold text) loop
    update accounts a set held = a.held + step.cost where a.business_id = step.issuer and a.id = 'wallet/credit/' || step.holder;
    insert into holds (business_id, id, account_id, amount, status, cause_id, created_at)
      values (step.issuer, step.hold, 'wallet/credit/' || step.holder, step.cost, 'open', kept.period_id, at);
  end loop;
end
$$;

-- What this business's parent agreed with it, and whom its wallet serves first.
drop function wallet_terms();
create function wallet_terms() returns table (deducts text, resumes text)
language sql stable security definer set search_path = public
as $$
  select coalesce(t.deducts, 'period_start'), coalesce(t.resumes, 'oldest') from businesses b left join reseller_terms t on t.business_id = b.parent_id and t.reseller_id = b.id
  where b.id = current_business() and b.parent_id is not null
$$;

do $$
declare
  found text;
  changed text;
  pair text[];
begin
  grant create on schema public to linekeeper_lookup;
  alter function wallet_terms() owner to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
  revoke execute on function wallet_terms() from public;
  grant execute on function wallet_terms() to linekeeper_app;
  revoke execute on function hold_steps(jsonb, period_credits, timestamptz, timestamptz), serves_by(text, text), place_of_value(bigint, text, text) from public;
  grant execute on function hold_steps(jsonb, period_credits, timestamptz, timestamptz) to linekeeper_credits;
  grant execute on function serves_by(text, text) to linekeeper_credits, linekeeper_lookup;
  grant execute on function place_of_value(bigint, text, text) to linekeeper_credits, linekeeper_lookup, linekeeper_app;
  foreach pair slice 1 in array array[
    ['take_credits(text, timestamptz)', 'hold_steps(rest, period, since, at)', 'hold_steps(rest, kept, since, at)'],
    ['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz)', 'hold_steps(early, period, null, at)', 'hold_steps(early, kept, null, at)'],
    ['ask_credits(text, text, text, timestamptz, timestamptz, numeric, text, timestamptz)', $a$ends, share, created_at)
    values (me, period, sub, plan, 'ahead', starts, ends, share, at) on conflict do nothing;$a$, $b$ends, share, value_minor, value_currency, created_at)
    select me, period, sub, plan, 'ahead', starts, ends, share, i.net_minor, i.currency, at
    from (select) always left join (select i.net_minor, v.currency from invoice_items i join invoices v on v.business_id = i.business_id and v.id = i.invoice_id
      where i.business_id = me and i.id = item) i on true on conflict do nothing;$b$],
    ['due_work(text, timestamptz, int)', $a$          select distinct on (c.short_issuer, c.short_holder) c.* from period_credits c where c.status = 'waiting'
          order by c.short_issuer, c.short_holder, c.waiting_since, c.period_id) w$a$, $b$          select c.* from (select distinct short_issuer, short_holder from period_credits where status = 'waiting') q
          cross join lateral next_waiting(q.short_issuer, q.short_holder) n join period_credits c on c.business_id = n.business_id and c.period_id = n.period_id) w$b$]] loop
    found := pg_get_functiondef(pair[1]::regprocedure);
    changed := replace(found, pair[2], pair[3]);
    if changed = found then raise exception '% is not as it was left', pair[1]; end if;
    execute changed;
  end loop;
end
$$;
