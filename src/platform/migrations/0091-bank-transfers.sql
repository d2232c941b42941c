-- A transfer to a bank account: where to, field by field, as the buyer was told when the payment began.

alter table payments add column transfer jsonb;

-- What a statement says is looked up by the reference, which is printed in groups of four.
create index payments_creditor_reference on payments (business_id, (replace(reference, ' ', ''))) where reference like 'RF%';
