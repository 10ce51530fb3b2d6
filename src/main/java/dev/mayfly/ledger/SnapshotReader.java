package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.RevokedAttestation;
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
  private final Map<String, Set<String>> uses = new HashMap<>();
  private final Set<RevokedAttestation> revoked = new HashSet<>();
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
        .chain(clients -> readRevocations().replaceWith(clients))
        .chain(clients -> keys(session).map(keys -> snapshot(clients, keys)));
  }

  /// With the version three short lists, in one question: a registry is read often.
  private Uni<Void> readVersion() {
    return session
        .createNativeQuery(
            "select 'version', cast(version as text) from registry_version union all select"
                + " distinct 'join', mac_kid from join_secrets union all select distinct 'print',"
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
              version = Long.parseLong(uses.get("version").iterator().next());
            })
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
            "select s, z from ClientSecretRow s left join SealedSecretRow z on z.name ="
                + " concat('client_secret/', cast(s.secretId as string)) and s.clientKey ="
                + " concat(z.realm, '/', z.owner) where s.expiresAt > :now order by s.createdAt"
                + " desc",
            Object[].class)
        .setParameter("now", now)
        .getResultList()
        .invoke(
            rows -> {
              for (Object[] row : rows) {
                ClientSecretRow secret = (ClientSecretRow) row[0];
                secrets
                    .computeIfAbsent(secret.clientKey, _ -> new ArrayList<>())
                    .add(secret(secret, Optional.ofNullable((SealedSecretRow) row[1])));
              }
            })
        .replaceWithVoid();
  }

  private static Registration.Secret secret(ClientSecretRow row, Optional<SealedSecretRow> sealed) {
    return new Registration.Secret(
        row.secretId,
        new Registration.Digests(row.macKid, row.digest, Optional.ofNullable(row.fingerprint)),
        row.createdAt,
        row.expiresAt,
        sealed.map(SealedSecretRow::sealed));
  }

  private Uni<List<ClientRow>> readClients() {
    return session.createQuery("from ClientRow", ClientRow.class).getResultList();
  }

  /// After the clients: who has seen a client's count of revocations has seen what it counts.
  private Uni<Void> readRevocations() {
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
                  secrets.getOrDefault(row.clientKey, List.of()),
                  row.revocations));
    }
    return new Registration.Snapshot(
        version,
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
