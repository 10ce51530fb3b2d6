-- A grant is changed at least once in its life, when it is refreshed or ended. With room for a
-- second one of each row on its page the new row stands beside the old one, and no index is told.
alter table grants set (fillfactor = 50);
comment on column grants.dead_after is
  'until when the row is kept: the last token that stands on it has expired by then';
