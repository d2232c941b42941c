-- Policies with rules, business days and choices; what of them stands at each subscription.

alter table policies
  add column rules jsonb not null default '[]',  -- [{ key, name, when, then }]
  add column calendar jsonb;                     -- { country, region, weekend, holidays, also }; null: every day is a business day

-- Which policy a subscription comes under: rules on facts first, then its plan, its product, the business. Old choices stay readable.
create table policy_choices (
  business_id text collate "C" not null references businesses (id),
  id text collate "C" not null,
  scope text not null check (scope in ('rule', 'plan', 'product', 'business')),
  subject_id text collate "C" not null default '',  -- of a plan or product
  policy_id text collate "C" not null,
  name text not null default '',                    -- of a rule
  condition jsonb,
  position int not null default 0,
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  ended_by text,
  primary key (business_id, id),
  check ((scope = 'rule') = (condition is not null)),
  check ((scope in ('plan', 'product')) = (subject_id <> '')),
  check ((ended_at is null) = (ended_by is null))
);
create unique index policy_choices_one on policy_choices (business_id, scope, subject_id) where ended_at is null and scope <> 'rule';
call make_tenant_table('policy_choices');

alter table subscriptions
  add column policy_version int,                 -- under which the engine was told to look last
  add column policy_chosen_by text not null default 'business' check (policy_chosen_by in ('staff', 'rule', 'plan', 'product', 'business')),
  add column cut_off_at timestamptz,             -- by policy, rules and holds, as the line's expiry was last written
  add column flagged_at timestamptz,             -- a step put it into the renewal queue; a new period takes it out
  add column flagged_because text;
create index subscriptions_flagged on subscriptions (business_id, flagged_at) where flagged_at is not null;
create index subscriptions_policy on subscriptions (business_id, policy_id, id) where status not in ('pending', 'terminated');
