package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Registration.Fingerprinted;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.reactive.mutiny.Mutiny;

/// Ends the standing of attestations before they expire. Each act counts one more revocation of
/// the clients concerned, under their locks, and ends the grants that stand on it, in one
/// transaction: a token that a replica would still have recorded is refused by the count.
@ApplicationScoped
public class Revocations {
  /// How long an attestation that we know nothing of may still be unexpired.
  private static final Duration LONGEST = Duration.ofDays(31);

  private final Registry registry;

  @Inject
  Revocations(Registry registry) {
    this.registry = registry;
  }

  /// Who does it, and why. `seen`: of what the act ends. Errors of every act: [StaleException].
  public record Act(AuditContext context, String by, String reason, IfMatch seen) {
    /// Whatever there is.
    public Act(AuditContext context, String by, String reason) {
      this(context, by, reason, IfMatch.ANY);
    }

    private RealmName realm() {
      return context.realm();
    }

    private Instant at() {
      return context.at();
    }
  }

  /// Its key is retired: for this client and for everybody. Answers how many grants ended.
  public Uni<Long> instance(Act act, ClientId client, JwkThumbprint jkt) {
    String key = ClientRow.key(act.realm(), client);
    RetiredKey retired =
        new RetiredKey(jkt.value(), Fingerprinted.INSTANCE_KEY, key, act.at(), act.reason());
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.instance(act.realm(), client, jkt), act.seen())
                .chain(() -> count(session, "client_key = :key", Map.of("key", key)))
                .chain(() -> Fingerprints.retire(session, List.of(retired)))
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "delete from instances where client_key = :key and jkt = :jkt",
                            Map.of("key", key, "jkt", jkt.value())))
                .chain(
                    () ->
                        EventStreams.credentialRevoked(
                            session, key, "instance_key", act.reason(), act.at()))
                .chain(() -> end(session, act, "instance_jkt = :jkt", Map.of("jkt", jkt.value())))
                .call(
                    ended ->
                        registry.finish(
                            session,
                            new AuditEvent.InstanceRevoked(
                                act.context(), jkt, act.by(), act.reason(), ended))));
  }

  /// Empty when nobody knows such an attestation. Every grant of the instance that it was made
  /// for ends: an older token may stand on it although a newer one was made since.
  public Uni<Optional<Long>> attestation(Act act, String jti) {
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.attestation(act.realm(), jti), act.seen())
                .chain(() -> known(session, act, jti))
                .chain(
                    rows ->
                        rows.isEmpty()
                            ? Uni.createFrom().item(Optional.empty())
                            : attestation(session, act, jti, rows.getFirst()).map(Optional::of)));
  }

  private static Uni<List<Object[]>> known(Mutiny.StatelessSession session, Act act, String jti) {
    return session
        .createNativeQuery(
            "select client_key, jkt, attester, rule from attestations where realm = :realm"
                + " and jti = :jti union all select client_key, instance_jkt, attester,"
                + " attestation_rule from grants where realm = :realm and attestation_jti"
                + " = :jti limit 1",
            Object[].class)
        .setParameter("realm", act.realm().value())
        .setParameter("jti", jti)
        .getResultList();
  }

  private Uni<Long> attestation(
      Mutiny.StatelessSession session, Act act, String jti, Object[] known) {
    Map<String, Object> row = new HashMap<>();
    row.put("realm", act.realm().value());
    row.put("jti", jti);
    row.put("key", known[0]);
    row.put("jkt", known[1]);
    row.put("attester", known[2]);
    row.put("rule", known[3]);
    row.put("at", act.at());
    row.put("end", act.at().plus(LONGEST));
    row.put("reason", act.reason());
    return count(session, "client_key = :key", Map.of("key", known[0]))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "insert into attestations (realm, jti, client_key, jkt, attester, rule,"
                        + " issued_at, expires_at, revoked_at, revoke_reason) values (:realm, :jti,"
                        + " :key, :jkt, :attester, :rule, :at, :end, :at, :reason) on conflict"
                        + " (realm, jti) do update set revoked_at = excluded.revoked_at,"
                        + " revoke_reason = excluded.revoke_reason",
                    row))
        .chain(
            () ->
                end(
                    session,
                    act,
                    "client_key = :key and (instance_jkt = :jkt or attestation_jti = :jti)",
                    Map.of("key", known[0], "jkt", known[1], "jti", jti)))
        .call(
            ended ->
                registry.finish(
                    session,
                    new AuditEvent.AttestationRevoked(
                        act.context(), jti, act.by(), act.reason(), ended)));
  }

  /// `rule` empty: the whole attester. Grants of before rules were known end with any rule of it.
  public Uni<Long> attester(Act act, String attester, String rule) {
    Map<String, Object> names =
        Map.of("realm", act.realm().value(), "attester", attester, "rule", rule);
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.attester(act.realm(), attester), act.seen())
                .chain(() -> count(session, "realm = :realm", realm(act)))
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "insert into attester_revocations (realm, attester, rule, revoked_at,"
                                + " reason) values (:realm, :attester, :rule, :at, :reason) on"
                                + " conflict (realm, attester, rule) do nothing",
                            with(names, Map.of("at", act.at(), "reason", act.reason()))))
                .chain(
                    () ->
                        end(
                            session,
                            act,
                            "realm = :realm and attestation <> 'none' and (attester is null or"
                                + " (attester = :attester and (:rule = '' or attestation_rule ="
                                + " :rule)))",
                            names))
                .call(
                    ended ->
                        registry.finish(
                            session,
                            new AuditEvent.AttesterRevoked(
                                act.context(), attester, rule, act.by(), act.reason(), ended))));
  }

  /// Answers whether it had been revoked. What ended stays ended.
  public Uni<Boolean> restore(Act act, String attester, String rule) {
    return registry.transaction(
        session ->
            Versions.require(session, Versioned.attester(act.realm(), attester), act.seen())
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "delete from attester_revocations where realm = :realm and attester = :attester"
                                + " and rule = :rule",
                            Map.of(
                                "realm", act.realm().value(), "attester", attester, "rule", rule)))
                .chain(
                    deleted ->
                        deleted == 0
                            ? Uni.createFrom().item(false)
                            : registry
                                .finish(
                                    session,
                                    new AuditEvent.AttesterRestored(
                                        act.context(), attester, rule, act.by(), act.reason()))
                                .replaceWith(true)));
  }

  private static Map<String, Object> realm(Act act) {
    return Map.of("realm", act.realm().value());
  }

  /// An attester, or a rule of it (empty: all of it), that is not believed.
  public record Ended(String rule, Instant at, String reason) {}

  public Uni<List<Ended>> ofAttester(RealmName realm, String attester) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select rule, revoked_at, reason from attester_revocations where realm = :realm"
                        + " and attester = :attester order by rule",
                    Object[].class)
                .setParameter("realm", realm.value())
                .setParameter("attester", attester)
                .getResultList()
                .map(
                    rows ->
                        rows.stream()
                            .map(
                                row ->
                                    new Ended((String) row[0], Moments.of(row[1]), (String) row[2]))
                            .toList()));
  }

  /// First of all: who records a token holds these rows, and reads the count.
  private static Uni<Integer> count(
      Mutiny.StatelessSession session, String which, Map<String, Object> parameters) {
    return Registry.execute(
        session,
        "update clients set revocations = revocations + 1 where client_key in (select client_key"
            + " from clients where "
            + which
            + " order by client_key for update)",
        parameters);
  }

  private static Uni<Long> end(
      Mutiny.StatelessSession session, Act act, String which, Map<String, Object> parameters) {
    return Registry.execute(
            session,
            "update grants set revoked_at = :at, revoke_reason = :reason, revision = revision + 1 where"
                + " grant_id in (select grant_id from grants where "
                + which
                + " and revoked_at is null order by grant_id for update)",
            with(parameters, Map.of("at", act.at(), "reason", act.reason())))
        .map(Integer::longValue);
  }

  private static Map<String, Object> with(Map<String, Object> some, Map<String, Object> others) {
    Map<String, Object> all = new HashMap<>(some);
    all.putAll(others);
    return all;
  }
}
