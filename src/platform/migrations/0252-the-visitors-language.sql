-- A shop speaks the language of its business. Whoever sells in many countries may let the visitor's browser decide instead (decision 0090).
alter table businesses add column follows_visitors boolean not null default false;
