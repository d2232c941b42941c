-- A key of a program that was rotated names the one in its place. It works until its end; rotating it once more would give a new
-- key the short end of the old one, and a third key nobody asked for.

alter table api_keys add column replaced_by text collate "C";
alter table api_keys add constraint api_keys_replaced_by_fkey foreign key (business_id, replaced_by) references api_keys (business_id, id);
