-- Quotes: what staff offer one buyer, at a price of its own, until a day. Accepted, it is an order.

create table quotes (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  email text not null check (length(email) between 3 and 254),
  name text not null default '' check (length(name) <= 120),
  plan_id text collate "C" not null,
  currency text not null check (length(currency) = 3),
  price_minor bigint not null check (price_minor >= 0),  -- of the first period and of each renewal
  setup_minor bigint not null default 0 check (setup_minor >= 0), -- once, with the first period
  note text not null default '' check (length(note) <= 1000),     -- in words for the buyer
  status text not null check (status in ('open', 'accepted', 'withdrawn')),
  valid_until timestamptz not null,
  order_id text collate "C",
  accepted_at timestamptz,
  withdrawn_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, plan_id) references plans (business_id, id),
  foreign key (business_id, order_id) references orders (business_id, id),
  check ((status = 'accepted') = (accepted_at is not null)),
  check ((status = 'accepted') = (order_id is not null)),
  check ((status = 'withdrawn') = (withdrawn_at is not null))
);
create index quotes_list on quotes (business_id, created_at desc, id desc);
-- One order per quote, however often the button is pressed.
create unique index quotes_order on quotes (business_id, order_id) where order_id is not null;
call make_tenant_table('quotes');
