package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/// The rows of keys, and the one lock of all replicas for whoever makes or destroys keys on the
/// token. Every change is one transaction with its audit row and a new version.
/// Errors: [LedgerUnavailableException].
@ApplicationScoped
public class KeyRegister {
  /// Of PostgreSQL's advisory locks: "mayfly" and 1.
  private static final long LOCK = 0x6d61_7966_6c79_0001L;

  private static final Duration EPOCH_DEADLINE = Duration.ofSeconds(60);

  private final Registry registry;

  @Inject
  KeyRegister(Registry registry) {
    this.registry = registry;
  }

  /// Gives up at once, empty, when another replica has the lock.
  public <T> Uni<Optional<T>> tryLocked(Duration deadline, Function<Rows, Uni<T>> work) {
    return registry.transactionOnce(
        session ->
            session
                .createNativeQuery("select pg_try_advisory_xact_lock(:lock)", Boolean.class)
                .setParameter("lock", LOCK)
                .getSingleResult()
                .chain(
                    locked ->
                        locked
                            ? with(new Rows(session), work).map(Optional::of)
                            : Uni.createFrom().item(Optional.empty())),
        deadline);
  }

  /// Waits for the lock.
  public <T> Uni<T> locked(Duration deadline, Function<Rows, Uni<T>> work) {
    return registry.transactionOnce(
        session ->
            session
                .createNativeQuery(
                    "select count(*) from (select pg_advisory_xact_lock(:lock) offset 0) as lock",
                    Long.class)
                .setParameter("lock", LOCK)
                .getSingleResult()
                .chain(() -> with(new Rows(session), work)),
        deadline);
  }

  /// For what touches no token: waits for nobody who makes a key, only for other acts.
  public <T> Uni<T> act(Function<Rows, Uni<T>> work) {
    return registry.transaction(
        session -> {
          Rows rows = new Rows(session);
          return rows.lock().chain(() -> with(rows, work));
        });
  }

  /// The version is moved last, as by everybody: whoever waits for a key's row while he holds the
  /// version's would wait for an act that wants both.
  private <T> Uni<T> with(Rows rows, Function<Rows, Uni<T>> work) {
    return work.apply(rows)
        .call(() -> rows.changed ? registry.bump(rows.session) : Uni.createFrom().voidItem());
  }

  /// The rows inside a transaction. Work on the token comes back to the transaction's own
  /// context before it goes on here (`emitOn`).
  public final class Rows {
    private final Mutiny.StatelessSession session;
    private boolean locked;
    private boolean changed;

    private Rows(Mutiny.StatelessSession session) {
      this.session = session;
    }

    public Uni<List<Registration.Key>> keys() {
      return SnapshotReader.keys(session);
    }

    /// All of them in one order, before the first one is changed.
    private Uni<Void> lock() {
      if (locked) {
        return Uni.createFrom().voidItem();
      }
      locked = true;
      return session
          .createNativeQuery("select kid from hsm_keys order by kid for update", String.class)
          .getResultList()
          .replaceWithVoid();
    }

    private Uni<Void> write(AuditEvent event) {
      changed = true;
      return registry.trail().write(session, event);
    }

    public Uni<Void> add(Registration.Key key, AuditEvent event) {
      return session.insert(HsmKeyRow.of(key)).chain(() -> write(event));
    }

    /// Of the broker's own keys. Errors: [StaleException].
    public Uni<Void> requireOwn(IfMatch seen) {
      return seen.isAny()
          ? Uni.createFrom().voidItem()
          : keys()
              .invoke(
                  all -> {
                    if (!seen.holds(
                        EntityTag.ofKeys(
                            all.stream().filter(key -> key.realm().isEmpty()).toList()))) {
                      throw new StaleException();
                    }
                  })
              .replaceWithVoid();
    }

    /// Only of a key that has not been distrusted or destroyed meanwhile.
    public Uni<Void> signFrom(String kid, Instant signsFrom, AuditEvent event) {
      return change(
          "signs_from = :at",
          "distrusted_at is null and destroyed_at is null",
          Map.of("at", signsFrom, "kid", kid),
          event);
    }

    public Uni<Void> distrust(String kid, Registration.Distrust distrust, AuditEvent event) {
      return change(
          "distrusted_at = :at, distrust_reason = :reason",
          "distrusted_at is null",
          Map.of("at", distrust.at(), "reason", distrust.reason(), "kid", kid),
          event);
    }

    public Uni<Void> destroyed(String kid, Instant at, AuditEvent event) {
      return change(
          "destroyed_at = :at", "destroyed_at is null", Map.of("at", at, "kid", kid), event);
    }

    private Uni<Void> change(
        String what, String where, Map<String, Object> parameters, AuditEvent event) {
      return lock()
          .chain(
              () ->
                  Registry.execute(
                      session,
                      "update hsm_keys set " + what + " where kid = :kid and " + where,
                      parameters))
          .chain(
              changed ->
                  changed == 0
                      ? Uni.createFrom().voidItem()
                      : Fingerprints.retireOwnKeys(session).chain(() -> write(event)));
    }
  }

  /// Rows of a version that knew one token belong to the one that is configured first now.
  public Uni<Void> nameToken(String label) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update hsm_keys set token = :label where token = ''",
                    Map.of("label", label))
                .chain(
                    changed ->
                        changed == 0
                            ? Uni.createFrom().voidItem()
                            : Registry.execute(
                                    session,
                                    "update registry_version set version = version + 1",
                                    Map.of())
                                .replaceWithVoid()));
  }

  /// How often everything of before was ended.
  public Uni<Long> epoch() {
    return registry.transaction(
        session ->
            session
                .createNativeQuery("select epoch from registry_version", Long.class)
                .getSingleResult());
  }

  public record Epoch(long epoch, long grantsEnded, long keysDistrusted) {}

  /// Nothing that was signed or granted before counts any more. Takes every client first, so
  /// that no grant is opened meanwhile, in the order of batches; the rows of keys last.
  /// `seen`: of the epoch. Errors: [StaleException].
  public Uni<Epoch> beginEpoch(AuditContext context, String by, String reason, IfMatch seen) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select client_key from clients order by client_key for update", String.class)
                .getResultList()
                .chain(() -> endGrants(session, context.at(), reason))
                .chain(
                    ended ->
                        distrustAll(session, context.at(), reason)
                            .call(() -> Fingerprints.retireOwnKeys(session))
                            .chain(
                                distrusted ->
                                    count(session, context, by, reason, ended, distrusted)))
                .invoke(
                    begun -> {
                      if (!seen.holds(EntityTag.ofEpoch(begun.epoch() - 1))) {
                        throw new StaleException();
                      }
                    }),
        EPOCH_DEADLINE);
  }

  private static Uni<Integer> endGrants(
      Mutiny.StatelessSession session, Instant at, String reason) {
    return Registry.execute(
        session,
        "update grants set revoked_at = :at, revoke_reason = :reason, revision = revision + 1 where"
            + " grant_id in (select grant_id from grants where revoked_at is null order by"
            + " grant_id for update)",
        Map.of("at", at, "reason", reason));
  }

  private static Uni<Integer> distrustAll(
      Mutiny.StatelessSession session, Instant at, String reason) {
    return Registry.execute(
        session,
        "update hsm_keys set distrusted_at = :at, distrust_reason = :reason where kid in (select"
            + " kid from hsm_keys where purpose in ('access_token', 'client_attestation') and"
            + " distrusted_at is null and destroyed_at is null order by kid for update)",
        Map.of("at", at, "reason", reason));
  }

  private Uni<Epoch> count(
      Mutiny.StatelessSession session,
      AuditContext context,
      String by,
      String reason,
      long ended,
      long distrusted) {
    return Registry.execute(session, "update registry_version set epoch = epoch + 1", Map.of())
        .chain(
            () ->
                session
                    .createNativeQuery("select epoch from registry_version", Long.class)
                    .getSingleResult())
        .map(epoch -> new Epoch(epoch, ended, distrusted))
        .call(
            epoch ->
                registry.finish(
                    session,
                    new AuditEvent.EpochBegun(
                        context, by, reason, epoch.epoch(), ended, distrusted)));
  }
}
