-- Boxes sign in by their MAC address. Which line has an address on a panel is claimed before the panel is asked for it, so that two lines
-- never take it from each other; a payment never fails on it, since the claim is the reconciler's.

alter table lines add column former_macs text[] not null default '{}' check (cardinality(former_macs) <= 5); -- may still be on the panel, newest first
alter table lines add column held_mac text check (held_mac ~ '^([0-9A-F]{2}:){5}[0-9A-F]{2}$');
alter table lines add constraint lines_held_by_boxes check (held_mac is null or kind <> 'line');
-- A panel's addresses are shared by all who use the panel, so this key looks across businesses on purpose.
create unique index lines_held_mac on lines (panel_business_id, panel_id, held_mac) where held_mac is not null;
-- Whether a box is sold already, before an order for it is taken.
create index lines_mac on lines (business_id, mac) where mac is not null;
