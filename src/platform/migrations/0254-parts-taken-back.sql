-- A part of what is owed was paid, and goes back: it is taken off its invoice again, which asks for all of it. Such a row is the part with a minus.
alter table allocations drop constraint allocations_amount_minor_check;
alter table allocations add constraint allocations_amount_minor_check check (amount_minor <> 0);
-- Kept as the customer's balance it lies there from then on, and is held until the refund is through.
alter table refunds drop constraint refunds_balance_once;
