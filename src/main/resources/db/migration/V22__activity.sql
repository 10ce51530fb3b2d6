-- What went on, counted: each row of the audit trail once, in the order of the trail, up to the
-- place in `activity_end`. Written beside requests by one replica at a time; what is behind that
-- place is counted by whoever looks.

create table activity_end (
  only_row boolean primary key default true check (only_row),
  place    bigint not null,            -- as in audit_events: this row is counted, all later ones are not
  event_id uuid not null
);

create table activity_minutes (
  realm    text not null,
  minute   timestamptz not null,       -- as the rows' own time says
  opened   bigint not null,            -- grants
  tokens   bigint not null,            -- with those of new grants
  refusals bigint not null,
  alerts   bigint not null,            -- refusals that are alerts count as both
  primary key (realm, minute)
) with (fillfactor = 70);
create index activity_minutes_by_age on activity_minutes (minute);

create table activity_countries (
  realm    text not null,
  slice    timestamptz not null,       -- ten minutes
  country  text not null,              -- empty: not known
  tokens   bigint not null,
  refusals bigint not null,
  primary key (realm, slice, country)
) with (fillfactor = 70);
create index activity_countries_by_age on activity_countries (slice);

create table activity_refusals (
  realm   text not null,
  slice   timestamptz not null,        -- ten minutes
  event   text not null,
  because text not null,
  times   bigint not null,
  last_at timestamptz not null,
  primary key (realm, slice, event, because)
) with (fillfactor = 70);
create index activity_refusals_by_age on activity_refusals (slice);

-- A day and an hour of what is there already is counted by the first looks.
insert into activity_end (place, event_id)
  select coalesce(
      (select min(place) - 1 from (
        select place from audit_events where event <> 'health_probed'
          and event_id >= cast(lpad(to_hex(cast(extract(epoch from now() - interval '25 hours') * 1000 as bigint)), 12, '0')
            || repeat('0', 20) as uuid) offset 0) as recent),
      (select max(place) from audit_events where event <> 'health_probed'),
      0),
    'ffffffff-ffff-ffff-ffff-ffffffffffff';
