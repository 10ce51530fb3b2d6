-- What every replica holds in memory to refuse tokens of revoked grants: written by whatever ends a
-- grant, in the same transaction, read by replicas several times a second.
create table revocations (
  grant_id   uuid primary key,
  dead_after timestamptz not null,     -- no token of the grant lives longer
  xid        xid8 not null default pg_current_xact_id()
);
create index revocations_by_xid on revocations (xid);
create index revocations_by_death on revocations (dead_after);

create function note_revocation() returns trigger language plpgsql as $$
begin
  insert into revocations (grant_id, dead_after) values (new.grant_id, new.dead_after)
    on conflict (grant_id) do nothing;
  return null;
end
$$;

create trigger grants_revoked after update on grants for each row
  when (old.revoked_at is null and new.revoked_at is not null)
  execute function note_revocation();

insert into revocations (grant_id, dead_after)
  select grant_id, dead_after from grants where revoked_at is not null and dead_after > now();
