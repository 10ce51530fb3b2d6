-- The life of a key. A row holds instants; the state follows from them and the clock, so that
-- all replicas change over at the same moment.

alter table hsm_keys drop constraint hsm_keys_realm_purpose_key;
alter table hsm_keys drop constraint hsm_keys_purpose_check;
alter table hsm_keys add constraint hsm_keys_purpose_check
  check (purpose in ('access_token', 'client_attestation', 'mac', 'wrap'));

alter table hsm_keys
  add algorithm       text,            -- as JWS names it; HS256 for mac and wrap
  add token           text,            -- label of the PKCS#11 token; '*': the same key on all
  add check_value     text,            -- what tells a key of the broker's own from another
  add signs_from      timestamptz,     -- until then it is announced
  add distrusted_at   timestamptz,
  add distrust_reason text,
  add destroyed_at    timestamptz;     -- its objects are gone from the token; the row stays

-- '': of the first configured token; the next start writes its name.
update hsm_keys set
  algorithm = case purpose when 'mac' then 'HS256' else 'ES256' end,
  token = case purpose when 'mac' then '*' else '' end,
  signs_from = created_at;

alter table hsm_keys
  alter algorithm set not null,
  alter token set not null,
  alter signs_from set not null,
  add constraint hsm_keys_distrust_check
    check ((distrusted_at is null) = (distrust_reason is null));

create index hsm_keys_by_chain on hsm_keys (realm, purpose, token);

-- Counts the restores from a backup: nothing signed in an earlier epoch is trusted.
alter table registry_version add epoch bigint not null default 1;
