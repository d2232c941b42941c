-- The certificate that a person accepted for a panel which signs its own: by the SHA-256 fingerprint of all of it, and no other is taken there.

alter table panels add column trusted_certificate text check (trusted_certificate ~ '^[0-9a-f]{64}$');
alter table panels add column trusted_by text;
alter table panels add column trusted_at timestamptz;
alter table panels add check ((trusted_certificate is null) = (trusted_by is null) and (trusted_certificate is null) = (trusted_at is null));
