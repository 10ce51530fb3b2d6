package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.RevokedAttestation;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hibernate.reactive.mutiny.Mutiny;

/// Reads the registry: [#begin], then the clients, of which there may be a million, then [#end].
/// The version is read first: a change that comes between is read again, as its version is newer.
final class SnapshotReader {
  /// An attestation of an instance key may outlive its retirement by as much; a realm allows 30
  /// days at most.
  private static final Duration LONGEST_ATTESTATION = Duration.ofDays(31);

  private final Instant now;
  private final Optional<Registration.Snapshot> held;
  private final Map<RealmName, String> documents = new HashMap<>();
  private final Map<String, Set<String>> uses = new HashMap<>();
  private final Set<RevokedAttestation> revoked = new HashSet<>();
  private long version;
  private String horizon = "";

  SnapshotReader(Instant now, Optional<Registration.Snapshot> held) {
    this.now = now;
    this.held = held;
  }

  Uni<Void> begin(Mutiny.StatelessSession session) {
    return readVersion(session).chain(() -> readDocuments(session));
  }

  /// What is held of a database that was ahead of this one is of no use: a backup was restored.
  Optional<Registration.Snapshot> usable() {
    return held.filter(earlier -> earlier.version() <= version);
  }

  /// After the clients: who has seen a client's count of revocations has seen what it counts.
  Uni<Registration.Snapshot> end(
      Mutiny.StatelessSession session, Map<RealmName, ClientStates> clients) {
    return readRevocations(session).chain(() -> keys(session)).map(keys -> snapshot(clients, keys));
  }

  /// With the version some short lists, in one question: a registry is read often.
  private Uni<Void> readVersion(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(
            "select 'version', cast(version as text) from registry_version union all select"
                + " 'horizon', cast(pg_snapshot_xmin(pg_current_snapshot()) as text) union all"
                + " select distinct 'join', mac_kid from join_secrets union all select distinct"
                + " 'print', mac_kid from fingerprints where mac_kid is not null union all select"
                + " 'key', fingerprint from fingerprints where kind in ('client_key',"
                + " 'attester_key', 'own_key') or (kind = 'instance_key' and retired_at > :since)",
            Object[].class)
        .setParameter("since", now.minus(LONGEST_ATTESTATION))
        .getResultList()
        .invoke(
            rows -> {
              // A transaction that the database gave up is begun anew.
              uses.clear();
              for (Object[] row : rows) {
                uses.computeIfAbsent((String) row[0], _ -> new HashSet<>()).add((String) row[1]);
              }
              version = Long.parseLong(uses.get("version").iterator().next());
              horizon = uses.get("horizon").iterator().next();
            })
        .replaceWithVoid();
  }

  private Uni<Void> readDocuments(Mutiny.StatelessSession session) {
    return session
        .createQuery("from RealmRow", RealmRow.class)
        .getResultList()
        .invoke(rows -> rows.forEach(row -> documents.put(new RealmName(row.realm), row.document)))
        .replaceWithVoid();
  }

  private Uni<Void> readRevocations(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(
            "select 'one', realm, jti, '' from attestations where revoked_at is not null and"
                + " expires_at > :now union all select 'rule', realm, attester, rule from"
                + " attester_revocations union all select 'key', '', fingerprint, '' from"
                + " fingerprints where kind = 'instance_key' and retired_at > :since",
            Object[].class)
        .setParameter("now", now)
        .setParameter("since", now.minus(LONGEST_ATTESTATION))
        .getResultList()
        .invoke(rows -> rows.forEach(this::takeRevocation))
        .replaceWithVoid();
  }

  private void takeRevocation(Object[] row) {
    String text = (String) row[2];
    if (row[0].equals("key")) {
      uses.computeIfAbsent("key", _ -> new HashSet<>()).add(text);
      return;
    }
    RealmName realm = new RealmName((String) row[1]);
    String rule = (String) row[3];
    revoked.add(
        row[0].equals("one")
            ? new RevokedAttestation.One(realm, text)
            : rule.isEmpty()
                ? new RevokedAttestation.OfAttester(realm, text)
                : new RevokedAttestation.OfRule(realm, text, rule));
  }

  private Registration.Snapshot snapshot(
      Map<RealmName, ClientStates> clients, List<Registration.Key> keys) {
    return new Registration.Snapshot(
        version,
        horizon,
        documents,
        clients,
        keys,
        new Registration.MacUses(
            uses.getOrDefault("join", Set.of()), uses.getOrDefault("print", Set.of())),
        uses.getOrDefault("key", Set.of()),
        revoked);
  }

  static Uni<List<Registration.Key>> keys(Mutiny.StatelessSession session) {
    return session
        .createQuery("from HsmKeyRow", HsmKeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().map(HsmKeyRow::key).toList());
  }
}
