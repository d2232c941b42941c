-- A product may sell a login and a box by its MAC address as one: `box` says which kind of box comes with a line that signs in with user
-- name and password. It is one line of one subscription; on the panel it is whatever the panel makes of it.

alter table products add column box text check (box in ('mag', 'enigma'));
alter table products add constraint products_box_beside_login check (box is null or line_kind = 'line');
alter table lines add column box text check (box in ('mag', 'enigma'));
alter table lines add constraint lines_box_beside_login check (box is null or (kind = 'line' and mac is not null));
alter table lines drop constraint lines_held_by_boxes;
alter table lines add constraint lines_held_by_boxes check (held_mac is null or kind <> 'line' or box is not null);
alter table line_leftovers add column box text check (box in ('mag', 'enigma'));
alter table line_leftovers add constraint line_leftovers_box_beside_login check (box is null or (kind = 'line' and mac is not null));

-- As before, and with its box.
create or replace function keep_shared_product() returns trigger
language plpgsql set search_path = public
as $$
begin
  if current_user <> 'linekeeper_app' then return new; end if;
  if tg_op = 'INSERT' then
    if new.from_parent then raise exception 'a product is shared by its parent only'; end if;
  elsif old.from_parent is distinct from new.from_parent
    or (old.from_parent and (old.line_kind, old.box, old.connections, old.outputs) is distinct from (new.line_kind, new.box, new.connections, new.outputs)) then
    raise exception 'a shared product stays as its parent made it';
  end if;
  return new;
end
$$;

create or replace function share_plan(child text, plan text, at timestamptz) returns boolean
language plpgsql security definer set search_path = public
as $$
declare
  me text := current_business();
  shared plans;
begin
  select * into shared from plans where business_id = me and id = plan;
  if not found or not exists (select from businesses b where b.id = child and b.parent_id = me) then return false; end if;
  insert into products (business_id, id, name, description, line_kind, box, connections, outputs, username_strategy, password_strategy, active, position, from_parent, created_at)
    select child, p.id, p.name, p.description, p.line_kind, p.box, p.connections, p.outputs, p.username_strategy, p.password_strategy, p.active, p.position, true, at
    from products p where p.business_id = me and p.id = shared.product_id
    on conflict (business_id, id) do update set line_kind = excluded.line_kind, box = excluded.box, connections = excluded.connections, outputs = excluded.outputs, version = products.version + 1;
  insert into plans (business_id, id, product_id, name, description, term_unit, term_count, credit_cost_milli, trial, renewable, best_value, active, position, from_parent, created_at)
    values (child, shared.id, shared.product_id, shared.name, shared.description, shared.term_unit, shared.term_count, shared.credit_cost_milli, shared.trial,
      shared.renewable, shared.best_value, true, shared.position, true, at)
    on conflict (business_id, id) do update set term_unit = excluded.term_unit, term_count = excluded.term_count, trial = excluded.trial,
      version = plans.version + 1;
  insert into plan_prices (business_id, plan_id, currency, amount_minor, setup_minor)
    select child, r.plan_id, r.currency, r.amount_minor, r.setup_minor from plan_prices r join businesses b on b.id = child and b.currency = r.currency
    where r.business_id = me and r.plan_id = shared.id
    on conflict do nothing;
  delete from product_panels m where m.business_id = child and m.product_id = shared.product_id;
  insert into product_panels (business_id, product_id, panel_business_id, panel_id, package, position)
    select child, m.product_id, m.panel_business_id, m.panel_id, m.package, m.position from product_panels m
    where m.business_id = me and m.product_id = shared.product_id;
  insert into panel_grants (business_id, panel_id, granted_to, created_at)
    select m.panel_business_id, m.panel_id, child, at from product_panels m where m.business_id = me and m.product_id = shared.product_id
    on conflict do nothing;
  return true;
end
$$;
