-- The registry: what changes by an admin's act. Small, read into memory by every replica.

create table realms (
  realm      text primary key,
  document   text not null,            -- the applied realm, canonical JSON
  applied_at timestamptz not null
);

create table clients (
  client_key   text primary key,       -- realm '/' client_id: one column to lock and join by
  realm        text not null,
  client_id    text not null,
  kind         text not null check (kind in ('client', 'resource_server')),
  state        text not null check (state in ('active', 'suspended', 'removed', 'revoked')),
  state_reason text not null,
  state_at     timestamptz not null
);

create table client_secrets (
  secret_id  uuid primary key,
  client_key text not null references clients,
  digest     text not null,            -- HMAC-SHA256 under an HSM-resident key, base64url
  created_at timestamptz not null,
  expires_at timestamptz not null      -- brought forward to the end of the overlap by a rotation
);
create index client_secrets_by_client on client_secrets (client_key);

create table join_secrets (
  digest     text primary key,         -- as client_secrets.digest
  client_key text not null references clients,
  attester   text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  used_by    text                      -- thumbprint of the instance key that joined with it
);

create table instances (
  client_key  text not null references clients,
  jkt         text not null,
  attester    text not null,
  address     text not null,           -- where it joined from
  joined_at   timestamptz not null,
  attested_at timestamptz not null,
  primary key (client_key, jkt)
);

create table hsm_keys (
  kid        text primary key,
  realm      text not null,            -- '*': the key of all realms (purpose mac)
  purpose    text not null check (purpose in ('access_token', 'client_attestation', 'mac')),
  label      text not null unique,     -- of the key in the PKCS#11 token
  jwk        text,                     -- the public key; null for purpose mac
  created_at timestamptz not null,
  unique (realm, purpose)
);

-- Bumped by every change of the tables above; replicas re-read when it moves.
create table registry_version (
  only_row boolean primary key default true check (only_row),
  version  bigint not null
);
insert into registry_version (version) values (1);

-- The ledger: what every request writes. Rows here are short-lived, except the audit trail.

create table grants (
  grant_id           uuid primary key,
  client_key         text not null,
  realm              text not null,
  client_id          text not null,
  scope              text not null,
  audience           text not null,    -- space separated
  attestation        text not null,    -- none, or the kind of evidence
  instance_jkt       text,
  address            text not null,
  country            text,
  created_at         timestamptz not null,
  ends_at            timestamptz not null,
  generation         integer not null, -- of the one refresh token that is not spent
  refresh_expires_at timestamptz,      -- null: this grant has no refresh token
  rotated_at         timestamptz not null, -- when the last refresh token was spent
  dead_after         timestamptz not null, -- when the last token that stands on it has expired
  revoked_at         timestamptz,
  revoke_reason      text,
  revision           integer not null  -- counts updates; each is conditional on the one it decided on
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index grants_live_by_client on grants (client_key) where revoked_at is null;
create index grants_by_death on grants (dead_after);

create table replays (
  digest     text primary key,         -- SHA-256 over realm, kind, presenter and jti, base64url
  expires_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.02);
create index replays_by_expiry on replays (expires_at);

create table audit_events (
  event_id   uuid primary key,         -- version 7: ordered by time
  at         timestamptz not null,
  realm      text not null,
  event      text not null,
  severity   text not null,
  client_id  text,
  grant_id   uuid,
  jti        text,
  request_id text not null,
  address    text not null,
  detail     text not null             -- a JSON object
);
-- The rows that only prove that the trail can be written are swept away again.
create index audit_events_of_health on audit_events (at) where event = 'health_probed';
