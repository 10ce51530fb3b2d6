package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.KeyChange;
import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/// Registered realms, clients, secrets and keys: changed by admins' acts, each one transaction
/// with its audit row and a new version. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class Registry {
  /// Ten thousand clients and their grants take a second or two, and nobody is to send such an act
  /// twice because the first was slow to answer.
  private static final Duration OF_MANY = Duration.ofSeconds(30);

  /// Whoever reads a million clients and gives up begins anew, and never knows what has changed.
  private static final Duration OF_ALL = Duration.ofMinutes(2);

  /// See [#transactionWithOwnPlans].
  static final String OWN_PLANS = "select set_config('plan_cache_mode', 'force_custom_plan', true)";

  private final Mutiny.SessionFactory sessions;
  private final Pool pool;
  private final OwnContext context;
  private final AuditTrail trail;

  @Inject
  Registry(Mutiny.SessionFactory sessions, Pool pool, Vertx vertx, AuditTrail trail) {
    this.sessions = sessions;
    this.pool = pool;
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
    return read(new SnapshotReader(now, Optional.empty()), now);
  }

  /// The same, with only those clients read again that have changed since `held` was read.
  public Uni<Registration.Snapshot> readAgain(Registration.Snapshot held, Instant now) {
    return read(new SnapshotReader(now, Optional.of(held)), now);
  }

  private Uni<Registration.Snapshot> read(SnapshotReader reader, Instant now) {
    return transaction(reader::begin)
        .chain(() -> failing(() -> ClientPortions.read(pool, now, reader.usable()), OF_ALL))
        .chain(clients -> transaction(session -> reader.end(session, clients)));
  }

  /// One of a realm's file, as the registry needs it. `vendor` and `description` may be empty.
  public record Listed(Kind kind, String vendor, String description) {
    public static Listed of(Kind kind) {
      return new Listed(kind, "", "");
    }
  }

  /// What a realm's file says. `clients`: everybody in it; `sealed`: those of them whose secrets
  /// must be recoverable; `keys`: how its public keys differ from those of a document that is in
  /// force; `seen`: whether that document is the one that the act was decided on.
  public record RealmChange(
      RealmName realm,
      String document,
      Map<ClientId, Listed> clients,
      Set<ClientId> sealed,
      Function<String, KeyChange> keys,
      Predicate<String> seen) {
    /// Whatever document is in force.
    public RealmChange(
        RealmName realm,
        String document,
        Map<ClientId, Listed> clients,
        Set<ClientId> sealed,
        Function<String, KeyChange> keys) {
      this(realm, document, clients, sealed, keys, _ -> true);
    }
  }

  /// Replaces the applied document of a realm, unless it brings back a retired key: then nothing
  /// is done, and these keys are answered. Clients that are gone from it lose their grants, and
  /// with their secrets and keys they are retired. Errors: [StaleRealmException].
  public Uni<List<KeyObjection>> applyRealm(RealmChange change, AuditEvent event) {
    return transactionOfMany(
        session ->
            document(session, change.realm())
                .invoke(
                    document -> {
                      if (!change.seen().test(document)) {
                        throw new StaleRealmException(change.realm());
                      }
                    })
                .map(change.keys())
                .chain(
                    keys ->
                        Fingerprints.objections(session, keys.added(), keys.retired())
                            .call(
                                objections ->
                                    objections.isEmpty()
                                        ? applyRealm(session, change, keys.retired(), event)
                                        : Uni.createFrom().voidItem())));
  }

  /// Which keys of a realm's file were retired, without applying it.
  public Uni<List<KeyObjection>> keyObjections(KeyChange keys) {
    return transaction(session -> Fingerprints.objections(session, keys.added(), keys.retired()));
  }

  /// The applied document, locked; empty when the realm is new.
  static Uni<String> document(Mutiny.StatelessSession session, RealmName realm) {
    return session
        .createNativeQuery(
            "select document from realms where realm = :realm for update", String.class)
        .setParameter("realm", realm.value())
        .getSingleResultOrNull()
        .map(document -> document == null ? "" : document);
  }

  private Uni<Void> applyRealm(
      Mutiny.StatelessSession session,
      RealmChange change,
      List<RetiredKey> retired,
      AuditEvent event) {
    RealmName realm = change.realm();
    List<String> keys = keys(realm, change.clients().keySet());
    return execute(
            session,
            "insert into realms (realm, document, applied_at) values (:realm, :document,"
                + " :at) on conflict (realm) do update set document = excluded.document,"
                + " applied_at = excluded.applied_at",
            Map.of(
                "realm", realm.value(), "document", change.document(), "at", event.context().at()))
        .chain(() -> lockClients(session, realm))
        .chain(() -> Fingerprints.retire(session, retired))
        .chain(() -> refuseTakenNames(session, keys))
        .chain(() -> addClients(session, realm, change.clients(), event.context().at()))
        .chain(() -> removeClients(session, realm, keys, event.context().at()))
        .chain(() -> forgetSealed(session, realm, keys(realm, change.sealed())))
        .chain(() -> finish(session, event));
  }

  /// A registered client keeps its name, revoked or not: whoever holds its tokens would otherwise
  /// become another client. Errors: [NameTakenException].
  private static Uni<Void> refuseTakenNames(Mutiny.StatelessSession session, List<String> wanted) {
    return session
        .createNativeQuery(
            "select client_id from clients where origin = 'registered' and client_key ="
                + " any(string_to_array(:keys, ' ')) order by client_id limit 1",
            String.class)
        .setParameter("keys", String.join(" ", wanted))
        .getSingleResultOrNull()
        .invoke(
            taken -> {
              if (taken != null) {
                throw new NameTakenException(new ClientId(taken));
              }
            })
        .replaceWithVoid();
  }

  private static List<String> keys(RealmName realm, Collection<ClientId> clients) {
    return clients.stream().map(client -> ClientRow.key(realm, client)).toList();
  }

  /// What need not be recoverable any more is not kept so.
  private static Uni<Void> forgetSealed(
      Mutiny.StatelessSession session, RealmName realm, List<String> kept) {
    return execute(
            session,
            "delete from sealed_secrets where realm = :realm and name like 'client\\_secret/%' and"
                + " not (realm || '/' || owner = any(string_to_array(:kept, ' ')))",
            Map.of("realm", realm.value(), "kept", String.join(" ", kept)))
        .replaceWithVoid();
  }

  /// Every row of the realm in one pass and in the order in which batches take them: two passes,
  /// each in order, could meet a batch that is between them.
  private static Uni<Void> lockClients(Mutiny.StatelessSession session, RealmName realm) {
    return session
        .createNativeQuery(
            "select client_key from clients where realm = :realm and origin = 'realm_file' order by"
                + " client_key for update",
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
            "select client_key from clients where realm = :realm and origin = 'realm_file' and state in ('active', 'suspended') and not"
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
        .chain(() -> Fingerprints.retireClients(session, keys, at, reason));
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
      Mutiny.StatelessSession session, RealmName realm, Map<ClientId, Listed> clients, Instant at) {
    Uni<Void> all = Uni.createFrom().voidItem();
    Map<String, Map.Entry<ClientId, Listed>> inLockOrder = new TreeMap<>();
    for (Map.Entry<ClientId, Listed> client : clients.entrySet()) {
      inLockOrder.put(ClientRow.key(realm, client.getKey()), client);
    }
    for (Map.Entry<ClientId, Listed> client : inLockOrder.values()) {
      all =
          all.chain(
              () ->
                  execute(
                          session,
                          "insert into clients (client_key, realm, client_id, kind, vendor,"
                              + " description, state, state_reason, state_at) values (:key, :realm,"
                              + " :client, :kind, :vendor, :description, 'active', 'registered',"
                              + " :at) on conflict (client_key) do update set kind = excluded.kind,"
                              + " vendor = excluded.vendor, description = excluded.description,"
                              + " state = case clients.state when"
                              + " 'removed' then 'active' else clients.state end, state_reason ="
                              + " case clients.state when 'removed' then excluded.state_reason"
                              + " else clients.state_reason end, state_at = case clients.state"
                              + " when 'removed' then excluded.state_at else clients.state_at end",
                          Map.of(
                              "key", ClientRow.key(realm, client.getKey()),
                              "realm", realm.value(),
                              "client", client.getKey().value(),
                              "kind", client.getValue().kind().name().toLowerCase(Locale.ROOT),
                              "vendor", client.getValue().vendor(),
                              "description", client.getValue().description(),
                              "at", at))
                      .replaceWithVoid());
    }
    return all;
  }

  /// Takes the client's row exclusively, so that no grant is opened meanwhile; a revoked
  /// client's grants end in the same transaction, and its secrets and keys are retired. Revoked
  /// is final. `keys`: the client's public keys in the realm's document.
  public Uni<Registration.StandingChange> changeStanding(
      RealmName realm,
      ClientId client,
      Standing to,
      String by,
      String reason,
      AuditContext at,
      Function<String, List<RetiredKey>> keys) {
    return changeStanding(realm, client, to, by, reason, at, keys, IfMatch.ANY);
  }

  /// The same, if the client is still as it was seen.
  public Uni<Registration.StandingChange> changeStanding(
      RealmName realm,
      ClientId client,
      Standing to,
      String by,
      String reason,
      AuditContext at,
      Function<String, List<RetiredKey>> keys,
      IfMatch seen) {
    return transaction(
        session ->
            document(session, realm)
                .chain(
                    document ->
                        onClient(
                            session,
                            ClientRow.key(realm, client),
                            seen,
                            row ->
                                retire(session, row, to, at, reason, keys, document)
                                    .chain(
                                        () -> changeStanding(session, row, to, by, reason, at)))));
  }

  /// Holds the client's row; `act` is given null where there is none.
  private static Uni<Registration.StandingChange> onClient(
      Mutiny.StatelessSession session,
      String key,
      IfMatch seen,
      Function<ClientRow, Uni<Registration.StandingChange>> act) {
    return session
        .createNativeQuery(ClientRow.LOCKED, ClientRow.class)
        .setParameter("key", key)
        .getSingleResultOrNull()
        .chain(
            row ->
                row == null || seen.isAny()
                    ? act.apply(row)
                    : tag(session, row)
                        .chain(
                            now ->
                                seen.holds(now)
                                    ? act.apply(row)
                                    : Uni.createFrom()
                                        .item(new Registration.StandingChange.Stale())));
  }

  private static Uni<EntityTag> tag(Mutiny.StatelessSession session, ClientRow row) {
    return session
        .createNativeQuery(
            "select revision from registered_clients where client_key = :key", Long.class)
        .setParameter("key", row.clientKey)
        .getSingleResultOrNull()
        .map(
            revision ->
                EntityTag.of(
                    Standing.valueOf(row.state.toUpperCase(Locale.ROOT)),
                    row.stateAt,
                    revision == null ? 0 : revision));
  }

  /// Lets a client in that waits for it; otherwise as [#changeStanding].
  public Uni<Registration.StandingChange> approve(
      RealmName realm, ClientId client, String by, String reason, AuditContext at, IfMatch seen) {
    return transaction(
        session ->
            onClient(
                session,
                ClientRow.key(realm, client),
                seen,
                row ->
                    row != null && !row.state.equals("pending")
                        ? refusedStanding("the client does not wait for approval")
                        : write(session, row, Standing.ACTIVE, by, reason, at)));
  }

  /// Suspending is not retiring.
  private static Uni<Void> retire(
      Mutiny.StatelessSession session,
      ClientRow row,
      Standing to,
      AuditContext at,
      String reason,
      Function<String, List<RetiredKey>> keys,
      String document) {
    return row == null || to != Standing.REVOKED
        ? Uni.createFrom().voidItem()
        : Fingerprints.retire(session, keys.apply(document))
            .chain(() -> Fingerprints.retireClients(session, row.clientKey, at.at(), reason));
  }

  private Uni<Registration.StandingChange> changeStanding(
      Mutiny.StatelessSession session,
      ClientRow row,
      Standing to,
      String by,
      String reason,
      AuditContext at) {
    if (row != null && row.state.equals("revoked") && to != Standing.REVOKED) {
      return refusedStanding("the client is revoked, which is final");
    }
    if (row != null && row.state.equals("pending") && to != Standing.REVOKED) {
      return refusedStanding("the client waits for approval");
    }
    return write(session, row, to, by, reason, at);
  }

  private Uni<Registration.StandingChange> write(
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

  /// Of a broker's key that has none yet.
  public Uni<Void> keepCheckValue(String kid, String value) {
    return transaction(
        session ->
            execute(
                    session,
                    "update hsm_keys set check_value = :value where kid = :kid and check_value is"
                        + " null",
                    Map.of("value", value, "kid", kid))
                .chain(changed -> changed == 0 ? Uni.createFrom().voidItem() : bump(session)));
  }

  Uni<Void> finish(Mutiny.StatelessSession session, AuditEvent event) {
    return trail.write(session, event).chain(() -> bump(session));
  }

  /// Every replica reads again.
  Uni<Void> bump(Mutiny.StatelessSession session) {
    return execute(session, "update registry_version set version = version + 1", Map.of())
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

  /// `work` must be good to be done again: where the database gives a transaction up for another
  /// one, it is begun anew.
  <T> Uni<T> transaction(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return transaction(work, Ledger.DEADLINE);
  }

  <T> Uni<T> transaction(Function<Mutiny.StatelessSession, Uni<T>> work, Duration deadline) {
    return failing(() -> Attempts.of(() -> sessions.withStatelessTransaction(work)), deadline);
  }

  /// For what names many rows at once, and takes its time.
  <T> Uni<T> transactionOfMany(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return transactionWithOwnPlans(work, OF_MANY);
  }

  /// The plan that PostgreSQL keeps of a statement is made for ten names; by it, each row is
  /// compared with ten thousand, one after the other. Planned for the values that are given, they
  /// are looked up.
  <T> Uni<T> transactionWithOwnPlans(
      Function<Mutiny.StatelessSession, Uni<T>> work, Duration deadline) {
    return transaction(
        session ->
            session
                .createNativeQuery(OWN_PLANS, String.class)
                .getSingleResult()
                .chain(() -> work.apply(session)),
        deadline);
  }

  /// For work that does more than ask the database: it is not done again, whatever happens.
  <T> Uni<T> transactionOnce(Function<Mutiny.StatelessSession, Uni<T>> work, Duration deadline) {
    return failing(() -> sessions.withStatelessTransaction(work), deadline);
  }

  private <T> Uni<T> failing(Supplier<Uni<T>> transaction, Duration deadline) {
    return context
        .run(transaction, deadline)
        .onFailure(
            failure ->
                !(failure instanceof LedgerUnavailableException
                    || failure instanceof StaleRealmException
                    || failure instanceof NameTakenException
                    || failure instanceof StaleException))
        .transform(LedgerUnavailableException::of);
  }
}
