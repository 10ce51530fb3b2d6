package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Revocations.Act;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// Revocations that reach further than one client or grant, each one transaction, and what any
/// revocation would end. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class MassRevocations {
  /// The longest life of an access token.
  private static final Duration ACCESS = Duration.ofMinutes(15);

  /// By no index of `dead_after`: with figures of an hour ago PostgreSQL takes that for the rarer
  /// condition, and then compares each live grant with ten thousand clients, for twelve seconds.
  static final String LIVE = "revoked_at is null and dead_after + interval '0' > :now";

  private static final String COUNTS =
      "count(*), count(*) filter (where refresh_expires_at > :now), count(*) filter (where"
          + " rotated_at > :young)";

  private final Registry registry;

  @Inject
  MassRevocations(Registry registry) {
    this.registry = registry;
  }

  /// The public keys that these clients have in a document.
  public interface KeysOfClients {
    List<RetiredKey> in(String document, Set<ClientId> clients);
  }

  /// What the act would end at this moment. Changes nothing.
  public Uni<Toll> preview(RealmName realm, Revocable what, Instant now) {
    return registry.transactionOfMany(
        session ->
            query(
                    session,
                    "select count(*), 0 from clients where " + what.clients(),
                    what.clientValues(realm))
                .getSingleResult()
                .chain(
                    clients ->
                        query(
                                session,
                                "select "
                                    + COUNTS
                                    + " from grants where ("
                                    + what.grants()
                                    + ") and "
                                    + LIVE,
                                with(what.values(realm), now))
                            .getSingleResult()
                            .map(grants -> toll(number(clients[0]), grants))));
  }

  /// Ends every grant that was opened or refreshed since a moment. Requests that are under way are
  /// waited for: what they record is ended with the rest.
  public Uni<Toll> since(Act act, Revocable.Since since) {
    String which = since.client().isPresent() ? "client_key = :client" : "realm = :realm";
    Map<String, Object> whose = new HashMap<>(since.values(act.context().realm()));
    whose.remove("moment");
    return registry.transactionOfMany(
        session ->
            lock(session, which, whose)
                .chain(
                    () ->
                        Versions.require(
                            session,
                            Versioned.reached(act.context().realm(), since, act.context().at()),
                            act.seen()))
                .chain(() -> end(session, act, since))
                .map(ended -> sum(0, ended))
                .call(
                    toll ->
                        registry.finish(
                            session,
                            new AuditEvent.MassRevocation(
                                since.client().map(act.context()::withClient).orElse(act.context()),
                                "since",
                                since.moment().toString(),
                                act.by(),
                                act.reason(),
                                0,
                                toll.grants()))));
  }

  /// Revokes every client with a label, for good, with their grants, secrets and keys. `keys`: of
  /// those that stand in the realm's document.
  public Uni<Toll> vendor(Act act, Revocable.Vendor vendor, KeysOfClients keys) {
    RealmName realm = act.context().realm();
    return registry.transactionOfMany(
        session ->
            Registry.document(session, realm)
                .chain(
                    document ->
                        query(
                                session,
                                "select client_key, client_id, state from clients where "
                                    + vendor.clients()
                                    + " order by client_key for update",
                                vendor.values(realm))
                            .getResultList()
                            .call(
                                () ->
                                    Versions.require(
                                        session,
                                        Versioned.reached(realm, vendor, act.context().at()),
                                        act.seen()))
                            .chain(rows -> revoke(session, act, rows, document, keys)))
                .chain(
                    rows ->
                        endOf(session, act, rows)
                            .chain(ended -> finish(session, act, vendor, rows, ended))));
  }

  private static Uni<List<Object[]>> revoke(
      Mutiny.StatelessSession session,
      Act act,
      List<Object[]> rows,
      String document,
      KeysOfClients keys) {
    if (rows.isEmpty()) {
      return Uni.createFrom().item(rows);
    }
    String clientKeys = rows.stream().map(row -> (String) row[0]).collect(Collectors.joining(" "));
    Set<ClientId> ids =
        rows.stream().map(row -> new ClientId((String) row[1])).collect(Collectors.toSet());
    return Registry.execute(
            session,
            "update clients set state = 'revoked', state_reason = :reason, state_at = :at where"
                + " client_key = any(string_to_array(:keys, ' '))",
            Map.of("reason", act.reason(), "at", act.context().at(), "keys", clientKeys))
        .chain(() -> Fingerprints.retire(session, keys.in(document, ids)))
        .chain(
            () -> Fingerprints.retireClients(session, clientKeys, act.context().at(), act.reason()))
        .replaceWith(rows);
  }

  /// A row for the act, and one for each client: its own history tells of it.
  private Uni<Toll> finish(
      Mutiny.StatelessSession session,
      Act act,
      Revocable.Vendor vendor,
      List<Object[]> rows,
      Map<String, Toll> ended) {
    Toll toll = sum(rows.size(), ended);
    List<AuditEvent> events = new ArrayList<>();
    for (Object[] row : rows) {
      Toll own = ended.get((String) row[0]);
      AuditContext context = act.context().withClient(new ClientId((String) row[1]));
      events.add(
          new AuditEvent.ClientStateChanged(
              context,
              (String) row[2],
              "revoked",
              act.by(),
              act.reason(),
              own == null ? 0 : own.grants()));
    }
    return registry
        .trail()
        .writeAll(session, events)
        .chain(
            () ->
                registry.finish(
                    session,
                    new AuditEvent.MassRevocation(
                        act.context(),
                        "vendor",
                        vendor.label(),
                        act.by(),
                        act.reason(),
                        toll.clients(),
                        toll.grants())))
        .replaceWith(toll);
  }

  /// Empty when the client has no such secret, or it has ended already. The count of the client's
  /// revocations moves, so that no replica that still knows the secret records a token by it.
  public Uni<Optional<Toll>> secret(Act act, Revocable.Secret secret) {
    Map<String, Object> names =
        Map.of(
            "client", ClientRow.key(act.context().realm(), secret.client()),
            "secret", secret.secret());
    return registry.transactionOfMany(
        session ->
            Versions.require(
                    session,
                    Versioned.secrets(act.context().realm(), secret.client(), act.context().at()),
                    act.seen())
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "update clients set revocations = revocations + 1 where client_key ="
                                + " :client and exists (select from client_secrets where secret_id"
                                + " = :secret and client_key = :client and expires_at > :at)",
                            and(names, Map.of("at", act.context().at()))))
                .chain(
                    found ->
                        found == 0
                            ? Uni.createFrom().item(Optional.empty())
                            : secret(session, act, secret, names).map(Optional::of)));
  }

  private Uni<Toll> secret(
      Mutiny.StatelessSession session,
      Act act,
      Revocable.Secret secret,
      Map<String, Object> names) {
    return Fingerprints.retireSecret(
            session,
            (String) names.get("client"),
            secret.secret(),
            act.context().at(),
            act.reason())
        .chain(
            () ->
                EventStreams.credentialRevoked(
                    session,
                    (String) names.get("client"),
                    "password",
                    act.reason(),
                    act.context().at()))
        .chain(() -> end(session, act, secret))
        .map(ended -> sum(0, ended))
        .call(
            toll ->
                registry.finish(
                    session,
                    new AuditEvent.SecretRevoked(
                        act.context().withClient(secret.client()),
                        secret.secret(),
                        act.by(),
                        act.reason(),
                        toll.grants())));
  }

  /// Held in the order in which everybody takes these rows; then one pass needs no order. Sorted,
  /// and not walked through in that order: each would be compared with ten thousand clients.
  private static final String HELD =
      "select count(*), 0 from (select 1 from grants where (%s) and "
          + LIVE
          + " order by cast(cast(grant_id as text) as uuid) for update) as held";

  private static final String END =
      Endings.of("(%s) and " + LIVE)
          + " select client_key, "
          + COUNTS
          + " from ended group by client_key";

  /// By client: what ended of it. What comes after in the transaction ends no grants.
  private static Uni<Map<String, Toll>> end(
      Mutiny.StatelessSession session, Act act, Revocable what) {
    return end(session, act, what.grants(), what.values(act.context().realm()));
  }

  /// Of clients that are held. Their keys are given, and not asked for in the statement: so they
  /// are looked up in a table of their hashes, if not by an index, and whatever PostgreSQL takes
  /// for the rarer condition, nobody compares each live grant with ten thousand clients.
  private static Uni<Map<String, Toll>> endOf(
      Mutiny.StatelessSession session, Act act, List<Object[]> clients) {
    String keys = clients.stream().map(row -> (String) row[0]).collect(Collectors.joining(" "));
    return clients.isEmpty()
        ? Uni.createFrom().item(Map.of())
        : end(session, act, "client_key = any(string_to_array(:keys, ' '))", Map.of("keys", keys));
  }

  private static Uni<Map<String, Toll>> end(
      Mutiny.StatelessSession session, Act act, String which, Map<String, Object> whose) {
    Map<String, Object> values = new HashMap<>(whose);
    values.put("now", act.context().at());
    Map<String, Object> more =
        Map.of("young", act.context().at().minus(ACCESS), "reason", act.reason());
    return query(session, HELD.formatted(which), values)
        .getSingleResult()
        .chain(() -> query(session, END.formatted(which), and(values, more)).getResultList())
        .map(
            rows -> {
              Map<String, Toll> byClient = new HashMap<>();
              rows.forEach(
                  row ->
                      byClient.put(
                          (String) row[0],
                          new Toll(0, number(row[1]), number(row[2]), number(row[3]))));
              return byClient;
            });
  }

  /// In the order in which everybody takes these rows.
  private static Uni<Void> lock(
      Mutiny.StatelessSession session, String which, Map<String, Object> values) {
    return query(
            session,
            "select count(*) from (select 1 from clients where "
                + which
                + " order by client_key for update) as locked",
            values)
        .getSingleResult()
        .replaceWithVoid();
  }

  private static Mutiny.SelectionQuery<Object[]> query(
      Mutiny.StatelessSession session, String sql, Map<String, Object> values) {
    Mutiny.SelectionQuery<Object[]> query = session.createNativeQuery(sql, Object[].class);
    values.forEach(query::setParameter);
    return query;
  }

  private static Map<String, Object> with(Map<String, Object> values, Instant now) {
    return and(values, Map.of("now", now, "young", now.minus(ACCESS)));
  }

  private static Map<String, Object> and(Map<String, Object> some, Map<String, Object> others) {
    Map<String, Object> all = new HashMap<>(some);
    all.putAll(others);
    return all;
  }

  private static Toll toll(long clients, Object[] grants) {
    return new Toll(clients, number(grants[0]), number(grants[1]), number(grants[2]));
  }

  private static Toll sum(long clients, Map<String, Toll> byClient) {
    return byClient.values().stream()
        .reduce(
            new Toll(clients, 0, 0, 0),
            (all, one) ->
                new Toll(
                    all.clients(),
                    all.grants() + one.grants(),
                    all.refreshTokens() + one.refreshTokens(),
                    all.accessTokens() + one.accessTokens()));
  }

  private static long number(Object count) {
    return ((Number) count).longValue();
  }
}
