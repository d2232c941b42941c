-- A subscription that had ended and comes back with paid time left costs credits for what is left of it: what was held for it is free since, and what
-- was used may have come back.

alter table period_credits
  add column round int not null default 0,           -- how often it came back
  add column past jsonb not null default '[]';       -- steps of earlier rounds that are over

-- Each round has holds of its own.
create or replace function credit_way(kept period_credits, at timestamptz) returns jsonb
language sql stable set search_path = public
as $$
  select coalesce(jsonb_agg(jsonb_build_object('issuer', s.issuer, 'holder', s.holder, 'cost', s.cost, 'deducts', coalesce(t.deducts, 'period_start'),
    'hold', 'hold_' || left(md5(kept.business_id || kept.period_id || s.issuer || case kept.round when 0 then '' else '/' || kept.round end), 26)) order by s.level), '[]')
  from credit_steps(kept.business_id, kept.subscription_id, kept.plan_id, kept.share, at) s
    left join reseller_terms t on t.business_id = s.issuer and t.reseller_id = s.holder
  where s.cost > 0
$$;

-- Who has used credits of which nothing came back has paid for the whole period; the others pay for what is left of it. Answers for the period that
-- runs. Safe to repeat.
create function revive_credits(sub text, at timestamptz) returns table (status text, short_holder text)
language plpgsql security definer set search_path = public
as $$
#variable_conflict use_column
declare
  me text := current_business();
  kept period_credits;
  paid jsonb;
  over jsonb;
  left_ numeric;
begin
  for kept in select c.* from period_credits c join periods p on p.business_id = c.business_id and p.id = c.period_id and p.ends > at
      where c.business_id = me and c.subscription_id = sub and c.ends > at and (c.status = 'released' or (c.status = 'posted' and c.recovered_at is not null))
      order by c.starts, c.period_id for update of c loop
    select coalesce(jsonb_agg(e.value order by e.place) filter (where u.is_paid), '[]'), coalesce(jsonb_agg(e.value order by e.place) filter (where not u.is_paid), '[]') into paid, over
      from jsonb_array_elements(kept.steps) with ordinality e (value, place)
      cross join lateral (select exists (select from holds h where h.business_id = e.value ->> 'issuer' and h.id = e.value ->> 'hold' and h.status = 'posted')
        and not exists (select from transfers t where t.business_id = e.value ->> 'issuer' and t.cause_id >= e.value ->> 'hold' and t.cause_id < (e.value ->> 'hold') || '0'
          and t.purpose = 'credits_recovered') as is_paid) u;
    if kept.status = 'posted' and over = '[]' then
      update period_credits c set recovered_at = null where c.business_id = me and c.period_id = kept.period_id;
      continue;
    end if;
    left_ := extract(epoch from kept.ends - greatest(at, kept.starts)) / extract(epoch from kept.ends - kept.starts);
    update period_credits c set status = 'ahead', starts = greatest(at, c.starts), share = c.share * left_, ended_at = null, recovered_at = null, used_at = null, waiting_since = null,
        steps = paid, past = c.past || over, round = c.round + 1
      where c.business_id = me and c.period_id = kept.period_id;
    if kept.starts <= at then return query select * from take_credits(kept.period_id, at); end if;
  end loop;
end
$$;

do $$
declare
  found text;
  changed text;
  pair text[];
begin
  grant create on schema public to linekeeper_credits;
  alter function revive_credits(text, timestamptz) owner to linekeeper_credits;
  revoke create on schema public from linekeeper_credits;
  revoke execute on function revive_credits(text, timestamptz) from public;
  grant execute on function revive_credits(text, timestamptz) to linekeeper_app;
  foreach pair slice 1 in array array[
    -- What was used before it ended is not given back because the rest waits, or ends.
    ['hold_steps(jsonb, period_credits, timestamptz, timestamptz)', $a$step.cost, 'open', kept.period_id, at)$a$,
      $b$step.cost, 'open', kept.period_id || case kept.round when 0 then '' else '/' || kept.round end, at)$b$],
    ['take_credits(text, timestamptz)', $a$for step in select * from jsonb_array_elements(kept.steps) loop perform give_back(step, 1, at); end loop;
    update period_credits c set status = 'released',$a$, $b$for step in select * from jsonb_array_elements(kept.steps) where kept.round = 0 loop perform give_back(step, 1, at); end loop;
    update period_credits c set status = case when c.round > 0 and any_posted(c.steps) then 'posted' else 'released' end,$b$],
    ['take_credits(text, timestamptz)', $a$      where not exists (select from jsonb_array_elements(way)$a$, $b$      where kept.round = 0 and not exists (select from jsonb_array_elements(way)$b$],
    ['release_credits(text, timestamptz)', $a$if not served or exists$a$, $b$if (not served and kept.round = 0) or exists$b$],
    ['release_credits(text, timestamptz)', $a$elsif served and any_posted$a$, $b$elsif (served or kept.round > 0) and any_posted$b$],
    ['release_credits(text, timestamptz)', $a$recovered_at = at, awaits_use = false where$a$,
      $b$recovered_at = at, awaits_use = false, early_open = false, short_issuer = null, short_holder = null, short_cost = null where$b$],
    ['cut_credits(text, timestamptz, timestamptz)', $a$for step in select * from jsonb_array_elements(kept.steps) loop perform give_back(step, 1, at); end loop;
      update period_credits c set status = 'released',$a$, $b$for step in select * from jsonb_array_elements(kept.steps) where kept.round = 0 loop perform give_back(step, 1, at); end loop;
      update period_credits c set status = case when c.round > 0 and any_posted(c.steps) then 'posted' else 'released' end,$b$],
    ['wallet_entries(text, int, timestamptz, text)', $a$c.period_id = h.cause_id and c.steps @>$a$, $b$c.period_id = split_part(h.cause_id, '/', 1) and (c.steps || c.past) @>$b$],
    ['wallet_flow()', $a$c.period_id = h.cause_id and c.steps @>$a$, $b$c.period_id = split_part(h.cause_id, '/', 1) and (c.steps || c.past) @>$b$]] loop
    found := pg_get_functiondef(pair[1]::regprocedure);
    changed := replace(found, pair[2], pair[3]);
    if changed = found then raise exception '% is not as it was left: %', pair[1], pair[2]; end if;
    execute changed;
  end loop;
end
$$;
