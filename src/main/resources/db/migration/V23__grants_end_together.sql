-- Whoever ends many grants in one statement says himself what these would say of each, in the same
-- statement: so many calls took longer than all the rest. The setting is of his transaction.
drop trigger grants_revoked on grants;
create trigger grants_revoked after update on grants for each row
  when (old.revoked_at is null and new.revoked_at is not null
    and coalesce(current_setting('mayfly.together', true), '') <> 'on')
  execute function note_revocation();
drop trigger grants_revoked_queued on grants;
create trigger grants_revoked_queued after update on grants for each row
  when (old.revoked_at is null and new.revoked_at is not null
    and coalesce(current_setting('mayfly.together', true), '') <> 'on')
  execute function queue_grant_revoked();
