-- Credits may last for a time: who issues them says how many days, and what was not used by then is lost, the oldest first.

alter table reseller_terms add column credits_last_days int check (credits_last_days between 30 and 3650); -- null: they last for ever
alter table credit_moves drop constraint credit_moves_kind_check;
alter table credit_moves add constraint credit_moves_kind_check check (kind in ('given', 'taken', 'moved', 'expired'));

-- What of a wallet is too old at a given instant, as far as nothing is used before: all but what came within the days, and what is held takes of
-- the oldest. For its holder, and for who issues its credits. No row: they last for ever.
create function credits_too_old(asked_holder text, asked_at timestamptz) returns table (last_days int, milli bigint)
language sql stable security definer set search_path = public
as $$
  select t.credits_last_days, greatest(0, a.balance - a.held - coalesce((
      select sum(f.amount) from transfers f where f.business_id = a.business_id and f.credit_account = a.id
        and f.at > asked_at - make_interval(days => t.credits_last_days)), 0))::bigint
  from businesses b
    join reseller_terms t on t.business_id = b.parent_id and t.reseller_id = b.id and t.credits_last_days is not null
    join accounts a on a.business_id = b.parent_id and a.id = 'wallet/credit/' || b.id
  where b.id = asked_holder and current_business() in (b.id, b.parent_id)
$$;

-- Whose credits last for a time only, for the round over all businesses.
create function lasting_wallets() returns table (issuer text, holder text)
language sql stable security definer set search_path = public
as $$
  select t.business_id, t.reseller_id from reseller_terms t join businesses b on b.id = t.reseller_id and b.parent_id = t.business_id
  where t.credits_last_days is not null order by t.business_id, t.reseller_id
$$;

do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function credits_too_old(text, timestamptz) owner to linekeeper_lookup;
  alter function lasting_wallets() owner to linekeeper_lookup;
  revoke execute on function credits_too_old(text, timestamptz), lasting_wallets() from public;
  grant execute on function credits_too_old(text, timestamptz) to linekeeper_app;
  grant execute on function lasting_wallets() to linekeeper_lookup;
  revoke create on schema public from linekeeper_lookup;
end
$$;
