-- The tax of an invoice in the money of the state that it is owed to, where the invoice is in another: frozen when it is issued, with the rate it
-- was reckoned at. Only the currency: no rate of that day is known yet, and the sums are filled in once, when one is.
alter table invoices add column tax_in jsonb check (jsonb_typeof(tax_in) = 'object' and tax_in ? 'currency'
  and (tax_in ?& array['rate', 'source', 'day', 'netMinor', 'taxMinor'] or not tax_in ?| array['rate', 'source', 'day', 'netMinor', 'taxMinor']));
alter table invoices add constraint invoices_tax_in_taxed check (tax_in is null or (tax is not null and issued_at is not null));
-- Those that wait for their rate, whom each new one is for.
create index invoices_tax_in_waits on invoices (business_id, issued_at) where tax_in is not null and not tax_in ? 'rate';

-- A credit note takes back at the rate of its invoice.
alter table credit_notes add column tax_in jsonb check (jsonb_typeof(tax_in) = 'object' and tax_in ? 'currency'
  and (tax_in ?& array['rate', 'source', 'day', 'netMinor', 'taxMinor'] or not tax_in ?| array['rate', 'source', 'day', 'netMinor', 'taxMinor']));

-- Since when rates are wanted although nothing is sold by rate; what is wanted before it was ever asked has no day of asking.
alter table exchange_readings add column wanted_at timestamptz;
alter table exchange_readings alter column tried_at drop not null;
alter table exchange_readings add constraint exchange_readings_asked check (tried_at is not null or (wanted_at is not null and read_at is null));

-- Nothing else of a credit note changes. What is stated stays stated, of both: a paper that somebody holds cannot say another sum.
grant update (tax_in) on credit_notes to linekeeper_app;
create function refuse_restating() returns trigger
  language plpgsql as $$
begin
  if old.tax_in ? 'rate' and new.tax_in is distinct from old.tax_in then
    raise exception 'the tax of % is stated', old.id;
  end if;
  return new;
end $$;
create trigger invoices_stated before update of tax_in on invoices for each row execute function refuse_restating();
create trigger credit_notes_stated before update of tax_in on credit_notes for each row execute function refuse_restating();
