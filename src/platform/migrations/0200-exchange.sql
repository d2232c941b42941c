-- Prices by rate: what a plan costs in a currency that it has no price in. Rates are read or typed, never computed; what was sold by one says so itself.

create table exchange_rates (
  business_id text collate "C" not null,
  source text not null check (source in ('staff', 'ecb')),
  base text not null,                    -- one of it
  currency text not null,                -- is so many of this
  day date not null,                     -- of which the rate is, as its source says
  rate text not null check (rate ~ '^[0-9]{1,9}(\.[0-9]{1,10})?$' and rate::numeric > 0),
  read_at timestamptz not null,
  by text not null,
  primary key (business_id, source, base, currency, day),
  check (base <> currency)
);
call make_tenant_table('exchange_rates');

-- When the source was asked, and what went wrong the last time.
create table exchange_readings (
  business_id text collate "C" not null,
  tried_at timestamptz not null,
  read_at timestamptz,
  last_error text,
  primary key (business_id)
);
call make_tenant_table('exchange_readings');

-- The price behind a row that was made by rate: from what, at which rate, of whom and of which day. It stays with the row.
alter table invoice_items add column converted jsonb check (jsonb_typeof(converted) = 'object');
alter table plan_changes add column converted jsonb check (jsonb_typeof(converted) = 'object');
