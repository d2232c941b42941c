-- What of an invoice was not paid and not asked for any more, because so little was missing; and of which payment it was missing.
do $$
declare
  known text := (select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'accounts'::regclass and conname = 'accounts_kind_check');
  more text := replace(known, 'ARRAY[', 'ARRAY[''shortfall''::text, ');
begin
  if more = known then
    raise exception 'the kinds of accounts are not listed as they were';
  end if;
  alter table accounts drop constraint accounts_kind_check;
  execute 'alter table accounts add constraint accounts_kind_check ' || more;
end
$$;

alter table invoices add column forgiven_minor bigint not null default 0 check (forgiven_minor >= 0);
alter table invoices add constraint invoices_forgiven_paid check (forgiven_minor = 0 or (status = 'paid' and forgiven_minor < total_minor));
alter table payments add column forgiven_minor bigint not null default 0 check (forgiven_minor >= 0);
