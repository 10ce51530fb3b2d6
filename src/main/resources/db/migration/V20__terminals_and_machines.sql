-- Admins who sign in from a terminal, admins that are machines, and attempts to sign in as they count on all
-- replicas together.

alter table admin_sessions drop constraint admin_sessions_method_check;
alter table admin_sessions add constraint admin_sessions_method_check check (method in
  ('passkey', 'totp', 'recovery_code', 'terminal', 'machine_key', 'machine_certificate'));

-- A terminal that waits until an admin confirms it in the console.
create table terminal_logins (
  login_id   uuid primary key,
  user_code  text not null unique,    -- what the terminal shows, and the admin types
  digest     text not null,           -- keyed hash of the secret that only this terminal has
  mac_kid    text not null,
  terminal   text not null,           -- what it calls itself; nobody has proved it
  address    text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  polled_at  timestamptz not null,
  state      text not null default 'waiting' check (state in ('waiting', 'confirmed', 'refused')),
  admin_id   uuid references admins,  -- who decided
  decided_at timestamptz,
  check ((state = 'waiting') = (admin_id is null)),
  check ((admin_id is null) = (decided_at is null))
);

-- Of a machine: by what it is known, and what it may do. machine_may: routes of the admin API, one a line; empty:
-- whatever its role allows without a step-up. Null: a person.
alter table admins
  add column machine_may  text,
  add column machine_jwks text,       -- public keys, a JWK set
  add column machine_x5t  text,       -- SHA-256 of its certificate, base64url
  add check (machine_may is not null or (machine_jwks is null and machine_x5t is null));

-- How much of its attempts somebody has used up: the moment at which all are back.
create table sign_in_attempts (
  source  text primary key,           -- a network, and the name that it uses
  full_at timestamptz not null
);
