-- To end a grant is to change revoked_at. While indexes ask about it each such change is told to all
-- indexes of the table; now the new row stands beside the old one, and they lead to both. What they
-- find more is what was revoked in the last minutes: then it is purged.
drop index grants_live_by_client;
create index grants_by_client on grants (client_key);
drop index grants_by_instance;
create index grants_by_instance on grants (instance_jkt) where instance_jkt is not null;
