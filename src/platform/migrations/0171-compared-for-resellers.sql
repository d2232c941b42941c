-- A panel's comparison also looks at the lines that resellers have there: each difference is a row of the business whose line it is, and
-- says whose panel it was seen on. The panel's owner is told how many there are, and nothing else.

alter table differences add column panel_business_id text collate "C";
update differences set panel_business_id = business_id;
alter table differences alter column panel_business_id set not null;
alter table differences drop constraint differences_business_id_panel_id_fkey;
alter table differences add foreign key (panel_business_id, panel_id) references panels (business_id, id);
alter table differences drop constraint differences_business_id_reconciliation_id_fkey;
alter table differences add foreign key (panel_business_id, reconciliation_id) references reconciliations (business_id, id);
-- What the owner counts, of all who sell there.
create index differences_of_sellers on differences (panel_business_id, panel_id) where closed_at is null and panel_business_id <> business_id;

-- As lines_of_others, with whose they are: names and markers of a listing go in.
create function sellers_of_lines(panel text, names text[], ids text[]) returns table (id text, username text, business_id text)
language sql stable security definer set search_path = public
as $$
  select l.id, l.username, l.business_id from lines l
  where l.panel_business_id = current_business() and l.panel_id = panel and l.business_id <> current_business()
    and l.username_key = any (select lower(n) from unnest(names) n) and l.username = any (names) and l.wanted in ('active', 'suspended')
  union
  select l.id, l.username, l.business_id from lines l
  where l.panel_business_id = current_business() and l.panel_id = panel and l.business_id <> current_business() and l.id = any (ids)
$$;

-- How many differences are open of lines that resellers have on a panel of this business, by what they are.
create function differences_of_sellers(panel text) returns table (kind text, count int)
language sql stable security definer set search_path = public
as $$
  select d.kind, count(*)::int from differences d
  where d.panel_business_id = current_business() and d.panel_id = panel and d.business_id <> current_business() and d.closed_at is null and d.state = 'open'
  group by 1 order by 1
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup;
  foreach signature in array array['sellers_of_lines(text, text[], text[])', 'differences_of_sellers(text)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  revoke create on schema public from linekeeper_lookup;
end
$$;
