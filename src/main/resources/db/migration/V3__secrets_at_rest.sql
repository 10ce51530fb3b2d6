-- Secrets at rest: which MAC key made each keyed hash, so that keys can follow one another; what
-- must be recoverable, sealed; and what was ever retired.

alter table client_secrets
  add mac_kid     text,                -- of the key that made digest and fingerprint
  add fingerprint text;                -- keyed hash of the secret alone; null: made before this existed
alter table join_secrets
  add mac_kid     text,
  add fingerprint text;
update client_secrets set mac_kid = (select kid from hsm_keys where purpose = 'mac');
update join_secrets   set mac_kid = (select kid from hsm_keys where purpose = 'mac');
alter table client_secrets alter column mac_kid set not null;
alter table join_secrets   alter column mac_kid set not null;
create index client_secrets_by_fingerprint on client_secrets (fingerprint);

create table sealed_secrets (
  realm      text not null,
  owner      text not null,            -- whose secret it is: a client_id
  name       text not null,            -- client_secret/<secret_id>
  wrap_kid   text not null,            -- of the HSM key from which this row's own key is derived
  ciphertext text not null,            -- nonce and AES-256-GCM, base64url; the columns above are its associated data
  created_at timestamptz not null,
  primary key (realm, owner, name)
);

create table fingerprints (
  fingerprint text primary key,        -- of a key: RFC 7638 thumbprint; of a secret: keyed hash
  kind        text not null check (kind in
                ('client_key', 'attester_key', 'instance_key', 'own_key', 'secret')),
  mac_kid     text,                    -- of the key that made it; null for keys
  owner       text not null,           -- whose it was, for people
  retired_at  timestamptz not null,
  reason      text not null,
  check ((mac_kid is not null) = (kind = 'secret'))
);
create index fingerprints_by_mac_key on fingerprints (mac_kid) where mac_kid is not null;
