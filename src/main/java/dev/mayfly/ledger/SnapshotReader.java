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
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Reads the registry in one transaction. The version is read first: a change that comes
/// between is read again, because its version is newer.
///
/// Clients, of which there may be a hundred thousand, are read from where an earlier reading began:
/// every row that was written by a transaction which was open then or came later.
final class SnapshotReader {
  /// An attestation of an instance key may outlive its retirement by as much; a realm allows 30
  /// days at most.
  private static final Duration LONGEST_ATTESTATION = Duration.ofDays(31);

  private static final String CLIENTS =
      "select c.client_key, c.realm, c.client_id, c.state, c.state_reason, c.state_at,"
          + " c.revocations, r.document, r.revision, r.key_thumbprints from clients as c left join"
          + " registered_clients as r on r.client_key = c.client_key";

  private static final String MOVED =
      " where c.client_key in (select client_key from clients where changed >= cast(:horizon as"
          + " xid8) union select client_key from client_secrets where changed >= cast(:horizon as"
          + " xid8) union select realm || '/' || owner from sealed_secrets where changed >="
          + " cast(:horizon as xid8))";

  private static final String SECRETS =
      "select s.client_key, s.secret_id, s.mac_kid, s.digest, s.fingerprint, s.created_at,"
          + " s.expires_at, z.realm, z.owner, z.name, z.wrap_kid, z.ciphertext from client_secrets"
          + " as s left join sealed_secrets as z on z.name = 'client_secret/' || s.secret_id and"
          + " s.client_key = z.realm || '/' || z.owner where s.expires_at > :now";

  private final Mutiny.StatelessSession session;
  private final Instant now;
  private final Optional<Registration.Snapshot> held;
  private final Map<RealmName, String> documents = new HashMap<>();
  private final Map<String, List<Registration.Secret>> secrets = new HashMap<>();
  private final Map<String, Set<String>> uses = new HashMap<>();
  private final Set<RevokedAttestation> revoked = new HashSet<>();
  private long version;
  private String horizon = "";

  SnapshotReader(
      Mutiny.StatelessSession session, Instant now, Optional<Registration.Snapshot> held) {
    this.session = session;
    this.now = now;
    this.held = held;
  }

  Uni<Registration.Snapshot> read() {
    return readVersion()
        .chain(this::readDocuments)
        .chain(this::readClients)
        .call(this::readSecrets)
        .chain(clients -> readRevocations().replaceWith(clients))
        .chain(clients -> keys(session).map(keys -> snapshot(clients, keys)));
  }

  /// With the version some short lists, in one question: a registry is read often.
  private Uni<Void> readVersion() {
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
              for (Object[] row : rows) {
                uses.computeIfAbsent((String) row[0], _ -> new HashSet<>()).add((String) row[1]);
              }
              version = Long.parseLong(uses.get("version").iterator().next());
              horizon = uses.get("horizon").iterator().next();
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

  /// What is held of a database that was ahead of this one is of no use: a backup was restored.
  private Optional<Registration.Snapshot> usable() {
    return held.filter(earlier -> earlier.version() <= version);
  }

  private Uni<List<Object[]>> readClients() {
    return usable()
        .map(
            earlier ->
                session
                    .createNativeQuery(CLIENTS + MOVED, Object[].class)
                    .setParameter("horizon", earlier.horizon())
                    .getResultList())
        .orElseGet(() -> session.createNativeQuery(CLIENTS, Object[].class).getResultList());
  }

  /// After the clients: who has seen a client's count of revocations has seen the end of the
  /// secrets that it counts.
  private Uni<Void> readSecrets(List<Object[]> clients) {
    if (clients.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    Mutiny.SelectionQuery<Object[]> query =
        session.createNativeQuery(
            SECRETS
                + (usable().isPresent()
                    ? " and s.client_key = any(string_to_array(:keys, ' '))"
                    : "")
                + " order by s.created_at desc",
            Object[].class);
    query.setParameter("now", now);
    if (usable().isPresent()) {
      query.setParameter(
          "keys", String.join(" ", clients.stream().map(row -> (String) row[0]).toList()));
    }
    return query
        .getResultList()
        .invoke(
            rows -> {
              for (Object[] row : rows) {
                secrets.computeIfAbsent((String) row[0], _ -> new ArrayList<>(2)).add(secret(row));
              }
            })
        .replaceWithVoid();
  }

  private static Registration.Secret secret(Object[] row) {
    return new Registration.Secret(
        (UUID) row[1],
        new Registration.Digests(
            (String) row[2], (String) row[3], Optional.ofNullable((String) row[4])),
        Moments.of(row[5]),
        Moments.of(row[6]),
        row[9] == null
            ? Optional.empty()
            : Optional.of(
                new Registration.Sealed(
                    new RealmName((String) row[7]),
                    (String) row[8],
                    (String) row[9],
                    (String) row[10],
                    (String) row[11])));
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

  private Registration.Snapshot snapshot(List<Object[]> rows, List<Registration.Key> keys) {
    return new Registration.Snapshot(
        version,
        horizon,
        documents,
        clients(rows),
        keys,
        new Registration.MacUses(
            uses.getOrDefault("join", Set.of()), uses.getOrDefault("print", Set.of())),
        uses.getOrDefault("key", Set.of()),
        revoked);
  }

  /// What was held, with what was read in its place. A realm of which nothing moved keeps its map.
  private Map<RealmName, Map<ClientId, Registration.State>> clients(List<Object[]> rows) {
    Map<RealmName, Map<ClientId, Registration.State>> read = new HashMap<>();
    for (Object[] row : rows) {
      read.computeIfAbsent(new RealmName((String) row[1]), _ -> new HashMap<>())
          .put(new ClientId((String) row[2]), state(row));
    }
    Map<RealmName, Map<ClientId, Registration.State>> all = new HashMap<>();
    usable().ifPresent(earlier -> all.putAll(earlier.clients()));
    read.forEach(
        (realm, moved) -> {
          Map<ClientId, Registration.State> whole =
              new HashMap<>(all.getOrDefault(realm, Map.of()));
          whole.putAll(moved);
          all.put(realm, Map.copyOf(whole));
        });
    return all;
  }

  private Registration.State state(Object[] row) {
    return new Registration.State(
        Standing.valueOf(((String) row[3]).toUpperCase(Locale.ROOT)),
        (String) row[4],
        Moments.of(row[5]),
        secrets.getOrDefault((String) row[0], List.of()),
        ((Number) row[6]).longValue(),
        row[7] == null
            ? Optional.empty()
            : Optional.of(
                new Registration.Document(
                    (String) row[7], ((Number) row[8]).longValue(), thumbprints((String) row[9]))));
  }

  private static List<String> thumbprints(String blankSeparated) {
    return blankSeparated.isEmpty() ? List.of() : List.of(blankSeparated.split(" "));
  }

  static Uni<List<Registration.Key>> keys(Mutiny.StatelessSession session) {
    return session
        .createQuery("from HsmKeyRow", HsmKeyRow.class)
        .getResultList()
        .map(rows -> rows.stream().map(HsmKeyRow::key).toList());
  }
}
