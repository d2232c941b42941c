-- Tax: what an invoice took and why, frozen with it; rates beside the built-in ones; what a check of a VAT number said.

-- The decision as it was taken when the invoice was made; null: this business takes no tax.
alter table invoices add column tax jsonb;
alter table invoices add constraint invoices_tax_decided check (tax is not null or tax_minor = 0);
-- Reports read only what was taxed: a business without tax pays nothing for them.
create index invoices_taxed on invoices (business_id, issued_at) where tax is not null;
create index invoices_tax_paid on invoices (business_id, paid_at) where tax is not null;

-- Why nothing is taken of a customer, such as the number of his certificate; null: he pays tax as everybody.
alter table customers add column tax_exempt text check (length(tax_exempt) between 1 and 200);

-- A credit note takes tax back in proportion; one for a refund names it.
alter table credit_notes add column tax_minor bigint not null default 0;
alter table credit_notes add column net_minor bigint generated always as (total_minor - tax_minor) stored;
alter table credit_notes add column refund_id text collate "C";
alter table credit_notes add constraint credit_notes_refund foreign key (business_id, refund_id) references refunds (business_id, id);
create unique index credit_notes_of_refund on credit_notes (business_id, refund_id) where refund_id is not null;
create index credit_notes_issued on credit_notes (business_id, issued_at);

-- What the operator adds to the built-in table, or sets in its place, from a day on. A percentage is a decimal text: 25.5 is no integer.
create table tax_rates (
  business_id text collate "C" not null references businesses (id),
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text not null default '' check (region ~ '^[A-Z0-9]{0,3}$'),
  valid_from date not null,
  percent text not null check (percent ~ '^\d{1,2}(\.\d{1,4})?$'),
  created_at timestamptz not null,
  primary key (business_id, country, region, valid_from)
);
call make_tenant_table('tax_rates');

-- What is known of a VAT number, whoever gave it. Asked for again until there is an answer.
create table vat_checks (
  business_id text collate "C" not null references businesses (id),
  vat_id text not null,
  status text not null check (status in ('unchecked', 'valid', 'invalid')),
  source text not null check (source in ('vies', 'staff')),
  name text,                             -- of the business, as the register has it
  reference text,                        -- the number of the consultation: the proof for the tax office
  detail text not null default '',
  tries int not null default 0,
  asked_at timestamptz not null,
  checked_at timestamptz,
  primary key (business_id, vat_id),
  check ((status = 'unchecked') = (checked_at is null))
);
create index vat_checks_open on vat_checks (business_id, asked_at) where status = 'unchecked';
call make_tenant_table('vat_checks');
