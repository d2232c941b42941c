-- A first restriction before the full suspension: the line stays up with fewer connections, while its owner is in grace.

alter table subscriptions add column restricted_to int check (restricted_to between 1 and 49);
alter table subscriptions add constraint subscriptions_restricted check (restricted_to is null or status = 'grace');

-- No more than these, whatever plan and add-ons give; null: all of them.
alter table lines add column restricted_to int check (restricted_to between 1 and 49);
