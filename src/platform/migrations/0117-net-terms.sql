-- Renewals of some customers are due so many days after their invoice; null: when the period begins that they ask for.
alter table customers add column net_days int check (net_days between 1 and 120);
-- As it was when it was written: a moved period moves no day that was agreed.
alter table invoices add column net_days int check (net_days between 1 and 120);
