-- What no listing carries (password, bouquets) is read line by line, oldest first, a share with each comparison.
alter table lines add column read_at timestamptz;      -- last read whole by a comparison; what the reconciler read is `found_at`
alter table reconciliations
  add column sampled int not null default 0,            -- lines that were read whole
  add column oldest_read_at timestamptz;                -- of all lines on the panel, the one read longest ago, at its end
alter table differences add column hidden boolean not null default false; -- no listing shows it: it stays until the line was read whole again
