-- Vouchers over an amount of money: redeemed into a customer's balance, from which he buys what he likes.

alter table voucher_batches alter column plan_id drop not null,
  add column value_currency text check (length(value_currency) = 3),
  add column value_minor bigint check (value_minor > 0);
alter table voucher_batches add constraint voucher_batches_good_for check ((plan_id is null) = (value_minor is not null) and (value_minor is null) = (value_currency is null));
-- Sold for its amount or less, in its currency: what was not paid for is given by the shop.
alter table voucher_batches add constraint voucher_batches_value check (value_minor is null or price_minor is null or (price_minor <= value_minor and currency = value_currency));

-- One over money pays no invoice by itself.
do $$
declare
  name text;
begin
  for name in select conname from pg_constraint where conrelid = 'vouchers'::regclass and contype = 'c'
      and (pg_get_constraintdef(oid) like '%invoice_id IS NOT NULL%' or pg_get_constraintdef(oid) like '%subscription_id IS NOT NULL%') loop
    execute format('alter table vouchers drop constraint %I', name);
  end loop;
end
$$;
alter table vouchers add constraint vouchers_together check ((invoice_id is null) = (subscription_id is null) and (invoice_id is null or status = 'redeemed'));
