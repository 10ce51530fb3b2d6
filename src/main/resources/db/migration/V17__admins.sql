-- Admins: who they are, by what they prove it, and where they are signed in. Digests are keyed
-- hashes under the HSM key mac_kid; nothing here lets its reader sign in.

create table admins (
  admin_id     uuid primary key,       -- in passkeys as the user handle
  name         text not null unique,   -- as audit rows say it; never used again
  state        text not null check (state in ('invited', 'active', 'suspended', 'removed')),
  roles        text not null,          -- "*=root nevocoin=auditor"; * is the whole broker
  created_at   timestamptz not null,
  created_by   text not null,
  signed_in_at timestamptz,
  login_digest text,                   -- of the login secret, without which no code counts
  login_kid    text,
  totp_since   timestamptz,            -- null: no TOTP. Its secret is sealed, as <admin_id>/totp
  totp_step    bigint,                 -- the last time step that was used, and those before
  check ((login_digest is null) = (login_kid is null)),
  check ((totp_since is null) = (totp_step is null))
);

create table passkeys (
  credential_id text primary key,      -- base64url
  admin_id      uuid not null references admins,
  name          text not null,
  credential    text not null,         -- attested credential data (WebAuthn), base64url: id and public key
  sign_count    bigint not null,
  backup        boolean not null,      -- eligible for backup: it may be on more than one device
  created_at    timestamptz not null,
  last_used_at  timestamptz
);
create index passkeys_by_admin on passkeys (admin_id);

create table recovery_codes (
  admin_id uuid not null references admins,
  digest   text not null,
  mac_kid  text not null,
  used_at  timestamptz,
  primary key (admin_id, digest)
);

create table admin_invitations (
  invitation_id uuid primary key,
  admin_id      uuid not null unique references admins,  -- a new one takes the place of the old
  digest        text not null,
  mac_kid       text not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null
);

create table admin_sessions (
  session_id   uuid primary key,
  admin_id     uuid not null references admins,
  digest       text not null,
  mac_kid      text not null,
  method       text not null check (method in ('passkey', 'totp', 'recovery_code')),
  address      text not null,
  created_at   timestamptz not null,
  last_used_at timestamptz not null,
  proved_at    timestamptz not null,   -- sign-in or the last step-up
  expires_at   timestamptz not null
);
create index admin_sessions_by_admin on admin_sessions (admin_id);
