-- What this database is: a demo never opens as a real installation, nor the other way round. One row, for the program itself; no
-- role of the application reads it.
create table installation (
  one boolean primary key default true check (one),
  kind text not null check (kind in ('demo', 'live')),
  key_check text not null,               -- sealed with the secret key: another key is noticed at the start
  made_at timestamptz not null default now(),
  ready_at timestamptz                   -- when the demo's past was complete; a real one is ready at once
);
