-- The life of clients: those registered at runtime beside those of realm files, the wait for approval, when a client was
-- last used, warnings before secrets expire, rotations that are driven to their end, initial access tokens.

alter table clients drop constraint clients_state_check;
alter table clients
  add constraint clients_state_check check (state in ('pending', 'active', 'suspended', 'removed', 'revoked')),
  add origin      text not null default 'realm_file' check (origin in ('realm_file', 'registered')),
  add vendor      text not null default '',  -- who makes the tool
  add description text not null default '',  -- for people
  add changed     xid8 not null default pg_current_xact_id(); -- the transaction that wrote the row last
create index clients_by_change on clients (changed);
create index clients_by_id on clients (realm, client_id);
create index clients_by_vendor on clients (realm, vendor, client_key) where vendor <> '';

-- Of the clients that are in force already.
update clients set vendor = coalesce(told.client ->> 'vendor', ''),
                   description = coalesce(told.client ->> 'description', '')
  from (select realm, jsonb_array_elements(cast(document as jsonb) -> 'clients') as client from realms
        union all
        select realm, jsonb_array_elements(cast(document as jsonb) -> 'resource_servers') from realms) as told
  where clients.realm = told.realm and clients.client_id = told.client ->> 'client_id';

-- A client that an admin or a developer registered: what a realm file would say of it.
create table registered_clients (
  client_key      text primary key references clients,
  document        text not null,             -- canonical JSON of one client
  key_thumbprints text not null default '',  -- of its public keys, RFC 7638, separated by blanks: retired with it
  revision        bigint not null default 1, -- counts changes of the document: its entity tag
  registered_by   text not null,
  registered_at   timestamptz not null,
  token_digest    text,                      -- keyed hash of its registration access token, as client_secrets.digest
  token_mac_kid   text,                      -- of the key that made it
  check ((token_digest is null) = (token_mac_kid is null))
);

-- Replicas read what has changed since they read last. A secret that was deleted had expired: nobody needs to be told.
alter table client_secrets
  add warned_days smallint,                  -- the last warning was given when it had so many days left
  add changed     xid8 not null default pg_current_xact_id();
create index client_secrets_by_change on client_secrets (changed);
create index client_secrets_by_expiry on client_secrets (expires_at);
alter table sealed_secrets add changed xid8 not null default pg_current_xact_id();
create index sealed_secrets_by_change on sealed_secrets (changed);

create function note_change() returns trigger language plpgsql as $$
begin
  new.changed := pg_current_xact_id();
  return new;
end
$$;
create trigger clients_changed before insert or update on clients for each row execute function note_change();
create trigger client_secrets_changed before insert or update on client_secrets for each row execute function note_change();
create trigger sealed_secrets_changed before insert or update on sealed_secrets for each row execute function note_change();

-- When a client got its last token, as of the last look at its grants: apart from the row that requests lock.
create table client_uses (
  client_key   text primary key references clients,
  last_used_at timestamptz not null
);
insert into client_uses (client_key, last_used_at) select client_key, now() from clients;

-- A rotation by its name: asked for twice, it is done once.
create table secret_rotations (
  client_key  text not null references clients,
  rotation_id text not null,
  secret_id   uuid not null,             -- the secret that it made last
  begun_at    timestamptz not null,
  finished_at timestamptz,
  primary key (client_key, rotation_id)
);
create unique index secret_rotations_under_way on secret_rotations (client_key) where finished_at is null;

-- What lets somebody register clients over the registration endpoint.
create table initial_access_tokens (
  token_id   uuid primary key,
  realm      text not null,
  digest     text not null unique,       -- keyed hash, as client_secrets.digest
  mac_kid    text not null,              -- of the key that made it
  policy     text not null,              -- JSON: what it narrows the realm's registration policy to
  uses_left  integer not null check (uses_left >= 0),
  created_by text not null,
  reason     text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
