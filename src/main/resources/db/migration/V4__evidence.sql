-- Evidence, levels and the revocation of attestations.

alter table instances
  add rule            text not null default 'join_secret', -- of the attester: by which it was attested last
  add kind            text not null default 'join_secret', -- of that evidence
  add level           text not null default 'attested',    -- what it was worth then
  add subject         text not null default '',            -- who the platform says it is, for people
  add evidence_at     timestamptz,                         -- when evidence was shown last; renewals do not move it
  add evidence_digest text;                                -- of single-use evidence: its replay mark
update instances set evidence_at = joined_at;
alter table instances alter evidence_at set not null;

-- What our own attester signed, and what others' we were told not to believe.
create table attestations (
  realm         text not null,
  jti           text not null,
  client_key    text not null references clients,
  jkt           text not null,
  attester      text not null,
  rule          text not null,
  issued_at     timestamptz not null,
  expires_at    timestamptz not null,
  revoked_at    timestamptz,
  revoke_reason text,
  primary key (realm, jti)
);
create index attestations_by_instance on attestations (client_key, jkt);
create index attestations_by_expiry on attestations (expires_at);
create index attestations_revoked on attestations (realm, jti) where revoked_at is not null;

-- An attester, or one rule of it, that is not believed until it is restored.
create table attester_revocations (
  realm      text not null,
  attester   text not null,
  rule       text not null,            -- '': the whole attester
  revoked_at timestamptz not null,
  reason     text not null,
  primary key (realm, attester, rule)
);

-- Counts what was revoked of a client's attestations: a replica that has not read of it yet is
-- told so under the client's lock.
alter table clients add revocations bigint not null default 0;

alter table grants
  add attestation_level text not null default 'none',
  add attestation_jti   text,
  add attester          text,
  add attestation_rule  text;
update grants set attestation_level = 'attested' where attestation <> 'none';
create index grants_by_instance on grants (instance_jkt) where revoked_at is null;
