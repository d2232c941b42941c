-- The chain of history: what was written since the last seal is sealed in batches, behind the path of the orders, never on it. An event
-- remembers the transaction that wrote it; once no older transaction is under way, everything below that number is known to be complete.
alter table events add column written_in bigint; -- null: written before there was a chain
alter table events alter column written_in set default pg_current_xact_id()::text::bigint;
-- Rows come almost in this order, so that a summary of blocks finds them and costs an insert next to nothing.
create index events_written on events using brin (written_in) with (pages_per_range = 32, autosummarize = on);

-- Everything that an event says. Numbers and instants in one form, whatever the settings of a session are.
create function event_digest(e events) returns bytea
language sql immutable parallel safe
as $$
  select sha256(convert_to(jsonb_build_array(e.business_id, e.id, extract(epoch from e.at), e.type, e.actor, e.subject_type, e.subject_id,
    e.customer_id, e.data, e.request_id, e.written_in)::text, 'UTF8'))
$$;

create table audit_seals (
  business_id text collate "C" not null references businesses (id),
  number int not null check (number > 0),
  through bigint not null,               -- what transactions below this number wrote is in this seal or one before
  event_ids text[] not null,
  digests bytea[] not null,              -- of each event, in the same order
  before bytea not null,                 -- the hash of the seal before; empty for the first
  hash bytea not null,
  sealed_at timestamptz not null,
  primary key (business_id, number),
  check (cardinality(event_ids) = cardinality(digests) and cardinality(event_ids) > 0),
  check ((number = 1) = (before = ''))
);
call make_tenant_table('audit_seals');
call make_append_only('audit_seals');

create function seal_hash(s audit_seals) returns bytea
language sql immutable parallel safe
as $$
  select sha256(s.before || convert_to(jsonb_build_array(s.business_id, s.number, s.through, s.event_ids, extract(epoch from s.sealed_at))::text, 'UTF8')
    || (select string_agg(d, '' order by place) from unnest(s.digests) with ordinality u (d, place)))
$$;

-- Seals up to 5,000 events of this business, and those written with the last of them. Answers how many; 0: nothing new, or another process did it.
create function seal_history(now timestamptz) returns int
language plpgsql set search_path = public
as $$
declare
  last audit_seals;
  fresh audit_seals;
  done int;
begin
  select * into last from audit_seals where business_id = current_business() order by number desc limit 1;
  fresh.business_id := current_business();
  fresh.number := coalesce(last.number, 0) + 1;
  fresh.before := coalesce(last.hash, '');
  fresh.sealed_at := now;
  select array_agg(e.id order by e.written_in, e.id), array_agg(e.digest order by e.written_in, e.id), max(e.written_in) + 1
    into fresh.event_ids, fresh.digests, fresh.through
  from (
    select id, written_in, event_digest(events) as digest from events
    where business_id = current_business() and written_in >= coalesce(last.through, 0)
      and written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    order by written_in
    fetch first 5000 rows with ties) e;
  if fresh.event_ids is null then
    return 0;
  end if;
  fresh.hash := seal_hash(fresh);
  insert into audit_seals select fresh.* on conflict do nothing;
  get diagnostics done = row_count;
  return done * cardinality(fresh.event_ids);
end
$$;

-- From where a request came that changed something. Beside the chain, not in it: an address is a person's, and is forgotten after a time.
create table request_origins (
  business_id text collate "C" not null references businesses (id),
  request_id text not null,
  address text not null check (length(address) <= 64),
  agent text not null check (length(agent) <= 300),
  at timestamptz not null,
  primary key (business_id, request_id)
);
call make_tenant_table('request_origins');
create index request_origins_age on request_origins (business_id, at);
create index events_actor on events (business_id, actor, at desc) where actor like 'staff:%' or actor like 'key:%';
