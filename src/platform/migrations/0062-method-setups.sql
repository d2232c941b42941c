-- A payment method is kept without a payment: each visit to a gateway's page is stored before the gateway is asked.

create table method_setups (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  customer_id text collate "C" not null,
  gateway_account_id text collate "C" not null,
  status text not null check (status in ('created', 'requires_action', 'processing', 'succeeded', 'failed', 'canceled', 'expired')),
  -- The sentence that the customer agreed to, and when: it is kept with the method.
  mandate text not null check (length(mandate) between 1 and 2000),
  consented_at timestamptz not null,
  return_url text not null,
  cancel_url text not null,
  remote_ref text,                       -- the gateway's name of the page
  redirect_url text,
  failure jsonb,                         -- what the bank said last
  payment_method_id text collate "C",    -- what was kept
  by text not null,
  checks int not null default 0,
  next_check_at timestamptz,
  fetched_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  version int not null default 1,
  primary key (business_id, id),
  foreign key (business_id, customer_id) references customers (business_id, id),
  foreign key (business_id, gateway_account_id) references gateway_accounts (business_id, id),
  foreign key (business_id, payment_method_id) references payment_methods (business_id, id),
  check ((remote_ref is null) = (redirect_url is null)),
  check ((status in ('succeeded', 'failed', 'canceled', 'expired')) = (ended_at is not null)),
  check (payment_method_id is null or status = 'succeeded')
);
create unique index method_setups_remote on method_setups (business_id, gateway_account_id, remote_ref) where remote_ref is not null;
create index method_setups_customer on method_setups (business_id, customer_id, created_at);
create index method_setups_due on method_setups (next_check_at) where next_check_at is not null;
call make_tenant_table('method_setups');

-- One more kind of due work, for the sweep and for a clock that travels. Where 0067 ran before this, its bound belongs to it, too.
do $$
declare
  due text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  ahead text := (select pg_get_functiondef('time_ahead(timestamptz)'::regprocedure));
  branch text := $branch$    when 'setup' then return query
      select s.business_id, s.id from method_setups s join businesses b on b.id = s.business_id
      where s.next_check_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now) order by s.next_check_at limit most;
$branch$;
begin
  if due like '%farthest%' then
    branch := replace(branch, 'where s.next_check_at', 'where s.next_check_at <= farthest and s.next_check_at');
  end if;
  execute replace(due, '  case kind' || chr(10), '  case kind' || chr(10) || branch);
  execute replace(ahead, '    union all select ''method'',', $branch$    union all select 'setup', s.next_check_at from method_setups s where s.business_id = current_business() and s.next_check_at is not null
    union all select 'method',$branch$);
end
$$;
