-- When a panel is evacuated, the lines that resellers have on it go, too: a move and what it leaves behind are rows of the business whose line it
-- is, and say whose panels they are about. The owner of the panels counts them, and reads none.

alter table line_moves add column panel_business_id text collate "C";
update line_moves set panel_business_id = business_id;
alter table line_moves alter column panel_business_id set not null,
  drop constraint line_moves_business_id_from_panel_id_fkey,
  drop constraint line_moves_business_id_to_panel_id_fkey,
  drop constraint line_moves_business_id_evacuation_id_fkey,
  add foreign key (panel_business_id, from_panel_id) references panels (business_id, id),
  add foreign key (panel_business_id, to_panel_id) references panels (business_id, id),
  add foreign key (panel_business_id, evacuation_id) references evacuations (business_id, id);
create index line_moves_wave on line_moves (panel_business_id, evacuation_id);
create index line_moves_there on line_moves (panel_business_id, to_panel_id) where state = 'waiting';

alter table line_leftovers add column panel_business_id text collate "C";
update line_leftovers set panel_business_id = business_id;
alter table line_leftovers alter column panel_business_id set not null,
  drop constraint line_leftovers_business_id_panel_id_fkey,
  add foreign key (panel_business_id, panel_id) references panels (business_id, id);
create index line_leftovers_of_sellers on line_leftovers (panel_business_id, panel_id) where panel_business_id <> business_id;

-- What became of the moves of an evacuation, whoever's lines they carry.
create function evacuation_moves(evacuation text) returns table (round int, wave_number int, state text, back boolean, tries int, own boolean, count int)
language sql stable security definer set search_path = public
as $$
  select m.round, m.wave_number, m.state, m.back, least(m.tries, 3), m.business_id = m.panel_business_id, count(*)::int from line_moves m
  where m.panel_business_id = current_business() and m.evacuation_id = evacuation group by 1, 2, 3, 4, 5, 6
$$;

-- How many lines resellers have on a panel of this business, and how many of them are on their way elsewhere by themselves.
create function lines_of_sellers(panel text) returns int
language sql stable security definer set search_path = public
as $$
  select count(*)::int from lines l where l.panel_business_id = current_business() and l.panel_id = panel and l.business_id <> current_business()
    and l.wanted in ('active', 'suspended')
$$;

-- Lines of resellers that an evacuation has to carry in this round, or to bring home. Which they are, and nothing else of them.
create function lines_to_carry(evacuation text, most int) returns table (line_id text, business_id text)
language sql stable security definer set search_path = public
as $$
  select l.id, l.business_id from evacuations e join lines l on l.panel_business_id = e.business_id and l.business_id <> e.business_id and l.wanted in ('active', 'suspended')
    join businesses b on b.id = l.business_id and b.stands_since is null
  where e.business_id = current_business() and e.id = evacuation
    and (e.back = (l.panel_id <> e.panel_id))
    and (not e.back or (exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id and m.evacuation_id = e.id and m.state = 'done' and not m.back and m.to_panel_id = l.panel_id)
      and exists (select from line_leftovers o where o.business_id = l.business_id and o.line_id = l.id and o.panel_id = e.panel_id and o.state in ('on', 'off'))))
    and not exists (select from line_moves m where m.business_id = l.business_id and m.line_id = l.id and (m.state = 'waiting' or (m.evacuation_id = e.id and m.round = e.round)))
  order by l.business_id, l.id limit most
$$;

-- Whether anybody could go home, resellers' lines among them: asked before an evacuation is taken back.
create function sellers_could_return(evacuation text) returns boolean
language sql stable security definer set search_path = public
as $$
  select exists (select from evacuations e join line_moves m on m.panel_business_id = e.business_id and m.evacuation_id = e.id and m.state = 'done' and not m.back and m.business_id <> e.business_id
      join lines l on l.business_id = m.business_id and l.id = m.line_id and l.panel_id = m.to_panel_id and l.wanted in ('active', 'suspended')
      join line_leftovers o on o.business_id = l.business_id and o.line_id = l.id and o.panel_id = e.panel_id and o.state in ('on', 'off')
    where e.business_id = current_business() and e.id = evacuation)
$$;

-- Resellers of whom an evacuation has moves on their way.
create function sellers_on_their_way(evacuation text) returns table (business_id text)
language sql stable security definer set search_path = public
as $$
  select distinct m.business_id from line_moves m
  where m.panel_business_id = current_business() and m.evacuation_id = evacuation and m.state = 'waiting' and m.business_id <> m.panel_business_id order by 1
$$;

-- For a reseller whose line is carried: whether the evacuation of his supplier still goes on, in the round that he was told.
create function evacuation_goes_on(owner text, evacuation text, of_round int) returns boolean
language sql stable security definer set search_path = public
as $$
  select exists (select from evacuations e join panel_grants g on g.business_id = e.business_id and g.panel_id = e.panel_id and g.granted_to = current_business()
    where e.business_id = owner and e.id = evacuation and e.state = 'running' and e.round = of_round)
$$;

-- What moved lines of resellers left on a panel of this business: it is nobody's orphan.
create function leftovers_of_sellers(panel text, names text[], ids text[]) returns table (line_id text, username text)
language sql stable security definer set search_path = public
as $$
  select o.line_id, o.username from line_leftovers o
  where o.panel_business_id = current_business() and o.panel_id = panel and o.business_id <> current_business()
    and (o.line_id = any (ids) or (o.username = any (names) and o.state in ('on', 'off')))
$$;

-- So many fewer rows a panel lists since then, and rightly.
create function leftovers_gone(panel text, since timestamptz) returns int
language sql stable security definer set search_path = public
as $$
  select count(*)::int from line_leftovers o where o.panel_business_id = current_business() and o.panel_id = panel and o.gone_at >= since
$$;

-- Places on the way are taken, too.
create or replace function shared_panel(owner text, panel text) returns table (name text, capacity int, reserved int, weight int, drained boolean, countries text[], tested boolean, sick boolean,
  work_starts timestamptz, work_ends timestamptz, taken int)
language sql stable security definer set search_path = public
as $$
  select p.name, p.capacity, p.reserved, p.weight, p.drained, p.countries, p.tested_at is not null, p.health in ('down', 'auth_failed'), p.work_starts_at, p.work_ends_at,
    case when p.capacity is null then 0 else (select count(*)::int from lines l where l.panel_business_id = owner and l.panel_id = panel
      and (l.wanted in ('active', 'suspended') or (l.wanted = 'none' and l.holds_place)))
      + (select count(*)::int from line_moves m where m.panel_business_id = owner and m.to_panel_id = panel and m.state = 'waiting') end
  from panels p where p.business_id = owner and p.id = panel
    and exists (select from panel_grants g where g.business_id = owner and g.panel_id = panel and g.granted_to = current_business())
$$;

create or replace function places_of_others() returns table (panel_id text, used int)
language sql stable security definer set search_path = public
as $$
  select taken.id, count(*)::int from (
    select l.panel_id as id from lines l where l.panel_business_id = current_business() and l.business_id <> current_business()
      and (l.wanted in ('active', 'suspended') or (l.wanted = 'none' and l.holds_place))
    union all select m.to_panel_id from line_moves m where m.panel_business_id = current_business() and m.business_id <> current_business() and m.state = 'waiting') taken
  group by taken.id
$$;

-- A product that was shared goes to further panels of its owner, as it does there by now: who leaves a panel must find another. Nothing is taken away.
create function follow_mapping(panel text, at timestamptz) returns void
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
begin
  insert into product_panels (business_id, product_id, panel_business_id, panel_id, package, position)
    select d.business_id, m.product_id, m.panel_business_id, m.panel_id, m.package, m.position
    from business_paths w join products d on d.business_id = w.business_id and d.from_parent
      join product_panels m on m.business_id = me and m.product_id = d.id and m.panel_business_id = me
    where w.ancestor_id = me and w.depth > 0
      and exists (select from product_panels h where h.business_id = d.business_id and h.product_id = d.id and h.panel_business_id = me and h.panel_id = panel)
      and not exists (select from product_panels h where h.business_id = d.business_id and h.product_id = d.id and h.panel_business_id = me and h.panel_id = m.panel_id)
    on conflict do nothing;
  insert into panel_grants (business_id, panel_id, granted_to, created_at)
    select distinct m.panel_business_id, m.panel_id, m.business_id, at from business_paths w join product_panels m on m.business_id = w.business_id and m.panel_business_id = me
    where w.ancestor_id = me and w.depth > 0
    on conflict do nothing;
end
$$;

do $$
declare
  signature text;
begin
  grant create on schema public to linekeeper_lookup, linekeeper_credits;
  foreach signature in array array['evacuation_moves(text)', 'lines_of_sellers(text)', 'lines_to_carry(text, int)', 'sellers_could_return(text)', 'sellers_on_their_way(text)',
    'evacuation_goes_on(text, text, int)', 'leftovers_of_sellers(text, text[], text[])', 'leftovers_gone(text, timestamptz)'] loop
    execute format('alter function %s owner to linekeeper_lookup', signature);
    execute format('revoke execute on function %s from public', signature);
    execute format('grant execute on function %s to linekeeper_app', signature);
  end loop;
  alter function follow_mapping(text, timestamptz) owner to linekeeper_credits;
  revoke execute on function follow_mapping(text, timestamptz) from public;
  grant execute on function follow_mapping(text, timestamptz) to linekeeper_app;
  revoke create on schema public from linekeeper_lookup, linekeeper_credits;
end
$$;
