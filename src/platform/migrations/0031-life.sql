-- The whole life of a subscription: changes of plan, pauses, time taken back, invoices withdrawn.

alter table invoices drop constraint invoices_purpose_check;
alter table invoices add constraint invoices_purpose_check check (purpose in ('order', 'renewal', 'manual', 'change'));
alter table invoice_items drop constraint invoice_items_kind_check;
alter table invoice_items add constraint invoice_items_kind_check check (kind in ('period', 'setup', 'custom', 'change'));

-- What was sold stays readable when a pause moves a period or a cancellation cuts it: null until then.
alter table periods add column sold_starts timestamptz, add column sold_ends timestamptz;
alter table periods add constraint periods_sold check ((sold_starts is null) = (sold_ends is null));
alter table periods drop constraint periods_check;
-- Paid ahead and taken back before it began: nothing is left of it, and the row says what there was.
alter table periods add constraint periods_check check (starts < ends or (starts = ends and ended_early_at is not null));

-- One wish for another plan per subscription at a time.
create table plan_changes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  from_plan_id text collate "C" not null,
  to_plan_id text collate "C" not null,
  takes_effect text not null check (takes_effect in ('now', 'at_end')),
  status text not null check (status in ('awaiting_payment', 'scheduled', 'paid', 'applied', 'canceled')),
  -- Agreed when it was confirmed.
  price_minor bigint not null check (price_minor >= 0),
  term_unit text not null,
  term_count int not null,
  credit_cost_milli bigint not null default 0,
  charge_minor bigint not null default 0 check (charge_minor >= 0),
  credit_minor bigint not null default 0 check (credit_minor >= 0),
  restarts boolean not null default false,   -- the new plan begins a whole period of its own
  invoice_id text collate "C",
  due_at timestamptz,                    -- awaiting payment: lapses; paid: its period begins
  covers_until timestamptz,              -- what the difference paid for ends here
  reason text not null default '',
  by text not null,
  created_at timestamptz not null,
  applied_at timestamptz,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  foreign key (business_id, from_plan_id) references plans (business_id, id),
  foreign key (business_id, to_plan_id) references plans (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  check ((status = 'applied') = (applied_at is not null)),
  check (status not in ('awaiting_payment', 'paid') or due_at is not null),
  check (status <> 'awaiting_payment' or invoice_id is not null)
);
create unique index plan_changes_open on plan_changes (business_id, subscription_id) where status in ('awaiting_payment', 'scheduled', 'paid');
create index plan_changes_subscription on plan_changes (business_id, subscription_id, created_at);
create index plan_changes_invoice on plan_changes (business_id, invoice_id) where invoice_id is not null;
create index plan_changes_due on plan_changes (due_at) where status in ('awaiting_payment', 'paid');
call make_tenant_table('plan_changes');

-- Time in which a line rested on its owner's wish: not served, so not used up.
create table pauses (
  business_id text collate "C" not null,
  id text collate "C" not null,
  subscription_id text collate "C" not null,
  starts timestamptz not null,
  ends timestamptz,                      -- null: it still rests
  reason text not null default '',
  by text not null,
  primary key (business_id, id),
  foreign key (business_id, subscription_id) references subscriptions (business_id, id),
  check (ends is null or starts < ends)
);
create unique index pauses_open on pauses (business_id, subscription_id) where ends is null;
create index pauses_subscription on pauses (business_id, subscription_id, starts);
call make_tenant_table('pauses');

-- A numbered invoice is never deleted: it is taken back under a number of its own.
create table credit_notes (
  business_id text collate "C" not null,
  id text collate "C" not null,
  invoice_id text collate "C" not null,
  series text not null,
  number int not null,
  currency text not null,
  total_minor bigint not null check (total_minor >= 0),
  reason text not null,
  by text not null,
  issued_at timestamptz not null,
  primary key (business_id, id),
  foreign key (business_id, invoice_id) references invoices (business_id, id),
  unique (business_id, series, number)
);
create index credit_notes_invoice on credit_notes (business_id, invoice_id);
call make_tenant_table('credit_notes');
call make_append_only('credit_notes');

-- One more kind of due work: its own branch, before the others.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
begin
  execute replace(body, '  case kind' || chr(10), '  case kind' || chr(10) || $branch$    when 'plan_change' then return query
      select c.business_id, c.id from plan_changes c join businesses b on b.id = c.business_id
      where c.status in ('awaiting_payment', 'paid') and c.due_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
      order by c.due_at limit most;
$branch$);
end
$$;
