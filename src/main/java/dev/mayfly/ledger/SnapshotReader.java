package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.reactive.mutiny.Mutiny;

/// Reads the registry in one transaction. The version is read first: a change that comes
/// between is read again, because its version is newer.
final class SnapshotReader {
  /// An attestation of an instance key may outlive its retirement by as much; a realm allows 30
  /// days at most.
  private static final Duration LONGEST_ATTESTATION = Duration.ofDays(31);

  private final Mutiny.StatelessSession session;
  private final Instant now;
  private final Map<RealmName, String> documents = new HashMap<>();
  private final Map<String, List<Registration.Secret>> secrets = new HashMap<>();
  private final Map<String, Registration.Sealed> sealed = new HashMap<>();
  private final Map<String, Set<String>> uses = new HashMap<>();
  private long version;

  SnapshotReader(Mutiny.StatelessSession session, Instant now) {
    this.session = session;
    this.now = now;
  }

  Uni<Registration.Snapshot> read() {
    return readVersion()
        .chain(this::readDocuments)
        .chain(this::readSealed)
        .chain(this::readSecrets)
        .chain(this::readUses)
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
                            .add(secret(row))))
        .replaceWithVoid();
  }

  private Registration.Secret secret(ClientSecretRow row) {
    return new Registration.Secret(
        row.secretId,
        new Registration.Digests(row.macKid, row.digest, Optional.ofNullable(row.fingerprint)),
        row.createdAt,
        row.expiresAt,
        Optional.ofNullable(
            sealed.get(row.clientKey + '/' + Registration.Secret.sealedName(row.secretId))));
  }

  private Uni<Void> readSealed() {
    return session
        .createQuery("from SealedSecretRow", SealedSecretRow.class)
        .getResultList()
        .invoke(
            rows ->
                rows.forEach(
                    row -> sealed.put(row.realm + '/' + row.owner + '/' + row.name, row.sealed())))
        .replaceWithVoid();
  }

  /// Three short lists in one question: a registry is read often.
  private Uni<Void> readUses() {
    return session
        .createNativeQuery(
            "select distinct 'join', mac_kid from join_secrets union all select distinct 'print',"
                + " mac_kid from fingerprints where mac_kid is not null union all select 'key',"
                + " fingerprint from fingerprints where kind in ('client_key', 'attester_key',"
                + " 'own_key') or (kind = 'instance_key' and retired_at > :since)",
            Object[].class)
        .setParameter("since", now.minus(LONGEST_ATTESTATION))
        .getResultList()
        .invoke(
            rows -> {
              for (Object[] row : rows) {
                uses.computeIfAbsent((String) row[0], _ -> new HashSet<>()).add((String) row[1]);
              }
            })
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
    return new Registration.Snapshot(
        version,
        documents,
        clients,
        keys,
        new Registration.MacUses(
            uses.getOrDefault("join", Set.of()), uses.getOrDefault("print", Set.of())),
        uses.getOrDefault("key", Set.of()));
  }

  static Uni<List<Registration.Key>> keys(Mutiny.StatelessSession session) {
    return session
        .createQuery("from HsmKeyRow", HsmKeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().map(HsmKeyRow::key).toList());
  }
}
