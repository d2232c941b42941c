-- Whether renewals of a customer that are invoiced on one day go on one invoice; null: as the business says in its settings.
alter table customers add column one_invoice boolean;
-- It asks for several subscriptions because they were to be invoiced on one day, whether or not they are one household.
alter table invoices add column consolidated boolean not null default false;
