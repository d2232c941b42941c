-- Panels that charge our account there for each line and each extension. Time is bought by the term, so a line knows the end of what was sold
-- beside the safety net behind it; what a call may cost is written down before it is made; and one line at a time spends from an account.

alter table lines
  add column paid_until timestamptz,
  -- { seq, price, balance, looks }: a charged call that was about to be made, and whose effect was not read back yet.
  add column spending jsonb check (spending ?& array['seq', 'price', 'balance', 'looks']);
update lines l set paid_until = s.paid_through from subscriptions s where s.business_id = l.business_id and s.id = l.subscription_id;

alter table panels
  add column account_line text collate "C",
  add column account_until timestamptz,
  add column credits numeric(18, 4),      -- what our account there had when it was last asked
  add column credits_at timestamptz,
  add constraint panels_account check ((account_line is null) = (account_until is null)),
  add constraint panels_credits check ((credits is null) = (credits_at is null));

-- In the order in which they were asked. Of the panel's own business; its line may be a child's.
create table panel_charges (
  business_id text collate "C" not null,
  panel_id text collate "C" not null,
  seq bigint not null check (seq > 0),
  line_business_id text collate "C" not null,
  line_id text collate "C" not null,
  price numeric(18, 4) not null check (price >= 0),
  balance numeric(18, 4) not null,        -- before the call
  -- asked: not known yet; done: its effect was read back; void: surely not carried out; unclear: a person was asked.
  state text not null check (state in ('asked', 'done', 'void', 'unclear')),
  asked_at timestamptz not null,
  primary key (business_id, panel_id, seq),
  foreign key (business_id, panel_id) references panels (business_id, id),
  foreign key (line_business_id, line_id) references lines (business_id, id)
);
call make_tenant_table('panel_charges');
-- A line asks for one thing at a time.
create unique index panel_charges_asked on panel_charges (business_id, panel_id, line_business_id, line_id) where state = 'asked';
create index panel_charges_line on panel_charges (line_business_id, line_id);
