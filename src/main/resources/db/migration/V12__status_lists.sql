-- Which token stands where in a status list, so that whoever verifies offline can learn that its
-- grant was revoked. A list is opened by one replica, which alone gives out its places; the
-- primary key says once more that no place is given out twice.
create table status_lists (
  list_id    text primary key,         -- 128 random bits, base64url
  realm      text not null,
  dead_after timestamptz not null      -- no token in it lives longer
);
create index status_lists_by_death on status_lists (dead_after);

create table token_statuses (
  place      text primary key,         -- list '.' index, which is the token's jti as well
  list_id    text not null,
  idx        integer not null,
  grant_id   uuid not null,
  dead_after timestamptz not null
);
create index token_statuses_by_grant on token_statuses (grant_id);
create index token_statuses_by_death on token_statuses (dead_after);
