-- A household: subscriptions of one customer that are renewed together. Its lead says on which day.

alter table households
  drop column name,
  add column lead_id text collate "C" not null,
  add foreign key (business_id, lead_id) references subscriptions (business_id, id),
  add unique (business_id, id, customer_id);
alter table subscriptions
  add foreign key (business_id, household_id, customer_id) references households (business_id, id, customer_id);
create index subscriptions_household on subscriptions (business_id, household_id) where household_id is not null;

-- A period that is no whole term: it ends when the household is renewed. `anchor_day` is that of what follows.
alter table invoice_items
  add column covers_until timestamptz,
  add column anchor_day int check (anchor_day between 1 and 31),
  add constraint invoice_items_span check ((covers_until is null) = (anchor_day is null)
    and (covers_until is null or (kind = 'period' and (period_start is null or covers_until > period_start))));
