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
  private final Set<String> retiredKeys = new HashSet<>();
  private Registration.MacUses macUses = new Registration.MacUses(Set.of(), Set.of());
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
        .chain(this::readMacUses)
        .chain(this::readRetiredKeys)
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

  private Uni<Void> readMacUses() {
    return kids("join_secrets")
        .chain(
            joins ->
                kids("fingerprints")
                    .invoke(
                        fingerprints ->
                            macUses =
                                new Registration.MacUses(
                                    Set.copyOf(joins), Set.copyOf(fingerprints))))
        .replaceWithVoid();
  }

  private Uni<List<String>> kids(String table) {
    return session
        .createNativeQuery(
            "select distinct mac_kid from " + table + " where mac_kid is not null", String.class)
        .getResultList();
  }

  private Uni<Void> readRetiredKeys() {
    return session
        .createNativeQuery(
            "select fingerprint from fingerprints where kind in ('client_key', 'attester_key',"
                + " 'own_key') or (kind = 'instance_key' and retired_at > :since)",
            String.class)
        .setParameter("since", now.minus(LONGEST_ATTESTATION))
        .getResultList()
        .invoke(retiredKeys::addAll)
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
    return new Registration.Snapshot(version, documents, clients, keys, macUses, retiredKeys);
  }

  static Uni<List<Registration.Key>> keys(Mutiny.StatelessSession session) {
    return session
        .createQuery("from HsmKeyRow", HsmKeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().map(HsmKeyRow::key).toList());
  }
}
