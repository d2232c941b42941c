-- Passkeys: the table and its column names are better-auth's. It holds public keys only.
create table auth."passkey" (
  "id" text not null primary key,
  "name" text check (length("name") <= 80),
  "publicKey" text not null,
  "userId" text not null references auth."user" ("id") on delete cascade,
  "credentialID" text not null unique,
  "counter" bigint not null,
  "deviceType" text not null,
  "backedUp" boolean not null,
  "transports" text,
  "createdAt" timestamptz,
  "aaguid" text
);
create index "passkey_userId_idx" on auth."passkey" ("userId");
grant select, insert, update, delete on auth."passkey" to linekeeper_auth;

-- A session that a passkey began was shown two factors: the device, and its owner's finger, face or code.
alter table auth."session" add column "passkey" boolean;
