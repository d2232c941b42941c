-- Where a new line goes: panels keep places back, are for countries, and are worked on at planned hours. The decision stays with the line.

alter table panels
  add column reserved int not null default 0 check (reserved >= 0),
  add column countries text[] not null default '{}',
  -- Planned work, one at a time: nothing is sent to the panel meanwhile.
  add column work_starts_at timestamptz,
  add column work_ends_at timestamptz,
  add column work_reason text check (length(work_reason) between 1 and 200),
  add constraint panels_reserved check (reserved = 0 or (capacity is not null and reserved <= capacity)),
  add constraint panels_work check ((work_starts_at is null) = (work_ends_at is null) and (work_starts_at is null) = (work_reason is null)
    and (work_ends_at is null or work_ends_at > work_starts_at));

-- `routed`: { by: rule | staff, because, country, panels: [{ id, standing }] }; null for what was sold before this was kept.
alter table lines
  add column routed jsonb,
  -- An ordered line has its place until its order is paid or given up.
  add column holds_place boolean not null default true;
update lines l set holds_place = false where l.wanted = 'none'
  and exists (select from orders o where o.business_id = l.business_id and o.subscription_id = l.subscription_id and o.status = 'canceled');
create index lines_places on lines (panel_business_id, panel_id)
  where wanted in ('active', 'suspended') or (wanted = 'none' and holds_place);
