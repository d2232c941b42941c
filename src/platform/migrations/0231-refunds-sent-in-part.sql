-- What was asked to go back, where its gateway sent a part of it and will send no more: the refund is that part then, and the rest can be given anew.
alter table refunds
  add column asked_minor bigint,
  add check (asked_minor is null or asked_minor > amount_minor and status in ('succeeded', 'failed'));
