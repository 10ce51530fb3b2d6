-- Proofs of requests to an exchange. Unlogged: nobody waits for the disk. PostgreSQL empties both
-- of these tables when it has crashed, and a standby begins with empty ones: then the era is gone
-- as well, the next one has another number, and proofs of the one before are refused.
create unlogged table presented_proofs (
  digest uuid primary key,
  expires_at timestamptz not null
);
create index presented_proofs_by_expiry on presented_proofs using brin (expires_at) with (pages_per_range = 16);

-- Drawn, not counted: a standby might count from where it was before.
create unlogged table replay_era (
  only_one boolean primary key default true check (only_one),
  era integer not null default floor(random() * 2147483647)
);
