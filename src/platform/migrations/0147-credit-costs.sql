-- What credits cost that lines are kept with: bought at a supplier's panel, or given by our supplier here, who did not sell them by an invoice.
create table credit_lots (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  panel_id text collate "C",             -- our account at this panel
  transfer_id text collate "C",          -- or the credits that this transfer gave to our wallet, in our supplier's books
  credits_milli bigint not null check (credits_milli > 0),
  cost_minor bigint not null check (cost_minor >= 0),
  currency text not null check (length(currency) = 3),
  bought_at timestamptz not null,
  note text not null default '' check (length(note) <= 200),
  created_at timestamptz not null,
  created_by text not null,
  undone_at timestamptz,
  undone_by text,
  primary key (business_id, id),
  foreign key (business_id, panel_id) references panels (business_id, id),
  check ((panel_id is null) <> (transfer_id is null)),
  check ((undone_at is null) = (undone_by is null))
);
create unique index credit_lots_transfer on credit_lots (business_id, transfer_id) where transfer_id is not null and undone_at is null;
create index credit_lots_list on credit_lots (business_id, created_at desc, id desc);
call make_tenant_table('credit_lots');

-- Everything that came into our wallet at our supplier and left it, with what was paid where it was sold here. The rows are the supplier's.
create function wallet_flow() returns table (id text, at timestamptz, amount bigint, purpose text, seller text, period_id text, undoes text, cost_minor bigint, currency text)
language sql stable security definer set search_path = public
as $$
  with wallet as (
    select b.parent_id as issuer, 'wallet/credit/' || b.id as account from businesses b where b.id = current_business() and b.parent_id is not null)
  select t.id, t.at, case when t.credit_account = w.account then t.amount else -t.amount end, t.purpose, c.business_id, c.period_id, t.undoes, v.net_minor, v.currency
  from wallet w join transfers t on t.business_id = w.issuer and w.account in (t.debit_account, t.credit_account)
    left join holds h on h.business_id = w.issuer and h.id = t.cause_id
    left join period_credits c on c.period_id = h.cause_id and c.steps @> jsonb_build_array(jsonb_build_object('hold', h.id))
    left join credit_orders o on o.business_id = w.issuer and o.id = t.cause_id and t.purpose = 'credits_bought'
    left join invoices v on v.business_id = o.business_id and v.id = o.invoice_id
$$;

do $$
begin
  grant create on schema public to linekeeper_lookup;
  alter function wallet_flow() owner to linekeeper_lookup;
  revoke execute on function wallet_flow() from public;
  grant execute on function wallet_flow() to linekeeper_app;
  revoke create on schema public from linekeeper_lookup;
end
$$;
