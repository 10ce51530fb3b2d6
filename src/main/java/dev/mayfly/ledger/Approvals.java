package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Acts that wait for a second admin. Each step is a transaction with its audit row; a pending one
/// leaves that state once, whoever decides at the same moment. The registry's version moves with
/// it, so that every replica's consoles hear of it.
/// Failures are [LedgerUnavailableException].
@ApplicationScoped
public class Approvals {
  /// How many may wait in a realm.
  public static final int MOST_PENDING = 100;

  private static final int MOST_SHOWN = 500;
  private static final String COLUMNS =
      "approval_id, realm, kind, act, digest, summary, state, proposer, proposed_by, reason,"
          + " proposed_at, expires_at, decided_by, decided_why, decided_at, outcome";

  private final Registry registry;

  @Inject
  Approvals(Registry registry) {
    this.registry = registry;
  }

  /// False: as many wait as may.
  public Uni<Boolean> propose(Approval approval, AuditEvent event) {
    Map<String, Object> values = new HashMap<>();
    values.put("id", approval.id());
    values.put("realm", approval.realm().value());
    values.put("kind", approval.kind());
    values.put("act", approval.act());
    values.put("digest", approval.digest());
    values.put("summary", approval.summary());
    values.put("proposer", approval.proposedBy().id());
    values.put("by", approval.proposedBy().name());
    values.put("reason", approval.reason());
    values.put("at", approval.proposedAt());
    values.put("until", approval.expiresAt());
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select count(*) from approvals where realm = :realm and state = 'pending' and"
                        + " expires_at > :now",
                    Long.class)
                .setParameter("realm", approval.realm().value())
                .setParameter("now", approval.proposedAt())
                .getSingleResult()
                .chain(
                    waiting ->
                        waiting >= MOST_PENDING
                            ? Uni.createFrom().item(false)
                            : Registry.execute(
                                    session,
                                    "insert into approvals (approval_id, realm, kind, act, digest,"
                                        + " summary, state, proposer, proposed_by, reason,"
                                        + " proposed_at, expires_at) values (:id, :realm, :kind,"
                                        + " :act, :digest, :summary, 'pending', :proposer, :by,"
                                        + " :reason, :at, :until)",
                                    values)
                                .chain(() -> registry.finish(session, event))
                                .replaceWith(true)));
  }

  /// Newest first.
  public Uni<List<Approval>> all() {
    return listed("", Map.of());
  }

  /// Those that wait, newest first. What expires at `now` waits no more.
  public Uni<List<Approval>> open(Instant now) {
    return listed("where state = 'pending' and expires_at > :now", Map.of("now", now));
  }

  private Uni<List<Approval>> listed(String where, Map<String, Object> values) {
    return registry.transaction(
        session -> {
          var query =
              session.createNativeQuery(
                  "select %s from approvals %s order by proposed_at desc, approval_id limit :most"
                      .formatted(COLUMNS, where),
                  Object[].class);
          values.forEach(query::setParameter);
          return query
              .setParameter("most", MOST_SHOWN)
              .getResultList()
              .map(rows -> rows.stream().map(Approvals::approval).toList());
        });
  }

  public Uni<Optional<Approval>> find(UUID id) {
    return registry.transaction(session -> find(session, id));
  }

  private static Uni<Optional<Approval>> find(Mutiny.StatelessSession session, UUID id) {
    return session
        .createNativeQuery(
            "select " + COLUMNS + " from approvals where approval_id = :id", Object[].class)
        .setParameter("id", id)
        .getSingleResultOrNull()
        .map(row -> Optional.ofNullable(row).map(Approvals::approval));
  }

  /// Takes one out of `PENDING`. False: somebody else did, or its time has come. Errors:
  /// [StaleException].
  public Uni<Boolean> decide(
      UUID id, IfMatch seen, Approval.State to, Approval.Decision decision, AuditEvent event) {
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.approval(id), seen)
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "update approvals set state = :state, decided_by = :by, decided_why ="
                                + " :why, decided_at = :at where approval_id = :id and state ="
                                + " 'pending' and expires_at > :at",
                            Map.of(
                                "state", to.word(),
                                "by", decision.by(),
                                "why", decision.why(),
                                "at", decision.at(),
                                "id", id)))
                .chain(
                    changed ->
                        changed == 0
                            ? Uni.createFrom().item(false)
                            : registry.finish(session, event).replaceWith(true)));
  }

  /// The approved act was done; its own audit row says so.
  public Uni<Approval> done(UUID id) {
    return registry.transaction(
        session -> end(session, id, Approval.State.DONE, "").call(() -> registry.bump(session)));
  }

  /// The approved act was refused: nothing happened.
  public Uni<Approval> failed(UUID id, String because, AuditEvent event) {
    return registry.transaction(
        session ->
            end(session, id, Approval.State.FAILED, because)
                .call(() -> registry.finish(session, event)));
  }

  private static Uni<Approval> end(
      Mutiny.StatelessSession session, UUID id, Approval.State to, String because) {
    return Registry.execute(
            session,
            "update approvals set state = :state, outcome = nullif(:because, '') where approval_id"
                + " = :id and state = 'approved'",
            Map.of("state", to.word(), "because", because, "id", id))
        .chain(() -> find(session, id))
        .map(Optional::orElseThrow);
  }

  private static Approval approval(Object[] row) {
    return new Approval(
        (UUID) row[0],
        new RealmName((String) row[1]),
        (String) row[2],
        (String) row[3],
        (String) row[4],
        (String) row[5],
        Approval.State.valueOf(((String) row[6]).toUpperCase(Locale.ROOT)),
        new Approval.Who((String) row[7], (String) row[8]),
        (String) row[9],
        Moments.of(row[10]),
        Moments.of(row[11]),
        Optional.ofNullable((String) row[12])
            .map(by -> new Approval.Decision(by, (String) row[13], instant(row[14]))),
        Optional.ofNullable((String) row[15]));
  }

  private static Instant instant(Object value) {
    return Moments.of(value);
  }
}
