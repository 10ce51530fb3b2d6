-- The audit trail in the order of its commits, covered by signed checkpoints.

-- The transaction that wrote the row. Whatever is below the oldest transaction that is still open
-- is complete: no row can appear there any more. A default, so that whoever inserts knows nothing
-- of it. Rows of before get the number of this migration: the first checkpoints cover them.
alter table audit_events
  add country text,                    -- of the address, where it is known
  add place   bigint not null default (cast(cast(pg_current_xact_id() as text) as bigint));

-- What readiness wrote is no part of the trail: it is swept away.
create unique index audit_events_in_order on audit_events (place, event_id)
  where event <> 'health_probed';

-- For searches. A B-tree over clients, grants or addresses would cost each token a third of its
-- insert. What tools do in the normal course has no entry in the first two; the third sums up
-- pages and costs an insert nothing.
create index audit_events_out_of_the_ordinary on audit_events (event, event_id)
  where event not in
    ('token_issued', 'token_refreshed', 'refresh_retried', 'token_exchanged', 'health_probed');
create index audit_events_by_severity on audit_events (severity, event_id)
  where severity <> 'info';
create index audit_events_of_grants on audit_events using brin (grant_id uuid_bloom_ops)
  with (pages_per_range = 64, autosummarize = on);

-- Everything of a checkpoint is in its signed text, so that no column can say something else.
create table audit_checkpoints (
  number bigint primary key,           -- 1, 2, 3, ... without a gap
  jws    text not null,
  leaves bytea not null                -- the hashes of its rows, 32 bytes each, in their order
);

-- By how much places are ahead of the transactions' own numbers. Not 0 once the tables were loaded
-- into a database that counts its transactions from the beginning.
create table audit_order (
  only_row boolean primary key default true check (only_row),
  shift    bigint not null
);
insert into audit_order (shift) values (0);

alter table hsm_keys drop constraint hsm_keys_purpose_check;
alter table hsm_keys add constraint hsm_keys_purpose_check
  check (purpose in ('access_token', 'client_attestation', 'mac', 'wrap', 'audit'));
