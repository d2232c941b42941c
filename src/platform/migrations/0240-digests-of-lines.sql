-- Comparing a panel takes a digest of its lines first: what of a listing is in it is in step, and never travels to the database. A page
-- keeps eight bytes of each such line, random for who would press them, and the names of the others only; what a listing left out is
-- written down once, when it is weighed.
alter table reconciliation_pages add column keys bytea;
alter table reconciliation_pages alter column keys set storage external;
alter table reconciliation_pages add column left_out text[];

-- The business is part of the key, last: whose line it is was asked of every line of a walk, by calling a function.
drop index lines_panel;
create index lines_panel on lines (panel_business_id, panel_id, id, business_id)
  include (username, kind, wanted, wanted_until, connections, restricted_to, revision, done_revision, next_try_at, needs_review, remote_id, found_at, read_at, mac, box);
