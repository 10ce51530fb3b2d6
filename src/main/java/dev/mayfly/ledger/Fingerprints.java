package dev.mayfly.ledger;

import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.NewKey;
import dev.mayfly.ledger.Registration.RetiredKey;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// What was ever retired: written in the transaction of the act that retires, and never deleted.
/// Public keys by their thumbprint, secrets by a keyed hash that does not depend on whose they
/// were, so that neither comes back in another realm.
final class Fingerprints {
  /// Takes instance keys from the grants as well: those of foreign attesters stand only there.
  private static final String INSTANCES =
      "insert into fingerprints (fingerprint, kind, owner, retired_at, reason) select"
          + " distinct on (jkt) jkt, 'instance_key', client_key, cast(:at as timestamptz), :reason"
          + " from (select jkt, client_key from instances union all select instance_jkt,"
          + " client_key from grants where instance_jkt is not null) as used(jkt, client_key)"
          + " where client_key = any(string_to_array(:keys, ' ')) order by jkt"
          + " on conflict (fingerprint) do nothing";

  private static final String SECRETS =
      "insert into fingerprints (fingerprint, kind, mac_kid, owner, retired_at, reason) select"
          + " distinct on (fingerprint) fingerprint, 'secret', mac_kid, client_key, cast(:at as"
          + " timestamptz), :reason from %s where fingerprint is not null and %s order by"
          + " fingerprint on conflict (fingerprint) do nothing";

  private static final String OF_CLIENTS = "client_key = any(string_to_array(:keys, ' '))";

  /// The same secret of anybody else ends with it. Those that have ended are let alone: whoever
  /// purges them holds them while he waits for the fingerprints that were written before this.
  private static final String END_SECRETS =
      "update client_secrets set expires_at = :at where expires_at > :at and ("
          + OF_CLIENTS
          + " or fingerprint in (select fingerprint from client_secrets where "
          + OF_CLIENTS
          + "))";

  /// Of clients that no realm file has.
  private static final String REGISTERED_KEYS =
      "insert into fingerprints (fingerprint, kind, owner, retired_at, reason) select distinct on"
          + " (key) key, 'client_key', client_key, cast(:at as timestamptz), :reason from"
          + " registered_clients, unnest(string_to_array(key_thumbprints, ' ')) as keys(key) where "
          + OF_CLIENTS
          + " order by key on conflict (fingerprint) do nothing";

  private Fingerprints() {}

  static Uni<Void> retire(Mutiny.StatelessSession session, Collection<RetiredKey> keys) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (RetiredKey key :
        keys.stream().sorted(Comparator.comparing(RetiredKey::thumbprint)).toList()) {
      all =
          all.chain(
              () ->
                  Registry.execute(
                          session,
                          "insert into fingerprints (fingerprint, kind, owner, retired_at, reason)"
                              + " values (:fingerprint, :kind, :owner, :at, :reason)"
                              + " on conflict (fingerprint) do nothing",
                          Map.of(
                              "fingerprint", key.thumbprint(),
                              "kind", key.kind().text(),
                              "owner", key.owner(),
                              "at", key.at(),
                              "reason", key.reason()))
                      .replaceWithVoid());
    }
    return all;
  }

  /// Our own keys that are distrusted or destroyed, so that nobody brings one as a client's. The
  /// symmetric ones have labels, and nobody can present one.
  static Uni<Void> retireOwnKeys(Mutiny.StatelessSession session) {
    return Registry.execute(
            session,
            "insert into fingerprints (fingerprint, kind, owner, retired_at, reason) select kid,"
                + " 'own_key', 'mayfly', coalesce(distrusted_at, destroyed_at),"
                + " coalesce(distrust_reason, 'destroyed') from hsm_keys where jwk is not null and"
                + " (distrusted_at is not null or destroyed_at is not null) order by kid"
                + " on conflict (fingerprint) do nothing",
            Map.of())
        .replaceWithVoid();
  }

  /// Of clients that are gone for good, or removed from their realm: their secrets, join secrets
  /// and instance keys. `clientKeys` separated by blanks; the caller has locked their rows.
  static Uni<Void> retireClients(
      Mutiny.StatelessSession session, String clientKeys, Instant at, String reason) {
    Map<String, Object> why = Map.of("keys", clientKeys, "at", at, "reason", reason);
    return Registry.execute(session, INSTANCES, why)
        .chain(
            () -> Registry.execute(session, SECRETS.formatted("client_secrets", OF_CLIENTS), why))
        .chain(() -> Registry.execute(session, SECRETS.formatted("join_secrets", OF_CLIENTS), why))
        .chain(() -> Registry.execute(session, END_SECRETS, Map.of("keys", clientKeys, "at", at)))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "delete from join_secrets where used_at is null and " + OF_CLIENTS,
                    Map.of("keys", clientKeys)))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "delete from sealed_secrets where realm || '/' || owner ="
                        + " any(string_to_array(:keys, ' '))",
                    Map.of("keys", clientKeys)))
        .chain(() -> Registry.execute(session, REGISTERED_KEYS, why))
        .replaceWithVoid();
  }

  /// One secret ends at once, wherever else it is in use too. The caller has locked the client.
  static Uni<Void> retireSecret(
      Mutiny.StatelessSession session, String clientKey, UUID secret, Instant at, String reason) {
    Map<String, Object> which = Map.of("client", clientKey, "secret", secret);
    String same =
        "secret_id = :secret or fingerprint in (select fingerprint from client_secrets where"
            + " secret_id = :secret)";
    return Registry.execute(
            session,
            SECRETS.formatted("client_secrets", "client_key = :client and secret_id = :secret"),
            Map.of("client", clientKey, "secret", secret, "at", at, "reason", reason))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "delete from sealed_secrets as z using client_secrets as s where s.secret_id ="
                        + " :secret and s.client_key = :client and z.realm || '/' || z.owner ="
                        + " s.client_key and z.name = 'client_secret/' || s.secret_id",
                    which))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update client_secrets set expires_at = :at where expires_at > :at and ("
                        + same
                        + ")",
                    Map.of("at", at, "secret", secret)))
        .replaceWithVoid();
  }

  /// Which of these keys may not come into use: retired earlier, or by the change itself.
  static Uni<List<KeyObjection>> objections(
      Mutiny.StatelessSession session, List<NewKey> added, List<RetiredKey> retiring) {
    if (added.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    Map<String, RetiredKey> now = new HashMap<>();
    retiring.forEach(key -> now.put(key.thumbprint(), key));
    return session
        .createQuery("from FingerprintRow f where f.fingerprint in :all", FingerprintRow.class)
        .setParameter("all", added.stream().map(NewKey::thumbprint).toList())
        .getResultList()
        .map(
            rows -> {
              Map<String, FingerprintRow> before = new HashMap<>();
              rows.forEach(row -> before.put(row.fingerprint, row));
              return added.stream()
                  .flatMap(
                      key ->
                          objection(key, before.get(key.thumbprint()), now.get(key.thumbprint()))
                              .stream())
                  .toList();
            });
  }

  private static Optional<KeyObjection> objection(
      NewKey key, FingerprintRow before, RetiredKey now) {
    if (before != null) {
      return Optional.of(new KeyObjection(key, before.owner, before.retiredAt, before.reason));
    }
    return now == null
        ? Optional.empty()
        : Optional.of(new KeyObjection(key, now.owner(), now.at(), now.reason()));
  }

  static Uni<Boolean> isRetired(Mutiny.StatelessSession session, String fingerprint) {
    return session
        .createNativeQuery(
            "select count(*) from fingerprints where fingerprint = :fingerprint", Long.class)
        .setParameter("fingerprint", fingerprint)
        .getSingleResult()
        .map(count -> count > 0);
  }
}
