-- Refunds know where their money comes from and where it goes: a surplus leaves the balance that it lies on, tax is owed no more, and what is
-- given back to the balance never leaves the house.
alter table refunds add column from_balance_minor bigint not null default 0,
  add column tax_minor bigint not null default 0,
  add column destination text not null default 'source' check (destination in ('source', 'balance'));
alter table refunds add constraint refunds_parts check (from_balance_minor >= 0 and tax_minor >= 0 and from_balance_minor + tax_minor <= amount_minor);
alter table refunds add constraint refunds_balance_once check (destination = 'source' or from_balance_minor = 0);
-- A refund that its gateway made is one here, however often it is told.
create unique index refunds_remote on refunds (business_id, payment_id, remote_ref) where remote_ref is not null;
