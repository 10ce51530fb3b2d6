package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/// Reads the registry in one transaction. The version is read first: a change that comes
/// between is read again, because its version is newer.
final class SnapshotReader {
  private final Mutiny.StatelessSession session;
  private final Instant now;
  private final Map<RealmName, String> documents = new HashMap<>();
  private final Map<String, List<Registration.Secret>> secrets = new HashMap<>();
  private long version;

  SnapshotReader(Mutiny.StatelessSession session, Instant now) {
    this.session = session;
    this.now = now;
  }

  Uni<Registration.Snapshot> read() {
    return readVersion()
        .chain(this::readDocuments)
        .chain(this::readSecrets)
        .chain(this::readClients)
        .chain(clients -> keys(session).map(keys -> snapshot(clients, keys)));
  }

  private Uni<Void> readVersion() {
    return session
        .createNativeQuery("select version from registry_version", Long.class)
        .getSingleResult()
        .invoke(found -> version = found)
        .replaceWithVoid();
  }

  private Uni<Void> readDocuments() {
    return session
        .createQuery("from RealmRow", RealmRow.class)
        .getResultList()
        .invoke(rows -> rows.forEach(row -> documents.put(new RealmName(row.realm), row.document)))
        .replaceWithVoid();
  }

  private Uni<Void> readSecrets() {
    return session
        .createQuery(
            "from ClientSecretRow s where s.expiresAt > :now order by s.createdAt desc",
            ClientSecretRow.class)
        .setParameter("now", now)
        .getResultList()
        .invoke(
            rows ->
                rows.forEach(
                    row ->
                        secrets
                            .computeIfAbsent(row.clientKey, _ -> new ArrayList<>())
                            .add(
                                new Registration.Secret(row.digest, row.createdAt, row.expiresAt))))
        .replaceWithVoid();
  }

  private Uni<List<ClientRow>> readClients() {
    return session.createQuery("from ClientRow", ClientRow.class).getResultList();
  }

  private Registration.Snapshot snapshot(List<ClientRow> rows, List<Registration.Key> keys) {
    Map<RealmName, Map<ClientId, Registration.State>> clients = new HashMap<>();
    for (ClientRow row : rows) {
      clients
          .computeIfAbsent(new RealmName(row.realm), _ -> new HashMap<>())
          .put(
              new ClientId(row.clientId),
              new Registration.State(
                  Standing.valueOf(row.state.toUpperCase(Locale.ROOT)),
                  row.stateReason,
                  row.stateAt,
                  secrets.getOrDefault(row.clientKey, List.of())));
    }
    return new Registration.Snapshot(version, documents, clients, keys);
  }

  static Uni<List<Registration.Key>> keys(Mutiny.StatelessSession session) {
    return session
        .createQuery("from HsmKeyRow", HsmKeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().map(HsmKeyRow::key).toList());
  }
}
