-- Of grants that no instance has, nobody asks by instance: they need not be in it. And nothing that
-- asks for the live grants of many clients takes this one for the shorter way to them.
drop index grants_by_instance;
create index grants_by_instance on grants (instance_jkt)
  where revoked_at is null and instance_jkt is not null;
