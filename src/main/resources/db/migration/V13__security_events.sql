-- Security event streams (SSF), and what waits in them. What a receiver has to hear of is queued by
-- triggers, in the transaction that makes it true: there is no event without its cause, and no
-- cause without its event. Where nobody listens, nothing is written.

create table event_streams (
  stream_id   uuid primary key,
  realm       text not null,
  receiver    text not null,           -- the client that it belongs to
  audiences   text not null,           -- space separated: grants for one of these concern it
  requested   text not null,           -- event types as it asked for them, space separated
  delivered   text not null,           -- those of them that there are, by their last word
  status      text not null check (status in ('enabled', 'paused', 'disabled')),
  reason      text not null,           -- of the status
  description text not null,
  created_at  timestamptz not null,
  verified_at timestamptz,             -- when a verification event was last asked for
  unique (realm, receiver)
);

-- No foreign key: a stream that is deleted at this moment must not make a revocation fail.
create table security_events (
  event_id    uuid primary key default gen_random_uuid(), -- the jti of its SET
  position    bigint generated always as identity,
  stream_id   uuid not null,
  event       text not null,           -- the last word of its type
  client_id   text,
  grant_id    uuid,                    -- null: all of the client's
  reason      text not null,
  extra       text not null,           -- change_type, state or status
  occurred_at timestamptz not null
);
create index security_events_by_stream on security_events (stream_id, position);

create function queue_grant_revoked() returns trigger language plpgsql as $$
begin
  insert into security_events (stream_id, event, client_id, grant_id, reason, extra, occurred_at)
    select stream_id, 'session-revoked', new.client_id, new.grant_id, coalesce(new.revoke_reason, ''), '', new.revoked_at
      from event_streams
      where realm = new.realm and status <> 'disabled'
        and 'session-revoked' = any (string_to_array(delivered, ' '))
        and string_to_array(audiences, ' ') && string_to_array(new.audience, ' ');
  return null;
end
$$;

create trigger grants_revoked_queued after update on grants for each row
  when (old.revoked_at is null and new.revoked_at is not null)
  execute function queue_grant_revoked();

-- Of a client hears whoever serves one of its live grants: of those that have ended he has heard.
create function queue_of_client(key text, event_word text, because text, more text, at timestamptz)
returns void language sql as $$
  insert into security_events (stream_id, event, client_id, reason, extra, occurred_at)
    select s.stream_id, event_word, c.client_id, because, more, at
      from clients c join event_streams s on s.realm = c.realm
      where c.client_key = key and c.kind = 'client' and s.status <> 'disabled'
        and event_word = any (string_to_array(s.delivered, ' '))
        and exists (select from grants g where g.client_key = key and g.revoked_at is null and g.dead_after > at
          and string_to_array(s.audiences, ' ') && string_to_array(g.audience, ' '))
$$;

create function queue_client_out() returns trigger language plpgsql as $$
begin
  if exists (select from event_streams where realm = new.realm and status <> 'disabled') then
    perform queue_of_client(new.client_key, 'session-revoked', new.state_reason, '', new.state_at);
  end if;
  return null;
end
$$;

create trigger clients_out_queued after update on clients for each row
  when (old.state = 'active' and new.state <> 'active')
  execute function queue_client_out();

create function queue_secret() returns trigger language plpgsql as $$
begin
  if exists (select from event_streams where status <> 'disabled') then
    perform queue_of_client(new.client_key, 'credential-change', 'a new client secret',
      case when exists (select from client_secrets other where other.client_key = new.client_key
        and other.secret_id <> new.secret_id) then 'update' else 'create' end, new.created_at);
  end if;
  return null;
end
$$;

create trigger client_secrets_queued after insert on client_secrets for each row
  execute function queue_secret();
