-- Some panels find a line by its user name and password only. Until a new login was read back the panel may still have the one before, and
-- what was asked without an answer cannot be looked up without it. [{ username, password }], newest first, passwords sealed.

alter table lines add column former_logins jsonb not null default '[]'
  check (jsonb_typeof(former_logins) = 'array' and jsonb_array_length(former_logins) <= 5);
