-- One payment may pay several invoices: its own first, then these in their order. A refund says which of them it takes money back of.

create table payment_invoices (
  business_id text collate "C" not null,
  payment_id text collate "C" not null,
  invoice_id text collate "C" not null,
  position int not null check (position > 0),
  primary key (business_id, payment_id, invoice_id),
  unique (business_id, payment_id, position),
  foreign key (business_id, payment_id) references payments (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id)
);
create index payment_invoices_invoice on payment_invoices (business_id, invoice_id);
call make_tenant_table('payment_invoices');

-- Says that there are some: payments are read by the million, and few have any.
alter table payments add column several boolean not null default false;

alter table refunds add column invoice_id text collate "C"; -- null: the payment's own
alter table refunds add constraint refunds_invoice foreign key (business_id, invoice_id) references invoices (business_id, id);
