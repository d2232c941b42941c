-- Templates and outgoing messages. A message names the facts that it tells; its text is made when it is sent, from the committed
-- state of that moment, so no secret and no stale decision waits in a queue.

create table templates (
  business_id text collate "C" not null references businesses (id),
  key text not null,
  language text not null,
  version int not null,
  subject text not null,
  body text not null,
  current boolean not null,
  created_at timestamptz not null,
  created_by text not null,
  primary key (business_id, key, language, version)
);
create unique index templates_current on templates (business_id, key, language) where current;
call make_tenant_table('templates');

create table messages (
  business_id text collate "C" not null,
  id text collate "C" not null,
  template text not null,
  kind text not null check (kind in ('service', 'marketing', 'staff')),
  customer_id text collate "C",
  to_address text not null,
  language text not null default 'en',
  about jsonb not null default '{}',     -- { order_id, subscription_id, invoice_id, … }
  subject text,                          -- as sent
  status text not null check (status in ('queued', 'sending', 'sent', 'failed', 'not_delivered', 'expired')),
  transport text,
  answer text,                           -- what the transport said
  tries int not null default 0,
  next_try_at timestamptz,
  send_until timestamptz,                -- later it would be wrong: it expires
  repeatable boolean not null default false, -- after an unknown outcome: credentials go again, reminders do not
  created_at timestamptz not null,
  accepted_at timestamptz,
  primary key (business_id, created_at, id),
  check ((status = 'sent') = (accepted_at is not null))
) partition by range (created_at);
create table messages_default partition of messages default;
create index messages_id on messages (business_id, id);
create index messages_due on messages (next_try_at) where next_try_at is not null;
create index messages_customer on messages (business_id, customer_id, created_at desc);
create index messages_status on messages (business_id, status, created_at desc);
call make_tenant_table('messages');

-- One message of a kind for one occasion: claimed in the transaction of its cause.
create table message_claims (
  business_id text collate "C" not null,
  claim text not null,
  message_id text collate "C" not null,
  primary key (business_id, claim)
);
call make_tenant_table('message_claims');
