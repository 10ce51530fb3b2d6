-- Security events that are pushed (RFC 8935), beside those that are polled. Where to stands in the
-- realm's file, and what proves who we are in a file that it names: neither is here.

alter table event_streams
  add column delivery      text not null default 'poll' check (delivery in ('poll', 'push')),
  add column push_claim    uuid,                       -- of the replica that pushes at this moment
  add column push_until    timestamptz,                -- how long it may, by this database's clock
  add column push_after    timestamptz,                -- not before; after a failure
  add column push_failures integer not null default 0; -- in a row

create index event_streams_pushed on event_streams (stream_id) where delivery = 'push';
