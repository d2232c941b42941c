-- Signing in: identities of the installation, not of a business. The tables and their column names are better-auth's. Only its
-- role may enter the schema; the application, reports and look-ups cannot, so no page or report can read a hash by mistake.

create schema auth;
revoke all on schema auth from public;
grant usage on schema auth to linekeeper_auth;

create table auth."user" (
  "id" text not null primary key,
  "name" text not null,
  "email" text not null unique check ("email" = lower("email")),
  "emailVerified" boolean not null,
  "image" text,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp,
  "twoFactorEnabled" boolean
);

create table auth."session" (
  "id" text not null primary key,
  "expiresAt" timestamptz not null,
  "token" text not null unique check ("token" like 'sha256:%'), -- never the cookie's value itself
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" text not null references auth."user" ("id") on delete cascade,
  "signedInAt" timestamptz not null,  -- when a password, link or code was last given
  "lastSeenAt" timestamptz not null
);
create index "session_userId_idx" on auth."session" ("userId");

create table auth."account" (
  "id" text not null primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" text not null references auth."user" ("id") on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope" text,
  "password" text check ("password" like '$argon2id$%'),
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null
);
create index "account_userId_idx" on auth."account" ("userId");

create table auth."verification" (
  "id" text not null primary key,
  "identifier" text not null,         -- hashed: links and challenges cannot be read off the table
  "value" text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null default current_timestamp
);
create index "verification_identifier_idx" on auth."verification" ("identifier");
create index "verification_value_idx" on auth."verification" using hash ("value"); -- a new link ends the older ones
create index "verification_expiresAt_idx" on auth."verification" ("expiresAt");

create table auth."twoFactor" (
  "id" text not null primary key,
  "secret" text not null,             -- encrypted
  "backupCodes" text not null,        -- encrypted
  "userId" text not null references auth."user" ("id") on delete cascade,
  "verified" boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamptz
);
create index "twoFactor_userId_idx" on auth."twoFactor" ("userId");

-- Ours: a code of an authenticator is taken once, though it stays valid for a minute and a half.
create table auth.used_codes (
  user_id text not null references auth."user" ("id") on delete cascade,
  code_hash bytea not null,
  used_at timestamptz not null,
  primary key (user_id, code_hash)
);

-- Attempts, counted over all processes (rate-limiter-flexible's columns). Unlogged: after a crash counting begins anew, which
-- costs an attacker nothing he could plan with and spares every request a write to the log.
create unlogged table auth.rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_expire on auth.rate_limits (expire);

grant select, insert, update, delete on all tables in schema auth to linekeeper_auth;
