-- What happened: one row per change, the source of timelines, of the audit and (later) of outgoing webhooks.
create table events (
  business_id text collate "C" not null,
  id text collate "C" not null,
  at timestamptz not null,          -- the business's own clock
  type text not null,               -- 'subscription.renewed'
  actor text not null,              -- 'customer:cus_…', 'staff:mem_…', 'key:key_…', 'rule:<step>', 'system'
  subject_type text not null,
  subject_id text collate "C" not null,
  customer_id text collate "C",     -- whose timeline it belongs to
  data jsonb not null default '{}', -- ids, amounts, before and after; no secret, no contact data
  request_id text,
  primary key (business_id, at, id)
) partition by range (at);

create index events_subject on events (business_id, subject_id, at desc);
create index events_customer on events (business_id, customer_id, at desc) where customer_id is not null;
create index events_type on events (business_id, type, at desc);

-- Rows that no month claims yet are kept, not refused; the nightly upkeep makes months ahead of need.
create table events_default partition of events default;

create procedure make_month(parent regclass, month date)
language plpgsql
as $$
begin
  execute format('create table if not exists %I partition of %s for values from (%L) to (%L)',
    parent::text || '_' || to_char(month, 'YYYYMM'), parent, month, (month + interval '1 month')::date);
end
$$;

call make_tenant_table('events');
call make_append_only('events');
