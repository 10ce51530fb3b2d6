-- What makes an admin's act happen once although it was asked for twice, and acts that wait for a
-- second admin.

create table idempotency_keys (
  owner       text not null,           -- whose key it is: another admin's is another key
  key         text not null,           -- as the caller chose it
  fingerprint text not null,           -- SHA-256 of the request that it was first used for, base64url
  begun_at    timestamptz not null,
  expires_at  timestamptz not null,
  status      integer,                 -- null: the act has not come to its end, or nobody knows
  answer      text,                    -- JSON, never with a secret; null where there was none, or it is not kept
  tag         text,                    -- the entity tag that the answer had
  withheld    boolean not null default false, -- whether a part of the answer was shown only once
  primary key (owner, key)
);
create index idempotency_keys_by_expiry on idempotency_keys (expires_at);

create table approvals (
  approval_id uuid primary key,
  realm       text not null,           -- whose four_eyes asked for it
  kind        text not null,           -- the word of four_eyes
  act         text not null,           -- JSON: what is done when it is approved
  digest      text not null,           -- SHA-256 of the act, base64url: whoever approves says it
  summary     text not null,           -- for people
  state       text not null check (state in ('pending', 'approved', 'rejected', 'done', 'failed')),
  proposer    text not null,           -- who that was, names apart
  proposed_by text not null,
  reason      text not null,
  proposed_at timestamptz not null,
  expires_at  timestamptz not null,    -- a pending one counts before this moment
  decided_by  text,
  decided_why text,
  decided_at  timestamptz,
  outcome     text,                    -- of one that failed: why
  check ((decided_by is null) = (state = 'pending')),
  check ((decided_by is null) = (decided_at is null)),
  check (state in ('pending', 'rejected') or decided_by <> proposed_by)
);
create index approvals_by_expiry on approvals (expires_at);
