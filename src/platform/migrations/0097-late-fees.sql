-- What a buyer calls his purchase: printed on invoices that are issued from then on.
alter table customers add column po_number text not null default '' check (length(po_number) <= 60);

-- A fee for paying late is a row of a later invoice. It names the invoice that was late and what had been asked for that before, so that nothing is
-- asked twice. On an invoice that was taken back it names none any more: it may be asked for again.
alter table invoice_items drop constraint invoice_items_kind_check;
alter table invoice_items add constraint invoice_items_kind_check check (kind in ('period', 'setup', 'custom', 'change', 'add_on', 'discount', 'late_fee'));
alter table invoice_items
  add column late_invoice_id text collate "C",
  add column late_before bigint check (late_before >= 0),
  add constraint invoice_items_late foreign key (business_id, late_invoice_id) references invoices (business_id, id),
  add constraint invoice_items_late_kind check (late_invoice_id is null or (kind = 'late_fee' and late_before is not null));
create unique index invoice_items_late_once on invoice_items (business_id, late_invoice_id, late_before) where late_invoice_id is not null;
