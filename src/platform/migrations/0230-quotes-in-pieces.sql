-- A quote says what the till would say: add-ons at the tier of their number, prices by a rate that was locked when it was made, and a discount of
-- its own for so many periods. What the list asked for then is kept beside it, so that a price that was typed over can be told from it.

alter table quotes
  add column list_minor bigint check (list_minor >= 0),   -- null: it was not sold in this currency
  add column converted jsonb check (converted is null or jsonb_typeof(converted) = 'object'
    and coalesce(((converted->>'toMinor')::bigint, converted->>'toCurrency') = (price_minor, currency), false)),
  add column setup_converted jsonb check (setup_converted is null or jsonb_typeof(setup_converted) = 'object'
    and coalesce(((setup_converted->>'toMinor')::bigint, setup_converted->>'toCurrency') = (setup_minor, currency), false)),
  add column discount_percent int check (discount_percent between 1 and 10000),  -- hundredths
  add column discount_minor bigint check (discount_minor > 0),
  add column discount_periods int check (discount_periods between 1 and 120),    -- null: for as long as it renews
  add check (discount_percent is null or discount_minor is null),
  add check (discount_periods is null or discount_percent is not null or discount_minor is not null);

create table quote_add_ons (
  business_id text collate "C" not null,
  quote_id text collate "C" not null,
  add_on_id text collate "C" not null,
  position int not null,
  quantity int not null check (quantity between 1 and 49),
  price_minor bigint not null check (price_minor >= 0),      -- of one, for one term; of each, where staff typed it
  breaks jsonb not null default '[]' check (jsonb_typeof(breaks) = 'array'),
  list_minor bigint check (list_minor >= 0),                 -- of each of so many, as the list had it then; null: it was not sold so
  credit_cost_milli bigint not null default 0 check (credit_cost_milli >= 0),
  converted jsonb check (converted is null or jsonb_typeof(converted) = 'object'
    and coalesce((converted->>'toMinor')::bigint = volume_price(price_minor, breaks, quantity), false)),
  primary key (business_id, quote_id, add_on_id),
  foreign key (business_id, quote_id) references quotes (business_id, id),
  foreign key (business_id, add_on_id) references add_ons (business_id, id)
);
call make_tenant_table('quote_add_ons');

-- A quote's discount is used as a coupon's is, without a coupon: no stock and no code.
alter table coupon_uses
  alter column coupon_id drop not null,
  add column quote_id text collate "C",
  add foreign key (business_id, quote_id) references quotes (business_id, id),
  add check ((coupon_id is null) = (quote_id is not null));
create unique index coupon_uses_quote on coupon_uses (business_id, quote_id) where quote_id is not null;
