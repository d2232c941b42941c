-- Of a login and a box that are one line, the box is a row of its own on some panels. A page of a comparison says which boxes it showed, as
-- `line_… 00:1A:79:…`: one that was on none is looked up, as a line is. `missing_boxes`: so many logins were listed without theirs.
alter table reconciliation_pages add column boxes text[] not null default '{}';
alter table reconciliations add column missing_boxes int;
