-- The mails of a test twin: none leaves the house, and whoever works there can read them. Those that let somebody in are not kept: a person's
-- sign-in is one for all businesses.
create table caught_mails (
  business_id text collate "C" not null references businesses (id),
  message_id text collate "C" not null,
  body_text text not null,
  body_html text not null,
  caught_at timestamptz not null,
  primary key (business_id, message_id)
);
call make_tenant_table('caught_mails');
create trigger caught_mails_of_twins before insert or update on caught_mails for each row execute function only_for_twins();
