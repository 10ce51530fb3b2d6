package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/// Registered realms, clients, secrets and keys: changed by admins' acts, each one transaction
/// with its audit row and a new version. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class Registry {
  private final Mutiny.SessionFactory sessions;
  private final OwnContext context;
  private final AuditTrail trail;

  @Inject
  Registry(Mutiny.SessionFactory sessions, Vertx vertx, AuditTrail trail) {
    this.sessions = sessions;
    this.context = new OwnContext(vertx);
    this.trail = trail;
  }

  public Uni<Long> version() {
    return transaction(
        session ->
            session
                .createNativeQuery("select version from registry_version", Long.class)
                .getSingleResult());
  }

  /// Secrets that have expired by `now` are left out: whatever is not read cannot be accepted.
  public Uni<Registration.Snapshot> read(Instant now) {
    return transaction(session -> new SnapshotReader(session, now).read());
  }

  /// Replaces the applied document of a realm. Clients that are gone from it lose their grants.
  public Uni<Void> applyRealm(
      RealmName realm, String document, Map<ClientId, Kind> clients, AuditEvent event) {
    List<String> keys =
        clients.keySet().stream().map(client -> ClientRow.key(realm, client)).toList();
    return transaction(
        session ->
            execute(
                    session,
                    "insert into realms (realm, document, applied_at) values (:realm, :document,"
                        + " :at) on conflict (realm) do update set document = excluded.document,"
                        + " applied_at = excluded.applied_at",
                    Map.of(
                        "realm", realm.value(), "document", document, "at", event.context().at()))
                .chain(() -> lockClients(session, realm))
                .chain(() -> addClients(session, realm, clients, event.context().at()))
                .chain(() -> removeClients(session, realm, keys, event.context().at()))
                .chain(() -> finish(session, event)));
  }

  /// Every row of the realm in one pass and in the order in which batches take them: two passes,
  /// each in order, could meet a batch that is between them.
  private static Uni<Void> lockClients(Mutiny.StatelessSession session, RealmName realm) {
    return session
        .createNativeQuery(
            "select client_key from clients where realm = :realm order by client_key for update",
            String.class)
        .setParameter("realm", realm.value())
        .getResultList()
        .replaceWithVoid();
  }

  /// As a revocation: first the client's row, so that no grant is opened meanwhile, then its
  /// grants.
  private static Uni<Void> removeClients(
      Mutiny.StatelessSession session, RealmName realm, List<String> kept, Instant at) {
    return session
        .createNativeQuery(
            "select client_key from clients where realm = :realm and state in ('active', 'suspended') and not"
                + " (client_key = any(string_to_array(:keys, ' '))) order by client_key for update",
            String.class)
        .setParameter("realm", realm.value())
        .setParameter("keys", String.join(" ", kept))
        .getResultList()
        .chain(
            gone ->
                gone.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : removeClients(session, String.join(" ", gone), at));
  }

  private static Uni<Void> removeClients(Mutiny.StatelessSession session, String keys, Instant at) {
    String reason = "removed from the realm file";
    return execute(
            session,
            "update clients set state = case state when 'active' then 'removed' else state end, state_reason = :reason, state_at = :at where"
                + " client_key = any(string_to_array(:keys, ' '))",
            Map.of("reason", reason, "at", at, "keys", keys))
        .chain(() -> endGrants(session, keys, reason, at))
        .replaceWithVoid();
  }

  /// Ends every live grant of these clients, taking the rows in the order in which batches do.
  private static Uni<Integer> endGrants(
      Mutiny.StatelessSession session, String keys, String reason, Instant at) {
    return execute(
        session,
        "update grants set revoked_at = :at, revoke_reason = :reason, revision = revision + 1 where"
            + " grant_id in (select grant_id from grants where client_key ="
            + " any(string_to_array(:keys, ' ')) and revoked_at is null order by grant_id for"
            + " update)",
        Map.of("at", at, "reason", reason, "keys", keys));
  }

  private static Uni<Void> addClients(
      Mutiny.StatelessSession session, RealmName realm, Map<ClientId, Kind> clients, Instant at) {
    Uni<Void> all = Uni.createFrom().voidItem();
    Map<String, Map.Entry<ClientId, Kind>> inLockOrder = new TreeMap<>();
    for (Map.Entry<ClientId, Kind> client : clients.entrySet()) {
      inLockOrder.put(ClientRow.key(realm, client.getKey()), client);
    }
    for (Map.Entry<ClientId, Kind> client : inLockOrder.values()) {
      all =
          all.chain(
              () ->
                  execute(
                          session,
                          "insert into clients (client_key, realm, client_id, kind, state,"
                              + " state_reason, state_at) values (:key, :realm, :client, :kind,"
                              + " 'active', 'registered', :at) on conflict (client_key) do update"
                              + " set kind = excluded.kind, state = case clients.state when"
                              + " 'removed' then 'active' else clients.state end, state_reason ="
                              + " case clients.state when 'removed' then excluded.state_reason"
                              + " else clients.state_reason end, state_at = case clients.state"
                              + " when 'removed' then excluded.state_at else clients.state_at end",
                          Map.of(
                              "key", ClientRow.key(realm, client.getKey()),
                              "realm", realm.value(),
                              "client", client.getKey().value(),
                              "kind", client.getValue().name().toLowerCase(Locale.ROOT),
                              "at", at))
                      .replaceWithVoid());
    }
    return all;
  }

  /// Adds a secret; those before it stay valid until `previousValidUntil`, and not longer.
  public Uni<Void> addSecret(
      RealmName realm,
      ClientId client,
      Registration.Secret secret,
      Instant previousValidUntil,
      AuditEvent event) {
    String key = ClientRow.key(realm, client);
    ClientSecretRow row = new ClientSecretRow();
    row.secretId = UUID.randomUUID();
    row.clientKey = key;
    row.digest = secret.digest();
    row.createdAt = secret.createdAt();
    row.expiresAt = secret.expiresAt();
    return transaction(
        session ->
            execute(
                    session,
                    "update client_secrets set expires_at = least(expires_at, :until) where"
                        + " client_key = :key",
                    Map.of("until", previousValidUntil, "key", key))
                .chain(() -> session.insert(row))
                .chain(() -> finish(session, event)));
  }

  /// Adds a secret that an operator provides, unless it is known already: one that was retired
  /// or has expired is not revived.
  public Uni<Boolean> adoptSecret(
      RealmName realm, ClientId client, Registration.Secret secret, AuditEvent event) {
    String key = ClientRow.key(realm, client);
    return transaction(
        session ->
            execute(
                    session,
                    "insert into client_secrets (secret_id, client_key, digest, created_at,"
                        + " expires_at) select :id, :key, :digest, :created, :expires where not"
                        + " exists (select from client_secrets where client_key = :key and digest"
                        + " = :digest)",
                    Map.of(
                        "id", UUID.randomUUID(),
                        "key", key,
                        "digest", secret.digest(),
                        "created", secret.createdAt(),
                        "expires", secret.expiresAt()))
                .chain(
                    added ->
                        added == 0
                            ? Uni.createFrom().item(false)
                            : finish(session, event).replaceWith(true)));
  }

  public Uni<Void> addJoinSecret(
      RealmName realm, ClientId client, Registration.JoinSecret secret, AuditEvent event) {
    JoinSecretRow row = new JoinSecretRow();
    row.digest = secret.digest();
    row.clientKey = ClientRow.key(realm, client);
    row.attester = secret.attester();
    row.createdAt = event.context().at();
    row.expiresAt = secret.expiresAt();
    return transaction(session -> session.insert(row).chain(() -> trail.write(session, event)));
  }

  /// Takes the client's row exclusively, so that no grant is opened meanwhile; a revoked
  /// client's grants end in the same transaction. Revoked is final.
  public Uni<Registration.StandingChange> changeStanding(
      RealmName realm, ClientId client, Standing to, String by, String reason, AuditContext at) {
    String key = ClientRow.key(realm, client);
    return transaction(
        session ->
            session
                .createNativeQuery(
                    "select * from clients where client_key = :key for update", ClientRow.class)
                .setParameter("key", key)
                .getSingleResultOrNull()
                .chain(row -> changeStanding(session, row, to, by, reason, at)));
  }

  private Uni<Registration.StandingChange> changeStanding(
      Mutiny.StatelessSession session,
      ClientRow row,
      Standing to,
      String by,
      String reason,
      AuditContext at) {
    if (row == null) {
      return refusedStanding("there is no such client");
    }
    String from = row.state;
    if (from.equals("revoked") && to != Standing.REVOKED) {
      return refusedStanding("the client is revoked, which is final");
    }
    row.state = to.name().toLowerCase(Locale.ROOT);
    row.stateReason = reason;
    row.stateAt = at.at();
    Uni<Integer> ended =
        to != Standing.REVOKED
            ? Uni.createFrom().item(0)
            : endGrants(session, row.clientKey, reason, at.at());
    return session
        .update(row)
        .chain(() -> ended)
        .call(
            count ->
                finish(
                    session,
                    new AuditEvent.ClientStateChanged(at, from, row.state, by, reason, count)))
        .map(count -> new Registration.StandingChange.Changed(to, count));
  }

  private static Uni<Registration.StandingChange> refusedStanding(String because) {
    return Uni.createFrom().item(new Registration.StandingChange.Refused(because));
  }

  Uni<Void> finish(Mutiny.StatelessSession session, AuditEvent event) {
    return trail
        .write(session, event)
        .chain(
            () -> execute(session, "update registry_version set version = version + 1", Map.of()))
        .replaceWithVoid();
  }

  static Uni<Integer> execute(
      Mutiny.StatelessSession session, String sql, Map<String, Object> parameters) {
    Mutiny.MutationQuery query = session.createNativeQuery(sql);
    parameters.forEach(query::setParameter);
    return query.executeUpdate();
  }

  AuditTrail trail() {
    return trail;
  }

  <T> Uni<T> transaction(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return transaction(work, Ledger.DEADLINE);
  }

  <T> Uni<T> transaction(Function<Mutiny.StatelessSession, Uni<T>> work, Duration deadline) {
    return context
        .run(() -> sessions.withStatelessTransaction(work), deadline)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(failure -> new LedgerUnavailableException("the database is down", failure));
  }
}
