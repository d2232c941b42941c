-- Volume prices of add-ons: [{ from, amount_minor }], rising. From that many pieces on, each of them costs so much.
alter table add_on_prices add column breaks jsonb not null default '[]' check (jsonb_typeof(breaks) = 'array');

-- What was agreed is the whole table: another number of pieces is counted by it until there are none.
alter table subscription_add_ons add column breaks jsonb not null default '[]' check (jsonb_typeof(breaks) = 'array');
alter table add_on_changes add column breaks jsonb not null default '[]' check (jsonb_typeof(breaks) = 'array');

-- What each piece costs, where there are so many.
create function volume_price(price_minor bigint, breaks jsonb, quantity int) returns bigint
language sql immutable
as $$
  select coalesce((select (b ->> 'amount_minor')::bigint from jsonb_array_elements(breaks) b
    where (b ->> 'from')::int <= quantity order by (b ->> 'from')::int desc limit 1), price_minor)
$$;
