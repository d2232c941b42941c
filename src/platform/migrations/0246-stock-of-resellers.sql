-- A batch of vouchers can be handed to a reseller of the branch: he sells them, and sees what became of them. They are redeemed in the shop that made them.
alter table voucher_batches add column reseller_id text collate "C" references businesses (id);
create index voucher_batches_stock on voucher_batches (reseller_id) where reseller_id is not null;

-- What was handed to this business: counts, and nobody's name.
create function voucher_stock() returns table (id text, name text, issuer text, plan text, value_currency text, value_minor bigint, count int, unused int, redeemed int, voided int,
  last_use_at timestamptz, created_at timestamptz)
language sql stable security definer set search_path = public
as $$
  select b.id, b.name, i.name, p.name, b.value_currency, b.value_minor, b.count, n.unused, n.redeemed, n.voided, b.last_use_at, b.created_at
  from voucher_batches b join businesses i on i.id = b.business_id
    left join plans p on p.business_id = b.business_id and p.id = b.plan_id
    join lateral (select count(*) filter (where v.status = 'unused')::int as unused, count(*) filter (where v.status = 'redeemed')::int as redeemed,
        count(*) filter (where v.status = 'void')::int as voided
      from vouchers v where v.business_id = b.business_id and v.batch_id = b.id) n on true
  where b.reseller_id = current_business()
  order by b.created_at desc, b.id desc limit 500
$$;

do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function voucher_stock() owner to linekeeper_lookup;
  revoke execute on function voucher_stock() from public;
  grant execute on function voucher_stock() to linekeeper_app;
  revoke create on schema public from linekeeper_lookup;
end
$$;
