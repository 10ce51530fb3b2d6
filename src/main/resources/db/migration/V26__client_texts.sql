-- What an admin's search looks through, beside the clients: an index of trigrams on `clients` itself would be written again
-- with each change of a state, and 10,000 clients of a vendor took half as long again to revoke.
create table client_texts (
  client_key text primary key references clients on delete cascade,
  realm text not null,
  text text not null
);
insert into client_texts (client_key, realm, text) select client_key, realm, search from clients;

create function keep_client_text() returns trigger language plpgsql as $$
begin
  insert into client_texts (client_key, realm, text) values (new.client_key, new.realm, new.search)
    on conflict (client_key) do update set text = excluded.text;
  return null;
end $$;
create trigger clients_text_written after insert on clients for each row execute function keep_client_text();
create trigger clients_text_changed after update of client_id, vendor, description on clients for each row
  when (old.search is distinct from new.search) execute function keep_client_text();

-- A trusted extension: whoever may create things in the database may create it. Where that is not so, or it is not
-- installed, a search reads the whole of this table, and finds the same.
do $$
begin
  create extension if not exists pg_trgm;
  create index client_texts_by_trigrams on client_texts using gin (text gin_trgm_ops);
exception when others then
  raise notice 'searches among clients go without an index of trigrams: %', sqlerrm;
end $$;
