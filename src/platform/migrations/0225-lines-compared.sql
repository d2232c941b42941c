-- Comparing a panel walks past all of its lines, nearly all of which nobody has touched. What a comparison looks at stands in the index of a
-- panel's lines, so that of those the wide rows are not read.
drop index lines_panel;
create index lines_panel on lines (panel_business_id, panel_id, id)
  include (business_id, username, kind, wanted, wanted_until, connections, restricted_to, revision, done_revision, next_try_at, needs_review, remote_id, found_at, read_at, mac, box);

-- `sellers_of_lines` tells the same, and whose they are.
drop function lines_of_others(text, text[], text[]);
