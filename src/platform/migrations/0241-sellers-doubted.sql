-- A listing that is believed may be far too short of one reseller's lines: of him nothing is concluded, and the comparison says of how many that is so.
alter table reconciliations add column sellers_doubted int not null default 0;
